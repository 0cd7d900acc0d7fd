//! A ramp: more and more legs come, while those that are there stay, until a bound no longer holds; then the limit
//! is closed in from both sides. After a step that didn't hold all legs come anew: what too many of them have taught
//! a server, such as to have sound wait longer before it is played, is not to be held against fewer.
//!
//! [`Search`] is the order of the steps, without I/O; [`ramp`] takes them.

mod search;

use std::time::{Duration, Instant};

use crate::Measured;
use crate::crowd::{Crowd, Measurement, Watch};
use crate::result::{Bounds, Calls, RampEnd, RampResult, Step};
use crate::run::{RunError, RunSettings, sound_faults};
use crate::stop::Stop;

pub use search::{Outcome, Search};

/// How a ramp goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RampSettings {
    /// Legs of the first step.
    pub first: usize,
    /// How many more each step has, as long as all holds.
    pub step: usize,
    /// The limit is known when it lies between two steps no further apart than this.
    pub resolution: usize,
    /// What each step has to hold.
    pub bounds: Bounds,
    /// How long those who have just come are let be before a step is measured.
    pub settle: Duration,
    /// How long each step is measured.
    pub measure: Duration,
    /// No step begins that would not be done by then, going by the longest before it.
    pub time_max: Duration,
    /// How many cores the server has, if that is known and nothing else uses them: its processor time then tells
    /// how far the next step may go.
    pub server_cores: Option<usize>,
}

/// A ramp's steps so far.
#[derive(Debug)]
pub struct Climb {
    /// The steps, in the order in which they were taken.
    pub steps: Vec<Step>,
    /// The most legs at which all held.
    pub most: usize,
    /// Why it ended.
    pub end: RampEnd,
    /// What was measured in the best step, or in the last if none held.
    pub best: Option<Measured>,
}

/// Finds the most legs at which all bounds hold.
///
/// # Errors
/// The target can't be loaded, or the media plane fails.
pub async fn ramp(
    settings: &RunSettings,
    ramp: &RampSettings,
    stop: &Stop,
    watch: &mut dyn Watch,
    tell: &mut dyn FnMut(&Step),
) -> Result<RampResult, RunError> {
    let mut crowd = settings.open(stop).await?;
    let climb = climb(&mut crowd, settings.plan.legs(), ramp, stop, watch, tell).await?;
    let calls: Calls = crowd.calls();
    crowd.close(watch).await;
    Ok(RampResult {
        target: settings.target.name(),
        setup: settings.setup(),
        bounds: ramp.bounds,
        steps: climb.steps,
        most: climb.most,
        end: climb.end,
        calls,
        best: climb.best,
    })
}

/// Takes the steps with a crowd that is there. At the end as many legs are left as the last step had.
///
/// # Errors
/// The media plane fails.
pub async fn climb(
    crowd: &mut Crowd,
    legs_max: usize,
    settings: &RampSettings,
    stop: &Stop,
    watch: &mut dyn Watch,
    tell: &mut dyn FnMut(&Step),
) -> Result<Climb, RunError> {
    let (began, mut longest) = (Instant::now(), Duration::ZERO);
    let mut search = Search::new(settings.first, settings.step, legs_max, settings.resolution);
    let mut climb = Climb { steps: Vec::new(), most: 0, end: RampEnd::Found, best: None };
    climb.end = loop {
        let Some(legs) = search.next_legs() else { break search.end() };
        if stop.is_set() {
            break RampEnd::Interrupted;
        }
        if !climb.steps.is_empty() && began.elapsed() + longest > settings.time_max {
            break RampEnd::OutOfTime;
        }
        let begun = Instant::now();
        if climb.steps.last().is_some_and(|step| !step.holds()) {
            crowd.shrink(0, watch).await?;
        }
        let (step, measurement) = take_step(crowd, legs, settings, watch).await?;
        if stop.is_set() {
            break RampEnd::Interrupted;
        }
        tell(&step);
        longest = longest.max(begun.elapsed());
        let busy = step.cpu_percent.zip(settings.server_cores);
        let busy = busy.map(|(percent, cores)| percent / 100.0 / cores.max(1) as f64);
        let outcome = Outcome::of(&step);
        if step.holds() && step.legs > climb.most {
            climb.most = step.legs;
            climb.best = Some(measurement.measured);
        } else if climb.most == 0 {
            climb.best = Some(measurement.measured);
        }
        climb.steps.push(step);
        search.note(outcome, busy);
    };
    Ok(climb)
}

async fn take_step(
    crowd: &mut Crowd,
    legs: usize,
    settings: &RampSettings,
    watch: &mut dyn Watch,
) -> Result<(Step, Measurement), RunError> {
    let failed_before = crowd.failed();
    crowd.shrink(legs, watch).await?;
    // One failed call is one too many: the step is lost, and there is no need to go on to it.
    crowd.grow(legs, 0, watch).await?;
    crowd.stay(settings.settle, watch).await?;
    let measurement = crowd.measure(settings.measure, watch).await?;
    let step = judge(&measurement, crowd.failed() - failed_before, &settings.bounds);
    Ok((step, measurement))
}

/// What a measurement says by the bounds.
fn judge(measurement: &Measurement, calls_failed: u64, bounds: &Bounds) -> Step {
    let Measurement { measured, server, .. } = measurement;
    let latency = (measured.latency_ms.count > 0).then_some(&measured.latency_ms);
    let mut faults = sound_faults(measured, bounds);
    if calls_failed > 0 {
        faults.push(format!("{calls_failed} calls failed"));
    }
    match latency {
        Some(latency) if latency.p99 > bounds.latency_p99_ms_max => faults.push(format!(
            "latency p99 is {:.1} ms, not {} ms",
            latency.p99, bounds.latency_p99_ms_max
        )),
        None if measured.hearing.chirps_due > 0 => faults.push("nothing is heard".to_owned()),
        _ => {}
    }
    Step {
        legs: measured.legs,
        returned: measured.returned(),
        latency_p50_ms: latency.map(|latency| latency.p50),
        latency_p99_ms: latency.map(|latency| latency.p99),
        cpu_percent: server.as_ref().map(|usage| usage.cpu_percent),
        memory_bytes: server.as_ref().map(|usage| usage.memory_bytes),
        calls_failed,
        tester_faults: measured.tester.reasons.clone(),
        stolen_percent: measured.stolen.most(),
        disturbed: measured.is_disturbed(),
        faults,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Distribution;
    use crate::measured::{Packets, Tester};

    fn measurement(p99: f64, returned: u64) -> Measurement {
        let measured = Measured {
            legs: 100,
            packets: Packets { due: 10_000, returned, ..Packets::default() },
            latency_ms: Distribution { count: 50, p50: 20.0, p99, ..Distribution::default() },
            tester: Tester { valid: true, ..Tester::default() },
            ..Measured::default()
        };
        Measurement { measured, server: None, calls_failed: 0 }
    }

    #[test]
    fn a_step_is_judged_by_each_bound() {
        let bounds = Bounds::default();
        assert!(judge(&measurement(34.9, 9_991), 0, &bounds).holds());
        assert!(!judge(&measurement(35.1, 10_000), 0, &bounds).holds());
        assert!(!judge(&measurement(30.0, 9_989), 0, &bounds).holds());
        assert!(!judge(&measurement(30.0, 10_000), 1, &bounds).holds());
        let mut late = measurement(30.0, 10_000);
        late.measured.tester.valid = false;
        late.measured.tester.reasons = vec!["late".to_owned()];
        let late = judge(&late, 0, &bounds);
        assert!(late.faults.is_empty() && !late.holds() && Outcome::of(&late) == Outcome::Unclear);
    }

    #[test]
    fn a_fault_is_not_the_server_s_while_the_host_takes_its_core() {
        let bounds = Bounds::default();
        let mut stolen = measurement(90.0, 9_000);
        stolen.measured.stolen.percent = [(0, 8.0), (1, 0.0)].into();
        let step = judge(&stolen, 0, &bounds);
        assert_eq!((step.stolen_percent, Outcome::of(&step)), (8.0, Outcome::Disturbed));
        stolen.measured.stolen.percent = [(0, 0.3)].into();
        assert_eq!(Outcome::of(&judge(&stolen, 0, &bounds)), Outcome::Broke);
        let mut held = measurement(30.0, 10_000);
        held.measured.stolen.percent = [(0, 8.0)].into();
        assert_eq!(Outcome::of(&judge(&held, 0, &bounds)), Outcome::Held);
    }
}
