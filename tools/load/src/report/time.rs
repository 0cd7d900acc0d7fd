//! What happened second by second.

use super::markup::{Element, element};
use super::plot::{Lines, Point, Series};
use crate::measured::Second;

/// Loss from here on fills the plot; less of it looks like less.
const LOSS_PERCENT_MIN: f64 = 0.1;

const MIB: f64 = 1_024.0 * 1_024.0;

/// Packets lost.
pub(super) fn loss(seconds: &[Second]) -> Element {
    over_time(
        "Loss over time",
        "the share of packets due that did not come",
        "% of packets",
        seconds,
        |second| Some(100.0 * second.loss()),
    )
    .draw()
}

/// Legs, and what the server used for them, as far as it is known.
pub(super) fn plots(seconds: &[Second]) -> Element {
    let plots = element("div").class("plots").add(legs(seconds));
    if seconds.iter().all(|second| second.server_cpu_percent.is_none()) {
        return plots;
    }
    plots.add(cpu(seconds)).add(memory(seconds))
}

fn legs(seconds: &[Second]) -> Element {
    over_time("Legs over time", "", "legs", seconds, |second| Some(second.legs as f64)).draw()
}

fn cpu(seconds: &[Second]) -> Element {
    let cpu = |second: &Second| second.server_cpu_percent;
    over_time("Server's CPU over time", "100 % is one core", "% of a core", seconds, cpu).draw()
}

fn memory(seconds: &[Second]) -> Element {
    let memory = |second: &Second| Some(second.server_memory_bytes? as f64 / MIB);
    over_time("Server's memory over time", "resident", "MiB", seconds, memory).draw()
}

fn over_time<'a>(
    what: &'a str,
    note: &'a str,
    y_unit: &'a str,
    seconds: &[Second],
    value: impl Fn(&Second) -> Option<f64>,
) -> Lines<'a> {
    let point =
        |second: &Second| Some(Point { x: second.at as f64, y: value(second)?, holds: true });
    let points = seconds.iter().filter_map(point).collect();
    Lines {
        what,
        note,
        x_unit: "s",
        y_unit,
        series: vec![Series { name: "", points }],
        bound: None,
        y_min: LOSS_PERCENT_MIN,
    }
}
