//! What a packet of comfort noise says (RFC 3389): how loud the noise is, and its colour.

use crate::{level::Dbfs, prediction, rate::Rate};

/// Reflection coefficients that are heeded, and written. RFC 3389 leaves the number open; G.711 Appendix II
/// has ten, and a receiver may leave out the higher ones.
pub(super) const ORDER_MAX: usize = 10;

/// The longest description that is written, in bytes.
pub const DESCRIPTION_BYTES_MAX: usize = 1 + ORDER_MAX;

/// The value of the byte that stands for a coefficient of zero, and the coefficient's growth with each value
/// above it (§3.2).
const ZERO: i32 = 127;
const STEP: f32 = 258.0 / 32_768.0;

/// The level of silence: the faintest there is.
const SILENT: u8 = 127;

/// The bit of the first byte that isn't of the level (§3.1).
const RESERVED: u8 = 0x80;

/// The loudness and colour of a noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseDescription {
    /// How loud it is.
    pub level: Dbfs,
    /// Its colour: reflection coefficients within ±1 in the sign of speech codecs, for which the first of a
    /// dull sound is below zero.
    pub(super) reflections: [f32; ORDER_MAX],
}

impl NoiseDescription {
    /// Describes the noise that ends `sound`.
    pub fn of(sound: &[f32], rate: Rate) -> Self {
        let found = prediction::reflections(sound, rate, ORDER_MAX);
        let mut reflections = [0.0; ORDER_MAX];
        for (own, found) in reflections.iter_mut().zip(found) {
            *own = -found;
        }
        Self { level: Dbfs::of(sound), reflections }
    }

    /// Reads a payload of type CN. Without coefficients the noise is white; those beyond what is heeded, and
    /// the one value that stands for none, are zero. None for an empty payload.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (&level, coefficients) = payload.split_first()?;
        let mut reflections = [0.0; ORDER_MAX];
        for (own, &byte) in reflections.iter_mut().zip(coefficients) {
            let is_known = byte != u8::MAX;
            *own = if is_known { STEP * (i32::from(byte) - ZERO) as f32 } else { 0.0 };
        }
        let level = Dbfs::new(-f32::from(level & !RESERVED));
        let level = if level > Dbfs::SILENCE { level } else { Dbfs::SILENCE };
        Some(Self { level, reflections })
    }

    /// Writes a payload of type CN.
    pub fn write(&self) -> [u8; DESCRIPTION_BYTES_MAX] {
        let mut payload = [0; DESCRIPTION_BYTES_MAX];
        // Casts saturate, here and below.
        payload[0] = (-self.level.decibels()).round().clamp(0.0, 127.0) as u8;
        if self.level <= Dbfs::SILENCE {
            payload[0] = SILENT;
        }
        for (byte, reflection) in payload[1..].iter_mut().zip(self.reflections) {
            *byte = ((reflection / STEP).round() + ZERO as f32).clamp(0.0, 254.0) as u8;
        }
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    #[test]
    fn a_description_is_read_as_the_standard_has_it() {
        assert_eq!(NoiseDescription::parse(&[]), None);
        let white = NoiseDescription::parse(&[0x80 | 65]).unwrap();
        assert_eq!((white.level, white.reflections), (Dbfs::new(-65.0), [0.0; ORDER_MAX]));
        let coloured = NoiseDescription::parse(&[30, 0, 127, 254, 255]).unwrap();
        let least = -258.0 * 127.0 / 32_768.0;
        assert_eq!(coloured.reflections[..4], [least, 0.0, -least, 0.0]);
    }

    #[test]
    fn a_dull_noise_is_described_as_such() {
        let mut sample = 0.0;
        let mut white = super::super::floor::White::new(1);
        let dull: Vec<f32> = (0..320)
            .map(|_| {
                sample = 0.9 * sample + 0.01 * white.next();
                sample
            })
            .collect();
        let description = NoiseDescription::of(&dull, Rate::Hz16000);
        assert!((-0.97..-0.75).contains(&description.reflections[0]), "{description:?}");
        assert!((description.level.decibels() - Dbfs::of(&dull).decibels()).abs() < 0.01);
    }

    #[test]
    fn silence_has_a_description() {
        let description = NoiseDescription::of(&[0.0; 160], Rate::Hz8000);
        assert_eq!(description.write()[..2], [127, 127]);
        assert_eq!(NoiseDescription::of(&[], Rate::Hz8000).write()[0], 127);
    }

    proptest! {
        /// What is written is read as it was, but for rounding; and anything that comes is either.
        #[test]
        fn what_is_written_is_read_again(payload in vec(any::<u8>(), 1..30)) {
            let description = NoiseDescription::parse(&payload).unwrap();
            prop_assert!(description.reflections.iter().all(|k| k.abs() < 1.0));
            let written = description.write();
            let again = NoiseDescription::parse(&written).unwrap();
            prop_assert_eq!(again, description);
        }
    }
}
