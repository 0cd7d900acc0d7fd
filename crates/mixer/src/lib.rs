//! The N-party mixer: a [`Room`] hears its members and gives each the voices of all the others.
//!
//! - **Who is heard**: the loudest few who speak, chosen with hysteresis; the first syllable is never cut. Fans,
//!   music on hold, the tones of keys and what a leg returns of the room's own sound are not, if it [heeds](Heed) that.
//! - **Mix-minus**: who speaks hears everybody else, by a sum that its own voice was never part of.
//! - **Encode once**: members who hear the same mix in the same codec get the same payload, so a
//!   room of a thousand with three speakers costs four mixes and four encodes. Whoever begins to
//!   speak goes on with a copy of the shared encoder's state; its decoder finds no seam.
//! - **Listeners are free**: a tick costs what its speakers cost, and a listener who is sent the shared
//!   payload isn't touched. Coming and going take the same time in a room of any size.
//! - **Equally loud**: rumble is cut off each voice that is heard, noise is taken out where there is much of it,
//!   and all are brought to one loudness.
//! - **Whispers**: what one says to another alone is in no sum, and costs nobody else anything.
//! - **Places**: who hears two channels hears each voice in a place of its own from left to right, and who
//!   has one loudspeaker hears the same mix as all others.
//! - **No clicks**: whatever begins, ends, breaks off or changes its rate is faded.
//!
//! ```
//! use audio::codec::{CodecKind, EncoderSettings};
//! use mixer::{Desk, Member, Room, RoomEvent, RoomSettings};
//!
//! let mut desk = Desk::new(); // one for all rooms of a thread
//! let mut room = Room::new(RoomSettings::default());
//! let member = || Member::new(CodecKind::Pcma, EncoderSettings::default()).map(Box::new);
//! let speaker = room.join(member()?)?;
//! let listener = room.join(member()?)?;
//!
//! room.hear(speaker, &[0.25; 160]); // 20 ms, decoded
//! room.mix(&mut desk);
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
//! whom the room has an [`Interest`]), and the way between the parts of a room that
//! spans several threads: [`Room::spoken`] and [`Room::hear_guest`] are its two ends, and for what is said to one
//! alone [`Room::whispered`] and [`Room::hear_whisper`].

mod active;
mod broadcast;
mod chimes;
mod denoisers;
mod events;
mod guest;
mod member;
mod mix;
mod mouth;
mod outlet;
mod placement;
mod playback;
mod room;
mod room_rate;
mod seat;
mod selection;
mod settings;
mod shared;
mod slot_id;
mod slots;
mod stats;
mod strip;
mod voice;
mod watch;
mod whisper;

pub use broadcast::Broadcast;
pub use denoisers::DENOISERS_MAX;
pub use events::RoomEvent;
pub use guest::{SpeakerId, Spoken};
pub use member::Member;
pub use mix::{Desk, SPEAKERS_MAX};
#[doc(hidden)] // for the bench of the sums
pub use mix::{Mix, MixId, Mixer};
pub use outlet::Output;
pub use playback::{Blend, Playback, Sound};
pub use room::{Refused, Room};
pub use selection::Interest;
pub use settings::{Denoise, Heed, RoomSettings, StripSettings};
pub use shared::{PLAYED_TO_MAX, SHARED_ENCODES_MAX, Spare};
pub use slot_id::SlotId;
pub use stats::TickStats;
pub use watch::WATCHERS_MAX;
pub use whisper::{Whisper, Whispered};
