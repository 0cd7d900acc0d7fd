//! One run: calls are placed, measured for a while, and ended.

use crate::crowd::{Crowd, CrowdSettings, Watch};
use crate::destination::Reach;
use crate::media::MediaError;
use crate::plan::Plan;
use crate::result::{Bounds, Calls, RunResult, Setup};
use crate::server::{Process, Unwatchable};
use crate::stop::Stop;
use crate::target::{Target, TargetError};
use crate::{Measured, crowd::Order};

/// What a run, or a ramp, is told.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// Who comes, and for how long.
    pub plan: Plan,
    /// In which order legs come.
    pub order: Order,
    /// What is loaded.
    pub target: Target,
    /// Calls placed a second.
    pub rate_per_s: f64,
    /// Where load may go.
    pub reach: Reach,
    /// The id of the server's process, to watch what it uses.
    pub pid: Option<u32>,
    /// The core of the media thread, if it is to have one.
    pub core: Option<usize>,
    /// Whether the media thread asks for the real-time class.
    pub realtime: bool,
}

/// Why a run could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The target can't be loaded.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The media plane fails.
    #[error("the media plane: {0}")]
    Media(#[from] MediaError),
    /// The server's process can't be watched.
    #[error(transparent)]
    Process(#[from] Unwatchable),
}

impl RunSettings {
    /// What the server is loaded with.
    #[must_use]
    pub fn setup(&self) -> Setup {
        setup_of(&self.plan, self.rate_per_s)
    }

    /// Opens the target, with everything ready for the legs.
    ///
    /// # Errors
    /// It can't be loaded, or there is no media plane to do it with.
    pub async fn open(&self, stop: &Stop) -> Result<Crowd, RunError> {
        let process = self.pid.map(Process::new).transpose()?;
        let opened = self.target.open(&self.plan, self.reach).await?;
        let settings = CrowdSettings {
            plan: self.plan,
            order: self.order,
            rate_per_s: self.rate_per_s,
            reach: self.reach,
            core: self.core,
            realtime: self.realtime,
            process,
        };
        Ok(Crowd::new(settings, opened, stop.clone())?)
    }
}

/// A plan, as results show it.
#[must_use]
pub fn setup_of(plan: &Plan, rate_per_s: f64) -> Setup {
    let request = plan.request();
    Setup {
        kind: request.kind,
        rooms: request.rooms,
        legs_per_room: request.legs_per_room,
        talkers: request.talkers,
        others: request.others,
        codec: request.codec,
        rate_per_s,
    }
}

/// Places all calls of the plan, measures for as long as it says, and ends them.
///
/// # Errors
/// The target can't be loaded, or the media plane fails.
pub async fn run(
    settings: &RunSettings,
    stop: &Stop,
    watch: &mut dyn Watch,
) -> Result<RunResult, RunError> {
    let request = settings.plan.request();
    let mut crowd = settings.open(stop).await?;
    crowd.grow(settings.plan.legs(), u64::MAX, watch).await?;
    crowd.stay(request.warm_up, watch).await?;
    let measurement = crowd.measure(request.duration, watch).await?;
    let calls = crowd.calls();
    crowd.close(watch).await;
    let mut faults = faults(&calls, &measurement.measured, &Bounds::default());
    if stop.is_set() {
        faults.push("it was interrupted, so little of it was measured".to_owned());
    }
    Ok(RunResult {
        target: settings.target.name(),
        setup: settings.setup(),
        calls,
        measured: measurement.measured,
        server: measurement.server,
        faults,
    })
}

/// What is not as it should be, in words. How late sound may be is for a ramp to judge.
#[must_use]
pub fn faults(calls: &Calls, measured: &Measured, bounds: &Bounds) -> Vec<String> {
    let mut faults = Vec::new();
    if calls.failed > 0 {
        faults.push(format!("{} of {} calls failed", calls.failed, calls.placed));
    }
    if measured.legs == 0 {
        faults.push("no call came up".to_owned());
    }
    faults.extend(sound_faults(measured, bounds));
    if !measured.is_valid() {
        let reasons = measured.tester.reasons.join("; ");
        faults.push(format!("the tester itself was not well, so nothing is proved: {reasons}"));
    }
    faults
}

/// What is wrong with the sound that came back.
pub(crate) fn sound_faults(measured: &Measured, bounds: &Bounds) -> Vec<String> {
    let mut faults = Vec::new();
    if measured.returned() < bounds.returned_min {
        faults.push(format!(
            "{:.3} % of packets returned, not {:.1} %",
            measured.returned() * 100.0,
            bounds.returned_min * 100.0
        ));
    }
    let hearing = &measured.hearing;
    if !hearing.hear_themselves.is_empty() {
        let talkers = hearing.hear_themselves.len();
        faults.push(format!("{talkers} of {} talkers hear themselves", hearing.talkers_with_ears));
    }
    if !hearing.deaf.is_empty() {
        faults.push(format!(
            "{} of {} pairs of a talker and a listener hear nothing of each other",
            hearing.deaf.len(),
            hearing.pairs
        ));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::{Deaf, Hearing, Packets, Tester};
    use crate::plan::LegId;

    fn well() -> Measured {
        Measured {
            legs: 10,
            packets: Packets { sent: 1000, due: 1000, returned: 1000, ..Packets::default() },
            hearing: Hearing { pairs: 3, ..Hearing::default() },
            tester: Tester { valid: true, ..Tester::default() },
            ..Measured::default()
        }
    }

    fn faults_of(calls: &Calls, measured: &Measured) -> Vec<String> {
        faults(calls, measured, &Bounds::default())
    }

    #[test]
    fn what_is_well_has_no_faults() {
        let calls = Calls { placed: 10, up: 10, ..Calls::default() };
        assert_eq!(faults_of(&calls, &well()), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_named() {
        let calls = Calls { placed: 10, up: 9, failed: 1, ..Calls::default() };
        assert!(faults_of(&calls, &well())[0].contains("1 of 10 calls failed"));
        let calls = Calls::default();
        let mut lossy = well();
        lossy.packets.returned = 998;
        assert!(faults_of(&calls, &lossy)[0].starts_with("99.800 %"));
        let mut echo = well();
        echo.hearing.hear_themselves.push(LegId(0));
        assert!(faults_of(&calls, &echo)[0].contains("hear themselves"));
        let mut deaf = well();
        deaf.hearing.deaf.push(Deaf { ear: LegId(5), talker: LegId(0) });
        assert!(faults_of(&calls, &deaf)[0].contains("1 of 3 pairs"));
        let mut late = well();
        late.tester = Tester { valid: false, reasons: vec!["late".into()], ..Tester::default() };
        assert!(faults_of(&calls, &late)[0].contains("nothing is proved: late"));
        let nobody = Measured { legs: 0, ..well() };
        assert_eq!(faults_of(&calls, &nobody), ["no call came up"]);
    }
}
