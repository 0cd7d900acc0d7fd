//! From packets to ticks, which need not be of one length.
//!
//! Samples are put together on a bench that all legs of a worker share, so that its memory stays in
//! the processor's cache. What is left over after a tick is laid aside in the leg's own memory,
//! which packets of 20 ms never touch.

use std::convert::Infallible;

use audio::codec::{DECODED_SAMPLES_MAX, Probe};
use audio::{Rate, TICK_SAMPLES_MAX, fade};

use super::deep::DeepPlaces;

/// The worker's bench: less than a tick that was left over, and one packet more; or two ticks and one, where
/// something is to be taken out; and what is put in.
#[derive(Debug)]
pub(crate) struct Workbench {
    samples: Box<[f32]>,
    len: usize,
    /// For a look at packets that aren't put together here.
    pub(crate) probe: Probe,
    /// For decoders of peers that lose packets.
    pub(crate) deep: DeepPlaces,
}

/// What a leg has laid aside, in half of the memory that sound takes on the bench: each leg needs room for 100 ms of
/// it, in case that its packets are that long.
#[derive(Debug)]
pub(crate) struct LeftOver {
    samples: Box<[i16]>,
    len: usize,
    rate: Rate,
    tick_samples: usize,
}

/// What is laid aside is within ±2.0, as decoders overshoot ±1.0 a little, and 92 dB above what is lost of it.
const SCALE: f32 = 16_384.0;

impl LeftOver {
    /// Nothing yet, for samples at `rate` in packets of at most `packet_samples_max`: all of such a
    /// packet may be left over.
    pub(crate) fn new(rate: Rate, packet_samples_max: usize) -> Self {
        let samples = vec![0; packet_samples_max.min(DECODED_SAMPLES_MAX)].into_boxed_slice();
        Self { samples, len: 0, rate, tick_samples: rate.tick_samples() }
    }

    /// Samples that a tick takes.
    pub(crate) fn tick_samples(&self) -> usize {
        self.tick_samples
    }

    /// Forgets what is laid aside.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Whether nothing is laid aside.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Workbench {
    pub(crate) fn new() -> Self {
        let size = 3 * TICK_SAMPLES_MAX + DECODED_SAMPLES_MAX;
        Self {
            samples: vec![0.0; size].into_boxed_slice(),
            len: 0,
            probe: Probe::new(),
            deep: DeepPlaces::new(),
        }
    }

    /// Begins a leg's tick with what it had laid aside.
    pub(crate) fn begin(&mut self, left_over: &LeftOver) {
        let rest = &left_over.samples[..left_over.len];
        for (sample, laid_aside) in self.samples.iter_mut().zip(rest) {
            *sample = f32::from(*laid_aside) / SCALE;
        }
        self.len = rest.len();
    }

    /// Whether a whole tick of the leg's samples lies here.
    pub(crate) fn has_tick(&self, left_over: &LeftOver) -> bool {
        self.len >= left_over.tick_samples
    }

    /// Samples that will be left over when the tick is taken.
    pub(crate) fn left(&self, left_over: &LeftOver) -> usize {
        self.len.saturating_sub(left_over.tick_samples)
    }

    /// Lets `cut` take some of the samples that are here out, and tell how many: the first are left.
    pub(crate) fn shorten(&mut self, cut: impl FnOnce(&mut [f32]) -> usize) -> usize {
        let taken = cut(&mut self.samples[..self.len]).min(self.len);
        self.len -= taken;
        taken
    }

    /// Lets `insert` put more samples among those that are here, which are the first so many, and tell how many.
    pub(crate) fn lengthen(&mut self, insert: impl FnOnce(&mut [f32], usize) -> usize) -> usize {
        let given = insert(&mut self.samples, self.len).min(self.samples.len() - self.len);
        self.len += given;
        given
    }

    /// Lets `write` put samples behind those that are here, and tell how many. While no whole tick
    /// is here there is room for [`DECODED_SAMPLES_MAX`].
    pub(crate) fn extend(&mut self, write: impl FnOnce(&mut [f32]) -> usize) {
        let written = self.try_extend(|room| Ok::<_, Infallible>(write(room)));
        written.unwrap_or_else(|never| match never {});
    }

    /// The same for one that may fail, and then has put nothing.
    pub(crate) fn try_extend<E>(
        &mut self,
        write: impl FnOnce(&mut [f32]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let room = &mut self.samples[self.len..];
        let written = write(room)?.min(room.len());
        self.len += written;
        Ok(())
    }

    /// Puts so many samples of silence.
    pub(crate) fn silence(&mut self, samples: usize) {
        self.extend(|room| {
            let samples = samples.min(room.len());
            room[..samples].fill(0.0);
            samples
        });
    }

    /// Nothing follows: what is here of a tick runs out into silence, so that it isn't heard later.
    pub(crate) fn run_out(&mut self, left_over: &LeftOver) {
        let Some(&last) = self.samples[..self.len].last() else { return };
        let missing = left_over.tick_samples.saturating_sub(self.len);
        self.extend(|room| {
            fade::tail(&mut room[..missing], left_over.rate, last);
            missing
        });
    }

    /// Ends a leg's tick: takes its samples, if they suffice, and lays the rest aside.
    pub(crate) fn finish(&mut self, left_over: &mut LeftOver) -> Option<&[f32]> {
        let taken = if self.has_tick(left_over) { left_over.tick_samples } else { 0 };
        let rest = &self.samples[taken..self.len];
        let rest = &rest[..rest.len().min(left_over.samples.len())];
        for (laid_aside, sample) in left_over.samples.iter_mut().zip(rest) {
            // A cast saturates.
            *laid_aside = (sample * SCALE).round_ties_even() as i16;
        }
        left_over.len = rest.len();
        (taken > 0).then(|| &self.samples[..taken])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A sample that is known again.
    fn numbered(n: usize) -> f32 {
        (n % 30_000) as f32 / SCALE
    }

    #[test]
    fn what_nothing_follows_runs_out_at_once_and_without_a_step() {
        let (mut bench, mut leg) =
            (Workbench::new(), LeftOver::new(Rate::Hz8000, DECODED_SAMPLES_MAX));
        bench.begin(&leg);
        bench.run_out(&leg);
        assert_eq!(bench.finish(&mut leg), None);
        bench.extend(|room| {
            room[..60].fill(0.5);
            60
        });
        bench.run_out(&leg);
        let tick = bench.finish(&mut leg).unwrap();
        assert!(tick.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.02));
        assert_eq!((tick.len(), tick[159]), (160, 0.0));
        assert!(leg.is_empty());
    }

    #[test]
    fn what_is_taken_out_or_put_in_changes_what_is_left_over() {
        let (mut bench, mut leg) =
            (Workbench::new(), LeftOver::new(Rate::Hz8000, DECODED_SAMPLES_MAX));
        bench.begin(&leg);
        bench.silence(320);
        assert_eq!(bench.left(&leg), 160);
        assert_eq!(bench.shorten(|samples| samples.len() - 250), 70);
        assert_eq!(bench.left(&leg), 90);
        assert_eq!(bench.lengthen(|samples, length| (samples.len() - length).min(30)), 30);
        assert_eq!(bench.lengthen(|_, _| usize::MAX), bench.samples.len() - 280, "no further");
        bench.shorten(|samples| samples.len() - 170);
        assert!(bench.finish(&mut leg).is_some());
        assert_eq!(leg.len, 10);
    }

    #[test]
    fn less_than_a_tick_stays_and_comes_first_later() {
        let (mut bench, mut leg) =
            (Workbench::new(), LeftOver::new(Rate::Hz8000, DECODED_SAMPLES_MAX));
        bench.begin(&leg);
        bench.extend(|room| {
            room[..159].fill(1.0);
            159
        });
        assert_eq!(bench.finish(&mut leg), None);
        bench.begin(&leg);
        bench.extend(|room| {
            room[..160].fill(2.0);
            160
        });
        let tick = bench.finish(&mut leg).unwrap();
        assert_eq!((tick.len(), tick[158], tick[159]), (160, 1.0, 2.0));
        assert_eq!(leg.len, 159);
    }

    #[test]
    fn there_is_room_for_the_longest_packet_while_it_is_needed() {
        for rate in Rate::ALL {
            let (mut bench, mut leg) = (Workbench::new(), LeftOver::new(rate, DECODED_SAMPLES_MAX));
            bench.begin(&leg);
            bench.extend(|_| rate.tick_samples() - 1);
            assert!(!bench.has_tick(&leg));
            bench.extend(|room| {
                assert!(room.len() >= DECODED_SAMPLES_MAX);
                DECODED_SAMPLES_MAX
            });
            assert!(bench.finish(&mut leg).is_some());
            assert_eq!(leg.len, DECODED_SAMPLES_MAX - 1, "nothing is lost");
        }
    }

    proptest! {
        /// Whatever the lengths of packets: the samples come out in order, none lost or repeated,
        /// and legs on one bench do not mix.
        #[test]
        fn nothing_is_lost_or_reordered(lengths in prop::collection::vec(1..3_000_usize, 0..60)) {
            let mut bench = Workbench::new();
            let mut legs = [(LeftOver::new(Rate::Hz16000, DECODED_SAMPLES_MAX), 0, 0), (LeftOver::new(Rate::Hz8000, DECODED_SAMPLES_MAX), 0, 0)];
            let mut lengths = lengths.into_iter();
            while let Some(length) = lengths.next() {
                for (leg, written, read) in &mut legs {
                    bench.begin(leg);
                    while !bench.has_tick(leg) {
                        let length = lengths.next().unwrap_or(length);
                        bench.extend(|room| {
                            for sample in &mut room[..length] {
                                *sample = numbered(*written);
                                *written += 1;
                            }
                            length
                        });
                    }
                    for &sample in bench.finish(leg).unwrap() {
                        prop_assert_eq!(sample, numbered(*read));
                        *read += 1;
                    }
                    prop_assert_eq!(leg.len, *written - *read);
                }
            }
        }
    }
}
