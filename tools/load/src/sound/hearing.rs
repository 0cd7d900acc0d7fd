//! Received packets made into sound again, in the telephone's band, to search it.

use std::time::Duration;

use audio::codec::{CodecError, DECODED_SAMPLES_MAX, Decoder};
use audio::resample::Resampler;
use audio::{Rate, TICKS_PER_SECOND};

use super::chirp::{self, Sweep};
use super::rounds::Rounds;
use super::speech;
use crate::plan::Codec;

/// The rate at which sound is searched.
pub(crate) const RATE: Rate = Rate::Hz8000;

/// Samples of a packet at that rate.
pub(crate) const PACKET_SAMPLES: usize = RATE.tick_samples();

/// Losses up to so many packets are covered up, so that the decoder stays in step; more are silence.
const CONCEALED_MAX: u64 = 5;

/// A decoder, and what brings its sound to [`RATE`].
pub(crate) struct Listening {
    decoder: Decoder,
    resampler: Resampler,
    codec: Codec,
    wide: Vec<f32>,
}

impl Listening {
    /// # Errors
    /// [`CodecError`], if libopus can't be set up.
    pub(crate) fn new(codec: Codec) -> Result<Self, CodecError> {
        Ok(Self {
            decoder: Decoder::new(codec.kind())?,
            resampler: Resampler::new(codec.kind().audio_rate(), RATE),
            codec,
            wide: vec![0.0; DECODED_SAMPLES_MAX],
        })
    }

    /// Adds the sound of a packet to the end of `sound`: whatever lies in it, it takes [`PACKET_SAMPLES`].
    pub(crate) fn hear(&mut self, payload: &[u8], sound: &mut Vec<f32>) {
        let samples = self.codec.kind().audio_rate().tick_samples();
        let decoded = self.decoder.decode(payload, &mut self.wide).unwrap_or(0);
        if let Some(missing) = self.wide.get_mut(decoded.min(samples)..samples) {
            missing.fill(0.0);
        }
        self.narrow(sound);
    }

    /// Adds what was not received, so many packets of it.
    pub(crate) fn miss(&mut self, packets: u64, sound: &mut Vec<f32>) {
        let samples = self.codec.kind().audio_rate().tick_samples();
        for packet in 0..packets {
            if let Some(wide) = self.wide.get_mut(..samples) {
                if packet < CONCEALED_MAX { self.decoder.conceal(wide) } else { wide.fill(0.0) }
            }
            self.narrow(sound);
        }
    }

    /// How much later a sound comes out here than it went into the decoder, in samples at [`RATE`]: what the
    /// resampler takes. The codec's own delay is not in it.
    pub(crate) fn delay_samples(&self) -> usize {
        let factor = self.resampler.from().hz() / RATE.hz();
        (self.resampler.delay_samples() / factor as f32).round() as usize
    }

    fn narrow(&mut self, sound: &mut Vec<f32>) {
        let samples = self.codec.kind().audio_rate().tick_samples();
        let mut narrow = [0.0; PACKET_SAMPLES];
        let wide = self.wide.get(..samples).unwrap_or_default();
        let count = self.resampler.process(wide, &mut narrow);
        sound.extend_from_slice(narrow.get(..count).unwrap_or_default());
    }
}

/// The delay of a codec alone: a chirp is encoded, decoded and searched.
///
/// # Errors
/// [`CodecError`], if libopus can't be set up.
pub(crate) fn codec_delay(codec: Codec) -> Result<Option<Duration>, CodecError> {
    let rounds = Rounds::of(1);
    let track = speech::track(codec, 0, &rounds)?;
    let mut listening = Listening::new(codec)?;
    let mut sound = Vec::new();
    let mut starts = Vec::new();
    for tick in 0..rounds.ticks() * 2 {
        let Some(payload) = track.payload(tick) else { continue };
        if payload.begins_chirp {
            starts.push(sound.len());
        }
        listening.hear(payload.bytes, &mut sound);
    }
    let chirp = chirp::samples(RATE, Sweep::of(0));
    // The second: by then the decoder is in step.
    let Some(start) = starts.get(1) else { return Ok(None) };
    let search = sound.get(*start..).unwrap_or_default();
    let search = search.get(..RATE.hz() as usize / TICKS_PER_SECOND as usize * 5).unwrap_or(search);
    let found = chirp::find(&chirp, search);
    let samples = found.at.saturating_sub(listening.delay_samples());
    Ok(found.is_heard().then(|| samples_to_time(samples)))
}

/// How long so many samples last at [`RATE`].
pub(crate) fn samples_to_time(samples: usize) -> Duration {
    Duration::from_nanos(samples as u64 * 1_000_000_000 / u64::from(RATE.hz()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chirp_survives_every_codec_and_tells_its_delay() {
        for (codec, delay_ms) in
            [(Codec::Pcmu, 0.0), (Codec::Pcma, 0.0), (Codec::G722, 1.4), (Codec::Opus, 6.5)]
        {
            let found = codec_delay(codec).unwrap().expect("a chirp is found");
            let found_ms = found.as_secs_f64() * 1_000.0;
            assert!((found_ms - delay_ms).abs() < 1.0, "{codec}: {found_ms} ms");
        }
    }

    #[test]
    fn every_packet_takes_its_time_whatever_lies_in_it() {
        for codec in Codec::ALL {
            let mut listening = Listening::new(codec).unwrap();
            let mut sound = Vec::new();
            for payload in [&[][..], &[0xFF], &[7; 33], &[0; 160], &[0xAB; 1_200]] {
                listening.hear(payload, &mut sound);
            }
            listening.miss(9, &mut sound);
            assert_eq!(sound.len(), 14 * PACKET_SAMPLES, "{codec}");
            assert!(sound.iter().all(|sample| sample.is_finite()));
        }
    }
}
