//! Sequence numbers of one source: extended past their 16 bits, and trusted only when they follow each other
//! (RFC 3550 appendix A.1).

/// A forward step of at least this many packets is a jump, not a loss (RFC 3550 A.1, `MAX_DROPOUT`).
pub const DROPOUT_MAX: u16 = 3_000;
/// A packet at most this far behind the newest is late, not a jump (RFC 3550 A.1, `MAX_MISORDER`).
pub const MISORDER_MAX: u16 = 100;
/// Packets in sequence after which a source is believed (RFC 3550 A.1, `MIN_SEQUENTIAL`).
pub const SEQUENTIAL_MIN: u16 = 2;

/// What a sequence number says about its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The source is not yet believed; the packet doesn't count.
    Probation,
    /// The packet belongs to the stream. Its number is extended by the cycles counted so far.
    Valid {
        /// Grows by one per packet and doesn't wrap with 16 bits.
        extended: u32,
    },
    /// Far from the others: a stray, unless the next packet follows it. It doesn't count.
    Jumped,
    /// The packet follows one that jumped: the sender has restarted, and the counts with it.
    Restarted,
}

/// Follows the sequence numbers of one source.
#[derive(Clone, Debug)]
pub struct Tracker {
    newest: u16,
    /// Wraps of the 16 bits so far, times 2^16.
    cycles: u32,
    base: u32,
    /// What would follow the last jump.
    after_jump: Option<u16>,
    /// Packets in sequence that are still missing until the source is believed.
    probation: u16,
    sequential_min: u16,
    received: u32,
}

impl Tracker {
    /// Starts on probation: `first` counts as the first of `sequential_min` packets in sequence, usually
    /// [`SEQUENTIAL_MIN`]. With at most one the source is believed at once.
    ///
    /// Hand the first packet to [`update`](Self::update) too.
    #[must_use]
    pub fn new(first: u16, sequential_min: u16) -> Self {
        Self {
            newest: first.wrapping_sub(1),
            cycles: 0,
            base: u32::from(first),
            after_jump: None,
            probation: sequential_min,
            sequential_min,
            received: 0,
        }
    }

    /// Takes the next packet's number into account.
    pub fn update(&mut self, sequence: u16) -> Verdict {
        if self.probation > 0 {
            return self.update_on_probation(sequence);
        }
        let step = sequence.wrapping_sub(self.newest);
        if step < DROPOUT_MAX {
            if sequence < self.newest {
                self.cycles = self.cycles.wrapping_add(1 << 16);
            }
            self.newest = sequence;
        } else if step <= MISORDER_MAX.wrapping_neg() {
            if self.after_jump != Some(sequence) {
                self.after_jump = Some(sequence.wrapping_add(1));
                return Verdict::Jumped;
            }
            self.restart(sequence);
            self.received = 1;
            return Verdict::Restarted;
        }
        self.after_jump = None;
        self.received = self.received.wrapping_add(1);
        Verdict::Valid { extended: self.extend(sequence) }
    }

    /// The highest number seen, with the cycles in its upper 16 bits: what receiver reports carry.
    #[must_use]
    pub fn highest(&self) -> u32 {
        self.cycles.wrapping_add(u32::from(self.newest))
    }

    /// Packets counted, duplicates included.
    #[must_use]
    pub fn received(&self) -> u32 {
        self.received
    }

    /// Packets that should have come from the first to the highest.
    #[must_use]
    pub fn expected(&self) -> u32 {
        if self.received == 0 { 0 } else { self.highest().wrapping_sub(self.base).wrapping_add(1) }
    }

    /// Whether the source has sent enough packets in sequence to be believed.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.probation == 0
    }

    fn update_on_probation(&mut self, sequence: u16) -> Verdict {
        let follows = sequence == self.newest.wrapping_add(1);
        // One that doesn't follow is the first of another run.
        let missing = if follows { self.probation } else { self.sequential_min };
        self.probation = missing.saturating_sub(1);
        self.newest = sequence;
        if self.probation > 0 {
            return Verdict::Probation;
        }
        self.restart(sequence);
        self.received = 1;
        Verdict::Valid { extended: self.extend(sequence) }
    }

    fn restart(&mut self, sequence: u16) {
        self.newest = sequence;
        self.cycles = 0;
        self.base = u32::from(sequence);
        self.after_jump = None;
    }

    /// A late packet from before a wrap belongs to the cycle before.
    fn extend(&self, sequence: u16) -> u32 {
        let late_by = self.newest.wrapping_sub(sequence);
        self.highest().wrapping_sub(u32::from(late_by))
    }
}

/// The number nearest to `reference` whose lower 32 bits are `timestamp`: media time without wraps.
#[must_use]
pub fn extend_timestamp(reference: i64, timestamp: u32) -> i64 {
    // Truncation takes the lower half; the difference, taken as signed, is the way to the nearest.
    let step = timestamp.wrapping_sub(reference as u32) as i32;
    reference.wrapping_add(i64::from(step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn believed(first: u16) -> Tracker {
        let mut tracker = Tracker::new(first, SEQUENTIAL_MIN);
        assert_eq!(tracker.update(first), Verdict::Probation);
        assert!(matches!(tracker.update(first.wrapping_add(1)), Verdict::Valid { .. }));
        tracker
    }

    #[test]
    fn a_source_is_believed_after_two_in_sequence() {
        let mut tracker = Tracker::new(10, SEQUENTIAL_MIN);
        assert_eq!(tracker.update(10), Verdict::Probation);
        assert_eq!(tracker.update(500), Verdict::Probation);
        assert!(!tracker.is_valid());
        assert_eq!(tracker.update(501), Verdict::Valid { extended: 501 });
        assert!(tracker.is_valid());
        assert_eq!((tracker.received(), tracker.expected()), (1, 1));
    }

    #[test]
    fn without_probation_the_first_packet_counts() {
        for sequential_min in [0, 1] {
            let mut tracker = Tracker::new(10, sequential_min);
            assert_eq!(tracker.update(10), Verdict::Valid { extended: 10 });
            assert_eq!((tracker.received(), tracker.expected()), (1, 1));
        }
    }

    #[test]
    fn numbers_are_extended_past_a_wrap_and_back() {
        let mut tracker = believed(65_533);
        assert_eq!(tracker.update(65_535), Verdict::Valid { extended: 65_535 });
        assert_eq!(tracker.update(1), Verdict::Valid { extended: 65_537 });
        assert_eq!(tracker.update(0), Verdict::Valid { extended: 65_536 });
        assert_eq!(tracker.highest(), 65_537);
        assert_eq!((tracker.received(), tracker.expected()), (4, 4));
    }

    #[test]
    fn a_stray_packet_doesn_t_count_but_a_restart_does() {
        let mut tracker = believed(100);
        assert_eq!(tracker.update(40_000), Verdict::Jumped);
        assert_eq!(tracker.update(102), Verdict::Valid { extended: 102 });
        assert_eq!(tracker.update(40_001), Verdict::Jumped);
        assert_eq!(tracker.update(40_002), Verdict::Restarted);
        assert_eq!((tracker.received(), tracker.expected()), (1, 1));
        assert_eq!(tracker.update(40_003), Verdict::Valid { extended: 40_003 });
    }

    #[test]
    fn losses_are_expected_and_duplicates_received() {
        let mut tracker = believed(0);
        tracker.update(5);
        tracker.update(5);
        assert_eq!((tracker.received(), tracker.expected()), (3, 5));
    }

    #[test]
    fn timestamps_extend_to_the_nearest() {
        assert_eq!(extend_timestamp(0xFFFF_FF00, 0x10), 0x1_0000_0010);
        assert_eq!(extend_timestamp(0x1_0000_0010, 0xFFFF_FF00), 0xFFFF_FF00);
        assert_eq!(extend_timestamp(5, 0xFFFF_FFFF), -1);
    }

    proptest! {
        #[test]
        fn any_numbers_are_safe(first: u16, minimum in 0_u16..6, numbers in prop::collection::vec(any::<u16>(), 0..200)) {
            let mut tracker = Tracker::new(first, minimum);
            for number in numbers {
                if let Verdict::Valid { extended } = tracker.update(number) {
                    prop_assert_eq!(extended as u16, number);
                }
            }
        }

        #[test]
        fn a_stream_in_order_keeps_its_distance(first: u16, count in 2_u32..200_000) {
            let mut tracker = Tracker::new(first, 1);
            for index in 0..count {
                tracker.update(first.wrapping_add(index as u16));
            }
            prop_assert_eq!(tracker.received(), count);
            prop_assert_eq!(tracker.expected(), count);
        }

        #[test]
        fn extension_keeps_the_lower_bits(reference in any::<i64>(), timestamp: u32) {
            prop_assert_eq!(extend_timestamp(reference, timestamp) as u32, timestamp);
        }
    }
}
