//! A distribution as a table: the figures behind its plot.

use super::markup::Element;
use super::numbers::{count, figure};
use super::page;
use crate::Distribution;

const COLUMNS: [&str; 8] = ["", "median", "p90", "p99", "p99.9", "largest", "mean", "values"];

/// A table of one row, which has the `name`; dashes where there are no values.
pub(super) fn table(caption: &str, name: &str, distribution: &Distribution) -> Element {
    let Distribution { p50, p90, p99, p999, max, mean, .. } = *distribution;
    let figures = [p50, p90, p99, p999, max, mean]
        .map(|value| figure(if distribution.count == 0 { f64::NAN } else { value }));
    let row = std::iter::once(name.to_owned()).chain(figures).chain([count(distribution.count)]);
    page::grid(caption, &COLUMNS, [row])
}
