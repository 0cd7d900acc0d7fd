//! The report of the capacity table.

use super::document::document;
use super::markup::{Element, Markup, element};
use super::numbers::{NONE, figure, of};
use super::origin::Origin;
use super::page::{self, Verdict};
use super::{plot, ramp, run, setup};
use crate::result::{Better, Figures, Row, TableResult};

/// The report of the capacity table, as an HTML page.
#[must_use]
pub fn table(table: &TableResult, origin: &Origin) -> String {
    let TableResult { rows, ramps, runs, .. } = table;
    let ramps = ramps.iter().map(|(name, result)| {
        let content = [
            Markup::from(page::says(format!("Up to {}", setup::in_short(&result.setup)))),
            ramp::opening(result),
            ramp::sections(result),
        ];
        page::folded(name, ramp::verdict(result), content.into_iter().collect())
    });
    let runs = runs.iter().map(|(name, result)| {
        let content = [
            Markup::from(page::says(setup::in_short(&result.setup))),
            run::opening(result),
            run::sections(result),
        ];
        page::folded(name, run::verdict(result), content.into_iter().collect())
    });
    let parts = [opening(table)].into_iter().chain(ramps).chain(runs).map(Markup::from);
    let holds = rows.iter().all(|row| row.holds);
    document("Capacity", Verdict::of(!rows.is_empty(), holds), origin, parts.collect())
}

fn opening(table: &TableResult) -> Element {
    let rows = &table.rows;
    let held = rows.iter().filter(|row| row.holds).count();
    let reached = format!("{held} of {} reached what was to be reached.", of(rows.len(), "row"));
    let says = if table.quick {
        format!("{reached} In little time, half of each goal was.")
    } else {
        reached
    };
    element("section").add(page::says(says)).add(grid(table))
}

fn grid(table: &TableResult) -> Element {
    let columns = ["what", "to reach", "reached", "", "", "how"];
    page::grid(
        "Goals and what was reached; the stroke in each bar is the goal",
        &columns,
        table.rows.iter().map(|row| {
            let badge = Verdict::of(row.reached != Figures::Missing, row.holds).badge();
            let at = match row.better {
                Better::More => "≥",
                Better::Less => "≤",
            };
            [
                row.row.as_str().into(),
                format!("{at} {} {}", in_words(&row.goal), row.unit).into(),
                in_words(&row.reached).into(),
                bars(row),
                badge.into(),
                element("small").add(row.note.as_str()).into(),
            ]
        }),
    )
}

fn in_words(figures: &Figures) -> String {
    let numbers = numbers(figures);
    if numbers.is_empty() {
        return NONE.into();
    }
    numbers.iter().map(|value| figure(*value)).collect::<Vec<_>>().join(" / ")
}

/// A bar for each figure and its goal.
fn bars(row: &Row) -> Markup {
    let (reached, goals) = (numbers(&row.reached), numbers(&row.goal));
    let bars = reached.iter().zip(goals).map(|(reached, goal)| {
        let holds = match row.better {
            Better::More => reached >= goal,
            Better::Less => reached <= goal,
        };
        Markup::from(plot::reach(*reached, *goal, holds))
    });
    bars.collect()
}

fn numbers(figures: &Figures) -> &[f64] {
    match figures {
        Figures::One(value) => std::slice::from_ref(value),
        Figures::Several(values) => values,
        Figures::Missing => &[],
    }
}
