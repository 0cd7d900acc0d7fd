//! Plots, as SVG that the page's style colours.

mod axis;
mod frame;
mod histogram;
mod lines;
mod reach;

pub(super) use histogram::histogram;
pub use lines::{Lines, Point, Series};
pub(super) use reach::reach;

use super::markup::{Element, element};

/// A plot with its caption, which says `what` it shows and in a `note` how to read it.
fn figure(what: &str, note: &str, svg: Element) -> Element {
    let caption = element("figcaption").add(what).add(" ").add(element("small").add(note));
    element("figure").add(caption).add(svg)
}

/// What stands in place of a plot of nothing.
fn nothing(what: &str) -> Element {
    let caption = element("figcaption").add(what);
    let none = element("p").class("none").add("Nothing was measured.");
    element("figure").add(caption).add(none)
}

/// A length in the plot's own units, to a tenth.
fn px(length: f64) -> String {
    format!("{length:.1}")
}
