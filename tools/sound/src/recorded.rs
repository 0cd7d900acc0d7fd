//! Scores as they once were, by which it is found that one has fallen.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Fault;
use crate::outcome::{Done, Figure, Goal};

/// By row and figure, what was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recorded(BTreeMap<String, BTreeMap<String, f64>>);

impl Recorded {
    /// What was measured now.
    #[must_use]
    pub fn of(rows: &[Done]) -> Self {
        let figures = |row: &Done| {
            let watched = row.outcome.figures.iter().filter(|figure| figure.grain.is_some());
            watched.map(|figure| (figure.name.to_owned(), rounded(figure.value))).collect()
        };
        Self(rows.iter().map(|row| (row.name.to_owned(), figures(row))).collect())
    }

    /// Reads a file that [`write`](Self::write) has written.
    ///
    /// # Errors
    /// [`Fault::Io`] and [`Fault::Recorded`].
    pub fn read(path: &Path) -> Result<Self, Fault> {
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }

    /// Writes a file. Rows that were not run stay as they are in it.
    ///
    /// # Errors
    /// [`Fault::Io`] and [`Fault::Recorded`].
    pub fn write(mut self, path: &Path) -> Result<(), Fault> {
        if path.exists() {
            for (row, figures) in Self::read(path)?.0 {
                self.0.entry(row).or_insert(figures);
            }
        }
        Ok(fs::write(path, serde_json::to_string_pretty(&self)? + "\n")?)
    }

    /// What has got worse by more than its grain, in words.
    #[must_use]
    pub fn fallen(&self, rows: &[Done]) -> Vec<String> {
        let fallen = |row: &Done| -> Vec<String> {
            let figures = row.outcome.figures.iter();
            figures.filter_map(|figure| self.fall(row.name, figure)).collect()
        };
        rows.iter().flat_map(fallen).collect()
    }

    fn fall(&self, row: &str, figure: &Figure) -> Option<String> {
        let before = *self.0.get(row)?.get(figure.name)?;
        let worse = match figure.goal? {
            Goal::AtLeast(_) => before - figure.value,
            Goal::AtMost(_) => figure.value - before,
        };
        // What could not be measured now is worse.
        (worse.is_nan() || worse > figure.grain?).then(|| {
            format!(
                "{row}: {} was {before} {}, and is {}",
                figure.name,
                figure.unit,
                figure.written()
            )
        })
    }
}

/// To a thousandth: nobody hears more.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;

    fn row(score: f64, delay_s: f64) -> [Done; 1] {
        let score = Figure::score("PESQ-WB", score).to_reach(Goal::AtLeast(4.4), 0.05);
        let delay = Figure::milliseconds("delay", delay_s).to_reach(Goal::AtMost(60.0), 3.0);
        let told = Figure::score("STOI", score.value);
        let outcome = Outcome { figures: vec![score, delay, told], curves: Vec::new() };
        [Done { name: "opus", what: "", outcome }]
    }

    #[test]
    fn only_what_is_worse_by_more_than_its_grain_has_fallen() {
        let recorded = Recorded::of(&row(4.2, 0.040));
        assert!(recorded.fallen(&row(4.16, 0.042)).is_empty());
        assert!(recorded.fallen(&row(4.5, 0.0)).is_empty());
        assert_eq!(recorded.fallen(&row(4.1, 0.040)).len(), 1);
        assert_eq!(recorded.fallen(&row(f64::NAN, 0.050)).len(), 2);
        assert!(
            Recorded::default().fallen(&row(1.0, 9.0)).is_empty(),
            "there is nothing to compare"
        );
    }

    #[test]
    fn a_file_keeps_the_rows_that_were_not_run() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("recorded.json");
        Recorded::of(&row(4.2, 0.040)).write(&path).unwrap();
        let [mut other] = row(3.0, 0.1);
        other.name = "pcmu";
        Recorded::of(&[other.clone()]).write(&path).unwrap();
        let recorded = Recorded::read(&path).unwrap();
        assert_eq!(recorded.0.keys().collect::<Vec<_>>(), ["opus", "pcmu"]);
        assert_eq!(recorded, Recorded::of(&[row(4.2, 0.040)[0].clone(), other]));
    }
}
