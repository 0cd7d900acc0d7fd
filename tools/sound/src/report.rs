//! What the rows came to, as one HTML page that needs no other file: the table first, then each row with its plots.

use load::report::Origin;
use load::report::document::document;
use load::report::markup::{Element, Markup, element};
use load::report::page::{self, Verdict};
use load::report::plot::{Lines, Point, Series};

use crate::outcome::{Curve, Done, Figure};

/// Values are drawn from zero to this at least, in their units: so that a delay of next to nothing looks like it.
const AXIS_MIN: f64 = 1.0;

/// The page. `holds` is whether all is as it should be.
#[must_use]
pub fn page(rows: &[Done], holds: bool, origin: &Origin) -> String {
    let sections = rows.iter().map(|row| Markup::from(section(row)));
    let parts = std::iter::once(table(rows).into()).chain(sections).collect();
    document("Sound", Verdict::of(true, holds), origin, parts)
}

/// What was to be reached, and what was.
fn table(rows: &[Done]) -> Element {
    let lines = rows.iter().flat_map(|row| {
        let goals = row.outcome.figures.iter().filter(|figure| figure.goal.is_some());
        goals.map(|figure| line(row.what, figure))
    });
    let says = "Recorded speech, through the server's own jitter buffer, decoder, mixer and encoder, in virtual time.";
    let columns = ["What", "Measured", "Goal", "Reached", ""];
    let grid = page::grid("The rows of the table, and their goals", &columns, lines);
    element("section").add(page::says(says)).add(grid)
}

fn line(what: &str, figure: &Figure) -> [Markup; 5] {
    let goal = figure.goal.map_or(String::new(), |goal| format!("{goal} {}", figure.unit));
    let verdict = Verdict::of(true, figure.holds()).badge();
    [what.into(), figure.name.into(), goal.into(), figure.written().into(), verdict.into()]
}

/// All of a row.
fn section(row: &Done) -> Element {
    let figures = row.outcome.figures.iter();
    let facts = figures.map(|figure| [Markup::from(figure.name), figure.written().into()]);
    let grid = page::grid("All that was measured", &["What", "Measured"], facts);
    let plots = row.outcome.curves.iter().map(plot);
    let plots = element("div").class("plots").add_all(plots);
    page::section(row.what).add(grid).add(plots)
}

fn plot(curve: &Curve) -> Element {
    let point = |&(x, y): &(f64, f64)| Point { x, y, holds: true };
    let series = Series { name: "", points: curve.points.iter().map(point).collect() };
    Lines {
        what: curve.name,
        note: "of neighbours the highest",
        x_unit: "s",
        y_unit: curve.unit,
        series: vec![series],
        bound: None,
        y_min: AXIS_MIN,
    }
    .draw()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Goal, Outcome};

    #[test]
    fn the_page_tells_goals_and_draws_curves() {
        let score = Figure::score("PESQ-WB", 4.21).to_reach(Goal::AtLeast(4.4), 0.05);
        let curve = Curve { name: "delay", unit: "ms", points: vec![(0.0, 40.0), (1.0, 60.0)] };
        let outcome = Outcome { figures: vec![score], curves: vec![curve] };
        let rows = [Done { name: "opus", what: "Opus, <no> loss", outcome }];
        let html = page(&rows, false, &Origin::default());
        for part in ["Opus, &lt;no&gt; loss", "≥ 4.4", "4.21", "✗ does not hold", "<polyline"] {
            assert!(html.contains(part), "{part}");
        }
        assert!(!html.contains("http"), "nothing is loaded from elsewhere");
    }
}
