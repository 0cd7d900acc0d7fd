//! Decoded samples that wait for the tick: packets and ticks need not be of one length.

use audio::Rate;
use audio::codec::DECODED_SAMPLES_MAX;

/// A queue of samples of one leg: less than a tick that is left over, and one packet more.
#[derive(Debug)]
pub(crate) struct SampleFifo {
    samples: Box<[f32]>,
    start: usize,
    end: usize,
    tick_samples: usize,
}

impl SampleFifo {
    /// An empty queue for samples at `rate`.
    pub(crate) fn new(rate: Rate) -> Self {
        let tick_samples = rate.tick_samples();
        Self {
            samples: vec![0.0; tick_samples + DECODED_SAMPLES_MAX].into_boxed_slice(),
            start: 0,
            end: 0,
            tick_samples,
        }
    }

    /// Whether a whole tick of samples waits.
    pub(crate) fn has_tick(&self) -> bool {
        self.end - self.start >= self.tick_samples
    }

    /// Lets `write` put samples behind those that wait, and tell how many. While no whole tick
    /// waits there is room for [`DECODED_SAMPLES_MAX`].
    pub(crate) fn extend(&mut self, write: impl FnOnce(&mut [f32]) -> usize) {
        if self.start > 0 {
            self.samples.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let room = &mut self.samples[self.end..];
        let written = write(room).min(room.len());
        self.end += written;
    }

    /// Takes a tick of samples from the front.
    pub(crate) fn take_tick(&mut self) -> Option<&[f32]> {
        if !self.has_tick() {
            return None;
        }
        let tick = self.start..self.start + self.tick_samples;
        self.start = tick.end;
        Some(&self.samples[tick])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn less_than_a_tick_stays_and_comes_first_later() {
        let mut fifo = SampleFifo::new(Rate::Hz8000);
        fifo.extend(|room| {
            room[..159].fill(1.0);
            159
        });
        assert_eq!(fifo.take_tick(), None);
        fifo.extend(|room| {
            room[..160].fill(2.0);
            160
        });
        let tick = fifo.take_tick().unwrap();
        assert_eq!((tick[158], tick[159]), (1.0, 2.0));
        assert!(!fifo.has_tick());
    }

    #[test]
    fn there_is_room_for_the_longest_packet_while_it_is_needed() {
        for rate in Rate::ALL {
            let mut fifo = SampleFifo::new(rate);
            fifo.extend(|_| rate.tick_samples() - 1);
            fifo.extend(|room| {
                assert!(room.len() >= DECODED_SAMPLES_MAX);
                DECODED_SAMPLES_MAX
            });
        }
    }

    proptest! {
        /// Whatever the lengths of packets: the samples come out in order, none lost or repeated.
        #[test]
        fn nothing_is_lost_or_reordered(lengths in prop::collection::vec(0..3_000_usize, 0..60)) {
            let mut fifo = SampleFifo::new(Rate::Hz16000);
            let (mut written, mut read) = (0_u32, 0_u32);
            for length in lengths {
                fifo.extend(|room| {
                    for sample in &mut room[..length] {
                        *sample = written as f32;
                        written += 1;
                    }
                    length
                });
                while let Some(tick) = fifo.take_tick() {
                    for &sample in tick {
                        prop_assert_eq!(sample, read as f32);
                        read += 1;
                    }
                }
                prop_assert!(written - read < 320);
            }
        }
    }
}
