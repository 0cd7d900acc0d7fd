//! A name, cut out of what somebody says after the tone.

use std::time::Duration;

use audio::level::Dbfs;
use audio::resample::Resampler;
use audio::{Frame, Rate, fade};

use crate::prompts::{SAID_NAME_MAX, SaidName};

/// How long somebody may think about its name.
const HESITATION_MAX: Duration = Duration::from_secs(4);

/// The silence after which a name is over: longer than between a first and a second one.
const PAUSE: Duration = Duration::from_millis(1000);

/// Shorter than any name: a cough, or the click of a key.
const NAME_MIN: Duration = Duration::from_millis(160);

/// What is kept before and after what is loud: soft consonants.
const MARGIN: Duration = Duration::from_millis(60);

/// Above this somebody speaks. Rooms give no sound of who doesn't, so that there is little to be told apart.
const SPEECH_MIN: Dbfs = Dbfs::new(-46.0);

/// How loud a name is made: as the recordings that it is said among.
const LOUDNESS: Dbfs = Dbfs::new(-21.0);

/// The most that it is turned up for that, in decibels.
const GAIN_DB_MAX: f32 = 15.0;

/// What no sample of it exceeds.
const PEAK_MAX: f32 = 0.7;

const TICK: Duration = Duration::from_millis(20);

/// What somebody says after the tone, so far.
pub(super) struct Take {
    /// All of it, at 8 kHz, in whole ticks.
    samples: Vec<f32>,
    to_8_khz: Resampler,
    /// The first and the last tick in which it spoke.
    spoke: Option<(usize, usize)>,
}

impl Take {
    pub(super) fn new() -> Take {
        let to_8_khz = Resampler::new(Rate::Hz8000, Rate::Hz8000);
        Take { samples: Vec::new(), to_8_khz, spoke: None }
    }

    /// Takes the next tick, and says whether that was all: the name was said, or none will be.
    pub(super) fn hear(&mut self, frame: &Frame) -> bool {
        self.to_8_khz.set(frame.rate(), Rate::Hz8000);
        let mut tick = Frame::silent(Rate::Hz8000);
        self.to_8_khz.process(frame.samples(), tick.samples_mut());
        let now = self.ticks();
        self.samples.extend_from_slice(tick.samples());
        if Dbfs::of(tick.samples()) > SPEECH_MIN {
            let (first, _) = *self.spoke.get_or_insert((now, now));
            self.spoke = Some((first, now));
        }
        match self.spoke {
            None => now + 1 >= ticks(HESITATION_MAX),
            Some((first, last)) => {
                now - last >= ticks(PAUSE) || now + 1 - first >= ticks(SAID_NAME_MAX)
            }
        }
    }

    /// The name: without the silence around it, and as loud as others. None if nothing was said that could be one.
    pub(super) fn name(self) -> Option<SaidName> {
        let (first, last) = self.spoke?;
        if last + 1 - first < ticks(NAME_MIN) {
            return None;
        }
        let tick_samples = Rate::Hz8000.tick_samples();
        let from = first.saturating_sub(ticks(MARGIN)) * tick_samples;
        let to = (last + 1 + ticks(MARGIN)) * tick_samples;
        let spoken = &self.samples[first * tick_samples..(last + 1) * tick_samples];
        let gain = gain_of(spoken);
        let mut name = self.samples[from..to.min(self.samples.len())].to_vec();
        for sample in &mut name {
            *sample = (*sample * gain).clamp(-PEAK_MAX, PEAK_MAX);
        }
        fade::fade_in(&mut name, Rate::Hz8000);
        fade::fade_out_late(&mut name, Rate::Hz8000);
        Some(SaidName::new(&name))
    }

    fn ticks(&self) -> usize {
        self.samples.len() / Rate::Hz8000.tick_samples()
    }
}

/// What brings it to [`LOUDNESS`].
fn gain_of(spoken: &[f32]) -> f32 {
    let off_db = LOUDNESS.decibels() - Dbfs::of(spoken).decibels();
    let peak = spoken.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let gain = 10f32.powf(off_db.min(GAIN_DB_MAX) / 20.0);
    gain.min(PEAK_MAX / peak.max(f32::EPSILON))
}

const fn ticks(time: Duration) -> usize {
    (time.as_millis() / TICK.as_millis()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone as loud as this, for so long.
    fn speak(take: &mut Take, rate: Rate, amplitude: f32, milliseconds: usize) -> bool {
        let step = 2.0 * std::f32::consts::PI * 440.0 / rate.hz() as f32;
        let samples: Vec<f32> =
            (0..rate.tick_samples()).map(|n| (n as f32 * step).sin() * amplitude).collect();
        let frame = Frame::from_samples(rate, &samples);
        (0..milliseconds / 20).any(|_| take.hear(&frame))
    }

    #[test]
    fn a_name_ends_with_a_pause_and_has_no_silence_around_it() {
        let mut take = Take::new();
        assert!(!speak(&mut take, Rate::Hz16000, 0.0, 2_000));
        assert!(!speak(&mut take, Rate::Hz16000, 0.2, 600));
        assert!(!speak(&mut take, Rate::Hz16000, 0.0, 400), "between two names");
        assert!(!speak(&mut take, Rate::Hz16000, 0.2, 200));
        assert!(speak(&mut take, Rate::Hz16000, 0.0, 1_100));
        let name = take.name().unwrap();
        let around = name.duration().saturating_sub(Duration::from_millis(1_200));
        assert!((100..=160).contains(&around.as_millis()), "{around:?}");
    }

    #[test]
    fn who_says_nothing_or_coughs_has_no_name() {
        let mut take = Take::new();
        assert!(!speak(&mut take, Rate::Hz8000, 0.0, 3_980));
        assert!(speak(&mut take, Rate::Hz8000, 0.001, 20));
        assert_eq!(take.name(), None);
        let mut take = Take::new();
        assert!(!speak(&mut take, Rate::Hz8000, 0.2, 100));
        assert!(speak(&mut take, Rate::Hz8000, 0.0, 1_000));
        assert_eq!(take.name(), None);
        assert_eq!(Take::new().name(), None, "it is broken off before it begins");
    }

    #[test]
    fn who_does_not_stop_is_cut_off_and_memory_is_bounded() {
        let mut take = Take::new();
        speak(&mut take, Rate::Hz48000, 0.0, 3_000);
        assert!(speak(&mut take, Rate::Hz48000, 0.2, 10_000));
        assert!(take.samples.len() <= 8 * 7_000);
        assert!(take.name().unwrap().duration() <= SAID_NAME_MAX);
    }

    #[test]
    fn faint_names_are_as_loud_as_others() {
        let level = |amplitude| {
            let mut take = Take::new();
            speak(&mut take, Rate::Hz8000, amplitude, 1_000);
            let samples = take.name().unwrap().samples();
            Dbfs::of(&samples[800..4_000]).decibels()
        };
        let levels = [0.02, 0.2, 0.9].map(level);
        for level in levels {
            assert!((level - LOUDNESS.decibels()).abs() < 2.0, "{levels:?}");
        }
    }
}
