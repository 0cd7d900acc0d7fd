//! What talkers say: recorded speech, all of it equally loud. `speech/README.md` tells where it comes from.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::level::{active_level_db, gain};

/// Samples a second of the recordings, and of whatever is scored in wideband.
pub const RATE_HZ: u32 = 16_000;

/// How loud all recordings are made, in dBov: the level at which speech is tested (ITU-T P.830 section 7.2.1).
pub const LEVEL_DB: f64 = -26.0;

/// Silence between utterances, in samples: 500 ms, in which some jitter buffers like to adjust themselves.
const PAUSE_SAMPLES: usize = RATE_HZ as usize / 2;

/// Sound that is looked at to find words: 20 ms.
const FRAME_SAMPLES: usize = RATE_HZ as usize / 50;

/// The mean square of a frame that is clearly speech: 14 dB below the usual.
const WORD_POWER_MIN: f32 = 1e-4;

/// The soft beginning of a word and its soft end: 40 ms and 100 ms.
const BEFORE_SAMPLES: usize = 2 * FRAME_SAMPLES;
const AFTER_SAMPLES: usize = 5 * FRAME_SAMPLES;

/// An utterance of a second to five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// A woman who reads from a novel.
    Reader1,
    /// The same.
    Reader2,
    /// The same.
    Reader3,
    /// A man who says digits.
    Numbers,
    /// The same man, who says something.
    Something,
    /// The same man, who tells a robot to go forward.
    Forward,
    /// Another man, who names cards.
    Cards,
}

impl Recording {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Reader1,
        Self::Numbers,
        Self::Reader2,
        Self::Cards,
        Self::Something,
        Self::Reader3,
        Self::Forward,
    ];

    /// The sound from its first word to its last, at [`RATE_HZ`] and [`LEVEL_DB`].
    ///
    /// The noise of the recording's room before and after is left out. A mixer rightly doesn't pass it on while nobody
    /// speaks, and what is scored is speech: half a second of missing hiss would cost more than a lost word.
    #[must_use]
    pub fn samples(self) -> Vec<f32> {
        let samples = equally_loud(&read(self.file()));
        equally_loud(&samples[words(&samples)])
    }

    fn file(self) -> &'static [u8] {
        match self {
            Self::Reader1 => include_bytes!("../speech/reader-1.wav"),
            Self::Reader2 => include_bytes!("../speech/reader-2.wav"),
            Self::Reader3 => include_bytes!("../speech/reader-3.wav"),
            Self::Numbers => include_bytes!("../speech/numbers.wav"),
            Self::Something => include_bytes!("../speech/something.wav"),
            Self::Forward => include_bytes!("../speech/forward.wav"),
            Self::Cards => include_bytes!("../speech/cards.wav"),
        }
    }
}

/// What somebody says in a run.
#[derive(Debug, Clone)]
pub struct Script {
    /// The sound, at [`RATE_HZ`].
    pub samples: Arc<[f32]>,
    /// Where in it each utterance lies.
    pub utterances: Vec<Range<usize>>,
}

impl Script {
    /// So many utterances: the recordings one after the other, as often as it takes, with pauses between.
    #[must_use]
    pub fn of(recordings: &[Recording], utterances: usize) -> Self {
        let sounds: Vec<_> = recordings.iter().map(|recording| recording.samples()).collect();
        let mut samples = vec![0.0; PAUSE_SAMPLES];
        let ranges = sounds.iter().cycle().take(utterances).map(|sound| {
            let start = samples.len();
            samples.extend(sound);
            let end = samples.len();
            samples.resize(end + PAUSE_SAMPLES, 0.0);
            start..end
        });
        let utterances = ranges.collect();
        Self { samples: samples.into(), utterances }
    }

    /// When one of its samples is said, in seconds from its beginning.
    #[must_use]
    pub fn time_of(&self, sample: usize) -> f64 {
        sample as f64 / f64::from(RATE_HZ)
    }

    /// How long it lasts.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        Duration::from_secs_f64(self.time_of(self.samples.len()))
    }

    /// The same, softer or louder by so many decibels.
    #[must_use]
    pub fn at_db(mut self, decibels: f64) -> Self {
        let factor = gain(0.0, decibels);
        self.samples = self.samples.iter().map(|sample| factor * sample).collect();
        self
    }

    /// The same before a silence of so many samples.
    #[must_use]
    pub fn before(mut self, silence: usize) -> Self {
        let silence = std::iter::repeat_n(0.0, silence);
        self.samples = self.samples.iter().copied().chain(silence).collect();
        self
    }

    /// The same after a silence of so many samples.
    #[must_use]
    pub fn after(mut self, silence: usize) -> Self {
        self.samples =
            std::iter::repeat_n(0.0, silence).chain(self.samples.iter().copied()).collect();
        for utterance in &mut self.utterances {
            *utterance = utterance.start + silence..utterance.end + silence;
        }
        self
    }
}

/// The same sound at [`LEVEL_DB`].
fn equally_loud(samples: &[f32]) -> Vec<f32> {
    let factor = gain(active_level_db(samples, RATE_HZ), LEVEL_DB);
    samples.iter().map(|sample| factor * sample).collect()
}

/// Where the words are: from a little before the first frame that is clearly speech to a little after the last.
fn words(samples: &[f32]) -> Range<usize> {
    let is_speech = |frame: &[f32]| {
        let power: f32 = frame.iter().map(|sample| sample * sample).sum();
        power >= WORD_POWER_MIN * frame.len() as f32
    };
    let frames = || samples.chunks(FRAME_SAMPLES);
    let first = frames().position(is_speech).unwrap_or(0) * FRAME_SAMPLES;
    let last = frames().rposition(is_speech).map_or(0, |frame| (frame + 1) * FRAME_SAMPLES);
    first.saturating_sub(BEFORE_SAMPLES)..(last + AFTER_SAMPLES).min(samples.len())
}

/// Reads a WAV file of one channel and 16 bits a sample at [`RATE_HZ`]. What it can't read is silence: the files are
/// part of the program, and tested.
fn read(file: &'static [u8]) -> Vec<f32> {
    let Ok(reader) = hound::WavReader::new(Cursor::new(file)) else { return Vec::new() };
    let samples = reader.into_samples::<i16>().map_while(Result::ok);
    samples.map(|sample| f32::from(sample) / 32_768.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_recordings_are_there_and_equally_loud() {
        for recording in Recording::ALL {
            let samples = recording.samples();
            let seconds = samples.len() as f64 / f64::from(RATE_HZ);
            assert!((1.5..5.5).contains(&seconds), "{recording:?} lasts {seconds} s");
            assert!((active_level_db(&samples, RATE_HZ) - LEVEL_DB).abs() < 0.1);
            let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            assert!(peak < 0.9, "{recording:?} has a peak of {peak}");
        }
    }

    #[test]
    fn a_script_tells_where_its_utterances_are() {
        let script = Script::of(&[Recording::Cards, Recording::Forward], 3).after(100).before(200);
        assert_eq!(script.samples[script.samples.len() - 200..], [0.0; 200]);
        let cards = Recording::Cards.samples();
        assert_eq!(script.utterances.len(), 3);
        for utterance in [0, 2] {
            assert_eq!(script.samples[script.utterances[utterance].clone()], cards);
        }
        assert_eq!(script.utterances[0].start, PAUSE_SAMPLES + 100);
        let soft = script.clone().at_db(-20.0);
        assert!((soft.samples[20_000] - 0.1 * script.samples[20_000]).abs() < 1e-6);
    }
}
