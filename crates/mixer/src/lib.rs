//! The N-party mixer: a [`Room`] hears its members and gives each the voices of all the others.
//!
//! - **Who is heard**: the loudest few, chosen with hysteresis; the first syllable is never cut.
//! - **Mix-minus**: who speaks hears everybody else, by a sum that its own voice was never part of.
//! - **Encode once**: members who hear the same mix in the same codec get the same payload, so a
//!   room of a thousand with three speakers costs four mixes and four encodes. Whoever begins to
//!   speak goes on with a copy of the shared encoder's state; its decoder finds no seam.
//! - **No clicks**: whatever begins, ends, breaks off or changes its rate is faded.
//!
//! ```
//! use audio::codec::{CodecKind, EncoderSettings};
//! use mixer::{Member, Room, RoomEvent, RoomSettings};
//!
//! let mut room = Room::new(RoomSettings::default());
//! let member = || Member::new(CodecKind::Pcma, EncoderSettings::default()).map(Box::new);
//! let speaker = room.join(member()?)?;
//! let listener = room.join(member()?)?;
//!
//! room.hear(speaker, &[0.25; 160]); // 20 ms, decoded
//! room.mix();
//! assert_eq!(room.poll_event(), Some(RoomEvent::SpeakingStarted(speaker)));
//! assert_ne!(room.output(listener), room.output(speaker));
//! let heard = room.output(speaker).map(|output| output.payload);
//! assert_eq!(heard, Some(&[0xD5; 160][..]), "silence: nobody hears itself");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The room is sans-IO and deterministic: decoded sound in, payloads out, and the same input always
//! gives the same output. A tick takes no lock, reads no clock and allocates nothing; members are
//! made and freed by the caller, and moved in and out.
//!
//! Deliberately missing: packets, jitter and decoding (the engine brings 20 ms a tick, of those in
//! whom the room has an [`Interest`]), positions in a stereo field, gain control and noise
//! suppression (a leg's own affair, before it is heard), and rooms that span workers.

mod chimes;
mod events;
mod member;
mod mix;
mod outlet;
mod playback;
mod room;
mod selection;
mod settings;
mod shared;
mod slots;
mod stats;
mod voice;

pub use events::RoomEvent;
pub use member::Member;
#[doc(hidden)] // for the bench of the sums
pub use mix::{MixId, Mixer};
pub use outlet::Output;
pub use playback::{Blend, Playback, Sound};
pub use room::{Refused, Room};
pub use selection::Interest;
pub use settings::RoomSettings;
pub use shared::SHARED_ENCODES_MAX;
pub use slots::SlotId;
pub use stats::TickStats;
