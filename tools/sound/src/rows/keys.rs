//! Somebody who presses keys between words, on a telephone that sends their tones as sound: whether others hear these.

use std::f64::consts::TAU;

use audio::codec::CodecKind;
use mixer::{Heed, RoomSettings};

use super::{Bench, SEED, TAIL, room};
use crate::Fault;
use crate::background::{COLUMNS_HZ, ROWS_HZ, keys};
use crate::far_end::Participant;
use crate::house::House;
use crate::outcome::{Figure, Goal, Outcome};
use crate::speech::{Recording, Script};

/// Sound in which a key is looked for, as receivers do (ITU-T Q.24: a tone of 40 ms is one), and how often: seconds.
const WINDOW_S: f64 = 0.04;
const STEP_S: f64 = 0.01;

/// The share of all power that both tones of a key have at least, and their mean square: -45 dBFS.
const PURITY: f64 = 0.5;
const MEAN_SQUARE_MIN: f64 = 3e-5;

pub(super) fn run(_: &mut Bench) -> Result<Outcome, Fault> {
    let all = found(RoomSettings { heed: Heed::AnySound, ..room() })?;
    let left = found(room())?;
    let fainter_db = 10.0 * (all.energy / left.energy.max(all.energy * 1e-9)).log10();
    let figures = vec![
        Figure::count("keys that others hear", left.keys).to_reach(Goal::AtMost(0.0), 0.5),
        Figure::decibels("keys fainter, all in all", fainter_db).to_reach(Goal::AtLeast(10.0), 1.0),
        Figure::count("keys, where any sound is heeded", all.keys),
    ];
    Ok(Outcome { figures, curves: Vec::new() })
}

/// What is found of keys.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Found {
    keys: usize,
    /// The energy of all sound in which there may be one.
    energy: f64,
}

/// What others hear of the keys in such a room.
fn found(settings: RoomSettings) -> Result<Found, Fault> {
    let speech = Script::of(&[Recording::Reader1, Recording::Numbers], 2);
    let said: Vec<f32> = speech.samples.iter().copied().chain(keys()).collect();
    let all = Script { samples: said.into(), utterances: Vec::new() };
    let talker = Participant::phone(CodecKind::Pcmu).saying(all.samples.clone());
    let participants = [talker, Participant::phone(CodecKind::Pcmu)];
    let mut house = House::open(settings, &participants, SEED)?;
    house.run_for(all.lasts() + TAIL)?;
    let [_, heard] = &house.close()?[..] else { return Err(Fault::NothingHeard) };
    // While there was speech there were no keys.
    let rate_hz = heard.codec.audio_rate().hz();
    let spoken = (speech.lasts().as_secs_f64() * f64::from(rate_hz)) as usize;
    Ok(keys_in(heard.heard.get(spoken..).ok_or(Fault::NothingHeard)?, rate_hz))
}

fn keys_in(heard: &[f32], rate_hz: u32) -> Found {
    let [window, step] = [WINDOW_S, STEP_S].map(|s| (s * f64::from(rate_hz)) as usize);
    let (mut found, mut pressed) = (Found::default(), None);
    for sound in heard.windows(window).step_by(step) {
        let key = key_of(sound, rate_hz);
        found.keys += usize::from(key.is_some() && key != pressed);
        pressed = key;
    }
    found.energy = heard.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    found
}

/// The row and the column of a key, if that is what sounds.
fn key_of(sound: &[f32], rate_hz: u32) -> Option<[usize; 2]> {
    let power = sound.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / sound.len() as f64;
    let strongest = |tones: &[f64]| {
        let powers = tones.iter().map(|&hz| tone_power(sound, hz / f64::from(rate_hz)));
        powers.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let ((row, row_power), (column, column_power)) =
        strongest(&ROWS_HZ).zip(strongest(&COLUMNS_HZ))?;
    let both = row_power + column_power;
    (power >= MEAN_SQUARE_MIN && both >= PURITY * power).then_some([row, column])
}

/// The power of a tone of so many periods a sample, by Goertzel's algorithm.
fn tone_power(sound: &[f32], periods: f64) -> f64 {
    let turn = 2.0 * (TAU * periods).cos();
    let (one, two) = sound
        .iter()
        .fold((0.0, 0.0), |(one, two), &sample| (f64::from(sample) + turn * one - two, one));
    2.0 * (one * one + two * two - turn * one * two) / (sound.len() as f64).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::RATE_HZ;

    #[test]
    fn keys_are_found_where_there_are_any() {
        assert_eq!(keys_in(&keys(), RATE_HZ).keys, 16);
        assert_eq!(keys_in(&Recording::Cards.samples(), RATE_HZ).keys, 0);
    }
}
