//! A distribution: its plot, and beside it the figures.

use super::markup::{Element, element};
use super::numbers::{count, figure};
use super::{page, plot};
use crate::Distribution;

/// Plot and table of what is measured, with the `bound` that 99% of it should keep.
pub(super) fn shown(what: &str, unit: &str, values: &Distribution, bound: Option<f64>) -> Element {
    let plot = plot::histogram(what, unit, values, bound);
    let plots = element("div").class("plots").add(plot);
    if values.count == 0 { plots } else { plots.add(table(what, unit, values)) }
}

fn table(what: &str, unit: &str, values: &Distribution) -> Element {
    let Distribution { p50, p90, p99, p999, max, mean, .. } = *values;
    let rows = [
        ("half of them up to", p50),
        ("90 % up to", p90),
        ("99 % up to", p99),
        ("99.9 % up to", p999),
        ("the largest", max),
        ("the mean", mean),
    ];
    let rows = rows.map(|(name, value)| [name.to_owned(), figure(value)]);
    let all = [["values".to_owned(), count(values.count)]];
    page::grid(what, &["", unit], rows.into_iter().chain(all))
}
