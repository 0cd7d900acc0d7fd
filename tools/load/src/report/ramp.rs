//! The report of a ramp.

use super::document::document;
use super::markup::{Element, Markup, element};
use super::numbers::{bytes, count, figure, figure_or_none, of, percent};
use super::origin::Origin;
use super::page::{self, Verdict};
use super::plot::{Lines, Point, Series};
use super::{legs, measured, setup, tester, time};
use crate::result::{Bounds, RampEnd, RampResult, Step};

const MIB: f64 = 1_024.0 * 1_024.0;

/// The report of a ramp, as an HTML page.
#[must_use]
pub fn ramp(ramp: &RampResult, origin: &Origin) -> String {
    let opening = element("section")
        .add(format!("Up to {}", setup::in_short(&ramp.setup)))
        .add(opening(ramp));
    let load = setup::section(&ramp.target, "up to ", &ramp.setup);
    let sections = [Markup::from(opening), load.into(), sections(ramp)];
    document("Load ramp", verdict(ramp), origin, sections.into_iter().collect())
}

/// Whether the ramp found something.
pub(super) fn verdict(ramp: &RampResult) -> Verdict {
    Verdict::of(ramp.steps.iter().any(Step::is_valid), ramp.most > 0)
}

/// What a reader is to know first.
pub(super) fn opening(ramp: &RampResult) -> Markup {
    let Bounds { returned_min, latency_p99_ms_max } = ramp.bounds;
    let found = if ramp.most == 0 {
        "At no number of legs did all bounds hold".to_owned()
    } else {
        format!("All bounds held with up to {}", of(ramp.most, "leg"))
    };
    let says = format!(
        "{found}: at least {} of all packets due return, 99 % of what is said is heard within {} ms, and no call \
         fails. {}",
        percent(returned_min),
        figure(latency_p99_ms_max),
        why(ramp.end),
    );
    let best = ramp.best.as_ref().map(|best| page::tiles(measured::tiles(best)));
    [Markup::from(page::says(says))].into_iter().chain(best.map(Markup::from)).collect()
}

fn why(end: RampEnd) -> &'static str {
    match end {
        RampEnd::Found => "The server's limit lies between that and the next step.",
        RampEnd::AllHeld => "No more legs were asked for: the server may carry more.",
        RampEnd::TesterLimit => "The tester was at its own limit then: the server may carry more.",
        RampEnd::Disturbed => {
            "Others took time of the cores whenever more was tried: the server may carry more."
        }
        RampEnd::OutOfTime => "There was no more time: the server may carry more.",
        RampEnd::Interrupted => "It was interrupted: the server may carry more.",
    }
}

/// All that was measured.
pub(super) fn sections(ramp: &RampResult) -> Markup {
    let mut parts = vec![over_legs(ramp).into()];
    if let Some(best) = &ramp.best {
        parts.push(measured::sections(best, Some(ramp.bounds.latency_p99_ms_max)));
        parts.push(page::section("That step over time").add(time::plots(&best.series)).into());
        parts.push(tester::section(best).into());
    }
    parts.push(legs::section(&ramp.calls).into());
    parts.into_iter().collect()
}

fn over_legs(ramp: &RampResult) -> Element {
    let Bounds { returned_min, latency_p99_ms_max } = ramp.bounds;
    let steps = &ramp.steps;
    let note = "filled where all bounds held";
    let cpu = Lines {
        what: "CPU over legs",
        y_unit: "% of a core",
        series: vec![series("", steps, |step| step.cpu_percent)],
        ..lines(note)
    };
    let latency = Lines {
        what: "Latency over legs",
        y_unit: "ms",
        series: vec![
            series("p99", steps, |step| step.latency_p99_ms),
            series("p50", steps, |step| step.latency_p50_ms),
        ],
        bound: Some(latency_p99_ms_max),
        ..lines(note)
    };
    let missing = Lines {
        what: "Missing packets over legs",
        y_unit: "% of packets due",
        series: vec![series("", steps, |step| Some(100.0 * (1.0 - step.returned)))],
        bound: Some(100.0 * (1.0 - returned_min)),
        ..lines(note)
    };
    let memory = Lines {
        what: "Memory over legs",
        y_unit: "MiB",
        series: vec![series("", steps, |step| Some(step.memory_bytes? as f64 / MIB))],
        ..lines(note)
    };
    let plots = [cpu, latency, missing, memory].map(Lines::draw);
    let memory_a_leg = page::facts([("Memory a leg", bytes_a_leg(steps).into())]);
    let plots = element("div").class("plots").add_all(plots);
    page::section("Over legs").add(plots).add(memory_a_leg).add(table(steps))
}

/// What each further leg took of memory, between the steps with the fewest and with the most legs; what a server has
/// once taken it may keep, so steps back are left out.
fn bytes_a_leg(steps: &[Step]) -> String {
    let known = || steps.iter().filter_map(|step| Some((step.legs, step.memory_bytes?)));
    let (least, most) = (known().min_by_key(|it| it.0), known().max_by_key(|it| it.0));
    let slope = least
        .zip(most)
        .filter(|(least, most)| most.0 > least.0)
        .map(|(least, most)| most.1.saturating_sub(least.1) as f64 / (most.0 - least.0) as f64);
    slope.map_or_else(|| figure(f64::NAN), bytes)
}

fn lines(note: &str) -> Lines<'_> {
    Lines {
        what: "",
        note,
        x_unit: "legs",
        y_unit: "",
        series: Vec::new(),
        bound: None,
        y_min: 0.0,
    }
}

fn series<'a>(name: &'a str, steps: &[Step], value: impl Fn(&Step) -> Option<f64>) -> Series<'a> {
    let point =
        |step: &Step| Some(Point { x: step.legs as f64, y: value(step)?, holds: step.holds() });
    Series { name, points: steps.iter().filter_map(point).collect() }
}

fn table(steps: &[Step]) -> Element {
    let columns = [
        "legs",
        "returned",
        "latency p50",
        "p99",
        "CPU",
        "memory",
        "calls failed",
        "stolen",
        "",
        "what did not hold",
    ];
    page::grid(
        "The steps, in the order in which they were taken; latency in ms, CPU in % of a core, stolen by the host in % of \
         the core that suffered most",
        &columns,
        steps.iter().map(|step| {
            let Step { legs, returned, latency_p50_ms, latency_p99_ms, cpu_percent, .. } = step;
            let memory =
                step.memory_bytes.map_or_else(|| figure(f64::NAN), |size| bytes(size as f64));
            let verdict = Verdict::of(step.is_valid(), step.holds());
            let figures = [
                count(*legs as u64),
                percent(*returned),
                figure_or_none(*latency_p50_ms),
                figure_or_none(*latency_p99_ms),
                figure_or_none(*cpu_percent),
                memory,
                count(step.calls_failed),
                figure(step.stolen_percent),
            ];
            let words = [
                Markup::from(verdict.badge()),
                element("small").add(step.all_faults().collect::<Vec<_>>().join("; ")).into(),
            ];
            figures.into_iter().map(Markup::from).chain(words)
        }),
    )
}
