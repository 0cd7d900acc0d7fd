//! G.711: µ-law and A-law, a byte a sample (ITU-T G.711).
//!
//! Both laws are a sign, a three-bit exponent (the *segment*) and a four-bit mantissa. They are
//! computed rather than looked up, since arithmetic without branches is what vectorises.

use super::{from_pcm16, to_pcm16};
use multiversion::multiversion;

/// What µ-law adds to a magnitude, so that each segment starts at a power of two.
const ULAW_BIAS: i32 = 132;

/// The largest magnitude of 14 bits that µ-law can express with its bias.
const ULAW_MAX: i32 = 32_767 - ULAW_BIAS;

/// The even bits, which A-law inverts on the line.
const ALAW_EVEN_BITS: u8 = 0x55;

/// Encodes to µ-law, up to the shorter slice's end.
#[multiversion(targets = "simd")]
pub fn encode_ulaw(samples: &[f32], out: &mut [u8]) {
    for (sample, out) in samples.iter().zip(out) {
        *out = ulaw_from_linear(to_pcm16(*sample));
    }
}

/// Encodes to A-law, up to the shorter slice's end.
#[multiversion(targets = "simd")]
pub fn encode_alaw(samples: &[f32], out: &mut [u8]) {
    for (sample, out) in samples.iter().zip(out) {
        *out = alaw_from_linear(to_pcm16(*sample));
    }
}

/// Decodes µ-law, up to the shorter slice's end.
#[multiversion(targets = "simd")]
pub fn decode_ulaw(payload: &[u8], out: &mut [f32]) {
    for (byte, out) in payload.iter().zip(out) {
        *out = from_pcm16(linear_from_ulaw(*byte));
    }
}

/// Decodes A-law, up to the shorter slice's end.
#[multiversion(targets = "simd")]
pub fn decode_alaw(payload: &[u8], out: &mut [f32]) {
    for (byte, out) in payload.iter().zip(out) {
        *out = from_pcm16(linear_from_alaw(*byte));
    }
}

/// The mean square of the samples of a µ-law payload in ±1.0, without decoding them.
#[multiversion(targets = "simd")]
pub fn mean_square_ulaw(payload: &[u8]) -> f32 {
    mean_square(payload, linear_from_ulaw)
}

/// The mean square of the samples of an A-law payload in ±1.0, without decoding them.
#[multiversion(targets = "simd")]
pub fn mean_square_alaw(payload: &[u8]) -> f32 {
    mean_square(payload, linear_from_alaw)
}

/// One sample in µ-law.
#[inline(always)]
pub const fn ulaw_from_linear(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    // Two's complement is made one's complement, as ITU-T G.191 does: −1 becomes a negative zero.
    let magnitude = (sample ^ (sample >> 15)) as i32;
    // The law is of 14 bits: the two lowest don't count.
    let clipped = if magnitude > ULAW_MAX { ULAW_MAX } else { magnitude };
    let biased = (clipped & !3) + ULAW_BIAS;
    let segment = segment(biased);
    let mantissa = (biased >> (segment + 3)) & 0x0F;
    !(sign | ((segment as u8) << 4) | mantissa as u8)
}

/// One sample of µ-law.
#[inline(always)]
pub const fn linear_from_ulaw(byte: u8) -> i16 {
    let bits = !byte;
    let mantissa = (bits & 0x0F) as i32;
    let segment = ((bits >> 4) & 0x07) as i32;
    let magnitude = (((mantissa << 3) + ULAW_BIAS) << segment) - ULAW_BIAS;
    (if bits & 0x80 != 0 { -magnitude } else { magnitude }) as i16
}

/// One sample in A-law.
#[inline(always)]
pub const fn alaw_from_linear(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    // One's complement, as for µ-law; the law is of 13 bits.
    let magnitude = (sample ^ (sample >> 15)) as i32;
    // The lowest two segments have the same step: below 256 the exponent counts for nothing.
    let segment = if magnitude < 256 { 0 } else { segment(magnitude) };
    let shift = if segment == 0 { 4 } else { segment + 3 };
    let mantissa = (magnitude >> shift) & 0x0F;
    (sign | ((segment as u8) << 4) | mantissa as u8) ^ ALAW_EVEN_BITS
}

/// One sample of A-law.
#[inline(always)]
pub const fn linear_from_alaw(byte: u8) -> i16 {
    let bits = byte ^ ALAW_EVEN_BITS;
    let mantissa = (bits & 0x0F) as i32;
    let segment = ((bits >> 4) & 0x07) as i32;
    // Each code stands for the middle of its interval; all but the lowest segment have a hidden
    // bit.
    let low = (mantissa << 4) + 8;
    let magnitude = if segment == 0 { low } else { (low + 256) << (segment - 1) };
    (if bits & 0x80 != 0 { magnitude } else { -magnitude }) as i16
}

/// The place of the highest bit of `magnitude`, counted from bit 7.
#[inline(always)]
const fn segment(magnitude: i32) -> i32 {
    24 - magnitude.leading_zeros() as i32
}

/// The mean square, in lanes that vectorise. Inlined, and so compiled for its caller's instructions.
#[inline(always)]
fn mean_square(payload: &[u8], linear: impl Fn(u8) -> i16) -> f32 {
    const LANES: usize = 32;
    const FULL_SCALE_SQUARED: f32 = 32_768.0 * 32_768.0;
    if payload.is_empty() {
        return 0.0;
    }
    let square = |byte: u8| {
        let sample = f32::from(linear(byte));
        sample * sample
    };
    let mut lanes = [0.0f32; LANES];
    let chunks = payload.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().map(|&byte| square(byte)).sum();
    for chunk in chunks {
        for (lane, &byte) in lanes.iter_mut().zip(chunk) {
            *lane += square(byte);
        }
    }
    (lanes.iter().sum::<f32>() + rest) / (payload.len() as f32 * FULL_SCALE_SQUARED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_encoded_as_an_independent_implementation_does() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(ulaw_from_linear(sample), ezk_g711::mulaw::encode(sample), "µ {sample}");
            assert_eq!(alaw_from_linear(sample), ezk_g711::alaw::encode(sample), "A {sample}");
        }
    }

    #[test]
    fn every_byte_is_decoded_as_an_independent_implementation_does() {
        for byte in 0..=u8::MAX {
            assert_eq!(linear_from_ulaw(byte), ezk_g711::mulaw::decode(byte), "µ {byte:#x}");
            assert_eq!(linear_from_alaw(byte), ezk_g711::alaw::decode(byte), "A {byte:#x}");
        }
    }

    #[test]
    fn slices_are_coded_like_single_samples() {
        let samples: Vec<f32> = (i16::MIN..=i16::MAX).map(from_pcm16).collect();
        let mut bytes = vec![0; samples.len()];
        let mut decoded = vec![0.0; samples.len()];
        for (encode, decode, one) in [
            (
                encode_ulaw as fn(&[f32], &mut [u8]),
                decode_ulaw as fn(&[u8], &mut [f32]),
                (ulaw_from_linear as fn(i16) -> u8, linear_from_ulaw as fn(u8) -> i16),
            ),
            (encode_alaw, decode_alaw, (alaw_from_linear, linear_from_alaw)),
        ] {
            encode(&samples, &mut bytes);
            decode(&bytes, &mut decoded);
            for (n, sample) in (i16::MIN..=i16::MAX).enumerate() {
                assert_eq!(bytes[n], one.0(sample));
                assert_eq!(decoded[n], from_pcm16(one.1(bytes[n])));
            }
        }
    }

    #[test]
    fn coding_again_what_was_decoded_changes_nothing() {
        for byte in 0..=u8::MAX {
            let alaw = linear_from_alaw(byte);
            assert_eq!(alaw_from_linear(alaw), byte);
            // µ-law has two zeros, and linear sound only one.
            let ulaw = linear_from_ulaw(byte);
            assert_eq!(linear_from_ulaw(ulaw_from_linear(ulaw)), ulaw);
        }
    }

    #[test]
    fn what_is_beyond_full_scale_is_held_and_what_is_no_number_is_silent() {
        let mut bytes = [0; 3];
        encode_alaw(&[7.0, -7.0, f32::NAN], &mut bytes);
        assert_eq!(
            bytes,
            [alaw_from_linear(i16::MAX), alaw_from_linear(i16::MIN), alaw_from_linear(0)]
        );
    }

    #[test]
    fn the_mean_square_is_that_of_the_decoded_samples() {
        let payload: Vec<u8> = (0..1_003_usize).map(|n| (n * 7_919 % 256) as u8).collect();
        for length in [0, 1, 31, 32, 160, 1_003] {
            let payload = &payload[..length];
            let truth = |one: fn(u8) -> i16| {
                let square = |&byte: &u8| f64::from(from_pcm16(one(byte))).powi(2);
                payload.iter().map(square).sum::<f64>() / length.max(1) as f64
            };
            let ulaw = f64::from(mean_square_ulaw(payload));
            let alaw = f64::from(mean_square_alaw(payload));
            assert!((ulaw - truth(linear_from_ulaw)).abs() < 1e-6, "{length}: {ulaw}");
            assert!((alaw - truth(linear_from_alaw)).abs() < 1e-6, "{length}: {alaw}");
        }
    }
}
