//! The calls of a run: they are placed at a rate, watched while they are up, measured, and ended in order.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::distribution::Collector;
use crate::media::{Media, MediaError, MediaLeg, MediaSettings, Progress};
use crate::plan::{LegId, Plan};
use crate::result::{Calls, Usage};
use crate::server::{Process, Sample};
use crate::signalling::{Agreed, CallEvent, Door, Line, Reason};
use crate::stolen::StolenSoFar;
use crate::stop::Stop;
use crate::target::Opened;
use crate::{Measured, destination::Reach};

/// From one look at signalling to the next. Calls are placed as finely as this.
const TURN: Duration = Duration::from_millis(5);

/// From one report of progress to the next.
const REPORT: Duration = Duration::from_secs(1);

/// How long a call may take to come up or to fail; what signalling knows by then is no longer waited for.
const SETUP_TIME_MAX: Duration = Duration::from_secs(60);

/// How long it may take, without need, to end all calls of a run.
const ENDING_TIME: Duration = Duration::from_secs(5);

/// In which order legs come, where there are many rooms.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// One room is filled after the other.
    #[default]
    Rooms,
    /// All rooms are filled at once, so that even a few legs are in all of them.
    Seats,
}

/// What a crowd is set up with.
#[derive(Clone, Debug)]
pub struct CrowdSettings {
    /// Who comes.
    pub plan: Plan,
    /// In which order.
    pub order: Order,
    /// Calls placed a second.
    pub rate_per_s: f64,
    /// Where sound may go.
    pub reach: Reach,
    /// The core of the media thread, if it is to have one.
    pub core: Option<usize>,
    /// Whether the media thread asks for the real-time class.
    pub realtime: bool,
    /// The server's process, if it is on this machine and known.
    pub process: Option<Process>,
}

impl CrowdSettings {
    /// The cores on which it matters what others do; none where that isn't known.
    fn cores(&self) -> Vec<usize> {
        let (Some(process), Some(core)) = (&self.process, self.core) else { return Vec::new() };
        process.cores().numbers().iter().copied().chain([core]).collect()
    }
}

/// What a crowd is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Calls are placed.
    Placing,
    /// They are up, and not measured yet.
    Settling,
    /// They are measured.
    Measuring,
    /// What was recorded is searched.
    Analysing,
    /// They are ended.
    Ending,
}

/// How things stand, told once a second.
#[derive(Clone, Debug)]
pub struct Moment {
    /// What is being done.
    pub phase: Phase,
    /// For how long the crowd is there.
    pub elapsed: Duration,
    /// Calls that were placed, are up, and have failed.
    pub calls: (u64, usize, u64),
    /// What the media plane counts.
    pub media: Progress,
    /// What the server used in the last second.
    pub server: Option<Usage>,
}

/// Somebody who is told how things stand.
pub trait Watch {
    /// Takes notice.
    fn see(&mut self, moment: &Moment);
}

/// Nobody.
impl Watch for () {
    fn see(&mut self, _: &Moment) {}
}

/// A measurement, and what the server used meanwhile.
#[derive(Debug)]
pub struct Measurement {
    /// What the media plane found.
    pub measured: Measured,
    /// What the server's process used.
    pub server: Option<Usage>,
    /// Calls that ended early meanwhile.
    pub calls_failed: u64,
}

/// How a leg's call stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Absent,
    Placed(Instant),
    Up,
}

/// Calls, their signalling and their media.
pub struct Crowd {
    settings: CrowdSettings,
    doors: Vec<Door>,
    media: Media,
    line: Line,
    created: Option<(crate::server::Api, Vec<crate::server::Conference>)>,
    /// By leg.
    states: Vec<State>,
    /// How many of the legs, in order, are wanted: they were placed, whatever became of them, or still will be.
    wanted: usize,
    calls: Calls,
    setup: Collector,
    began: Instant,
    pace: tokio::time::Interval,
    reported: Instant,
    sampled: Option<Sample>,
    /// Processor and memory of the server, second by second of a measurement.
    seconds: Vec<Option<Usage>>,
    stop: Stop,
}

impl Crowd {
    /// Nobody yet, with everything ready for the legs of the plan at a target that was opened for it.
    ///
    /// # Errors
    /// The media plane can't be started.
    pub fn new(settings: CrowdSettings, opened: Opened, stop: Stop) -> Result<Self, MediaError> {
        let media = Media::start(MediaSettings {
            plan: settings.plan,
            layout: opened.layout,
            core: settings.core,
            realtime: settings.realtime,
            allow_remote: settings.reach == Reach::Remote,
        })?;
        let mut pace = interval(TURN);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let now = Instant::now();
        Ok(Self {
            doors: opened.doors,
            media,
            line: opened.line,
            created: opened.created,
            states: vec![State::Absent; settings.plan.legs()],
            wanted: 0,
            calls: Calls::default(),
            setup: Collector::new(),
            began: now,
            pace,
            reported: now,
            sampled: settings.process.as_ref().and_then(Process::sample),
            seconds: Vec::new(),
            stop,
            settings,
        })
    }

    /// How many legs are up.
    #[must_use]
    pub fn up(&self) -> usize {
        self.states.iter().filter(|state| **state == State::Up).count()
    }

    /// Calls that have failed so far.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.calls.failed
    }

    /// What has become of all calls so far.
    #[must_use]
    pub fn calls(&self) -> Calls {
        Calls { setup_ms: self.setup.in_ms(), ..self.calls.clone() }
    }

    /// Places calls at the rate for those of the first `legs` who are not there, and waits until each is up or has
    /// failed. Once more than `failures_max` have failed meanwhile, no more are placed.
    ///
    /// # Errors
    /// The media plane fails.
    pub async fn grow(
        &mut self,
        legs: usize,
        failures_max: u64,
        watch: &mut dyn Watch,
    ) -> Result<(), MediaError> {
        let (began, failed_before) = (Instant::now(), self.calls.failed);
        let legs = legs.min(self.settings.plan.legs());
        let everybody = (0..legs).map(|index| self.leg(index));
        let absent: Vec<LegId> =
            everybody.filter(|leg| self.state(*leg) == State::Absent).collect();
        let mut absent = absent.into_iter();
        let mut placed = 0;
        self.wanted = self.wanted.max(legs);
        loop {
            let may_go_on =
                self.calls.failed - failed_before <= failures_max && !self.stop.is_set();
            let by_now = 1 + (began.elapsed().as_secs_f64() * self.settings.rate_per_s) as usize;
            while may_go_on && placed < by_now {
                let Some(leg) = absent.next() else { break };
                self.place(leg)?;
                placed += 1;
            }
            self.turn(Phase::Placing, watch).await?;
            if (absent.len() == 0 || !may_go_on) && !self.is_waiting() {
                return Ok(());
            }
        }
    }

    /// Ends the calls of all legs beyond the first `legs`, at the rate at which calls are placed.
    ///
    /// # Errors
    /// The media plane fails.
    pub async fn shrink(&mut self, legs: usize, watch: &mut dyn Watch) -> Result<(), MediaError> {
        self.end_down_to(legs, self.settings.rate_per_s, watch).await
    }

    /// Lets everybody be for a while.
    ///
    /// # Errors
    /// The media plane fails.
    pub async fn stay(&mut self, time: Duration, watch: &mut dyn Watch) -> Result<(), MediaError> {
        self.pass(time, Phase::Settling, watch).await
    }

    /// What the server uses for a while, whoever is there; none when its process isn't known.
    ///
    /// # Errors
    /// The media plane fails.
    pub async fn usage(
        &mut self,
        time: Duration,
        watch: &mut dyn Watch,
    ) -> Result<Option<Usage>, MediaError> {
        let before = self.sample();
        self.pass(time, Phase::Settling, watch).await?;
        Ok(self.sample().zip(before).map(|(after, before)| after.since(&before)))
    }

    /// Measures what those who are up send and receive for a while, and what the server uses.
    ///
    /// # Errors
    /// The media plane fails.
    pub async fn measure(
        &mut self,
        time: Duration,
        watch: &mut dyn Watch,
    ) -> Result<Measurement, MediaError> {
        let failed_before = self.calls.failed;
        let (before, stolen_before) = (self.sample(), StolenSoFar::now());
        self.media.begin_measuring()?;
        self.seconds.clear();
        self.pass(time, Phase::Measuring, watch).await?;
        let take = self.media.end_measuring()?;
        let after = self.sample();
        let stolen = StolenSoFar::now().since(&stolen_before, &self.settings.cores());
        let server = after.zip(before).map(|(after, before)| after.since(&before));
        let mut analysis = tokio::task::spawn_blocking(move || take.measure());
        let mut measured = loop {
            tokio::select! {
                measured = &mut analysis => break measured.map_err(|_| MediaError::Stopped)??,
                turned = self.turn(Phase::Analysing, watch) => turned?,
            }
        };
        measured.stolen = stolen;
        for (second, usage) in measured.series.iter_mut().zip(&self.seconds) {
            second.server_cpu_percent = usage.as_ref().map(|usage| usage.cpu_percent);
            second.server_memory_bytes = usage.as_ref().map(|usage| usage.memory_bytes);
        }
        Ok(Measurement { measured, server, calls_failed: self.calls.failed - failed_before })
    }

    /// Ends all calls, waits until the server has heard of it, and ends what was created there.
    pub async fn close(mut self, watch: &mut dyn Watch) {
        let rate = self.settings.rate_per_s.max(self.wanted as f64 / ENDING_TIME.as_secs_f64());
        // Should the media plane have failed, signalling still ends what there is.
        let _ = self.end_down_to(0, rate, watch).await;
        let Self { line, media, created, .. } = self;
        line.close().await;
        media.close();
        if let Some((api, conferences)) = created {
            api.end(conferences).await;
        }
    }

    /// Ends calls, the last that came first, until these are left.
    async fn end_down_to(
        &mut self,
        legs: usize,
        rate_per_s: f64,
        watch: &mut dyn Watch,
    ) -> Result<(), MediaError> {
        let (began, first) = (Instant::now(), self.wanted);
        while self.wanted > legs {
            let by_now = began.elapsed().as_secs_f64() * rate_per_s;
            let left = first.saturating_sub(1 + by_now as usize).max(legs);
            while self.wanted > left {
                self.wanted -= 1;
                let leg = self.leg(self.wanted);
                self.hang_up(leg)?;
            }
            self.turn(Phase::Ending, watch).await?;
        }
        Ok(())
    }

    /// The leg that comes at this place in the order.
    fn leg(&self, index: usize) -> LegId {
        let request = self.settings.plan.request();
        let (room, seat) = match self.settings.order {
            Order::Rooms => (index / request.legs_per_room, index % request.legs_per_room),
            Order::Seats => (index % request.rooms, index / request.rooms),
        };
        self.settings.plan.leg(room, seat)
    }

    fn place(&mut self, leg: LegId) -> Result<(), MediaError> {
        self.calls.placed += 1;
        self.set(leg, State::Placed(Instant::now()));
        let Some(door) = self.doors.get(self.settings.plan.room(leg)) else { return Ok(()) };
        self.line.place(leg, door, &mut self.media)
    }

    fn hang_up(&mut self, leg: LegId) -> Result<(), MediaError> {
        if self.state(leg) == State::Up {
            self.media.detach(leg)?;
        }
        self.line.hang_up(leg, &mut self.media);
        self.set(leg, State::Absent);
        Ok(())
    }

    async fn pass(
        &mut self,
        time: Duration,
        phase: Phase,
        watch: &mut dyn Watch,
    ) -> Result<(), MediaError> {
        let began = Instant::now();
        // Seconds are reported as they pass from here.
        self.reported = began;
        self.sampled = self.sample();
        while began.elapsed() < time && !self.stop.is_set() {
            self.turn(phase, watch).await?;
        }
        Ok(())
    }

    /// Waits for a moment, and takes notice of all that happened.
    async fn turn(&mut self, phase: Phase, watch: &mut dyn Watch) -> Result<(), MediaError> {
        self.pace.tick().await;
        while let Some(event) = self.line.poll(&mut self.media) {
            self.take(event)?;
        }
        if phase == Phase::Placing {
            self.give_up_on_the_late();
        }
        if self.reported.elapsed() >= REPORT {
            self.reported += REPORT;
            let sample = self.sample();
            let before = std::mem::replace(&mut self.sampled, sample);
            let usage = self.sampled.as_ref().zip(before).map(|(now, before)| now.since(&before));
            if phase == Phase::Measuring {
                self.seconds.push(usage.clone());
            }
            watch.see(&self.moment(phase, usage));
        }
        Ok(())
    }

    fn take(&mut self, event: CallEvent) -> Result<(), MediaError> {
        match event {
            CallEvent::Up(agreed) => {
                let leg = agreed.leg;
                if let State::Placed(at) = self.state(leg) {
                    self.attach(*agreed)?;
                    self.calls.up += 1;
                    self.setup.record(u64::try_from(at.elapsed().as_micros()).unwrap_or(u64::MAX));
                    self.set(leg, State::Up);
                }
            }
            CallEvent::Moved(agreed) => {
                if self.state(agreed.leg) == State::Up {
                    self.attach(*agreed)?;
                }
            }
            CallEvent::Over { leg, reason } => {
                if self.state(leg) == State::Up {
                    self.media.detach(leg)?;
                }
                self.fail(leg, &reason);
            }
        }
        Ok(())
    }

    fn attach(&mut self, agreed: Agreed) -> Result<(), MediaError> {
        self.media.attach(MediaLeg {
            leg: agreed.leg,
            remote: agreed.remote,
            payload_type: agreed.payload_type,
            srtp: agreed.keys,
            level_extension: agreed.level_extension,
            mid: agreed.mid,
        })
    }

    fn fail(&mut self, leg: LegId, reason: &Reason) {
        if self.state(leg) != State::Absent {
            self.calls.failed += 1;
            *self.calls.failures.entry(reason.to_string()).or_default() += 1;
            self.set(leg, State::Absent);
        }
    }

    /// What was placed too long ago has failed, whatever signalling still hopes for.
    fn give_up_on_the_late(&mut self) {
        for index in 0..self.wanted {
            let leg = self.leg(index);
            if matches!(self.state(leg), State::Placed(at) if at.elapsed() > SETUP_TIME_MAX) {
                self.line.hang_up(leg, &mut self.media);
                self.fail(leg, &Reason::NotAnswered);
            }
        }
    }

    fn is_waiting(&self) -> bool {
        self.states.iter().any(|state| matches!(state, State::Placed(_)))
    }

    fn state(&self, leg: LegId) -> State {
        self.states.get(leg.index()).copied().unwrap_or(State::Absent)
    }

    fn set(&mut self, leg: LegId, state: State) {
        if let Some(known) = self.states.get_mut(leg.index()) {
            *known = state;
        }
    }

    fn sample(&self) -> Option<Sample> {
        self.settings.process.as_ref().and_then(Process::sample)
    }

    fn moment(&self, phase: Phase, server: Option<Usage>) -> Moment {
        Moment {
            phase,
            elapsed: self.began.elapsed(),
            calls: (self.calls.placed, self.up(), self.calls.failed),
            media: self.media.progress(),
            server,
        }
    }
}
