//! What a recorder does with what it reads: which tracks there are, when it is over, and what is told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use audio::TICK;
use engine::{LegId, TAP_TICKS_MAX, Tap, TapSource, Tapped};

use crate::disk::Disk;
use crate::plan::Plan;
use crate::track::Track;

/// The file of the mix, in the recording's directory.
pub const MIX_FILE: &str = "mix.ogg";

/// Voices that are recorded by themselves in one recording at most: each takes 30 KiB while it lasts. More are in the
/// mix alone, and are counted.
pub const VOICES_MAX: usize = 250;

/// The file of a voice, in the recording's directory.
#[must_use]
pub fn voice_file(leg: LegId) -> String {
    format!("voice-{}.ogg", leg.0)
}

/// Something to be told of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A voice is recorded from now on, in a file of its own.
    Voice {
        /// Whose.
        leg: LegId,
    },
    /// Some sound of the mix was lost, for the disk is slow; it is silence in the file.
    Lost {
        /// In all since the beginning.
        time: Duration,
    },
    /// It is over; nothing is told any more.
    Over(Summary),
}

/// How a recording ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Why.
    pub ending: Ending,
    /// How long it plays.
    pub duration: Duration,
    /// How much of that is silence because the disk was slow.
    pub lost: Duration,
    /// Bytes of all its files.
    pub bytes: u64,
    /// Voices that were not recorded by themselves, for there were more than [`VOICES_MAX`]; counted up to as many again.
    pub voices_left_out: usize,
}

/// Why a recording is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It was stopped.
    Stopped,
    /// The room is closed.
    RoomClosed,
    /// It is as long as one may be.
    TooLong,
    /// The disk is full.
    DiskFull,
    /// The disk fails, in the system's words.
    Failed(String),
}

impl From<io::Error> for Ending {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// A recording that is being made.
pub(crate) struct Session<D> {
    plan: Plan,
    disk: D,
    comments: Vec<String>,
    /// When the first tick was due.
    origin: Option<Duration>,
    mix: Track,
    voices: BTreeMap<LegId, Track>,
    left_out: BTreeSet<LegId>,
    lost: Duration,
    /// Whether the disk has refused something.
    is_refused: bool,
}

impl<D: Disk> Session<D> {
    /// Begins: makes the directory, and the file of the mix.
    pub(crate) fn new(plan: Plan, mut disk: D) -> Result<Self, Ending> {
        disk.make_directory(&plan.directory)?;
        let comments = vec![format!("TITLE={}", plan.title), "ENCODER=Confab".to_owned()];
        let mut mix = Track::new(plan.directory.join(MIX_FILE), &comments)?;
        mix.write(&mut disk)?;
        let (voices, left_out) = (BTreeMap::new(), BTreeSet::new());
        let lost = Duration::ZERO;
        let (origin, is_refused) = (None, false);
        Ok(Self { plan, disk, comments, origin, mix, voices, left_out, lost, is_refused })
    }

    /// Takes in what has come, and writes it.
    pub(crate) fn go_on(
        &mut self,
        tap: &mut Tap,
        report: &mut impl FnMut(Report),
    ) -> Result<(), Ending> {
        self.write_what_came(tap, report).inspect_err(|_| self.is_refused = true)?;
        match () {
            () if self.duration() >= self.plan.duration_max => Err(Ending::TooLong),
            () if tap.is_over() => Err(Ending::RoomClosed),
            () => Ok(()),
        }
    }

    fn write_what_came(
        &mut self,
        tap: &mut Tap,
        report: &mut impl FnMut(Report),
    ) -> Result<(), Ending> {
        let mut taken = Ok(());
        tap.drain(|tapped| {
            if taken.is_ok() {
                taken = self.take(tapped, report);
            }
        });
        taken?;
        let lost = TICK * u32::try_from(tap.mix_ticks_lost()).unwrap_or(u32::MAX);
        if lost != self.lost {
            self.lost = lost;
            report(Report::Lost { time: lost });
        }
        for track in self.voices.values_mut().chain([&mut self.mix]) {
            track.write(&mut self.disk)?;
        }
        Ok(())
    }

    /// Looks whether the disk has as much room left as it shall.
    pub(crate) fn look_at_disk(&mut self) -> Result<(), Ending> {
        let free = self.disk.free_bytes(&self.plan.directory)?;
        if free < self.plan.free_bytes_min { Err(Ending::DiskFull) } else { Ok(()) }
    }

    /// Ends all files and sums up. A disk that has refused something is asked for no more: what was written is whole
    /// without its end too, and nothing may follow what is missing.
    pub(crate) fn finish(mut self, mut ending: Ending) -> Summary {
        // The last that was read may be a voice of a tick whose mix was still to come.
        let tracks = self.voices.values().chain([&self.mix]);
        let ticks = tracks.map(Track::ticks).max().unwrap_or(0);
        for track in self.voices.values_mut().chain([&mut self.mix]) {
            if self.is_refused {
                break;
            }
            if let Err(error) = track.finish(ticks, &mut self.disk) {
                (ending, self.is_refused) = (error.into(), true);
            }
        }
        let tracks = self.voices.values().chain([&self.mix]);
        Summary {
            ending,
            duration: self.duration(),
            lost: self.lost,
            bytes: tracks.map(Track::bytes).sum(),
            voices_left_out: self.left_out.len(),
        }
    }

    fn duration(&self) -> Duration {
        TICK * u32::try_from(self.mix.ticks()).unwrap_or(u32::MAX)
    }

    fn take(&mut self, tapped: &Tapped, report: &mut impl FnMut(Report)) -> Result<(), Ending> {
        let tick = self.tick_of(tapped.due);
        let track = match tapped.source {
            TapSource::Mix => Some(&mut self.mix),
            TapSource::Voice(leg) => {
                if !self.voices.contains_key(&leg) {
                    self.begin_voice(leg, report)?;
                }
                self.voices.get_mut(&leg)
            }
        };
        track.map_or(Ok(()), |track| Ok(track.add(tick, &tapped.frame)?))
    }

    /// Begins the file of a voice, unless there are as many as there may be.
    fn begin_voice(&mut self, leg: LegId, report: &mut impl FnMut(Report)) -> Result<(), Ending> {
        if self.voices.len() == VOICES_MAX {
            if self.left_out.len() < VOICES_MAX {
                self.left_out.insert(leg);
            }
            return Ok(());
        }
        let mut track = Track::new(self.plan.directory.join(voice_file(leg)), &self.comments)?;
        track.write(&mut self.disk)?;
        report(Report::Voice { leg });
        self.voices.insert(leg, track);
        Ok(())
    }

    /// The number of a tick that was due then: the nearest whole one, for parts of a room have their turns at different
    /// times within it.
    fn tick_of(&mut self, due: Duration) -> u64 {
        let origin = *self.origin.get_or_insert(due);
        let since = due.saturating_sub(origin) + TICK / 2;
        u64::try_from(since.as_nanos() / TICK.as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A recorder looks at what has come fifty times before it would be late.
pub(crate) const LOOK_PERIOD: Duration =
    Duration::from_millis(TAP_TICKS_MAX as u64 * TICK.as_millis() as u64 / 50);
