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
use crate::voice::voice;

/// Sound by which the delay at a moment is found, in seconds, and how often it is looked for.
const WINDOW_S: f64 = 0.4;
const STEP_S: f64 = 0.1;

/// Below this mean square there is nothing to be found: 20 dB under the level of speech.
const POWER_MIN: f32 = 2.5e-5;

/// The correlation from which on sound counts as found. Of what is stretched in time some is lost.
const FOUND_MIN: f32 = 0.5;

/// Sound by which one of several talkers is found, in seconds.
const PRESENCE_S: f64 = 1.0;

/// By how much sound may come earlier or later at times than it does as a whole, in seconds.
const STRETCH_S: f64 = 0.03;

/// Sound before and after an utterance that is scored with it, in seconds.
const MARGIN_S: f64 = 0.25;

/// A moment of what was said, and how much later it left the server towards the listener.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// When it was said, in seconds of the conference.
    pub at_s: f64,
    /// The time from the mouth until what is most like it left the server, in seconds.
    pub lag_s: f64,
    /// How like it that is, 0 to 1.
    pub likeness: f32,
}

impl Moment {
    /// Whether what was said was heard then.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.likeness >= FOUND_MIN
    }
}

/// An utterance that was heard.
#[derive(Debug, Clone)]
pub struct Utterance {
    /// Which of its script's.
    pub number: usize,
    /// How like the least like of its moments was, 0 to 1.
    pub likeness: f32,
    /// What was said and heard.
    pub pair: Pair,
}

/// How clearly somebody is found at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Presence {
    /// When it was said, in seconds of the conference.
    pub at_s: f64,
    /// How loud it was said, in dBov.
    pub level_db: f32,
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
#[derive(Debug, Clone)]
pub struct Listened {
    rate_hz: u32,
    said: Vec<f32>,
    heard: Vec<f32>,
    /// Which of the samples that the talker says over and over is the first said here.
    first: usize,
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
        let codec_hz = said.codec.audio_rate().hz();
        let says = convert(says, RATE_HZ, rate_hz);
        let part = part_of(said, codec_hz / rate_hz).unwrap_or(0..says.len());
        let began_s = said.sent.first().map_or(talker.begins, |sent| sent.spoken.spoken);
        Ok(Self {
            rate_hz,
            first: part.start,
            said: part.map(|n| says[n % says.len()]).collect(),
            heard: convert(&heard.heard, heard.codec.audio_rate().hz(), rate_hz),
            said_from_s: began_s.as_secs_f64(),
            heard_from_s: began.as_secs_f64(),
            pace: 1.0 + talker.clock_ppm * 1e-6,
            codecs_s: seconds(said) + seconds(heard),
            sent: said.sent.clone(),
        })
    }

    /// What may be voice of both, without rumble: of that the server takes some away, and its filter delays the rest by a
    /// time of its own.
    #[must_use]
    pub fn voices(mut self) -> Self {
        self.said = voice(&self.said, self.rate_hz);
        self.heard = voice(&self.heard, self.rate_hz);
        self
    }

    /// Every moment in which something was said, and how late it was heard: at most by `most`.
    #[must_use]
    pub fn moments(&self, most: Duration) -> Vec<Moment> {
        let (width, step) = (self.samples(WINDOW_S), self.samples(STEP_S));
        let starts = (0..self.said.len().saturating_sub(width)).step_by(step);
        starts.filter_map(|start| self.moment(start..start + width, most.as_secs_f64())).collect()
    }

    /// How long each packet stayed at the server, by the delays that were found nearby.
    #[must_use]
    pub fn stays(&self, moments: &[Moment]) -> Vec<Stay> {
        let lags: Vec<_> = moments.iter().filter(|moment| moment.is_found()).collect();
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

    /// How clearly the talker is found in each second in which it speaks, at the delay that its sound usually has.
    #[must_use]
    pub fn presence(&self, moments: &[Moment]) -> Vec<Presence> {
        let found = moments.iter().filter(|moment| moment.is_found());
        let lag_s = quantile(found.map(|moment| moment.lag_s), 0.5);
        let (width, reach) = (self.samples(PRESENCE_S), self.samples(STRETCH_S));
        let presence = |start: usize| {
            let said = self.active(start..start + width)?;
            let place = self.place(start, lag_s);
            let around = place.saturating_sub(reach)..place + width + reach;
            let score = correlate::find(said, self.heard.get(around)?).score;
            let energy: f32 = said.iter().map(|sample| sample * sample).sum();
            let level_db = 10.0 * (energy / said.len() as f32).log10();
            Some(Presence { at_s: self.time_of(start), level_db, score })
        };
        (0..self.said.len()).step_by(width).filter_map(presence).collect()
    }

    /// Each utterance of the talker's script beside what was heard of it, as far as the whole of it was said here. What
    /// never came is silence.
    #[must_use]
    pub fn utterances(&self, script: &Script, moments: &[Moment]) -> Vec<Utterance> {
        let at = |sample: usize| sample * self.rate_hz as usize / RATE_HZ as usize;
        let (length, last) = (at(script.samples.len()).max(1), self.first + self.said.len());
        let mut utterances = Vec::new();
        for round in self.first / length..=last / length {
            for (utterance, number) in script.utterances.iter().zip(0..) {
                let [start, end] = [utterance.start, utterance.end].map(|n| round * length + at(n));
                if start >= self.first && end <= last {
                    let part = start - self.first..end - self.first;
                    utterances.push(self.utterance(number, part, moments));
                }
            }
        }
        utterances
    }

    fn utterance(&self, number: usize, part: Range<usize>, moments: &[Moment]) -> Utterance {
        let during = self.time_of(part.start)..self.time_of(part.end);
        let within = moments.iter().filter(|moment| during.contains(&moment.at_s));
        let likeness = within.clone().map(|moment| moment.likeness).fold(1.0, f32::min);
        let found = within.filter(|moment| moment.is_found());
        let lag_s = quantile(found.map(|moment| moment.lag_s), 0.5);
        let margin = self.samples(MARGIN_S);
        let part = part.start.saturating_sub(margin)..part.end + margin;
        let reference = part.clone().map(|n| self.said.get(n).copied().unwrap_or(0.0)).collect();
        let start = if lag_s.is_nan() { self.heard.len() } else { self.place(part.start, lag_s) };
        let sample = |n: usize| self.heard.get(start + n).copied().unwrap_or(0.0);
        let heard = (0..part.len()).map(sample).collect();
        Utterance { number, likeness, pair: Pair { rate_hz: self.rate_hz, reference, heard } }
    }

    /// When a part of what was said was heard, and how well; none if there is no speech in it, or if what was heard
    /// ends before.
    fn moment(&self, part: Range<usize>, most_s: f64) -> Option<Moment> {
        let said = self.active(part.clone())?;
        let first = self.place(part.start, 0.0);
        let last = self.place(part.start, most_s) + said.len();
        let heard = self.heard.get(first..last.min(self.heard.len()))?;
        let found = correlate::find(said, heard);
        let at_s = self.time_of(part.start);
        let place_s = (first + found.lag_samples) as f64 / f64::from(self.rate_hz);
        let lag_s = self.heard_from_s + place_s - at_s;
        (heard.len() >= said.len()).then_some(Moment { at_s, lag_s, likeness: found.score })
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

/// Which samples of what is said over and over somebody said, of which `every` of the codec's make one.
fn part_of(said: &Take, every: u32) -> Option<Range<usize>> {
    let (first, last) = said.sent.first().zip(said.sent.last())?;
    let packet = said.sent.get(1).map_or(0, |next| next.spoken.position - first.spoken.position);
    let every = u64::from(every.max(1));
    Some(
        (first.spoken.position / every) as usize
            ..((last.spoken.position + packet) / every) as usize,
    )
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
