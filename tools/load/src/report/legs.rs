//! What became of the calls.

use super::distribution;
use super::markup::Element;
use super::numbers::count;
use super::page;
use crate::result::Calls;

/// The section about them.
pub(super) fn section(calls: &Calls) -> Element {
    let Calls { placed, up, failed, failures, setup_ms } = calls;
    let totals = page::grid(
        "Calls",
        &["placed", "came up", "failed or ended early"],
        [[count(*placed), count(*up), count(*failed)]],
    );
    let section = page::section("Calls set up").add(totals);
    let section = if failures.is_empty() {
        section.add(page::says("No call failed."))
    } else {
        let rows = failures.iter().map(|(reason, number)| [reason.clone(), count(*number)]);
        section.add(page::grid("Failures by reason", &["reason", "calls"], rows))
    };
    section.add(distribution::shown(
        "Set-up time, from the offer until sound may flow",
        "ms",
        setup_ms,
        None,
    ))
}
