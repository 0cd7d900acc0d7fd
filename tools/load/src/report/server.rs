//! What the server used.

use super::markup::Element;
use super::numbers::{bytes, figure, figure_or_none};
use super::page;
use super::time;
use crate::measured::Second;
use crate::result::Usage;

/// The section about it: over time, and in all.
pub(super) fn section(usage: Option<&Usage>, legs: usize, seconds: &[Second]) -> Element {
    let section = page::section("The server");
    let Some(usage) = usage else {
        let unknown = "Its process is not known to the tester, so its processor time and memory are not, either.";
        return section.add(page::says(unknown)).add(time::plots(seconds));
    };
    let per_leg = |value: f64| if legs == 0 { None } else { Some(value / legs as f64) };
    let cpu_per_leg = per_leg(usage.cpu_percent * 10_000.0 / f64::from(audio::TICKS_PER_SECOND));
    let facts = page::facts([
        ("CPU", format!("{} % of a core", figure(usage.cpu_percent)).into()),
        (
            "of media threads",
            format!("{} % of a core", figure_or_none(usage.media_cpu_percent)).into(),
        ),
        ("CPU a leg", format!("{} µs each 20 ms", figure_or_none(cpu_per_leg)).into()),
        ("Memory", bytes(usage.memory_bytes as f64).into()),
        ("Measured for", format!("{} s", figure(usage.seconds)).into()),
    ]);
    let rows = usage.threads.iter().map(|thread| [thread.name.clone(), figure(thread.cpu_percent)]);
    let threads = page::grid("The busiest threads", &["thread", "% of a core"], rows);
    section.add(facts).add(threads).add(time::plots(seconds))
}
