//! Recordings of rooms: Ogg Opus files of the mix, and of each voice if wanted.
//!
//! A [`Recorder`] is a thread that reads an [`engine::Tap`], encodes what comes and appends it to files, a page a
//! second. Media threads know nothing of it: what it reads too late is lost and counted, and its place is filled with
//! silence, so that time stays right. A full or broken [`Disk`] ends the recording and is reported; what was written
//! until then is whole. A file that a crash has cut is one that any player reads up to its last page, and
//! [`length_of`] tells where that is.
//!
//! ```no_run
//! use engine::{Engine, RoomId, TapSettings};
//! use recording::{LocalDisk, MIX_FILE, Plan, Recorder};
//!
//! # fn show(engine: &mut Engine) -> Result<(), Box<dyn std::error::Error>> {
//! let tap = engine.tap_room(RoomId(1), TapSettings { voices: true, ..TapSettings::default() })?;
//! let plan = Plan::new("recordings/7", "Planning");
//! let mix = plan.directory.join(MIX_FILE);
//! let recorder = Recorder::start(tap, plan, LocalDisk, |report| println!("{report:?}"))?;
//! // … the conference goes on …
//! recorder.stop();
//! println!("to be heard: {}", mix.display());
//! # Ok(())
//! # }
//! ```
//!
//! Deliberately missing: which recordings there are, who may hear them and how long they are kept, which is the
//! server's business.

mod disk;
mod length;
mod ogg_opus;
mod plan;
mod recorder;
mod session;
mod track;

pub use disk::{Disk, LocalDisk};
pub use length::length_of;
pub use plan::Plan;
pub use recorder::Recorder;
pub use session::{Ending, MIX_FILE, Report, Summary, VOICES_MAX, voice_file};
