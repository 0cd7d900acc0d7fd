//! Making sound a little shorter or longer, without a change of its pitch: how playout follows the network.
//!
//! A voice is nearly periodic: a period of it more or less is not heard, if what then meets is alike and is
//! cross-faded. This is WSOLA (Verhelst and Roelands, "An overlap-add technique based on waveform similarity",
//! ICASSP 1993) for one splice at a time, with the bounds of NetEQ's accelerate and preemptive expand (WebRTC,
//! `modules/audio_coding/neteq/time_stretch.cc`): lags of 2.5 to 15 ms, and a likeness of at least 0.9 in
//! speech. Where there is next to nothing to be heard any splice will do.

use crate::{rate::Rate, vector};

/// Shortest and longest piece that is taken out or put in: pitches of 400 Hz down to 66 Hz.
pub const PIECE_US: std::ops::RangeInclusive<usize> = 2_500..=15_000;

/// What is compared, and cross-faded at most.
const OVERLAP_US: usize = 7_500;

/// The coarse search runs at this rate: there a voice is its pitch, and the search costs little.
const COARSE_HZ: usize = 4_000;

/// Coarse samples of the longest piece and of what it is compared with.
const COARSE_MAX: usize = (*PIECE_US.end() + OVERLAP_US) * COARSE_HZ / 1_000_000 + 1;

/// The noise floor is the least power of late; it is forgotten by so much a tick: 3 dB a second.
const FLOOR_RISE: f32 = 1.0139;

/// What is less than 6 dB above the noise floor, or below -65 dBFS, is next to nothing.
const PASSIVE_FACTOR: f32 = 4.0;
const PASSIVE_POWER: f32 = 3e-7;

/// Shortens and lengthens one stream of sound. It holds no sound itself.
#[derive(Debug, Clone)]
pub struct Stretcher {
    rate: Rate,
    /// Mean square of the noise in the stream's pauses.
    floor_power: f32,
}

impl Stretcher {
    /// For sound at `rate`.
    pub const fn new(rate: Rate) -> Self {
        Self { rate, floor_power: f32::MAX }
    }

    /// Takes note of a tick of the sound, to know how loud its pauses are.
    pub fn hear(&mut self, samples: &[f32]) {
        let risen = self.floor_power * FLOOR_RISE;
        self.floor_power = power(samples).min(risen).max(f32::MIN_POSITIVE);
    }

    /// Takes a piece of at most `most` samples out near the beginning of `samples`, and gives how many: those that
    /// are left are the first. None if nothing is alike enough: 0.9 in what should not be heard, -1.0 in
    /// what must be, and above 1.0 where nothing but a pause may be changed.
    pub fn shorten(&self, samples: &mut [f32], most: usize, likeness_min: f32) -> usize {
        let Some(piece) = self.piece(samples, most, likeness_min) else { return 0 };
        let overlap = self.samples(OVERLAP_US).min(piece);
        let step = 1.0 / overlap as f32;
        for n in 0..overlap {
            let share = (n + 1) as f32 * step;
            samples[n] += share * (samples[piece + n] - samples[n]);
        }
        samples.copy_within(piece + overlap.., overlap);
        piece
    }

    /// Repeats a piece of at most `most` samples near the beginning of the first `length` samples of `buffer`, and
    /// gives how many: so much longer are they then. None if nothing is alike enough, as for
    /// [`shorten`](Self::shorten), or there is no room.
    pub fn lengthen(
        &self,
        buffer: &mut [f32],
        length: usize,
        most: usize,
        likeness_min: f32,
    ) -> usize {
        let length = length.min(buffer.len());
        let most = most.min(buffer.len() - length);
        let Some(piece) = self.piece(&buffer[..length], most, likeness_min) else { return 0 };
        let overlap = self.samples(OVERLAP_US).min(piece);
        let step = 1.0 / overlap as f32;
        buffer.copy_within(overlap..length, overlap + piece);
        for n in 0..overlap {
            let share = (n + 1) as f32 * step;
            buffer[piece + n] += share * (buffer[n] - buffer[piece + n]);
        }
        piece
    }

    /// Length of the piece after which the sound is most like its beginning, in samples: even, so that it is whole
    /// units of every codec's clock.
    fn piece(&self, samples: &[f32], most: usize, likeness_min: f32) -> Option<usize> {
        let overlap = self.samples(OVERLAP_US);
        let shortest = self.samples(*PIECE_US.start());
        let longest =
            self.samples(*PIECE_US.end()).min(most).min(samples.len().saturating_sub(overlap));
        if longest < shortest {
            return None;
        }
        let is_passive = self.is_passive(&samples[..longest + overlap]);
        if !is_passive && likeness_min > 1.0 {
            return None;
        }
        // Of noise the longest that fits does as well as any.
        let shortest = if is_passive { shortest.max(longest / 2) } else { shortest };
        let factor = self.rate.hz() as usize / COARSE_HZ;
        let coarse = coarse_piece(samples, shortest, longest, overlap, factor);
        let around = coarse.saturating_sub(factor).max(shortest)..=(coarse + factor).min(longest);
        let (piece, likeness) = around
            .filter(|piece| piece % 2 == 0)
            .map(|piece| (piece, likeness(samples, piece, overlap)))
            .max_by(|one, other| one.1.total_cmp(&other.1))?;
        (is_passive || likeness >= likeness_min).then_some(piece)
    }

    fn is_passive(&self, samples: &[f32]) -> bool {
        power(samples) < PASSIVE_POWER.max(PASSIVE_FACTOR * self.floor_power.min(1e-4))
    }

    const fn samples(&self, microseconds: usize) -> usize {
        self.rate.hz() as usize * microseconds / 1_000_000
    }
}

/// The same search over means of `factor` samples, whose result is exact to so many.
fn coarse_piece(
    samples: &[f32],
    shortest: usize,
    longest: usize,
    overlap: usize,
    factor: usize,
) -> usize {
    let mut coarse = [0.0; COARSE_MAX];
    let means = samples.chunks_exact(factor).map(|some| some.iter().sum::<f32>());
    let length = coarse.iter_mut().zip(means).map(|(to, mean)| *to = mean).count();
    let overlap = overlap / factor;
    let last = (longest / factor).min(length.saturating_sub(overlap));
    (shortest.div_ceil(factor)..=last)
        .map(|piece| (piece, likeness(&coarse[..length], piece, overlap)))
        .max_by(|one, other| one.1.total_cmp(&other.1))
        .map_or(shortest, |(piece, _)| piece * factor)
}

/// How much the sound after `piece` samples is like its beginning: the normalised correlation, -1 to 1. Silence is
/// like silence.
fn likeness(samples: &[f32], piece: usize, overlap: usize) -> f32 {
    let (first, then) = (&samples[..overlap], &samples[piece..piece + overlap]);
    let energies = vector::sum_of_squares(first) * vector::sum_of_squares(then);
    if energies <= f32::MIN_POSITIVE { 1.0 } else { vector::dot(first, then) / energies.sqrt() }
}

fn power(samples: &[f32]) -> f32 {
    vector::sum_of_squares(samples) / samples.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    const GENTLE: f32 = 0.9;

    /// A voice-like sound of this pitch with five harmonics.
    fn voice(rate: Rate, pitch_hz: f32, samples: usize) -> Vec<f32> {
        let phase = |n: usize| TAU * pitch_hz * n as f32 / rate.hz() as f32;
        (0..samples)
            .map(|n| (1..=5).map(|h| 0.1 * (phase(n) * h as f32 + h as f32).sin()).sum())
            .collect()
    }

    /// White noise, the same each time.
    fn noise(gain: f32, samples: usize) -> Vec<f32> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            gain * ((state >> 8) as f32 / 8_388_608.0 - 1.0)
        };
        (0..samples).map(|_| next()).collect()
    }

    fn largest_step(samples: &[f32]) -> f32 {
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    /// A second of a voice, of which each 40 ms are changed, and by how many samples they were.
    fn changed(rate: Rate, pitch_hz: f32, shortens: bool) -> (Vec<f32>, isize) {
        let stretcher = Stretcher::new(rate);
        let (sound, ms) = (voice(rate, pitch_hz, rate.hz() as usize), rate.samples_in_ms(1));
        let (mut all, mut change) = (Vec::new(), 0_isize);
        for stretch in sound.chunks_exact(40 * ms) {
            let mut buffer = stretch.to_vec();
            if shortens {
                let taken = stretcher.shorten(&mut buffer, 20 * ms, GENTLE);
                buffer.truncate(40 * ms - taken);
                change -= taken as isize;
            } else {
                buffer.resize(60 * ms, 9.0);
                let given = stretcher.lengthen(&mut buffer, 40 * ms, 20 * ms, GENTLE);
                buffer.truncate(40 * ms + given);
                change += given as isize;
            }
            all.extend(buffer);
        }
        (all, change)
    }

    #[test]
    fn a_voice_is_shortened_and_lengthened_by_its_periods() {
        for rate in Rate::ALL {
            for pitch_hz in [80.0, 125.0, 200.0, 333.0] {
                let plain = voice(rate, pitch_hz, rate.hz() as usize);
                for shortens in [true, false] {
                    let (sound, change) = changed(rate, pitch_hz, shortens);
                    assert_eq!(sound.len() as isize, plain.len() as isize + change);
                    let pieces = change.unsigned_abs() / rate.samples_in_ms(1);
                    assert!(pieces >= 25 * 5 / 2, "{pitch_hz} Hz: {pieces} ms");
                    // It goes on with the same pitch: a period later it is the same again.
                    let period = (rate.hz() as f32 / pitch_hz).round() as usize;
                    let likeness = likeness(&sound, period, sound.len() - period);
                    assert!(likeness > 0.97, "{rate:?}, {pitch_hz} Hz: {likeness}");
                    assert!(
                        largest_step(&sound) < 1.3 * largest_step(&plain),
                        "{rate:?}, {pitch_hz} Hz"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_unlike_itself_is_left_alone_unless_it_must_be() {
        let stretcher = Stretcher::new(Rate::Hz8000);
        let mut sound = noise(0.3, 320);
        let before = sound.clone();
        assert_eq!(stretcher.shorten(&mut sound, 160, GENTLE), 0);
        assert_eq!(sound, before);
        let taken = stretcher.shorten(&mut sound, 160, -1.0);
        assert!((20..=120).contains(&taken));
        assert_eq!(sound[60..320 - taken], before[60 + taken..]);
    }

    #[test]
    fn the_noise_of_a_pause_is_changed_at_once() {
        let mut stretcher = Stretcher::new(Rate::Hz16000);
        stretcher.hear(&noise(0.002, 320));
        let mut pause = noise(0.002, 640);
        assert!(stretcher.shorten(&mut pause, 320, GENTLE) >= 120);
        let mut buffer = [noise(0.002, 640), vec![0.0; 320]].concat();
        assert!(stretcher.lengthen(&mut buffer, 640, 320, GENTLE) >= 120);
        (0..10).for_each(|_| stretcher.hear(&noise(0.3, 320)));
        assert_eq!(stretcher.shorten(&mut noise(0.3, 640), 320, GENTLE), 0, "a hiss in speech");
        assert!(Stretcher::new(Rate::Hz48000).shorten(&mut [0.0; 1_920], 960, GENTLE) > 0);
    }

    #[test]
    fn there_must_be_enough_sound_and_room() {
        let stretcher = Stretcher::new(Rate::Hz8000);
        assert_eq!(stretcher.shorten(&mut voice(Rate::Hz8000, 125.0, 79), 160, GENTLE), 0);
        assert_eq!(stretcher.shorten(&mut voice(Rate::Hz8000, 125.0, 320), 19, GENTLE), 0);
        assert_eq!(stretcher.lengthen(&mut voice(Rate::Hz8000, 125.0, 320), 320, 160, GENTLE), 0);
        assert_eq!(stretcher.shorten(&mut [], 160, GENTLE), 0);
        assert_eq!(stretcher.lengthen(&mut [0.0; 9], 900, 160, -1.0), 0);
    }

    #[test]
    fn no_sound_at_all_makes_it_panic() {
        let stretcher = Stretcher::new(Rate::Hz48000);
        for odd in [f32::NAN, f32::INFINITY, f32::MAX] {
            let mut buffer = [odd; 2_400];
            stretcher.shorten(&mut buffer, 960, -1.0);
            stretcher.lengthen(&mut buffer, 1_920, 480, GENTLE);
        }
    }
}
