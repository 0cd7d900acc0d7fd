//! How far a goal was reached: a bar, and a stroke where the goal is.

use super::px;
use crate::report::markup::{Element, element};

const WIDTH: f64 = 150.0;
const HEIGHT: f64 = 16.0;

/// Where the goal is drawn: with half as much room beyond it as before it.
const GOAL: f64 = WIDTH / 1.5;

/// The bar. What is beyond its end fills it.
pub(in crate::report) fn reach(reached: f64, goal: f64, holds: bool) -> Element {
    let share = if goal > 0.0 && reached.is_finite() { (reached / goal).max(0.0) } else { 0.0 };
    let class = if holds { "reached good" } else { "reached bad" };
    let bar = |class: &str, y: f64, width: f64, height: f64| {
        let rect = element("rect").class(class).with("x", 0).with("y", px(y));
        rect.with("width", px(width)).with("height", px(height)).with("rx", 3)
    };
    let goal = element("line").class("goal").with("x1", px(GOAL)).with("x2", px(GOAL));
    element("svg")
        .with("viewBox", format!("0 0 {WIDTH} {HEIGHT}"))
        .with("role", "img")
        .with("aria-label", format!("{:.0} % of the goal", share * 100.0))
        .add(bar("reach", 0.5, WIDTH - 1.0, HEIGHT - 1.0))
        .add(bar(class, 4.0, (GOAL * share).min(WIDTH), HEIGHT - 8.0))
        .add(goal.with("y1", 0).with("y2", HEIGHT))
}
