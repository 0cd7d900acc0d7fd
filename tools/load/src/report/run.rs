//! The report of a run.

use super::document::document;
use super::markup::{Markup, element};
use super::numbers::{bytes, figure};
use super::origin::Origin;
use super::page::{self, Verdict};
use super::{legs, measured, server, setup, tester};
use crate::result::RunResult;

/// The report of a run, as an HTML page.
#[must_use]
pub fn run(run: &RunResult, origin: &Origin) -> String {
    let opening = element("section").add(setup::in_short(&run.setup)).add(opening(run));
    let sections =
        [Markup::from(opening), setup::section(&run.target, "", &run.setup).into(), sections(run)];
    document("Load test", verdict(run), origin, sections.into_iter().collect())
}

/// What a run came to.
pub(super) fn verdict(run: &RunResult) -> Verdict {
    Verdict::of(run.measured.is_valid(), run.holds())
}

/// What a reader is to know first: whether all is as it should be, and the figures that matter.
pub(super) fn opening(run: &RunResult) -> Markup {
    let mut tiles = measured::tiles(&run.measured);
    if let Some(usage) = &run.server {
        tiles.push(("Server's CPU", format!("{} %", figure(usage.cpu_percent))));
        tiles.push(("Server's memory", bytes(usage.memory_bytes as f64)));
    }
    let holds = match verdict(run) {
        Verdict::Holds => Some("All is as it should be."),
        Verdict::Fails => Some("Not all is as it should be:"),
        Verdict::Invalid => None,
    };
    let parts = [
        tester::verdict(&run.measured.tester),
        holds.map(page::says).map(Markup::from).into_iter().collect(),
        page::faults(&run.faults),
        page::tiles(tiles).into(),
    ];
    parts.into_iter().collect()
}

/// All that was measured.
pub(super) fn sections(run: &RunResult) -> Markup {
    let RunResult { calls, measured, server, .. } = run;
    let parts = [
        legs::section(calls).into(),
        measured::sections(measured, None),
        server::section(server.as_ref(), measured.legs, &measured.series).into(),
        tester::section(measured).into(),
    ];
    parts.into_iter().collect()
}
