//! Latency and late ticks at half of the capacity and near it.

use crate::crowd::Measurement;
use crate::progress::ProgressLine;
use crate::result::Row;
use crate::run::RunError;
use crate::server::Ticks;
use crate::table::scene::Scene;
use crate::table::{Depth, Goal};

/// What was seen of a server while so many legs were there.
pub(super) struct Look {
    pub(super) legs: usize,
    pub(super) measurement: Measurement,
    /// Its turns by the beginning and by the end, if it counts them.
    ticks: Option<(Ticks, Ticks)>,
}

/// Looks at so many legs, and looks again when others took time of the cores. The look from which the host took least
/// counts, whatever was seen in it.
pub(super) async fn look(
    scene: &mut Scene,
    legs: usize,
    depth: &Depth,
    progress: &mut ProgressLine,
) -> Result<Look, RunError> {
    scene.grow(legs, progress).await?;
    let mut best = look_once(scene, legs, progress).await?;
    for _ in 1..depth.looks {
        if !best.measurement.measured.is_disturbed() {
            break;
        }
        let again = look_once(scene, legs, progress).await?;
        if again.disturbance() < best.disturbance() {
            best = again;
        }
    }
    Ok(best)
}

async fn look_once(
    scene: &mut Scene,
    legs: usize,
    progress: &mut ProgressLine,
) -> Result<Look, RunError> {
    let before = scene.ticks().await;
    let measurement = scene.measure(progress).await?;
    let ticks = before.zip(scene.ticks().await);
    Ok(Look { legs, measurement, ticks })
}

impl Look {
    /// How much others took: what is invalid for it comes last.
    fn disturbance(&self) -> f64 {
        let measured = &self.measurement.measured;
        if measured.is_valid() { measured.stolen.most() } else { f64::INFINITY }
    }

    /// Median and 99th percentile of the latency, if chirps were heard.
    fn latency(&self) -> Option<[f64; 2]> {
        let latency = &self.measurement.measured.latency_ms;
        (latency.count > 0).then_some([latency.p50, latency.p99])
    }

    fn stolen(&self) -> String {
        self.measurement.measured.stolen.in_words()
    }
}

/// The row about latency.
pub(super) fn latency_row(half: &Look, near: &Look, quick: bool) -> Row {
    let goal = Goal::Latency;
    if let Some(bad) = [half, near].iter().find(|it| !it.measurement.measured.is_valid()) {
        return goal.missing(bad.measurement.measured.tester.reasons.join("; "));
    }
    let Some((at_half, at_near)) = half.latency().zip(near.latency()) else {
        return goal.missing("no chirp was heard");
    };
    let note = format!(
        "G.711, one room, at {} and {} legs; the host took {} and {}",
        half.legs,
        near.legs,
        half.stolen(),
        near.stolen()
    );
    goal.row(&[at_half, at_near].concat(), quick, note)
}

/// The row about late ticks. All count, whoever made them late; how many were the server's own doing is told beside.
pub(super) fn late_ticks_row(near: &Look, quick: bool) -> Row {
    let goal = Goal::LateTicks;
    let Some((before, after)) = &near.ticks else {
        return goal.missing("the server doesn't count its ticks");
    };
    let own = after.own_share_since(before);
    let own = own.map(|share| format!("; {:.3} % by the server's own work", share * 100.0));
    let note = format!(
        "sub-ticks of 5 ms, four to a tick, at {} legs{}; the host took {}",
        near.legs,
        own.unwrap_or_default(),
        near.stolen()
    );
    goal.row(&[after.late_share_since(before) * 100.0], quick, note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::Tester;
    use crate::result::Figures;
    use crate::{Distribution, Measured};

    fn seen(legs: usize, p50: f64, p99: f64) -> Look {
        let measured = Measured {
            latency_ms: Distribution { count: 9, p50, p99, ..Distribution::default() },
            tester: Tester { valid: true, ..Tester::default() },
            ..Measured::default()
        };
        let ticks = |all, late, own| Ticks { all, late, own: Some(own) };
        let ticks = Some((ticks(1_000.0, 5.0, 1.0), ticks(3_000.0, 13.0, 3.0)));
        Look { legs, measurement: Measurement { measured, server: None, calls_failed: 0 }, ticks }
    }

    #[test]
    fn latency_is_told_at_both_and_only_if_the_tester_was_well() {
        let (half, mut near) = (seen(100, 20.0, 24.0), seen(180, 22.0, 30.0));
        let row = latency_row(&half, &near, false);
        assert_eq!(row.reached, Figures::Several(vec![20.0, 24.0, 22.0, 30.0]));
        assert!(row.holds && row.note.contains("at 100 and 180 legs"), "{row:?}");
        near.measurement.measured.tester.valid = false;
        assert_eq!(latency_row(&half, &near, false).reached, Figures::Missing);
        let deaf = Look { ticks: None, ..seen(1, 0.0, 0.0) };
        assert_eq!(late_ticks_row(&deaf, false).reached, Figures::Missing);
    }

    #[test]
    fn late_ticks_count_whoever_made_them_late_and_the_server_s_own_are_told() {
        let row = late_ticks_row(&seen(180, 22.0, 30.0), false);
        assert_eq!(row.reached, Figures::One(0.4));
        assert!(!row.holds && row.note.contains("0.100 % by the server's own work"), "{row:?}");
    }

    #[test]
    fn the_look_that_counts_is_that_from_which_least_was_taken() {
        let (mut bad, mut good) = (seen(9, 1.0, 1.0), seen(9, 90.0, 90.0));
        bad.measurement.measured.stolen.percent = [(0, 3.0)].into();
        good.measurement.measured.stolen.percent = [(0, 1.5)].into();
        assert!(good.disturbance() < bad.disturbance());
        good.measurement.measured.tester.valid = false;
        assert!(bad.disturbance() < good.disturbance());
    }
}
