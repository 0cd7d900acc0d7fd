//! A bench for sound: recorded speech through the server's own jitter buffer, decoders, mixer and encoders, in virtual
//! time, and a score of what comes out.
//!
//! A [`House`](house::House) is a conference: the real engine, run by hand, with a real socket for each
//! [`Participant`](far_end::Participant). Those talk and listen by codecs, clocks and RTP of their own, and the network
//! between is made of seeded chance ([`weather`]). What a listener heard is laid beside what was said
//! ([`listened`]): that gives the delay at every moment, how long each packet stayed at the server, and pairs of sound
//! that PESQ (ITU-T P.862) and STOI score ([`score`]). The [`rows`] are what is tried and what is to be reached.
//!
//! Nothing is measured by the clock of the machine: hours pass in seconds, and a run is the same every time.
//!
//! ```
//! use audio::codec::CodecKind;
//! use sound::far_end::Participant;
//! use sound::house::House;
//! use sound::speech::{Recording, Script};
//! use sound::weather::Weather;
//!
//! let script = Script::of(&[Recording::Cards], 1);
//! let phone = Participant::phone(CodecKind::Pcmu);
//! let talker = Participant { up: Weather::losing(0.05), ..phone.clone() };
//! let participants = [talker.saying(script.samples.clone()), phone];
//! let mut house = House::open(mixer::RoomSettings::default(), &participants, 1)?;
//! house.run_for(script.lasts())?;
//! let takes = house.close()?;
//! assert!(takes[1].heard.iter().any(|sample| sample.abs() > 0.05), "the listener hears the talker");
//! # Ok::<(), sound::Fault>(())
//! ```
//!
//! Deliberately missing: what a browser's own jitter buffer makes of the way down, which is not the server's; a listener
//! here waits as long as it takes.

mod background;
pub mod cli;
pub mod far_end;
mod fault;
pub mod house;
pub mod level;
pub mod listened;
pub mod outcome;
mod random;
pub mod recorded;
pub mod report;
mod resample;
pub mod rows;
pub mod score;
pub mod speech;
mod voice;
pub mod weather;

pub use fault::Fault;
