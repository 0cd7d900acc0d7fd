//! What a payload tells of its loudness without being decoded.
//!
//! A decode costs 40 µs for Opus, and nearly all who are in a large room are silent. What is told
//! here costs some ten nanoseconds.

use super::{CodecKind, g711};

/// The lowest level there is, in -dBov (RFC 6464 §3).
const SILENT_DBOV: u8 = 127;

impl CodecKind {
    /// The level of a payload in -dBov, as headers tell it (RFC 6464): 0 is the loudest, 127 silence.
    /// None where a payload must be decoded to know.
    ///
    /// - G.711: the true level of the samples, rounded up to the louder decibel.
    /// - Opus: silence where the sender's voice activity flags say so in all frames (SILK and hybrid,
    ///   RFC 6716 §4.2.3), where a frame is empty (DTX), or where CELT's silence flag is set (§4.3.1).
    ///   Voice activity is the sender's opinion: a hint, not a measurement. Of other sound nothing is
    ///   known.
    /// - G.722: nothing, for its bits are relative to a step that only decoding knows.
    ///
    /// Whatever the bytes are, this reads none beyond their end and never panics.
    pub fn level_hint(self, payload: &[u8]) -> Option<u8> {
        match self {
            CodecKind::Pcmu => Some(dbov(g711::mean_square_ulaw(payload))),
            CodecKind::Pcma => Some(dbov(g711::mean_square_alaw(payload))),
            CodecKind::G722 => None,
            CodecKind::Opus => says_silence(payload).then_some(SILENT_DBOV),
        }
    }

    /// Whether [`level_hint`](Self::level_hint) is a measurement rather than what the sender says.
    pub const fn hint_is_exact(self) -> bool {
        self.is_stateless()
    }
}

/// A mean square in -dBov, rounded up to the louder decibel: no sound is taken to be fainter than it is.
fn dbov(mean_square: f32) -> u8 {
    // A cast saturates, and truncates towards the louder.
    ((-10.0 * mean_square.log10()) as u8).min(SILENT_DBOV)
}

/// Whether each frame of an Opus packet says that nobody speaks in it.
fn says_silence(packet: &[u8]) -> bool {
    let Some((&toc, rest)) = packet.split_first() else { return false };
    let mode = Mode::of(toc);
    match toc & 0b11 {
        0 => mode.is_silent(rest),
        1 if rest.len().is_multiple_of(2) => {
            let (first, second) = rest.split_at(rest.len() / 2);
            mode.is_silent(first) && mode.is_silent(second)
        }
        2 => {
            let Some((length, rest)) = frame_length(rest) else { return false };
            let Some((first, second)) = rest.split_at_checked(length) else { return false };
            mode.is_silent(first) && mode.is_silent(second)
        }
        // Many frames of any length (§3.2.5): rare, so decoded.
        _ => false,
    }
}

/// Reads the length of a frame (RFC 6716 §3.2.1).
fn frame_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 252 {
        return Some((usize::from(first), rest));
    }
    let (&second, rest) = rest.split_first()?;
    Some((usize::from(second) * 4 + usize::from(first), rest))
}

/// How the frames of a packet are coded (RFC 6716 §3.1).
#[derive(Clone, Copy)]
enum Mode {
    /// SILK, alone or for the lower band: so many frames of SILK in each of Opus.
    Silk {
        frames: u32,
        is_stereo: bool,
    },
    Celt,
}

impl Mode {
    fn of(toc: u8) -> Self {
        let config = toc >> 3;
        let is_stereo = toc & 0b100 != 0;
        match config {
            // 10, 20, 40 and 60 ms in turn, and hybrid 10 and 20 ms; a SILK frame lasts at most 20.
            0..=11 => Mode::Silk { frames: u32::from(config % 4).max(1), is_stereo },
            12..=15 => Mode::Silk { frames: 1, is_stereo },
            _ => Mode::Celt,
        }
    }

    fn is_silent(self, frame: &[u8]) -> bool {
        // An empty frame is DTX, or was lost before it got to us.
        let Some(&first) = frame.first() else { return true };
        match self {
            // A flag for each SILK frame comes first, then that for redundancy; in stereo, the same
            // again for the side. They are the range coder's first bits, so they lie open.
            Mode::Silk { frames, is_stereo } => {
                let flags = u32::from(first) << 24;
                let voiced = |from: u32| (flags << from) >> (32 - frames) != 0;
                !(voiced(0) || (is_stereo && voiced(frames + 1)))
            }
            // Silence has a probability of 2^-15, and so is fifteen bits of one.
            Mode::Celt => first == 0xFF && frame.get(1).is_some_and(|&next| next >= 0xFE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{DECODED_SAMPLES_MAX, Decoder, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
    use crate::{Frame, Rate, level::Dbfs};
    use proptest::prelude::*;

    #[test]
    fn the_level_of_g711_is_that_of_the_decoded_sound() {
        for kind in [CodecKind::Pcmu, CodecKind::Pcma] {
            let mut encoder = Encoder::new(kind, EncoderSettings::default()).unwrap();
            let mut decoder = Decoder::new(kind).unwrap();
            for decibels in 0..90 {
                let amplitude = 10f32.powf(-(decibels as f32) / 20.0);
                let sample = |n: usize| amplitude * (n as f32 * 0.7).sin();
                let frame =
                    Frame::from_samples(Rate::Hz8000, &(0..160).map(sample).collect::<Vec<_>>());
                let (mut payload, mut heard) = ([0; 160], [0.0; 160]);
                encoder.encode(&frame, &mut payload).unwrap();
                decoder.decode(&payload, &mut heard).unwrap();
                let truth = -Dbfs::of(&heard).decibels();
                let hint = f32::from(kind.level_hint(&payload).unwrap());
                let is_silent = truth >= 100.0;
                assert!(is_silent || (hint <= truth + 0.001 && hint > truth - 1.001));
                assert!(!is_silent || hint == 127.0);
            }
        }
    }

    /// What an encoder makes of a second of sound, payload by payload, after a second to settle.
    fn packets(settings: EncoderSettings, sample: impl Fn(usize) -> f32) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new(CodecKind::Opus, settings).unwrap();
        let payload = |tick: usize| {
            let samples: Vec<_> = (tick * 960..(tick + 1) * 960).map(&sample).collect();
            let mut payload = [0; PAYLOAD_BYTES_MAX];
            let frame = Frame::from_samples(Rate::Hz48000, &samples);
            let bytes = encoder.encode(&frame, &mut payload).unwrap();
            payload[..bytes].to_vec()
        };
        (0..100).map(payload).skip(50).collect()
    }

    fn noise(n: usize) -> f32 {
        let hash = (n as u32).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(0x9E37_79B1);
        hash as f32 / u32::MAX as f32 * 2.0 - 1.0
    }

    #[test]
    fn opus_tells_silence_and_noise_from_a_voice() {
        for opus_bitrate_bps in [12_000, 24_000, 32_000] {
            let settings = EncoderSettings { opus_bitrate_bps, ..EncoderSettings::default() };
            let silent = |payload: &Vec<u8>| CodecKind::Opus.level_hint(payload) == Some(127);
            let share = |payloads: Vec<Vec<u8>>| {
                payloads.iter().filter(|payload| silent(payload)).count() as f32
                    / payloads.len() as f32
            };
            let silence = share(packets(settings, |_| 0.0));
            let faint = share(packets(settings, |n| 0.0006 * noise(n)));
            let voice = share(packets(settings, |n| {
                let seconds = n as f32 / 48_000.0;
                let swell = (seconds * 20.0).sin().abs();
                (1..12).map(|h| (seconds * 900.0 * h as f32).sin()).sum::<f32>() * 0.02 * swell
            }));
            assert!(silence > 0.99, "{opus_bitrate_bps} bit/s: {silence} of silence");
            assert!(faint > 0.9, "{opus_bitrate_bps} bit/s: {faint} of faint noise");
            assert!(voice < 0.3, "{opus_bitrate_bps} bit/s: {voice} of a voice");
        }
    }

    #[test]
    fn flags_are_read_where_the_standard_puts_them() {
        let hint = |packet: &[u8]| CodecKind::Opus.level_hint(packet);
        // 20 ms wideband SILK, mono: one flag.
        let toc =
            |config: u8, is_stereo: bool, code: u8| config << 3 | u8::from(is_stereo) << 2 | code;
        assert_eq!(hint(&[toc(9, false, 0), 0x7F, 1]), Some(127));
        assert_eq!(hint(&[toc(9, false, 0), 0x80, 1]), None);
        // 60 ms: three flags, the last of which is set.
        assert_eq!(hint(&[toc(11, false, 0), 0b0010_0000]), None);
        assert_eq!(hint(&[toc(11, false, 0), 0b0001_0000]), Some(127), "redundancy is no voice");
        // Stereo at 20 ms: the side's flag comes after the mid's and its redundancy.
        assert_eq!(hint(&[toc(9, true, 0), 0b0010_0000]), None);
        assert_eq!(hint(&[toc(9, true, 0), 0b0101_1111]), Some(127));
        // Hybrid has one flag as well.
        assert_eq!(hint(&[toc(15, false, 0), 0x80]), None);
        // Two frames of a length, and two of any.
        assert_eq!(hint(&[toc(9, false, 1), 0x00, 0x80]), None);
        assert_eq!(hint(&[toc(9, false, 1), 0x00, 0x00]), Some(127));
        assert_eq!(hint(&[toc(9, false, 2), 2, 0x00, 0xFF, 0x80]), None);
        assert_eq!(hint(&[toc(9, false, 2), 2, 0x00, 0xFF, 0x00]), Some(127));
        assert_eq!(hint(&[toc(9, false, 2), 9, 0x00]), None, "too short");
        assert_eq!(hint(&[toc(9, false, 3), 2, 0, 0]), None, "it is decoded");
        // The packet of silence that many send, CELT at 20 ms; and any other of CELT.
        assert_eq!(hint(&[0xF8, 0xFF, 0xFE]), Some(127));
        assert_eq!(hint(&[0xF8, 0xFF, 0xFD]), None);
        assert_eq!(hint(&[]), None);
    }

    #[test]
    fn what_g722_holds_is_not_told() {
        assert_eq!(CodecKind::G722.level_hint(&[0; 160]), None);
        assert!(CodecKind::Pcmu.hint_is_exact() && !CodecKind::Opus.hint_is_exact());
    }

    proptest! {
        /// Whatever arrives: no panic, and what says that it is silence by CELT's flag is.
        #[test]
        fn any_payload_has_a_hint_or_none(
            kind in proptest::sample::select(CodecKind::ALL.to_vec()),
            payload in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let hint = kind.level_hint(&payload);
            prop_assert!(hint.is_none_or(|hint| hint <= 127));
            let is_celt = kind == CodecKind::Opus && payload.first().is_some_and(|toc| toc & 0x83 == 0x80);
            if is_celt && payload.len() > 1 && hint.is_some() {
                let mut heard = [0.0; DECODED_SAMPLES_MAX];
                let mut decoder = Decoder::new(kind).unwrap();
                let samples = decoder.decode(&payload, &mut heard).unwrap();
                prop_assert!(Dbfs::of(&heard[..samples]) < Dbfs::new(-70.0));
            }
        }
    }
}
