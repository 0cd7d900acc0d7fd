//! Recorded speech to talk with and to recognise.
//!
//! The excerpts are parts of PocketSphinx's test data; `assets/speech` holds them with their licence
//! and their origin. They are 16 kHz, mono, 16 bits, and 3 to 6 seconds long.

use std::io::Cursor;

use audio::Rate;
use audio::resample::Resampler;

/// An excerpt of recorded speech that ships with this crate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Speech {
    /// "He might even have been made amiable himself."
    Amiable,
    /// "Eight of spades, four of clubs, seven of hearts", by another speaker.
    Cards,
    /// "Unless to be rather cold hearted and rather selfish is to be ill disposed."
    ColdHearted,
    /// "He was not an ill disposed young man."
    IllDisposed,
    /// "Had he married a more amiable woman he might have been made still more respectable."
    Respectable,
}

impl Speech {
    /// Every excerpt.
    pub const ALL: [Self; 5] =
        [Self::Amiable, Self::Cards, Self::ColdHearted, Self::IllDisposed, Self::Respectable];

    /// The excerpt's name, which is also its file's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amiable => "amiable",
            Self::Cards => "cards",
            Self::ColdHearted => "cold-hearted",
            Self::IllDisposed => "ill-disposed",
            Self::Respectable => "respectable",
        }
    }

    /// The recording as a WAV file: 16 kHz, mono, 16 bits.
    pub fn wav(self) -> &'static [u8] {
        match self {
            Self::Amiable => include_bytes!("../assets/speech/amiable.wav"),
            Self::Cards => include_bytes!("../assets/speech/cards.wav"),
            Self::ColdHearted => include_bytes!("../assets/speech/cold-hearted.wav"),
            Self::IllDisposed => include_bytes!("../assets/speech/ill-disposed.wav"),
            Self::Respectable => include_bytes!("../assets/speech/respectable.wav"),
        }
    }

    /// The recording at `rate`, in ±1.0 and levelled to a talker's usual loudness ([`LEVEL_DBFS`]).
    pub fn samples(self, rate: Rate) -> Vec<f32> {
        let mut samples = resampled(&recorded(self.wav()), rate);
        level(&mut samples);
        samples
    }
}

/// The loudness, as RMS over the whole excerpt, that every excerpt is brought to.
pub const LEVEL_DBFS: f32 = -20.0;

/// The samples of one of our own files. They are checked by a test, so what can't be read is left out.
fn recorded(wav: &[u8]) -> Vec<f32> {
    let Ok(mut reader) = hound::WavReader::new(Cursor::new(wav)) else { return Vec::new() };
    reader.samples::<i16>().flatten().map(|sample| f32::from(sample) / 32768.0).collect()
}

fn resampled(samples: &[f32], rate: Rate) -> Vec<f32> {
    let recorded_at = Rate::Hz16000;
    if rate == recorded_at {
        return samples.to_vec();
    }
    let mut resampler = Resampler::new(recorded_at, rate);
    let whole = samples.len() - samples.len() % recorded_at.tick_samples();
    let mut out = vec![0.0; resampler.output_samples(whole)];
    resampler.process(samples.get(..whole).unwrap_or_default(), &mut out);
    out
}

fn level(samples: &mut [f32]) {
    let power = samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32;
    let wanted = 10f32.powf(LEVEL_DBFS / 20.0);
    let gain = if power > 0.0 { wanted / power.sqrt() } else { 0.0 };
    for sample in samples {
        *sample = (*sample * gain).clamp(-1.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_excerpt_lasts_three_to_six_seconds_at_every_rate() {
        for speech in Speech::ALL {
            for rate in [Rate::Hz8000, Rate::Hz16000, Rate::Hz48000] {
                let seconds = speech.samples(rate).len() as f32 / rate.hz() as f32;
                assert!((2.9..6.1).contains(&seconds), "{} lasts {seconds} s", speech.name());
            }
        }
    }

    #[test]
    fn excerpts_are_equally_loud() {
        for speech in Speech::ALL {
            let samples = speech.samples(Rate::Hz8000);
            let power = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
            let dbfs = 10.0 * power.log10();
            assert!((dbfs - LEVEL_DBFS).abs() < 1.0, "{}: {dbfs} dBFS", speech.name());
        }
    }
}
