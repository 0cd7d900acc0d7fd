//! What is measured: counted on the media thread, worked out afterwards.

mod chirps;
mod ear;
mod meter;
pub(crate) mod stream;
mod take;

pub(crate) use ear::Ear;
pub(crate) use meter::{JITTER_PACKETS, LegCounts, Meter, SentChirp};
pub use take::{LATENESS_US_P99_MAX, OWN_LOSS_MAX, Take};
