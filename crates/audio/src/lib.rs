//! Sound as numbers: frames, levels, limiting, resampling, tones and codecs.
//!
//! Everything that the [mixer](../mixer/index.html) is made of, and what turns payloads into frames
//! and back. One stream of sound is one object ([`codec::Decoder`], [`resample::Resampler`],
//! [`limiter::Limiter`], ...) that is fed tick by tick; the caller owns all buffers.
//!
//! Invariants, mostly absences:
//! - Nothing allocates after it was made, so all of this may run on a media thread.
//! - No clock, no thread, no I/O: the same input always gives the same output.
//! - Whatever bytes a payload holds, decoding gives sound or a typed error, and never panics.
//!
//! ```
//! use audio::{Frame, Rate, codec::{CodecKind, Decoder, Encoder, EncoderSettings}, level::Dbfs};
//!
//! let mut encoder = Encoder::new(CodecKind::Pcmu, EncoderSettings::default())?;
//! let mut decoder = Decoder::new(CodecKind::Pcmu)?;
//!
//! let spoken = Frame::from_samples(Rate::Hz8000, &[0.1; 160]);
//! let mut payload = [0; 160];
//! let bytes = encoder.encode(&spoken, &mut payload)?;
//!
//! let mut heard = [0.0; 160];
//! let samples = decoder.decode(&payload[..bytes], &mut heard)?;
//! assert_eq!(samples, 160);
//! assert!((Dbfs::of(&heard).decibels() + 20.0).abs() < 0.1);
//!
//! decoder.conceal(&mut heard); // the next packet was lost
//! # Ok::<(), audio::codec::CodecError>(())
//! ```
//!
//! Deliberately missing: voices in stereo (a mix may be, of voices that are placed), rates that no codec of ours speaks, files
//! (reading them is I/O), and anything that decides *what* to play or to mix.

mod biquad;
pub mod clip;
pub mod codec;
pub mod comfort;
pub mod denoise;
pub mod fade;
mod frame;
pub mod high_pass;
pub mod keytone;
pub mod level;
pub mod leveller;
pub mod limiter;
pub mod loudness;
pub mod noise_meter;
mod prediction;
mod rate;
pub mod recent;
pub mod resample;
pub mod returns;
mod spectrum;
pub mod speech;
pub mod stretch;
pub mod tone;
pub mod vector;

pub use frame::Frame;
pub use rate::{Rate, TICK, TICK_SAMPLES_MAX, TICKS_PER_SECOND};
