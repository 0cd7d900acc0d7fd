//! What a peer was sent last, to be sent again beside the next (RED, RFC 2198).

use rtp::red::{REDUNDANT_BYTES_MAX, Redundant};

/// How many packets repeat a frame, where they are to. One that repeats each loses one frame in a hundred where a tenth of the packets are
/// lost, two one in a thousand.
pub(crate) const GENERATIONS: usize = 2;

/// The last payloads of audio, in fixed memory.
#[derive(Debug)]
pub(crate) struct LastSent {
    payloads: Box<[[u8; REDUNDANT_BYTES_MAX]; GENERATIONS]>,
    /// Their lengths and media times, as far as there are any.
    sent: [Option<(usize, u32)>; GENERATIONS],
    /// Where the next is kept, in place of the oldest.
    next: usize,
}

/// What is to be sent again, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeated<'a> {
    blocks: [Redundant<'a>; GENERATIONS],
    /// So many of them, the last ones, are filled.
    filled: usize,
}

impl LastSent {
    pub(crate) fn new() -> Self {
        let payloads = Box::new([[0; REDUNDANT_BYTES_MAX]; GENERATIONS]);
        Self { payloads, sent: [None; GENERATIONS], next: 0 }
    }

    /// Keeps what was sent at `timestamp`, unless it is too long to be repeated.
    pub(crate) fn keep(&mut self, payload: &[u8], timestamp: u32) {
        let Self { payloads, sent, next } = self;
        let Some((place, sent)) = payloads.get_mut(*next).zip(sent.get_mut(*next)) else { return };
        let place = place.get_mut(..payload.len()).filter(|place| !place.is_empty());
        *sent = place.map(|place| {
            place.copy_from_slice(payload);
            (payload.len(), timestamp)
        });
        *next = (*next + 1) % GENERATIONS;
    }

    /// Forgets all of it.
    pub(crate) fn forget(&mut self) {
        self.sent = [None; GENERATIONS];
    }

    /// What was sent exactly `units` before `timestamp`, and before that: behind a gap there is nothing to repeat. Of
    /// that the latest, so many and as far as they have room in so many bytes with their headers.
    pub(crate) fn before(
        &self,
        timestamp: u32,
        units: u32,
        most: usize,
        bytes_max: usize,
    ) -> Repeated<'_> {
        let nothing = Redundant { timestamp_offset: 0, payload: &[][..] };
        let mut repeated = Repeated { blocks: [nothing; GENERATIONS], filled: 0 };
        for (place, age) in repeated.blocks.iter_mut().rev().zip(1..).take(most) {
            let Some(block) = self.sent_before(timestamp, units.wrapping_mul(age)) else { break };
            *place = block;
            repeated.filled += 1;
        }
        while repeated.bytes() > bytes_max {
            repeated.filled -= 1;
        }
        repeated
    }

    fn sent_before(&self, timestamp: u32, units: u32) -> Option<Redundant<'_>> {
        let kept = self.sent.iter().zip(self.payloads.iter());
        let mut kept = kept.filter_map(|(sent, payload)| (*sent).zip(Some(payload)));
        let ((length, _), payload) =
            kept.find(|((_, sent_at), _)| timestamp.wrapping_sub(*sent_at) == units)?;
        Some(Redundant { timestamp_offset: units, payload: payload.get(..length)? })
    }
}

impl<'a> Repeated<'a> {
    /// As blocks of a packet.
    pub(crate) fn blocks(&self) -> &[Redundant<'a>] {
        &self.blocks[GENERATIONS - self.filled..]
    }

    /// What they take with their headers, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let bytes = |block: &Redundant<'_>| rtp::red::REDUNDANT_HEADER_BYTES + block.payload.len();
        self.blocks().iter().map(bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(last: &LastSent, timestamp: u32) -> Vec<(u32, Vec<u8>)> {
        let repeated = last.before(timestamp, 960, GENERATIONS, 1_000);
        let blocks = repeated.blocks().iter();
        blocks.map(|block| (block.timestamp_offset, block.payload.to_vec())).collect()
    }

    #[test]
    fn only_what_came_right_before_is_repeated() {
        let mut last = LastSent::new();
        assert_eq!(before(&last, 960), []);
        last.keep(&[1, 2], u32::MAX - 959);
        assert_eq!(before(&last, 0), [(960, vec![1, 2])]);
        assert_eq!(before(&last, 960), [], "behind a gap");
        last.keep(&[3], 0);
        assert_eq!(before(&last, 960), [(1_920, vec![1, 2]), (960, vec![3])]);
        last.keep(&[4], 960);
        assert_eq!(before(&last, 1_920), [(1_920, vec![3]), (960, vec![4])]);
        last.keep(&[5], 2_880);
        assert_eq!(before(&last, 3_840), [(960, vec![5])], "a gap lies behind it");
        last.forget();
        assert_eq!(before(&last, 3_840), []);
    }

    #[test]
    fn what_is_too_long_is_not_repeated_nor_what_lies_behind_it() {
        let mut last = LastSent::new();
        last.keep(&[1], 0);
        last.keep(&[1; REDUNDANT_BYTES_MAX + 1], 960);
        assert_eq!(before(&last, 1_920), []);
        last.keep(&[2], 1_920);
        assert_eq!(before(&last, 2_880), [(960, vec![2])]);
    }

    #[test]
    fn where_there_is_no_room_for_all_the_latest_is_repeated() {
        let mut last = LastSent::new();
        last.keep(&[1; 100], 0);
        last.keep(&[2; 60], 960);
        let bytes = |bytes_max| last.before(1_920, 960, GENERATIONS, bytes_max).bytes();
        assert_eq!([168, 167, 64, 63, 0].map(bytes), [168, 64, 64, 0, 0]);
        assert_eq!(last.before(1_920, 960, GENERATIONS, 64).blocks()[0].payload, [2; 60]);
        assert_eq!(last.before(1_920, 960, 1, 168).bytes(), 64, "or where one is enough");
    }
}
