//! Comfort noise: a line on which nobody speaks isn't dead.
//!
//! [`NoiseFloor`] is the faint noise that a room has of its own. [`NoiseDescription`] and [`NoiseSource`] are
//! the comfort noise of RTP (RFC 3389): a telephone says how its background sounds, in place of sending it, and
//! who hears it makes as much.

mod description;
mod floor;
mod source;

pub use description::{DESCRIPTION_BYTES_MAX, NoiseDescription};
pub use floor::{FLOOR_LEVEL, NoiseFloor};
pub use source::NoiseSource;
