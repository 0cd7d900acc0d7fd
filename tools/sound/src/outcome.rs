//! What a row of the table came to.

use serde::Serialize;

/// What a figure is to reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Goal {
    /// Whether a value reaches it. What could not be measured doesn't.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "≥ {least}"),
            Self::AtMost(most) => write!(f, "≤ {most}"),
        }
    }
}

/// Something that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// What it is, unique within its row.
    pub name: &'static str,
    /// How much.
    pub value: f64,
    /// Of what; empty for a score.
    pub unit: &'static str,
    /// What it is to reach, if anything.
    pub goal: Option<Goal>,
    /// By how much it may get worse before that counts as a change: its grain. Figures without one are only told.
    pub grain: Option<f64>,
}

impl Figure {
    /// A figure without a unit.
    #[must_use]
    pub fn score(name: &'static str, value: f64) -> Self {
        Self { name, value, unit: "", goal: None, grain: None }
    }

    /// A time in seconds, told in milliseconds.
    #[must_use]
    pub fn milliseconds(name: &'static str, seconds: f64) -> Self {
        Self { value: seconds * 1_000.0, unit: "ms", ..Self::score(name, seconds) }
    }

    /// A time in seconds.
    #[must_use]
    pub fn seconds(name: &'static str, value: f64) -> Self {
        Self { unit: "s", ..Self::score(name, value) }
    }

    /// A level, or a difference of levels.
    #[must_use]
    pub fn decibels(name: &'static str, value: f64) -> Self {
        Self { unit: "dB", ..Self::score(name, value) }
    }

    /// A share of all, told in percent.
    #[must_use]
    pub fn percent(name: &'static str, share: f64) -> Self {
        Self { value: share * 100.0, unit: "%", ..Self::score(name, share) }
    }

    /// A number of things.
    #[must_use]
    pub fn count(name: &'static str, count: usize) -> Self {
        Self::score(name, count as f64)
    }

    /// The same with a goal; the figure then counts as worse by more than `grain`.
    #[must_use]
    pub fn to_reach(mut self, goal: Goal, grain: f64) -> Self {
        self.goal = Some(goal);
        self.grain = Some(grain);
        self
    }

    /// Its value and unit, as people write them.
    #[must_use]
    pub fn written(&self) -> String {
        let decimals = match self.unit {
            "" if self.value.fract() != 0.0 => 2,
            "" => 0,
            _ => 1,
        };
        format!("{:.decimals$} {}", self.value, self.unit).trim_end().to_owned()
    }

    /// Whether it is as it should be.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.goal.is_none_or(|goal| goal.holds(self.value))
    }
}

/// Something over time, to be drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// What it shows.
    pub name: &'static str,
    /// What its values are of.
    pub unit: &'static str,
    /// Seconds, and the value then.
    pub points: Vec<(f64, f64)>,
}

/// What a row came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// What was measured.
    pub figures: Vec<Figure>,
    /// What it was like over time.
    pub curves: Vec<Curve>,
}

/// A row that was run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Done {
    /// How it is called.
    pub name: &'static str,
    /// What it tried.
    pub what: &'static str,
    /// What it came to.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Outcome {
    /// Whether all its goals are reached.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.figures.iter().all(Figure::holds)
    }
}
