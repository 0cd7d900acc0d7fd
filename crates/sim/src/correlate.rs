//! Finding known sound in captured sound, by normalised cross-correlation.
//!
//! The score is 1 where the captured sound is the reference itself, whatever its loudness and delay,
//! and near 0 where it is something else. G.711, a jitter buffer and a limiter leave it above 0.9;
//! other talkers in the same mix lower it by their share of the power.
//!
//! Sound is not late by whole samples: coders and resamplers delay it by any part of one, and half a sample of 8 kHz
//! takes a third of the score away. So where it is found best it is looked for between the samples as well.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

/// At or above this score the reference was heard. One talker through G.711 scores above 0.9, the
/// weakest of three at once about 0.4.
pub const HEARD: f32 = 0.3;

/// Below this score the reference was not heard: other speech by the same speaker scores up to 0.1.
pub const NOT_HEARD: f32 = 0.15;

/// The parts of a sample in which sound is looked for between samples. An eighth is at most a sixteenth off, which
/// takes away no more than a fiftieth of the highest notes.
const PARTS: i32 = 8;

/// Where and how clearly a reference was found.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Match {
    /// The normalised correlation at the best lag, from 0 (not there) to 1 (the very same).
    pub score: f32,
    /// How many samples into the captured sound the reference begins.
    pub lag_samples: usize,
}

impl Match {
    /// Whether the reference is there.
    pub fn is_heard(&self) -> bool {
        self.score >= HEARD
    }

    /// Whether the reference is certainly not there.
    pub fn is_not_heard(&self) -> bool {
        self.score < NOT_HEARD
    }
}

/// Looks for the whole of `reference` anywhere in `captured`; both have the same sample rate.
///
/// A captured sound shorter than the reference holds no match: its score is 0.
pub fn find(reference: &[f32], captured: &[f32]) -> Match {
    if reference.is_empty() || captured.len() < reference.len() {
        return Match::default();
    }
    let reference = flattened(reference);
    let captured = flattened(captured);
    let power = energy(&reference);
    let powers = running_energy(&captured, reference.len());
    // What is 40 dB below the reference is the codec's noise: it is not worth a normalisation.
    let floor = power * 1e-4;
    let score = |product: f32, local: f32| {
        product.abs() / (power * local.max(floor)).sqrt().max(f32::MIN_POSITIVE)
    };

    let mut products = Products::of(&reference, &captured);
    let mut best = Match::default();
    for (lag, (product, &local)) in products.at_samples().iter().zip(&powers).enumerate() {
        let score = score(*product, local);
        if score > best.score {
            best = Match { score, lag_samples: lag };
        }
    }
    let around = (-PARTS / 2..=PARTS / 2).map(|part| f64::from(part) / f64::from(PARTS));
    let between = around.map(|part| products.at(best.lag_samples as f64 + part).abs());
    let local = powers.get(best.lag_samples).copied().unwrap_or(0.0);
    Match { score: score(between.fold(0.0, f32::max), local).max(best.score).min(1.0), ..best }
}

/// Takes the tilt out of speech's spectrum. Without it, two voices of one pitch look alike.
fn flattened(samples: &[f32]) -> Vec<f32> {
    let before = std::iter::once(&0.0).chain(samples);
    samples.iter().zip(before).map(|(now, before)| now - 0.95 * before).collect()
}

fn energy(samples: &[f32]) -> f32 {
    samples.iter().map(|s| s * s).sum()
}

/// The energy of each window of `width` samples. Sums in f64, so that the differences stay exact.
fn running_energy(samples: &[f32], width: usize) -> Vec<f32> {
    let mut sum = 0.0;
    let mut sums = vec![sum];
    sums.extend(samples.iter().map(|sample| {
        sum += f64::from(*sample) * f64::from(*sample);
        sum
    }));
    sums.iter().zip(sums.iter().skip(width)).map(|(start, end)| (end - start) as f32).collect()
}

/// The products of a reference with captured sound, at any lag where it lies wholly within.
struct Products {
    /// Of the products at all lags.
    spectrum: Vec<Complex<f32>>,
    size: usize,
    lags: usize,
    planner: RealFftPlanner<f32>,
}

impl Products {
    fn of(reference: &[f32], captured: &[f32]) -> Self {
        let size = captured.len().next_power_of_two();
        let mut planner = RealFftPlanner::<f32>::new();
        let forward = planner.plan_fft_forward(size);
        let spectrum = |samples: &[f32]| {
            let mut padded = samples.to_vec();
            padded.resize(size, 0.0);
            let mut spectrum = forward.make_output_vec();
            // Buffers made to the plan's own sizes always fit it.
            let _ = forward.process(&mut padded, &mut spectrum);
            spectrum
        };
        let mut product: Vec<Complex<f32>> = spectrum(captured)
            .iter()
            .zip(spectrum(reference))
            .map(|(captured, reference)| captured * reference.conj())
            .collect();
        // A real signal's first and last bins are real; rounding may have left a trace of the other part.
        for bin in [0, size / 2] {
            if let Some(bin) = product.get_mut(bin) {
                bin.im = 0.0;
            }
        }
        let lags = captured.len() - reference.len() + 1;
        Self { spectrum: product, size, lags, planner }
    }

    /// Those at whole samples.
    fn at_samples(&mut self) -> Vec<f32> {
        let backward = self.planner.plan_fft_inverse(self.size);
        let mut out = backward.make_output_vec();
        let _ = backward.process(&mut self.spectrum.clone(), &mut out);
        out.truncate(self.lags);
        out.iter_mut().for_each(|value| *value /= self.size as f32);
        out
    }

    /// The one at any lag, also between samples: the value there of the only function through those at samples that
    /// has no more bandwidth than they (Whittaker and Shannon's).
    fn at(&self, lag_samples: f64) -> f32 {
        let turn = Complex::from_polar(1.0, TAU * lag_samples / self.size as f64);
        let mut turned = Complex::new(1.0, 0.0);
        let mut sum = 0.0;
        for (bin, value) in self.spectrum.iter().enumerate() {
            // All but the first and the last stand for two of a whole spectrum.
            let weight = if bin == 0 || bin == self.size / 2 { 1.0 } else { 2.0 };
            sum += weight * (f64::from(value.re) * turned.re - f64::from(value.im) * turned.im);
            turned *= turn;
        }
        (sum / self.size as f64) as f32
    }
}

#[cfg(test)]
mod tests {
    use audio::Frame;
    use audio::Rate;
    use audio::codec::{
        CodecKind, DECODED_SAMPLES_MAX, Decoder, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX,
    };
    use audio::resample::Resampler;
    use proptest::prelude::*;

    use super::*;
    use crate::Speech;

    /// What is left of `samples` after Opus, encoded so.
    fn through(settings: EncoderSettings, samples: &[f32]) -> Vec<f32> {
        through_codec(CodecKind::Opus, settings, samples)
    }

    /// What is left of `samples` after a codec.
    fn through_codec(kind: CodecKind, settings: EncoderSettings, samples: &[f32]) -> Vec<f32> {
        let rate = kind.audio_rate();
        let mut encoder = Encoder::new(kind, settings).unwrap();
        let mut decoder = Decoder::new(kind).unwrap();
        let mut frame = Frame::silent(rate);
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let mut decoded = [0.0; DECODED_SAMPLES_MAX];
        let mut out = Vec::new();
        for chunk in samples.chunks_exact(rate.tick_samples()) {
            frame.samples_mut().copy_from_slice(chunk);
            let bytes = encoder.encode(&frame, &mut payload).unwrap();
            let count = decoder.decode(&payload[..bytes], &mut decoded).unwrap();
            out.extend_from_slice(&decoded[..count]);
        }
        out
    }

    /// `samples` after `delay` samples of silence, and before as much.
    fn delayed(samples: &[f32], delay: usize) -> Vec<f32> {
        let silence = vec![0.0; delay];
        [&silence, samples, &silence].concat()
    }

    #[test]
    fn finds_speech_through_every_codec_at_its_delay() {
        for kind in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722, CodecKind::Opus] {
            let rate = kind.audio_rate();
            let reference = Speech::Amiable.samples(rate);
            let delay = rate.tick_samples() * 17;
            let found = find(
                &reference[rate.tick_samples()..],
                &through_codec(kind, EncoderSettings::default(), &delayed(&reference, delay)),
            );
            let codec_delay = found.lag_samples as i64 - (delay + rate.tick_samples()) as i64;
            assert!(found.score > 0.8, "{kind:?}: {found:?}");
            assert!((0..rate.tick_samples() as i64).contains(&codec_delay), "{kind:?}: {found:?}");
        }
    }

    /// A coder or resampler need not delay sound by whole samples, least of all of another rate.
    #[test]
    fn finds_sound_that_lies_between_samples() {
        let said = Speech::Cards.samples(Rate::Hz48000);
        let reference = Speech::Cards.samples(Rate::Hz8000);
        for delay in 480..486 {
            let mut telephone = vec![0.0; 8_000 * 6];
            let mut later = delayed(&said, delay);
            later.resize(48_000 * 6, 0.0);
            Resampler::new(Rate::Hz48000, Rate::Hz8000).process(&later, &mut telephone);
            let found = find(&reference, &telephone);
            assert!(found.score > 0.97, "late by {delay} samples of 48 kHz: {found:?}");
        }
    }

    /// The speech coder of a browser delays sound by another part of a sample than the transform coder of a mix.
    #[test]
    fn finds_what_a_browser_said_in_what_another_is_sent() {
        for speech in Speech::ALL {
            let said = delayed(&speech.samples(Rate::Hz48000), 48_000);
            let sent = through(EncoderSettings::MIX, &through(EncoderSettings::default(), &said));
            let mut telephone = vec![0.0; sent.len() / 6];
            Resampler::new(Rate::Hz48000, Rate::Hz8000).process(&sent, &mut telephone);
            let found = find(&speech.samples(Rate::Hz8000), &telephone);
            assert!(found.score > 0.8, "{speech:?}: {found:?}");
        }
    }

    #[test]
    fn does_not_mistake_one_excerpt_for_another() {
        for said in Speech::ALL {
            let captured = delayed(&said.samples(Rate::Hz8000), 8_000 * 4);
            for other in Speech::ALL.into_iter().filter(|other| *other != said) {
                let found = find(&other.samples(Rate::Hz8000), &captured);
                assert!(found.is_not_heard(), "{other:?} in {said:?}: {found:?}");
            }
        }
    }

    #[test]
    fn finds_each_of_three_who_talk_at_once() {
        let talkers = [Speech::Amiable, Speech::Cards, Speech::IllDisposed];
        let mut mix = vec![0.0f32; 8_000 * 5];
        for (index, talker) in talkers.into_iter().enumerate() {
            let samples = talker.samples(Rate::Hz8000);
            mix.iter_mut().skip(index * 2_000).zip(&samples).for_each(|(sum, one)| *sum += one);
        }
        let captured = through_codec(CodecKind::Pcma, EncoderSettings::default(), &mix);
        for talker in talkers {
            let found = find(&talker.samples(Rate::Hz8000), &captured);
            assert!(found.is_heard(), "{talker:?}: {found:?}");
        }
        assert!(find(&Speech::ColdHearted.samples(Rate::Hz8000), &captured).is_not_heard());
    }

    #[test]
    fn silence_and_too_little_sound_match_nothing() {
        let reference = Speech::Cards.samples(Rate::Hz8000);
        assert_eq!(find(&reference, &[]).score, 0.0);
        assert_eq!(find(&reference, &reference[1..]).score, 0.0);
        assert_eq!(find(&[], &reference).score, 0.0);
        assert!(find(&reference, &vec![0.0; 60_000]).is_not_heard());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn finds_any_part_at_any_delay_and_loudness(
            start in 2_000usize..8_000, delay in 0usize..20_000, gain in 0.01f32..1.0,
        ) {
            let said = Speech::ColdHearted.samples(Rate::Hz8000);
            let captured: Vec<f32> = delayed(&said, delay).iter().map(|s| s * gain).collect();
            let found = find(&said[start..start + 12_000], &captured);
            prop_assert!(found.score > 0.98);
            prop_assert_eq!(found.lag_samples, start + delay);
        }
    }
}
