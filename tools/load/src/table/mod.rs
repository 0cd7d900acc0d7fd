//! The capacity table: ten rows, each measured against servers that the tester starts itself, on a core of their own.
//!
//! A row about capacity has a server of its own, and a ramp. The first one's server also answers what a leg costs,
//! what it takes of memory, and how late its sound is below its capacity.

mod depth;
mod goals;
mod near;
mod scene;

use std::path::PathBuf;
use std::time::Duration;

use crate::idle;
use crate::plan::{Codec, Plan, Request};
use crate::progress::ProgressLine;
use crate::reflect::{self, Reflected};
use crate::result::{Machine, RampEnd, RampResult, Row, RunResult, Step, TableResult, Usage};
use crate::server::{Layout, StartError};
use crate::stop::Stop;
use crate::summary;

pub use depth::{Depth, QUICK_TIME};
pub use goals::Goal;
pub use scene::SceneError;
use scene::{PACKETS_PER_S, Scene, cpu_us_per_leg};

/// Legs of the small room, against which a large one is compared.
const SMALL_ROOM: usize = 20;

/// Legs of the large room.
const LARGE_ROOM: usize = 2_000;

/// Legs from which on memory is counted: by then all that is there once is there.
const WARM_LEGS: usize = 20;

/// How a table is made.
#[derive(Clone, Debug)]
pub struct TableSettings {
    /// The server's program.
    pub confab: PathBuf,
    /// How thoroughly.
    pub depth: Depth,
    /// Who has which core. The calling thread, and all that it starts, should be on those of the load.
    pub layout: Layout,
}

/// Makes the table.
///
/// # Errors
/// There is no server's program. What else goes wrong is said in the rows.
pub async fn table(
    settings: TableSettings,
    stop: &Stop,
    progress: &mut ProgressLine,
) -> Result<TableResult, StartError> {
    if !settings.confab.is_file() {
        return Err(StartError::NotFound(settings.confab));
    }
    let mut table = Table {
        rows: Vec::new(),
        ramps: Vec::new(),
        runs: Vec::new(),
        g711_leg_kib: None,
        idle: idle(&settings).await,
        settings,
        stop: stop.clone(),
    };
    table.g711_room(progress).await;
    for goal in [Goal::G711Rooms, Goal::OpusRoom, Goal::Browsers, Goal::OpusRooms] {
        table.capacity(goal, progress).await;
    }
    Ok(table.finish())
}

/// How late an idle thread wakes here, before anything is loaded.
async fn idle(settings: &TableSettings) -> String {
    let (layout, time) = (settings.layout.clone(), settings.depth.watch);
    let watched = tokio::task::spawn_blocking(move || idle::lateness(&layout, time)).await;
    watched.unwrap_or_default()
}

/// A table in the making.
struct Table {
    settings: TableSettings,
    stop: Stop,
    rows: Vec<(Goal, Row)>,
    ramps: Vec<(String, RampResult)>,
    runs: Vec<(String, RunResult)>,
    g711_leg_kib: Option<f64>,
    /// How late an idle thread wakes on this machine.
    idle: String,
}

impl Table {
    /// A row that only asks how many legs are carried. That of browsers asks for a leg's memory, too.
    async fn capacity(&mut self, goal: Goal, progress: &mut ProgressLine) {
        progress.set_label(goal.name());
        if let Err(why) = self.try_capacity(goal, progress).await {
            self.put(goal, goal.missing(why));
        }
    }

    async fn try_capacity(
        &mut self,
        goal: Goal,
        progress: &mut ProgressLine,
    ) -> Result<(), String> {
        let mut scene = self.open(goal).await?;
        let mut warm_bytes = None;
        if goal == Goal::Browsers {
            scene.grow(WARM_LEGS, progress).await.map_err(in_words)?;
            warm_bytes = Some(scene.usage(progress).await.map_err(in_words)?.memory_bytes);
        }
        let ramp = self.climb(&mut scene, progress).await?;
        if let Some(warm_bytes) = warm_bytes {
            let browser = memory_kib(&ramp, warm_bytes);
            self.put_memory(browser);
        }
        self.put_capacity(goal, ramp);
        Ok(())
    }

    /// The row of one room of G.711, and all that its server can be asked beside.
    async fn g711_room(&mut self, progress: &mut ProgressLine) {
        progress.set_label(Goal::G711Room.name());
        if let Err(why) = self.try_g711_room(progress).await {
            for goal in [
                Goal::G711Room,
                Goal::AgainstReflect,
                Goal::LargeAgainstSmall,
                Goal::Latency,
                Goal::LateTicks,
            ] {
                if !self.rows.iter().any(|(known, _)| *known == goal) {
                    self.put(goal, goal.missing(why.clone()));
                }
            }
        }
    }

    async fn try_g711_room(&mut self, progress: &mut ProgressLine) -> Result<(), String> {
        let mut scene = self.open(Goal::G711Room).await?;
        let idle = scene.usage(progress).await.map_err(in_words)?;
        scene.grow(SMALL_ROOM, progress).await.map_err(in_words)?;
        let small = scene.usage(progress).await.map_err(in_words)?;
        let ramp = self.climb(&mut scene, progress).await?;
        self.g711_leg_kib = memory_kib(&ramp, small.memory_bytes);
        // A quick table looks at half of the goal, whether or not it was carried within the bounds.
        let quick = self.settings.depth.quick;
        let most =
            if quick { self.settings.depth.legs_max(Goal::G711Room.legs()) } else { ramp.most };
        let best = ramp.steps.iter().rev().find(|step| step.legs == most && step.holds());
        let at_most = best.and_then(|step| step.cpu_percent);
        self.put_capacity(Goal::G711Room, ramp);
        if most < SMALL_ROOM {
            return Err("the server does not carry a small room within the bounds".to_owned());
        }
        let large_legs = most.min(LARGE_ROOM);
        self.near_capacity(&mut scene, most, progress).await?;
        // Last, so that the reflector has the same machine as the server: what a host takes is different in a minute.
        let large = match at_most.filter(|_| quick && large_legs == most) {
            Some(cpu_percent) => Usage { cpu_percent, ..Usage::default() },
            None => {
                scene.grow(large_legs, progress).await.map_err(in_words)?;
                scene.usage(progress).await.map_err(in_words)?
            }
        };
        drop(scene);
        let large_us = cpu_us_per_leg(&large, &idle, large_legs);
        let small_us = cpu_us_per_leg(&small, &idle, SMALL_ROOM);
        self.put_large_against_small((large_legs, large_us), small_us, &idle);
        self.against_reflect(large_legs, large_us, progress).await;
        Ok(())
    }

    /// Latency at half of the capacity and at 90% of it, and late ticks there.
    async fn near_capacity(
        &mut self,
        scene: &mut Scene,
        most: usize,
        progress: &mut ProgressLine,
    ) -> Result<(), String> {
        let depth = self.settings.depth;
        let quick = depth.quick;
        let near = near::look(scene, most * 9 / 10, &depth, progress).await.map_err(in_words)?;
        let half = near::look(scene, most / 2, &depth, progress).await.map_err(in_words)?;
        self.put(Goal::Latency, near::latency_row(&half, &near, quick));
        self.put(Goal::LateTicks, near::late_ticks_row(&near, quick));
        for (name, look) in [("half of capacity", half), ("90% of capacity", near)] {
            self.runs.push((format!("G.711, one room, {name}"), scene.as_run(look.measurement)));
        }
        Ok(())
    }

    async fn against_reflect(&mut self, legs: usize, us: f64, progress: &mut ProgressLine) {
        let goal = Goal::AgainstReflect;
        progress.set_label(goal.name());
        progress.say(&format!("the same packets of {legs} legs, against a bare reflector"));
        let row = match self.reflect(legs).await {
            Ok(floor) if floor.measured.is_valid() && floor.cpu_us_per_packet > 0.0 => {
                let floor_us = floor.cpu_us_per_packet;
                let note = format!(
                    "{us:.2} µs a leg and tick against {floor_us:.2} µs, {legs} legs in one room, the whole process \
                     less what it uses when idle; by this floor a core is full with {:.0} legs",
                    1e6 / PACKETS_PER_S / floor_us
                );
                goal.row(&[us / floor.cpu_us_per_packet], self.settings.depth.quick, note)
            }
            Ok(floor) => goal.missing(floor.measured.tester.reasons.join("; ")),
            Err(why) => goal.missing(why),
        };
        self.put(goal, row);
    }

    async fn reflect(&self, legs: usize) -> Result<Reflected, String> {
        let request = Request {
            legs_per_room: legs,
            codec: Codec::Pcmu,
            duration: self.settings.depth.measure.max(Duration::from_secs(1)),
            warm_up: Duration::from_secs(1),
            ears: 0,
            ..Request::default()
        };
        let plan = Plan::new(request).map_err(in_words)?;
        let layout = &self.settings.layout;
        let cores = reflect::Cores { server: layout.server.first(), load: layout.load.first() };
        let mut looks = self.settings.depth.looks;
        loop {
            let reflect = move || reflect::run(&plan, cores);
            let reflected = tokio::task::spawn_blocking(reflect).await.map_err(in_words)?;
            let reflected = reflected.map_err(in_words)?;
            looks = looks.saturating_sub(1);
            if looks == 0 || reflected.measured.is_valid() {
                return Ok(reflected);
            }
        }
    }

    async fn open(&self, goal: Goal) -> Result<Scene, String> {
        if self.stop.is_set() {
            return Err("interrupted".to_owned());
        }
        if !self.settings.depth.has_time() {
            return Err("no time was left".to_owned());
        }
        let TableSettings { confab, depth, layout } = &self.settings;
        Scene::open(goal, *depth, confab, layout, &self.stop).await.map_err(in_words)
    }

    async fn climb(
        &self,
        scene: &mut Scene,
        progress: &mut ProgressLine,
    ) -> Result<RampResult, String> {
        let mut steps = Vec::new();
        let mut note = |step: &Step| steps.push(step.clone());
        let ramp = scene.capacity(&self.stop, progress, &mut note).await.map_err(in_words)?;
        for step in &steps {
            progress.say(summary::of_step(step).trim_start());
        }
        Ok(ramp)
    }

    fn put_capacity(&mut self, goal: Goal, ramp: RampResult) {
        let quick = self.settings.depth.quick;
        // The nearest step beyond that did not hold says why it went no further.
        let beyond = ramp.steps.iter().filter(|step| !step.holds() && step.legs > ramp.most);
        let fault = beyond.min_by_key(|step| step.legs).map(|step| {
            let stolen = match step.disturbed {
                true => format!(", while {:.1} % of a core were stolen", step.stolen_percent),
                false => String::new(),
            };
            let faults: Vec<&str> = step.all_faults().collect();
            format!("; at {}: {}{stolen}", step.legs, faults.join(", "))
        });
        let end = match ramp.end {
            RampEnd::Found => "the server's limit",
            RampEnd::AllHeld => "as far as it was to go",
            RampEnd::TesterLimit => "the tester's limit, not the server's",
            RampEnd::Disturbed => "others took time of the cores whenever more was tried",
            RampEnd::OutOfTime => "there was no more time",
            RampEnd::Interrupted => "interrupted",
        };
        let note = format!("{end}{}", fault.unwrap_or_default());
        let row = match quick && ramp.most == 0 {
            // Fewer legs were not tried.
            true => goal.missing(note),
            false => goal.row(&[ramp.most as f64], quick, note),
        };
        self.put(goal, row);
        self.ramps.push((goal.name().to_owned(), ramp));
    }

    fn put_large_against_small(&mut self, large: (usize, f64), small_us: f64, idle: &Usage) {
        let goal = Goal::LargeAgainstSmall;
        let (legs, large_us) = large;
        let note = format!(
            "{large_us:.2} µs a leg and tick at {legs} legs against {small_us:.2} µs at {SMALL_ROOM}; the {:.2} % of a \
             core that the idle server uses are taken off both",
            idle.cpu_percent
        );
        let row = match small_us > 0.0 {
            true => goal.row(&[large_us / small_us], self.settings.depth.quick, note),
            false => goal.missing("a small room's use doesn't show"),
        };
        self.put(goal, row);
    }

    fn put_memory(&mut self, browser_kib: Option<f64>) {
        let goal = Goal::Memory;
        let note = "resident memory of the whole server, legs from the twentieth on";
        let row = match (self.g711_leg_kib, browser_kib) {
            (Some(g711), Some(browser)) => {
                goal.row(&[g711, browser], self.settings.depth.quick, note)
            }
            _ => goal.missing("no step had more legs than were there to begin with"),
        };
        self.put(goal, row);
    }

    fn put(&mut self, goal: Goal, row: Row) {
        self.rows.push((goal, row));
    }

    fn finish(mut self) -> TableResult {
        for goal in Goal::ALL {
            if !self.rows.iter().any(|(known, _)| *known == goal) {
                self.put(goal, goal.missing("what it is made of was not measured"));
            }
        }
        self.rows.sort_by_key(|(goal, _)| *goal);
        TableResult {
            machine: Machine { idle: self.idle, ..Machine::this(Some(&self.settings.layout)) },
            quick: self.settings.depth.quick,
            rows: self.rows.into_iter().map(|(_, row)| row).collect(),
            ramps: self.ramps,
            runs: self.runs,
        }
    }
}

/// What each leg beyond the first took of memory, in KiB: by the first step, before anything had to be given back.
fn memory_kib(ramp: &RampResult, warm_bytes: u64) -> Option<f64> {
    let step = ramp.steps.first()?;
    let legs = step.legs.checked_sub(WARM_LEGS).filter(|legs| *legs > 0)?;
    Some(step.memory_bytes?.saturating_sub(warm_bytes) as f64 / 1024.0 / legs as f64)
}

fn in_words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
