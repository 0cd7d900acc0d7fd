//! What a listener heard of what a talker said, laid beside each other in time.

use std::ops::Range;
use std::time::Duration;

use audio::Rate;
use sim::correlate;

use crate::Fault;
use crate::far_end::Participant;
use crate::far_end::codec::delay_samples;
use crate::house::{Sent, Take};
use crate::resample::convert;
use crate::score::Pair;
use crate::speech::{RATE_HZ, Script};

/// Sound by which the delay at a moment is found, in seconds, and how often it is looked for.
const WINDOW_S: f64 = 0.4;
const STEP_S: f64 = 0.1;

/// Below this mean square there is nothing to be found: 20 dB under the level of speech.
const POWER_MIN: f32 = 2.5e-5;

/// The correlation from which on sound counts as found. Of what is stretched in time some is lost.
const FOUND_MIN: f32 = 0.5;

/// By how much sound may come earlier or later at times than it does as a whole, in seconds.
const STRETCH_S: f64 = 0.03;

/// Sound before and after an utterance that is scored with it, in seconds.
const MARGIN_S: f64 = 0.25;

/// A moment of what was said, and how much later it left the server towards the listener.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lag {
    /// When it was said, in seconds of the conference.
    pub at_s: f64,
    /// The time from the mouth until it left the server, in seconds.
    pub lag_s: f64,
}

/// How clearly somebody is found at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Presence {
    /// When it was said, in seconds of the conference.
    pub at_s: f64,
    /// The correlation of what was said with what was heard, 0 to 1.
    pub score: f32,
}

/// A packet's stay at the server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stay {
    /// When it came, in seconds of the conference.
    pub at_s: f64,
    /// How long it took on the way, in seconds.
    pub way_s: f64,
    /// The time until its first sample left, the codecs' own delay not counted, in seconds.
    pub stay_s: f64,
}

/// Something said, and what a listener heard of it: both at one rate.
pub struct Listened {
    rate_hz: u32,
    said: Vec<f32>,
    heard: Vec<f32>,
    /// When the first sample of either was said, or left the server, in seconds.
    said_from_s: f64,
    heard_from_s: f64,
    /// The talker's seconds in one of the conference's.
    pace: f64,
    codecs_s: f64,
    sent: Vec<Sent>,
}

impl Listened {
    /// What `heard` has of what `talker` said, who sent `said`.
    ///
    /// # Errors
    /// [`Fault::NothingHeard`].
    pub fn new(talker: &Participant, said: &Take, heard: &Take) -> Result<Self, Fault> {
        let (says, began) = talker.says.as_ref().zip(heard.began).ok_or(Fault::NothingHeard)?;
        // Narrowband is scored as such, and nothing is at more than wideband.
        let is_narrow = [said.codec, heard.codec].iter().any(|c| c.audio_rate() == Rate::Hz8000);
        let rate_hz = if is_narrow { 8_000 } else { RATE_HZ };
        let seconds = |take: &Take| {
            delay_samples(take.codec) as f64 / f64::from(take.codec.audio_rate().hz())
        };
        Ok(Self {
            rate_hz,
            said: convert(says, RATE_HZ, rate_hz),
            heard: convert(&heard.heard, heard.codec.audio_rate().hz(), rate_hz),
            said_from_s: talker.begins.as_secs_f64(),
            heard_from_s: began.as_secs_f64(),
            pace: 1.0 + talker.clock_ppm * 1e-6,
            codecs_s: seconds(said) + seconds(heard),
            sent: said.sent.clone(),
        })
    }

    /// The delay over time, wherever there is sound to find it by; at most `most`.
    #[must_use]
    pub fn lags(&self, most: Duration) -> Vec<Lag> {
        let (width, step) = (self.samples(WINDOW_S), self.samples(STEP_S));
        let starts = (0..self.said.len().saturating_sub(width)).step_by(step);
        starts.filter_map(|start| self.lag(start..start + width, most.as_secs_f64())).collect()
    }

    /// How long each packet stayed at the server, by the delays that were found nearby.
    #[must_use]
    pub fn stays(&self, lags: &[Lag]) -> Vec<Stay> {
        let stay = |sent: &Sent| {
            let spoken_s = sent.spoken.spoken.as_secs_f64();
            let after = lags.partition_point(|lag| lag.at_s < spoken_s);
            let lag = lags.get(after).filter(|lag| lag.at_s - spoken_s < WINDOW_S)?;
            let (at_s, sent_s) = (sent.arrived?.as_secs_f64(), sent.spoken.sent.as_secs_f64());
            let leaves_s = spoken_s + lag.lag_s - self.codecs_s;
            Some(Stay { at_s, way_s: at_s - sent_s, stay_s: leaves_s - at_s })
        };
        self.sent.iter().filter_map(stay).collect()
    }

    /// How clearly the talker is found at each moment in which it speaks, by the delay that its sound has as a whole,
    /// which is at most `most`.
    #[must_use]
    pub fn presence(&self, most: Duration) -> Vec<Presence> {
        let said = &self.said[..self.said.len().saturating_sub(self.samples(most.as_secs_f64()))];
        let first = self.place(0, 0.0);
        let whole = self.heard.get(first..).map(|heard| correlate::find(said, heard));
        let lag = whole.unwrap_or_default().lag_samples;
        let (width, reach) = (self.samples(WINDOW_S), self.samples(STRETCH_S));
        let presence = |start: usize| {
            let part = self.active(start..start + width)?;
            let place = first + lag + start;
            let around = place.saturating_sub(reach)..place + width + reach;
            let score = correlate::find(part, self.heard.get(around)?).score;
            Some(Presence { at_s: self.time_of(start), score })
        };
        (0..said.len()).step_by(width).filter_map(presence).collect()
    }

    /// Each utterance of the script beside what was heard of it, to be scored. What never came is silence.
    #[must_use]
    pub fn pairs(&self, script: &Script, lags: &[Lag]) -> Vec<Pair> {
        script.utterances.iter().map(|utterance| self.pair(utterance, lags)).collect()
    }

    /// Samples a second of both.
    #[must_use]
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    fn pair(&self, utterance: &Range<usize>, lags: &[Lag]) -> Pair {
        let at = |sample: usize| sample as f64 / f64::from(RATE_HZ);
        let (from_s, to_s) = (at(utterance.start) - MARGIN_S, at(utterance.end) + MARGIN_S);
        let (from, to) = (self.samples(from_s.max(0.0)), self.samples(to_s));
        let during =
            |lag: &&Lag| (from_s..to_s).contains(&((lag.at_s - self.said_from_s) * self.pace));
        let mut within: Vec<f64> = lags.iter().filter(during).map(|lag| lag.lag_s).collect();
        within.sort_by(f64::total_cmp);
        let reference: Vec<_> =
            (from..to).map(|n| self.said.get(n).copied().unwrap_or(0.0)).collect();
        let start = within.get(within.len() / 2).map(|&lag_s| self.place(from, lag_s));
        let sample = |n: usize| {
            let place = start?.checked_add_signed(isize::try_from(n).ok()?)?;
            self.heard.get(place).copied()
        };
        let heard = (0..reference.len()).map(|n| sample(n).unwrap_or(0.0)).collect();
        Pair { rate_hz: self.rate_hz, reference, heard }
    }

    /// The delay of a part of what was said, if it is found.
    fn lag(&self, part: Range<usize>, most_s: f64) -> Option<Lag> {
        let said = self.active(part.clone())?;
        let first = self.place(part.start, 0.0);
        let last = self.place(part.start, most_s) + said.len();
        let found = correlate::find(said, self.heard.get(first..last.min(self.heard.len()))?);
        let at_s = self.time_of(part.start);
        let place_s = (first + found.lag_samples) as f64 / f64::from(self.rate_hz);
        let lag_s = self.heard_from_s + place_s - at_s;
        (found.score >= FOUND_MIN).then_some(Lag { at_s, lag_s })
    }

    /// A part of what was said, if there is speech in it.
    fn active(&self, part: Range<usize>) -> Option<&[f32]> {
        let said = self.said.get(part)?;
        let power = said.iter().map(|sample| sample * sample).sum::<f32>() / said.len() as f32;
        (power >= POWER_MIN).then_some(said)
    }

    /// When a sample was said.
    fn time_of(&self, sample: usize) -> f64 {
        self.said_from_s + sample as f64 / (f64::from(self.rate_hz) * self.pace)
    }

    /// Where in what was heard a sample lies that came with such a delay; the beginning for what lies before.
    fn place(&self, sample: usize, lag_s: f64) -> usize {
        let place_s = self.time_of(sample) + lag_s - self.heard_from_s;
        // A cast saturates.
        (place_s * f64::from(self.rate_hz)).round() as usize
    }

    fn samples(&self, seconds: f64) -> usize {
        (seconds * f64::from(self.rate_hz)).round() as usize
    }
}

/// The value that so large a share of them does not exceed, 0 to 1; NaN of none.
#[must_use]
pub fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let index = (share * values.len().saturating_sub(1) as f64).round() as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}

/// The mean; NaN of none.
#[must_use]
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) =
        values.into_iter().fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    sum / count
}
