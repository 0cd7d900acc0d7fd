//! Loads a conference server with calls that talk, listen and measure what comes back.
//!
//! A [`Plan`] says what is to be loaded: rooms, legs, who talks, by which codec. The [`media`] plane carries all
//! legs on one thread that paces itself by absolute deadlines; [`Measured`] is what it found, from the kernel's
//! receive timestamps and from the sound itself. The far end may be any server that mixes: nothing here knows
//! Confab's engine.
//!
//! ```
//! use load::plan::{Codec, Plan, Request, Role};
//!
//! let plan = Plan::new(Request { rooms: 2, legs_per_room: 4, talkers: 1, codec: Codec::G722, ..Request::default() })?;
//! assert_eq!(plan.legs(), 8);
//! let first = plan.leg(0, 0);
//! assert_eq!((plan.role(first), plan.role(plan.leg(1, 3))), (Role::Talker(0), Role::Listener));
//! # Ok::<(), load::plan::PlanError>(())
//! ```
//!
//! Deliberately missing: video, and packets of another length than 20 ms.

pub mod cli;
pub mod crowd;
pub mod destination;
pub mod distribution;
pub mod http;
mod idle;
mod machine;
pub mod markdown;
pub mod measure;
pub mod measured;
pub mod media;
pub mod plan;
pub mod progress;
pub mod ramp;
pub mod reflect;
pub mod report;
pub mod result;
pub mod run;
pub mod server;
pub mod signalling;
mod sound;
mod stolen;
pub mod stop;
pub mod summary;
pub mod table;
pub mod target;

pub use distribution::Distribution;
pub use measure::Take;
pub use measured::Measured;
pub use media::Media;
pub use plan::{LegId, Plan};

/// Refuses memory where a test says that none is allocated; everywhere else it is the system's.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
