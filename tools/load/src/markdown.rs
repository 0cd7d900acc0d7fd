//! The capacity table as Markdown, for a README.

use std::fmt::Write as _;

use crate::result::{Better, Figures, TableResult};

/// The table, with the machine that it was made on.
#[must_use]
pub fn of_table(table: &TableResult) -> String {
    let mut text = String::from("| what | goal | reached | holds |\n|---|---|---|---|\n");
    for row in &table.rows {
        let at = match row.better {
            Better::More => "≥",
            Better::Less => "≤",
        };
        let holds = if row.holds { "yes" } else { "**no**" };
        let (name, note) = (escaped(&row.row), escaped(&row.note));
        let (goal, reached) = (in_words(&row.goal), in_words(&row.reached));
        let _ =
            writeln!(text, "| {name} | {at} {goal} {} | {reached}: {note} | {holds} |", row.unit);
    }
    let which = if table.quick { "`confab-load table --quick`" } else { "`confab-load table`" };
    let _ = writeln!(text, "\nMade by {which} on {}.", table.machine.in_words());
    text
}

fn in_words(figures: &Figures) -> String {
    match figures {
        Figures::One(value) => number(*value),
        Figures::Several(values) => {
            values.iter().copied().map(number).collect::<Vec<_>>().join(" / ")
        }
        Figures::Missing => "not measured".to_owned(),
    }
}

/// A number with separated thousands, or with two decimals if it is no whole one.
fn number(value: f64) -> String {
    if value.fract() != 0.0 || value < 0.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What stands in a cell must not end it.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Machine, Row};

    fn row(reached: Figures, goal: Figures, better: Better, holds: bool) -> Row {
        let (row, unit, note) = ("a | b".into(), "legs".into(), "the server's limit".into());
        Row { row, reached, goal, holds, better, unit, note }
    }

    #[test]
    fn each_row_is_a_line_with_goal_and_figure() {
        let rows = vec![
            row(Figures::One(2_134.0), Figures::One(3_000.0), Better::More, false),
            row(
                Figures::Several(vec![20.5, 31.0]),
                Figures::Several(vec![25.0, 35.0]),
                Better::Less,
                true,
            ),
            row(Figures::Missing, Figures::One(1.3), Better::Less, false),
        ];
        let (machine, ramps, runs) = (Machine::default(), Vec::new(), Vec::new());
        let text = of_table(&TableResult { machine, quick: false, rows, ramps, runs });
        assert!(
            text.contains("| a \\| b | ≥ 3,000 legs | 2,134: the server's limit | **no** |"),
            "{text}"
        );
        assert!(
            text.contains("| ≤ 25 / 35 legs | 20.50 / 31: the server's limit | yes |"),
            "{text}"
        );
        assert!(text.contains("≤ 1.30 legs | not measured"), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with('|')).count(), 5);
    }

    #[test]
    fn thousands_are_apart() {
        let numbers = [0.0, 12.0, 999.0, 1_000.0, 1_234_567.0, 0.25];
        assert_eq!(numbers.map(number), ["0", "12", "999", "1,000", "1,234,567", "0.25"]);
    }
}
