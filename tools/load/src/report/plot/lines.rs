//! Values over time, or over legs.

use super::axis::Axis;
use super::frame::Frame;
use super::{figure, nothing, px};
use crate::report::markup::{Element, element};
use crate::report::numbers::figure as number;

/// More points than these are drawn as a line alone.
const DOTS_MAX: usize = 40;

/// More points than these are drawn as the largest of several: a spike is never left out.
const POINTS_MAX: usize = 300;

/// One or two lines in a plot.
pub struct Lines<'a> {
    /// What it shows.
    pub what: &'a str,
    /// How to read it.
    pub note: &'a str,
    /// What its horizontal axis is of.
    pub x_unit: &'a str,
    /// What its vertical axis is of.
    pub y_unit: &'a str,
    /// At most two: the first colour, and the second.
    pub series: Vec<Series<'a>>,
    /// What the values should stay within.
    pub bound: Option<f64>,
    /// The vertical axis reaches to this at least, so that next to nothing looks like it.
    pub y_min: f64,
}

/// A line.
pub struct Series<'a> {
    /// Its name; may be empty if it is the only one.
    pub name: &'a str,
    /// Where it goes.
    pub points: Vec<Point>,
}

/// A point of a line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// Along the horizontal axis, from zero.
    pub x: f64,
    /// Along the vertical axis, from zero.
    pub y: f64,
    /// Whether all was well there.
    pub holds: bool,
}

impl Lines<'_> {
    /// Draws them.
    pub fn draw(mut self) -> Element {
        for series in &mut self.series {
            series.points.retain(|point| point.x.is_finite() && point.y.is_finite());
            series.points.sort_by(|a, b| a.x.total_cmp(&b.x));
            series.points = thinned(&series.points);
        }
        self.series.retain(|series| !series.points.is_empty());
        if self.series.is_empty() {
            return nothing(self.what);
        }
        let points = || self.series.iter().flat_map(|series| &series.points);
        let right = points().map(|point| point.x).fold(0.0, f64::max);
        let top = points().map(|point| point.y).chain(self.bound).fold(self.y_min, f64::max);
        let frame = Frame { x: Axis::from_zero(right), y: Axis::from_zero(top) };
        let mut svg = frame.picture(&self.summary(), self.x_unit, self.y_unit);
        if let Some(bound) = self.bound {
            svg = svg.add_all(frame.bound(bound, &format!("bound {}", number(bound))));
        }
        for (place, series) in self.series.iter().enumerate() {
            let class = if place == 0 { "first" } else { "second" };
            svg = svg.add_all(self.drawn(&frame, series, class));
            if !series.name.is_empty() {
                svg = svg.add(frame.key(class, self.series.len() - 1 - place, series.name));
            }
        }
        figure(self.what, self.note, svg)
    }

    fn drawn(&self, frame: &Frame, series: &Series<'_>, class: &str) -> Vec<Element> {
        let place = |point: &Point| (frame.across(point.x), frame.up(point.y));
        let path = series.points.iter().map(place).map(|(x, y)| format!("{},{}", px(x), px(y)));
        let path = path.collect::<Vec<_>>().join(" ");
        let line = element("polyline").class(&format!("line {class}")).with("points", path);
        let has_dots = series.points.len() <= DOTS_MAX;
        let dots = series.points.iter().filter(|_| has_dots).map(|point| {
            let (x, y) = place(point);
            let held = if point.holds { "held" } else { "" };
            let says = format!(
                "{} {} {} at {} {}",
                series.name,
                number(point.y),
                self.y_unit,
                number(point.x),
                self.x_unit
            );
            element("circle")
                .class(&format!("dot {class} {held}"))
                .with("cx", px(x))
                .with("cy", px(y))
                .with("r", 4)
                .add(element("title").add(says.trim()))
        });
        std::iter::once(line).chain(dots).collect()
    }

    /// In words: where each line ends, and its largest value.
    fn summary(&self) -> String {
        let series = self.series.iter().filter_map(|series| {
            let last = series.points.last()?;
            let largest = series.points.iter().map(|point| point.y).fold(f64::MIN, f64::max);
            Some(format!(
                "; {} {} at {} {}, at most {}",
                series.name,
                number(last.y),
                number(last.x),
                self.x_unit,
                number(largest)
            ))
        });
        format!("{} in {}{}", self.what, self.y_unit, series.collect::<String>())
    }
}

/// Not more than [`POINTS_MAX`] points: of neighbours, the highest.
fn thinned(points: &[Point]) -> Vec<Point> {
    let together = points.len().div_ceil(POINTS_MAX).max(1);
    let highest = |points: &[Point]| points.iter().copied().max_by(|a, b| a.y.total_cmp(&b.y));
    points.chunks(together).filter_map(highest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_of_a_long_run_is_never_left_out() {
        let mut points: Vec<Point> =
            (0..3_600).map(|second| Point { x: f64::from(second), y: 0.0, holds: true }).collect();
        points[1_234].y = 7.0;
        let thinned = thinned(&points);
        assert!(thinned.len() <= POINTS_MAX);
        assert!(thinned.contains(&points[1_234]));
    }
}
