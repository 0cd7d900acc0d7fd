//! How values are distributed.

use super::axis::Axis;
use super::frame::Frame;
use super::{figure, nothing};
use crate::Distribution;
use crate::report::markup::Element;
use crate::report::numbers::{count, figure as number};

/// Bars, and marks at the median and what 90% and 99% of the values are up to. `bound` is what the 99% should be.
pub(in crate::report) fn histogram(
    what: &str,
    unit: &str,
    distribution: &Distribution,
    bound: Option<f64>,
) -> Element {
    let Distribution { count: all, p50, p90, p99, max, .. } = *distribution;
    if all == 0 {
        return nothing(what);
    }
    let bars = bars(distribution);
    let end = bars.iter().map(|bar| bar.to).chain(bound).fold(p99, f64::max);
    let highest = bars.iter().map(|bar| bar.percent).fold(0.0, f64::max);
    let frame = Frame { x: Axis::from_zero(end), y: Axis::from_zero(highest) };
    let values = count(all);
    let summary = format!(
        "{what}: of {values} values half are up to {}, 90 % up to {}, 99 % up to {}, all up to {} {unit}",
        number(p50),
        number(p90),
        number(p99),
        number(max),
    );
    let drawn = bars.iter().map(|bar| {
        let span = (number(bar.from), number(bar.to));
        let says = if bar.is_beyond {
            format!("{} above {} {unit}, up to {}", count(bar.count), span.0, number(max))
        } else {
            format!("{} of {} to {} {unit}", count(bar.count), span.0, span.1)
        };
        let class = if bar.is_beyond { "beyond" } else { "bar" };
        frame.bar(class, (bar.from, bar.to), bar.percent, &says)
    });
    let marks = [("p50", p50), ("p90", p90), ("p99", p99)].into_iter().enumerate();
    let marks = marks.flat_map(|(row, (name, value))| {
        frame.mark("mark", value, row, &format!("{name} {} {unit}", number(value)))
    });
    let bound = bound.into_iter().flat_map(|bound| {
        frame.mark("bound", bound, 3, &format!("bound {} {unit}", number(bound)))
    });
    let picture = frame.picture(&summary, unit, "% of all");
    let svg = picture.add_all(drawn).add_all(marks).add_all(bound);
    figure(what, &format!("{values} values, the largest {} {unit}", number(max)), svg)
}

struct Bar {
    from: f64,
    to: f64,
    count: u64,
    percent: f64,
    /// All that is larger than what the plot shows in proportion.
    is_beyond: bool,
}

/// The bars, the last of them as wide as the others though it may stand for values far beyond.
fn bars(distribution: &Distribution) -> Vec<Bar> {
    let width = distribution.bars.first().map_or(1.0, |bar| bar.up_to);
    let last = distribution.bars.len().saturating_sub(1);
    let all = distribution.count as f64;
    let mut from = 0.0;
    let mut bars = Vec::with_capacity(distribution.bars.len());
    for (index, bar) in distribution.bars.iter().enumerate() {
        let is_beyond = index == last && last > 0;
        let to = if is_beyond { from + width } else { bar.up_to };
        let percent = 100.0 * bar.count as f64 / all;
        bars.push(Bar { from, to, count: bar.count, percent, is_beyond });
        from = to;
    }
    bars.retain(|bar| bar.count > 0);
    bars
}
