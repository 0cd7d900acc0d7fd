//! What talkers say: recorded speech without end, and a chirp in each round.

use audio::Rate;
use audio::codec::CodecError;
use audio::level::Dbfs;
use sim::Speech;

use super::chirp::{self, Sweep};
use super::rounds::{Rounds, START_TICKS};
use super::{OPUS, Track};
use crate::plan::Codec;

/// The loop lasts so many packet times at least, so that it is more than one sentence: 5 s.
const LOOP_TICKS_MIN: u64 = 250;

/// What is left of the speech while the chirp sounds.
const DUCKED: f32 = 0.25;

/// The track of one of a room's talkers. It lasts a whole number of rounds, and chirps once in each.
pub(super) fn track(codec: Codec, talker: usize, rounds: &Rounds) -> Result<Track, CodecError> {
    let rate = codec.kind().audio_rate();
    let count = LOOP_TICKS_MIN.div_ceil(rounds.ticks());
    let ticks = count * rounds.ticks();
    let mut samples = spoken(talker, rate, ticks as usize * rate.tick_samples());
    let starts: Vec<u64> = (0..count)
        .map(|round| {
            let slot = round * rounds.ticks() + rounds.slot(talker);
            mix_chirp(&mut samples, rate, slot, Sweep::of(talker))
        })
        .collect();
    let mut track = Track::new(codec, OPUS, &samples)?;
    starts.into_iter().for_each(|tick| track.mark_chirp(tick));
    Ok(track)
}

/// Speech of so many samples. Talkers say different things, or the same at different times.
fn spoken(talker: usize, rate: Rate, samples: usize) -> Vec<f32> {
    let count = Speech::ALL.len();
    let said = Speech::ALL[talker % count].samples(rate);
    let skipped = talker / count * rate.samples_in_ms(700);
    said.iter().cycle().skip(skipped).take(samples).copied().collect()
}

/// Mixes a chirp into the slot that begins at this packet time, where the speech is loudest, so that no server
/// takes it for a noise between words. Gives the packet time at which it begins.
fn mix_chirp(samples: &mut [f32], rate: Rate, slot: u64, sweep: Sweep) -> u64 {
    let chirp = chirp::samples(rate, sweep);
    let start_of = |tick: u64| tick as usize * rate.tick_samples();
    let level = |tick: &u64| {
        let around = start_of(tick.saturating_sub(2))..start_of(*tick) + chirp.len();
        Dbfs::of(samples.get(around).unwrap_or_default())
    };
    let candidates = slot..slot + START_TICKS;
    let loudest = candidates.max_by(|a, b| level(a).decibels().total_cmp(&level(b).decibels()));
    let tick = loudest.unwrap_or(slot);
    for (sample, chirp) in samples.iter_mut().skip(start_of(tick)).zip(&chirp) {
        *sample = (*sample * DUCKED + chirp).clamp(-1.0, 1.0);
    }
    tick
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_talker_chirps_once_in_each_of_its_slots() {
        let rounds = Rounds::of(3);
        for talker in 0..3 {
            let track = track(Codec::Pcmu, talker, &rounds).unwrap();
            let chirps: Vec<u64> = (0..3 * rounds.ticks())
                .filter(|tick| track.payload(*tick).unwrap().begins_chirp)
                .collect();
            assert_eq!(chirps.len(), 3);
            for tick in chirps {
                let from_slot = tick % rounds.ticks() - rounds.slot(talker);
                assert!(from_slot < START_TICKS);
            }
        }
    }

    #[test]
    fn talkers_say_different_things() {
        let said: Vec<Vec<f32>> =
            (0..12).map(|talker| spoken(talker, Rate::Hz8000, 8_000)).collect();
        for (index, one) in said.iter().enumerate() {
            assert!(said[..index].iter().all(|other| other != one), "{index}");
        }
    }
}
