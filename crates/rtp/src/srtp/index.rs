//! Which packet of its stream a packet is: the index that its 16 bits stand for, and whether it was seen.

/// Packets behind the newest one that are told apart from replays (RFC 3711 section 3.3.2 wants 64 at least).
/// Older ones are taken for replays: at 50 packets a second they are two and a half seconds late.
pub const REPLAY_WINDOW_PACKETS: u64 = u128::BITS as u64;

/// One past the last index of an RTP stream: 32 bits of rollover counter over 16 of sequence number.
pub(super) const RTP_INDEX_END: u64 = 1 << 48;

/// One past the last index of RTCP.
pub(super) const RTCP_INDEX_END: u64 = 1 << 31;

/// The index of a packet with this sequence number, given the highest one so far: its rollover counter is the
/// one before, the same or the next, whichever brings it nearest (RFC 3711 section 3.3.1 and appendix A). A
/// stream's first packet has a counter of zero, and there is none before it.
pub(super) fn estimate(highest: Option<u64>, sequence: u16) -> u64 {
    const HALF: u16 = 1 << 15;
    let Some(highest) = highest else { return u64::from(sequence) };
    let rollovers = highest >> 16;
    // Truncation takes the sequence number.
    let newest = highest as u16;
    let rollovers = if sequence.saturating_sub(newest) > HALF {
        rollovers.saturating_sub(1)
    } else if newest.saturating_sub(sequence) > HALF {
        rollovers.saturating_add(1)
    } else {
        rollovers
    };
    (rollovers << 16) | u64::from(sequence)
}

/// The indices of one stream that were received: all that is needed to know the next, and a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReplayWindow {
    highest: u64,
    /// Bit n stands for the index n below the highest.
    seen: u128,
}

impl ReplayWindow {
    /// Begins with the first packet of the stream.
    pub(super) fn new(first: u64) -> Self {
        Self { highest: first, seen: 1 }
    }

    pub(super) fn highest(&self) -> u64 {
        self.highest
    }

    /// Whether the packet may be new: neither seen before nor too old to tell.
    pub(super) fn is_fresh(&self, index: u64) -> bool {
        let Some(age) = self.highest.checked_sub(index) else { return true };
        age < REPLAY_WINDOW_PACKETS && self.seen & bit(age) == 0
    }

    /// Remembers a packet. Only for one that is authentic.
    pub(super) fn record(&mut self, index: u64) {
        match index.checked_sub(self.highest) {
            Some(ahead) => {
                let kept = if ahead < REPLAY_WINDOW_PACKETS { self.seen << ahead } else { 0 };
                self.seen = kept | 1;
                self.highest = index;
            }
            None => self.seen |= bit(self.highest.saturating_sub(index)),
        }
    }
}

/// The bit of a packet so far behind the newest; none for one beyond the window.
fn bit(age: u64) -> u128 {
    if age < REPLAY_WINDOW_PACKETS { 1 << age } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// RFC 3711 appendix A as it is printed there, where the counter has no floor.
    fn as_printed(highest: u64, sequence: u16) -> u64 {
        let (rollovers, newest) = (highest >> 16, (highest & 0xFFFF) as i64);
        let number = i64::from(sequence);
        let v = if newest < 32_768 {
            if number - newest > 32_768 { rollovers - 1 } else { rollovers }
        } else if newest - 32_768 > number {
            rollovers + 1
        } else {
            rollovers
        };
        (v << 16) + u64::from(sequence)
    }

    #[test]
    fn the_counter_follows_wraps_forth_and_back() {
        assert_eq!(estimate(None, 65_535), 65_535);
        assert_eq!(estimate(Some(65_535), 0), 65_536);
        assert_eq!(estimate(Some(65_536), 65_534), 65_534);
        assert_eq!(estimate(Some(65_536 + 32_768), 0), 65_536);
        assert_eq!(estimate(Some(65_536 + 32_769), 0), 2 * 65_536);
    }

    #[test]
    fn nothing_comes_before_the_first_packet() {
        assert_eq!(estimate(Some(5), 65_000), 65_000);
    }

    #[test]
    fn a_replay_is_known_until_the_window_has_passed() {
        let mut window = ReplayWindow::new(1_000);
        assert!(!window.is_fresh(1_000));
        assert!(window.is_fresh(1_000 - REPLAY_WINDOW_PACKETS + 1));
        assert!(!window.is_fresh(1_000 - REPLAY_WINDOW_PACKETS));
        window.record(1_127);
        assert!(!window.is_fresh(1_000) && window.is_fresh(1_001));
        window.record(10_000);
        assert!(window.is_fresh(9_999) && !window.is_fresh(9_872));
    }

    proptest! {
        #[test]
        fn the_estimate_is_that_of_the_standard(highest in (1_u64 << 16)..(1 << 47), sequence: u16) {
            prop_assert_eq!(estimate(Some(highest), sequence), as_printed(highest, sequence));
        }

        #[test]
        fn any_index_within_half_the_range_is_found(
            highest in (1_u64 << 16)..(1 << 47),
            step in -32_767_i64..=32_767,
        ) {
            let index = highest.checked_add_signed(step).unwrap();
            prop_assert_eq!(estimate(Some(highest), index as u16), index);
        }

        /// The window says of every index what a list without end would say.
        #[test]
        fn the_window_forgets_nothing_within_it(indices in prop::collection::vec(0_u64..600, 1..400)) {
            let mut window = ReplayWindow::new(indices[0]);
            let mut seen = BTreeSet::from([indices[0]]);
            for &index in &indices[1..] {
                let newest = *seen.last().unwrap();
                let is_fresh = index + REPLAY_WINDOW_PACKETS > newest && !seen.contains(&index);
                prop_assert_eq!(window.is_fresh(index), is_fresh);
                if is_fresh {
                    window.record(index);
                    seen.insert(index);
                }
                prop_assert_eq!(window.highest(), *seen.last().unwrap());
            }
        }
    }
}
