//! What a caller by phone is told, in recorded words.

use std::collections::HashMap;
use std::io::Cursor;

use audio::Rate;
use audio::clip::Clip;
use jiff::Zoned;

mod words;

pub use words::Word;

/// Why a recording can't be used. They are part of the program, so that this is a fault in its making.
#[derive(Debug, thiserror::Error)]
#[error("the recording {0:?} is not 8 kHz, 16 bit, mono")]
pub struct BadRecording(Word);

/// The recordings, ready to play.
pub struct Prompts {
    clips: HashMap<Word, Vec<f32>>,
}

impl Prompts {
    /// Decodes all recordings.
    ///
    /// # Errors
    /// [`BadRecording`] when one isn't in the form that telephony wants.
    pub fn load() -> Result<Prompts, BadRecording> {
        let decoded = words::recordings()
            .map(|(word, wav)| Ok((word, samples(wav).ok_or(BadRecording(word))?)));
        Ok(Prompts { clips: decoded.collect::<Result<_, _>>()? })
    }

    /// One sound of all the words, with a breath before the first: a phone's path needs a moment to open.
    pub fn say(&self, words: &[Word]) -> Clip {
        let mut samples = vec![0.0; BREATH_SAMPLES];
        for word in words {
            samples.extend(self.clips.get(word).into_iter().flatten());
        }
        Clip::new(Rate::Hz8000, samples)
    }
}

/// 400 ms at 8 kHz.
const BREATH_SAMPLES: usize = 3200;

/// "You are currently the only person in this conference."
pub fn alone() -> Vec<Word> {
    vec![Word::OnlyPerson]
}

/// "The conference will begin tomorrow at two thirty p.m. Please try your call again later. Goodbye."
///
/// `starts` and `now` are in the conference's time zone. Today and tomorrow are called so, a day within
/// the week by its name, and any other by its date as well.
pub fn not_yet_open(starts: &Zoned, now: &Zoned) -> Vec<Word> {
    let mut words = vec![Word::ConferenceWillBegin];
    words.extend(day(starts, now));
    words.push(Word::At);
    words.extend(time(starts));
    words.extend([Word::TryAgainLater, Word::Goodbye]);
    words
}

fn day(starts: &Zoned, now: &Zoned) -> Vec<Word> {
    let days = (starts.date() - now.date()).get_days();
    let weekday = Word::Weekday(starts.weekday().to_sunday_zero_offset().unsigned_abs());
    match days {
        0 => vec![Word::Today],
        1 => vec![Word::Tomorrow],
        2..=6 => vec![weekday],
        _ => {
            let mut words = vec![weekday, Word::Month(starts.month().unsigned_abs() - 1)];
            words.extend(ordinal(starts.day().unsigned_abs()));
            words
        }
    }
}

/// Of a day in a month: 1 to 31.
fn ordinal(day: u8) -> Vec<Word> {
    match day {
        21..=29 => vec![Word::Number(20), Word::Ordinal(day - 20)],
        31 => vec![Word::Number(30), Word::Ordinal(1)],
        day => vec![Word::Ordinal(day)],
    }
}

/// By the twelve-hour clock: "two o'clock p.m.", "two oh five p.m.", "two thirty-one p.m.".
fn time(at: &Zoned) -> Vec<Word> {
    let hour = at.hour().unsigned_abs();
    let minute = at.minute().unsigned_abs();
    let mut words = vec![Word::Number(match hour % 12 {
        0 => 12,
        hour => hour,
    })];
    match minute {
        0 => words.push(Word::OClock),
        1..=9 => words.extend([Word::Oh, Word::Number(minute)]),
        10..=20 | 30 | 40 | 50 => words.push(Word::Number(minute)),
        _ => words.extend([Word::Number(minute / 10 * 10), Word::Number(minute % 10)]),
    }
    words.push(if hour < 12 { Word::Am } else { Word::Pm });
    words
}

fn samples(wav: &[u8]) -> Option<Vec<f32>> {
    let mut reader = hound::WavReader::new(Cursor::new(wav)).ok()?;
    let spec = reader.spec();
    if (spec.sample_rate, spec.channels, spec.bits_per_sample) != (8000, 1, 16) {
        return None;
    }
    reader.samples::<i16>().map(|sample| Some(f32::from(sample.ok()?) / 32768.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Word::*;

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    fn said(starts: &str, now: &str) -> Vec<Word> {
        let words = not_yet_open(&at(starts), &at(now));
        assert_eq!(words[0], ConferenceWillBegin);
        assert_eq!(words[words.len() - 2..], [TryAgainLater, Goodbye]);
        words[1..words.len() - 2].to_vec()
    }

    const NOW: &str = "2026-11-22T15:00[Europe/Paris]";

    #[test]
    fn near_days_are_called_as_people_call_them() {
        let word = |starts| said(starts, NOW)[0];
        assert_eq!(word("2026-11-22T23:00[Europe/Paris]"), Today);
        assert_eq!(word("2026-11-23T00:10[Europe/Paris]"), Tomorrow);
        assert_eq!(word("2026-11-24T14:30[Europe/Paris]"), Weekday(2));
        assert_eq!(word("2026-11-28T14:30[Europe/Paris]"), Weekday(6));
    }

    #[test]
    fn a_far_day_has_its_date() {
        let words = said("2026-12-31T14:30[Europe/Paris]", NOW);
        let expected =
            [Weekday(4), Month(11), Number(30), Ordinal(1), At, Number(2), Number(30), Pm];
        assert_eq!(words, expected);
        let words = said("2027-01-22T09:00[Europe/Paris]", NOW);
        assert_eq!(words[..4], [Weekday(5), Month(0), Number(20), Ordinal(2)]);
    }

    #[test]
    fn times_are_of_the_conferences_zone() {
        let zone = |zone: &str| {
            let starts = at("2026-11-24T14:30[Europe/Paris]").in_tz(zone).unwrap();
            let words = not_yet_open(&starts, &at(NOW).in_tz(zone).unwrap());
            words[3..words.len() - 2].to_vec()
        };
        assert_eq!(zone("Europe/Paris"), [Number(2), Number(30), Pm]);
        assert_eq!(zone("America/New_York"), [Number(8), Number(30), Am]);
    }

    #[test]
    fn every_hour_and_minute_is_sayable() {
        let said = |time: &str| time_of(&format!("2026-11-24T{time}[UTC]"));
        fn time_of(text: &str) -> Vec<Word> {
            time(&at(text))
        }
        assert_eq!(said("00:00"), [Number(12), OClock, Am]);
        assert_eq!(said("12:05"), [Number(12), Oh, Number(5), Pm]);
        assert_eq!(said("23:59"), [Number(11), Number(50), Number(9), Pm]);
        assert_eq!(said("09:20"), [Number(9), Number(20), Am]);
        let prompts = Prompts::load().unwrap();
        for minute in 0..24 * 60 {
            let words = said(&format!("{:02}:{:02}", minute / 60, minute % 60));
            assert!(words.iter().all(|word| prompts.clips.contains_key(word)), "{words:?}");
        }
        for day in 1..=31 {
            assert!(ordinal(day).iter().all(|word| prompts.clips.contains_key(word)), "{day}");
        }
    }

    #[test]
    fn what_is_said_is_speech_and_not_too_long() {
        let clip = Prompts::load()
            .unwrap()
            .say(&not_yet_open(&at("2027-09-27T16:45[UTC]"), &at("2026-11-24T00:00[UTC]")));
        let seconds = clip.samples().len() as f32 / 8000.0;
        assert!((5.0..20.0).contains(&seconds), "{seconds} s");
        let peak = clip.samples().iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        assert!((0.1..=1.0).contains(&peak), "{peak}");
    }
}
