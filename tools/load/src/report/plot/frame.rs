//! What a plot is drawn into: two axes, their ticks, and the grid.

use super::axis::Axis;
use super::px;
use crate::report::markup::{Element, element};

/// Size of a plot in its own units: the page scales it.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 270.0;

/// Where the area within the axes begins and ends.
const LEFT: f64 = 62.0;
const RIGHT: f64 = WIDTH - 18.0;
const TOP: f64 = 76.0;
const BOTTOM: f64 = HEIGHT - 34.0;

/// Rows of words above the area.
const ROW: f64 = 20.0;

/// Two axes, and places in between.
pub(super) struct Frame {
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Frame {
    /// Where a value lies along the horizontal axis.
    pub(super) fn across(&self, x: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.x.place(x)
    }

    /// Where a value lies along the vertical axis.
    pub(super) fn up(&self, y: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.y.place(y)
    }

    /// The picture with its axes, to draw into. `summary` tells those who can't see it what it shows.
    pub(super) fn picture(&self, summary: &str, x_unit: &str, y_unit: &str) -> Element {
        let lines =
            self.y.ticks().map(|tick| line("grid", (LEFT, self.up(tick)), (RIGHT, self.up(tick))));
        let names = self
            .y
            .ticks()
            .map(|tick| words("end", LEFT - 8.0, self.up(tick) + 4.5, &self.y.label(tick)));
        let below = self
            .x
            .ticks()
            .map(|tick| words("middle", self.across(tick), BOTTOM + 20.0, &self.x.label(tick)));
        element("svg")
            .with("viewBox", format!("0 0 {WIDTH} {HEIGHT}"))
            .with("role", "img")
            .with("aria-label", summary)
            .add_all(lines)
            .add_all(names)
            .add_all(below)
            .add(words("", 0.0, TOP - 14.0, y_unit))
            .add(words("end", RIGHT, BOTTOM - 6.0, x_unit))
            .add(line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM)))
    }

    /// A bar that stands on the horizontal axis.
    pub(super) fn bar(&self, class: &str, (from, to): (f64, f64), y: f64, says: &str) -> Element {
        let (left, right, top) = (self.across(from), self.across(to), self.up(y));
        // Whatever there is can be seen.
        let height = (BOTTOM - top).max(if y > 0.0 { 1.0 } else { 0.0 });
        element("rect")
            .class(class)
            .with("x", px(left))
            .with("y", px(BOTTOM - height))
            .with("width", px((right - left - 0.8).max(0.8)))
            .with("height", px(height))
            .add(element("title").add(says))
    }

    /// A vertical line with its name above, in one of the rows there, counted from the top.
    pub(super) fn mark(&self, class: &str, x: f64, row: usize, name: &str) -> [Element; 2] {
        let (across, baseline) = (self.across(x), TOP - 60.0 + ROW * row as f64);
        let is_far = self.x.place(x) > 0.7;
        let (anchor, aside) = if is_far { ("end", -5.0) } else { ("", 5.0) };
        [
            line(class, (across, baseline - 11.0), (across, BOTTOM)),
            words(&format!("{class} {anchor}"), across + aside, baseline, name),
        ]
    }

    /// A horizontal line with its name at the right, above it.
    pub(super) fn bound(&self, y: f64, name: &str) -> [Element; 2] {
        let up = self.up(y);
        [line("bound", (LEFT, up), (RIGHT, up)), words("bound end", RIGHT, up - 5.0, name)]
    }

    /// A name in the row right above the area, from the right.
    pub(super) fn key(&self, class: &str, place: usize, name: &str) -> Element {
        words(&format!("{class} end"), RIGHT, TOP - 14.0 - ROW * place as f64, name)
    }
}

fn line(class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Element {
    let from_to = [("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2)];
    let line = element("line").class(class);
    from_to.into_iter().fold(line, |line, (name, at)| line.with(name, px(at)))
}

fn words(class: &str, x: f64, y: f64, text: &str) -> Element {
    let words = element("text").with("x", px(x)).with("y", px(y));
    if class.is_empty() { words.add(text) } else { words.class(class).add(text) }
}
