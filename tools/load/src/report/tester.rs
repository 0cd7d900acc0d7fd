//! How the tester itself did: what it measured of the server is worth no more than that.

use super::distribution;
use super::markup::{Element, Markup, element};
use super::numbers::{count, figure};
use super::page;
use crate::Measured;
use crate::measured::Tester;

/// The section about it.
pub(super) fn section(measured: &Measured) -> Element {
    let Measured { tester, stolen, .. } = measured;
    let class = if tester.realtime {
        "real-time (SCHED_FIFO)"
    } else {
        "ordinary: it may be late when others work"
    };
    let facts = page::facts([
        (
            "Steps late",
            format!("{} of {}", count(tester.late_steps), count(tester.lateness_us.count)).into(),
        ),
        ("Steps left out", count(tester.skipped_steps).into()),
        ("Packets not sent", count(tester.unsent).into()),
        ("Packets overrun", count(tester.dropped).into()),
        ("Scheduling", class.into()),
        ("CPU", format!("{} % of a core", figure(tester.cpu_percent)).into()),
        ("Stolen by the host", stolen.in_words().into()),
    ]);
    let own = page::says(
        "What of it is the tester's own work is what would be left had it its core to itself, by the processor time \
         that it used. The rest is the host's, or another thread's.",
    );
    page::section("The tester itself")
        .add(verdict(tester))
        .add(facts)
        .add(distribution::shown("Lateness of the tester's steps", "µs", &tester.lateness_us, None))
        .add(own)
        .add(distribution::shown("Lateness by its own work", "µs", &tester.own_lateness_us, None))
}

/// Whether the measurement says something of the server, and if not, why.
pub(super) fn verdict(tester: &Tester) -> Markup {
    if tester.valid {
        return element("p")
            .class("good")
            .add("✓ The tester kept its own time, so the run is valid.")
            .into();
    }
    let why = match tester.disturbed {
        true => "the tester's core was taken from it",
        false => "the tester itself was late or lost packets",
    };
    let invalid = element("p")
        .class("bad")
        .add(format!("✗ This run is not valid: {why}, so nothing is said of the server."));
    [Markup::from(invalid), page::faults(&tester.reasons)].into_iter().collect()
}
