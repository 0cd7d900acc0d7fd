//! What `--once` prints: when each step was done, and who heard whom how clearly.

use std::time::Instant;

use serde::Serialize;
use sim::correlate::Match;

/// The summary of one run. Times are milliseconds since its beginning.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) ok: bool,
    /// Why it isn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    pub(super) url: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) hearing: Vec<Hearing>,
    pub(super) total_ms: u128,
    #[serde(skip)]
    began: Instant,
}

/// Something that was done.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) step: &'static str,
    /// The number that it was done to, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<String>,
    pub(super) at_ms: u128,
}

/// Who hears whom.
#[derive(Debug, Serialize)]
pub(super) struct Hearing {
    /// Who listens, masked.
    pub(super) number: String,
    /// How clearly the other one is heard: 1 is the recording itself.
    pub(super) other_score: f32,
    /// How clearly it hears itself: about 0 is as it must be.
    pub(super) own_score: f32,
}

impl Report {
    pub(super) fn begin() -> Self {
        Self {
            ok: false,
            reason: None,
            url: None,
            steps: Vec::new(),
            hearing: Vec::new(),
            total_ms: 0,
            began: Instant::now(),
        }
    }

    /// Notes that a step is done.
    pub(super) fn done(&mut self, step: &'static str, number: Option<&str>) {
        let number = number.map(str::to_owned);
        self.steps.push(Step { step, number, at_ms: self.began.elapsed().as_millis() });
    }

    /// Notes what a party hears.
    pub(super) fn hears(&mut self, number: &str, other: Match, own: Match) {
        let number = number.to_owned();
        let (other_score, own_score) = (other.score, own.score);
        self.hearing.push(Hearing { number, other_score, own_score });
    }

    /// Closes the report and gives it as JSON.
    pub(super) fn end(&mut self, failure: Option<String>) -> String {
        self.ok = failure.is_none();
        self.reason = failure;
        self.total_ms = self.began.elapsed().as_millis();
        // Texts and numbers always are JSON.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
