//! A server of our own and the crowd that loads it, for one row of the table.

use std::path::Path;

use crate::crowd::{Crowd, CrowdSettings, Measurement, Order, Watch};
use crate::destination::Reach;
use crate::plan::{Codec, Kind, Others, Plan, PlanError, Request};
use crate::ramp::{Climb, climb};
use crate::result::{RampResult, RunResult, Step, Usage};
use crate::run::{RunError, faults, setup_of};
use crate::server::{Confab, Layout, StartError, Ticks};
use crate::stop::Stop;
use crate::table::{Depth, Goal};
use crate::target::open_confab;

/// Ears of a row: enough that each talker has some, few enough that a search among them takes no time.
const EARS: usize = 24;

/// Packets of a leg a second.
pub(super) const PACKETS_PER_S: f64 = 50.0;

/// Why a row could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    /// There is no server.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The load can't be brought to it.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The plan of the row can't be.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// A server and its crowd.
pub(super) struct Scene {
    // Dropped first: the load ends before the server does.
    pub(super) crowd: Crowd,
    confab: Confab,
    plan: Plan,
    goal: Goal,
    depth: Depth,
}

impl Scene {
    /// Starts a server, and makes everything ready for the row's legs.
    pub(super) async fn open(
        goal: Goal,
        depth: Depth,
        program: &Path,
        layout: &Layout,
        stop: &Stop,
    ) -> Result<Self, SceneError> {
        let confab = Confab::start(program, &layout.server).await?;
        let plan = Plan::new(request(goal, &depth))?;
        let is_sip = plan.request().kind == Kind::Sip;
        let sip = is_sip.then(|| (confab.sip(), sip::Transport::Udp));
        let reach = Reach::Loopback;
        let opened = open_confab(confab.api(), sip, &plan, reach).await.map_err(RunError::from)?;
        let settings = CrowdSettings {
            plan,
            order: if goal == Goal::OpusRooms { Order::Seats } else { Order::Rooms },
            rate_per_s: if is_sip { depth.sip_rate } else { depth.browser_rate },
            reach,
            core: layout.load.first(),
            realtime: true,
            process: Some(confab.process().clone()),
        };
        let crowd = Crowd::new(settings, opened, stop.clone()).map_err(RunError::from)?;
        Ok(Self { crowd, confab, plan, goal, depth })
    }

    /// Has the first legs come, and lets them settle.
    pub(super) async fn grow(
        &mut self,
        legs: usize,
        watch: &mut dyn Watch,
    ) -> Result<(), RunError> {
        self.crowd.shrink(legs, watch).await?;
        self.crowd.grow(legs, u64::MAX, watch).await?;
        self.crowd.stay(self.depth.settle, watch).await?;
        Ok(())
    }

    /// What the server uses just now.
    pub(super) async fn usage(&mut self, watch: &mut dyn Watch) -> Result<Usage, RunError> {
        Ok(self.crowd.usage(self.depth.watch, watch).await?.unwrap_or_default())
    }

    /// Measures those who are there, for as long as it takes to know how late sound is.
    pub(super) async fn measure(&mut self, watch: &mut dyn Watch) -> Result<Measurement, RunError> {
        Ok(self.crowd.measure(self.depth.measure_latency, watch).await?)
    }

    /// Searches for the most legs that it carries.
    pub(super) async fn capacity(
        &mut self,
        stop: &Stop,
        watch: &mut dyn Watch,
        tell: &mut dyn FnMut(&Step),
    ) -> Result<RampResult, RunError> {
        let legs = self.goal.legs();
        let (settings, legs_max) = (self.depth.ramp(self.goal), self.depth.legs_max(legs));
        let climbed = climb(&mut self.crowd, legs_max, &settings, stop, watch, tell).await?;
        let Climb { steps, most, end, best } = climbed;
        Ok(RampResult {
            target: self.goal.name().to_owned(),
            setup: setup_of(&self.plan, self.rate()),
            bounds: settings.bounds,
            steps,
            most,
            end,
            calls: self.crowd.calls(),
            best,
        })
    }

    /// How many ticks the server's media workers took so far, and how many of these too late.
    pub(super) async fn ticks(&self) -> Option<Ticks> {
        self.confab.api().figures().await.ok()?.ticks()
    }

    /// A measurement as a run, for the report.
    pub(super) fn as_run(&self, measurement: Measurement) -> RunResult {
        let calls = self.crowd.calls();
        let faults = faults(&calls, &measurement.measured, &Default::default());
        RunResult {
            target: self.goal.name().to_owned(),
            setup: setup_of(&self.plan, self.rate()),
            calls,
            measured: measurement.measured,
            server: measurement.server,
            faults,
        }
    }

    fn rate(&self) -> f64 {
        match self.plan.request().kind {
            Kind::Sip => self.depth.sip_rate,
            Kind::Browser => self.depth.browser_rate,
        }
    }
}

/// Processor time of one leg in one tick of 20 ms, in microseconds; `idle` is what the server uses for nobody.
pub(super) fn cpu_us_per_leg(usage: &Usage, idle: &Usage, legs: usize) -> f64 {
    let percent = (usage.cpu_percent - idle.cpu_percent).max(0.0);
    percent / 100.0 * 1e6 / (legs.max(1) as f64 * PACKETS_PER_S)
}

/// What a row is loaded with.
fn request(goal: Goal, depth: &Depth) -> Request {
    let legs_max = depth.legs_max(goal.legs());
    let one_room = Request {
        rooms: 1,
        legs_per_room: legs_max,
        talkers: 3,
        others: Others::Noise,
        codec: Codec::Pcmu,
        kind: Kind::Sip,
        duration: depth.measure,
        warm_up: depth.settle,
        ears: EARS,
    };
    match goal {
        Goal::G711Rooms => {
            Request { rooms: legs_max.div_ceil(4), legs_per_room: 4, talkers: 2, ..one_room }
        }
        Goal::OpusRoom => Request { codec: Codec::Opus, others: Others::Dtx, ..one_room },
        Goal::Browsers => Request { codec: Codec::Opus, kind: Kind::Browser, ..one_room },
        // Fifty seats in each room, of which a search fills as many as it comes to in all rooms alike.
        Goal::OpusRooms => Request {
            rooms: 20,
            legs_per_room: legs_max.div_ceil(20).max(50),
            codec: Codec::Opus,
            ..one_room
        },
        _ => one_room,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_s_load_is_a_plan() {
        for depth in [Depth::quick(), Depth::full()] {
            for goal in Goal::ALL.into_iter().take(5) {
                let plan = Plan::new(request(goal, &depth)).unwrap();
                assert!(plan.legs() >= depth.legs_max(goal.legs()), "{goal:?}");
            }
        }
        let rooms = request(Goal::G711Rooms, &Depth::full());
        assert!(rooms.rooms >= 750 && rooms.legs_per_room == 4 && rooms.talkers == 2);
    }

    #[test]
    fn a_leg_s_processor_time_is_what_its_packets_take() {
        let usage = |cpu_percent| Usage { cpu_percent, ..Usage::default() };
        let us = cpu_us_per_leg(&usage(61.0), &usage(1.0), 2_000);
        assert!((us - 6.0).abs() < 1e-9, "{us}");
    }
}
