//! Fixed memory for packets that wait, kept in the order of their media time.

use crate::packet::Header;
use std::time::Duration;

/// A line of the processor's cache.
const LINE_BYTES: usize = 64;

/// Lines that 20 ms of G.711 lie in.
const LINES_WARMED: usize = 3;

/// A packet that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) header: Header,
    /// The timestamp without its wraps.
    pub(super) timestamp: i64,
    /// How long the payload lasts.
    pub(super) units: u32,
    pub(super) arrival: Duration,
    /// What the header told of its level, in -dBov.
    pub(super) level: Option<u8>,
    /// By how many packets later its copy came; zero of the packet itself.
    pub(super) copied_behind: u8,
}

impl Entry {
    /// Media time at which the packet is over.
    pub(super) fn end(&self) -> i64 {
        self.timestamp.saturating_add(i64::from(self.units))
    }

    /// Whether it was lost, and this is a copy.
    pub(super) fn is_copy(&self) -> bool {
        self.copied_behind > 0
    }
}

/// Where a packet's payload lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    start: usize,
    length: usize,
}

impl Place {
    fn end(&self) -> usize {
        self.start.saturating_add(self.length)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end() && other.start < self.end()
    }
}

/// Why a packet can't be put among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unplaced {
    Duplicate,
    Full,
}

/// Packets that wait: so many, and so many bytes.
///
/// Nearly always one or two do, and of thousands of legs. So those that wait stand at the front of
/// their memory, and payloads as near to its beginning as there is a gap: it is the same few lines of
/// the processor's cache each time.
#[derive(Debug)]
pub(super) struct Slots {
    /// In the order of their timestamps; never more than there is room for, so that it doesn't grow.
    waiting: Vec<(Entry, Place)>,
    payloads: Box<[u8]>,
    payload_bytes_max: usize,
}

impl Slots {
    pub(super) fn new(count: usize, payload_bytes_max: usize, bytes_max: usize) -> Self {
        let bytes = bytes_max.max(payload_bytes_max);
        Self {
            waiting: Vec::with_capacity(count),
            payloads: vec![0; bytes].into_boxed_slice(),
            payload_bytes_max,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn payload_bytes_max(&self) -> usize {
        self.payload_bytes_max
    }

    /// Memory taken for packets.
    pub(super) fn bytes(&self) -> usize {
        let entries = self.waiting.capacity().saturating_mul(size_of::<(Entry, Place)>());
        self.payloads.len().saturating_add(entries)
    }

    pub(super) fn front(&self) -> Option<&Entry> {
        self.waiting.first().map(|(entry, _)| entry)
    }

    pub(super) fn back(&self) -> Option<&Entry> {
        self.waiting.last().map(|(entry, _)| entry)
    }

    /// Payload of the earliest packet.
    pub(super) fn front_payload(&self) -> Option<&[u8]> {
        self.waiting.first().map(|(_, place)| self.payload(place))
    }

    /// Puts a packet where its timestamp belongs. A packet that comes after all takes the place of its
    /// copy.
    pub(super) fn insert(&mut self, entry: Entry, payload: &[u8]) -> Result<(), Unplaced> {
        // From the back: nearly all packets come in order.
        let later =
            self.waiting.iter().rev().take_while(|(other, _)| other.timestamp > entry.timestamp);
        let mut index = self.waiting.len().saturating_sub(later.count());
        let before = index.checked_sub(1).and_then(|before| self.waiting.get(before));
        if let Some((other, _)) = before
            && other.timestamp == entry.timestamp
        {
            if entry.is_copy() || !other.is_copy() {
                return Err(Unplaced::Duplicate);
            }
            index = index.saturating_sub(1);
            self.waiting.remove(index);
        }
        if self.waiting.len() == self.waiting.capacity() {
            return Err(Unplaced::Full);
        }
        let place = self.gap(payload.len()).ok_or(Unplaced::Full)?;
        self.payloads
            .get_mut(place.start..place.end())
            .ok_or(Unplaced::Full)?
            .copy_from_slice(payload);
        self.waiting.insert(index, (entry, place));
        Ok(())
    }

    /// Takes the earliest packet out. Its [payload](Self::payload) stays readable until the next packet is put in.
    pub(super) fn take(&mut self) -> Option<(Entry, Place)> {
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }

    /// The payload that lies there.
    pub(super) fn payload(&self, place: &Place) -> &[u8] {
        self.payloads.get(place.start..place.end()).unwrap_or_default()
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Reads a little of all that the next packet will need.
    pub(super) fn warm(&self) -> u64 {
        let Some((entry, place)) = self.waiting.last() else { return 0 };
        let lines = self.payload(place).iter().step_by(LINE_BYTES).take(LINES_WARMED);
        lines.fold(entry.timestamp as u64, |sum, byte| sum ^ u64::from(*byte))
    }

    /// The first place where so many bytes fit. Those that wait are few, and at most `count`: looking
    /// at all pairs of them costs nothing worth a list of gaps.
    fn gap(&self, length: usize) -> Option<Place> {
        let taken = || self.waiting.iter().map(|(_, place)| place);
        let starts = std::iter::once(0).chain(taken().map(Place::end));
        let places = starts.map(|start| Place { start, length });
        let fits = |place: &Place| {
            place.end() <= self.payloads.len() && !taken().any(|other| other.overlaps(place))
        };
        places.filter(fits).min_by_key(|place| place.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(timestamp: i64) -> Entry {
        let header = Header { marker: false, payload_type: 0, sequence: 0, timestamp: 0, ssrc: 0 };
        let arrival = Duration::from_millis(timestamp as u64);
        Entry { header, timestamp, units: 10, arrival, level: None, copied_behind: 0 }
    }

    fn take(slots: &mut Slots) -> Option<(i64, Vec<u8>)> {
        let (entry, place) = slots.take()?;
        Some((entry.timestamp, slots.payload(&place).to_vec()))
    }

    fn order(slots: &mut Slots) -> Vec<(i64, u8)> {
        std::iter::from_fn(|| take(slots).map(|(timestamp, payload)| (timestamp, payload[0])))
            .collect()
    }

    #[test]
    fn packets_leave_in_the_order_of_their_time() {
        let mut slots = Slots::new(4, 2, 8);
        for (timestamp, byte) in [(20, 2), (0, 0), (30, 3), (10, 1)] {
            slots.insert(entry(timestamp), &[byte, byte]).unwrap();
        }
        assert_eq!((slots.front().unwrap().timestamp, slots.back().unwrap().end()), (0, 40));
        assert_eq!(order(&mut slots), [(0, 0), (10, 1), (20, 2), (30, 3)]);
        assert!(slots.is_empty());
    }

    #[test]
    fn duplicates_and_too_many_are_refused() {
        let mut slots = Slots::new(2, 2, 4);
        slots.insert(entry(0), &[0]).unwrap();
        slots.insert(entry(10), &[1]).unwrap();
        assert_eq!(slots.insert(entry(0), &[9]), Err(Unplaced::Duplicate));
        assert_eq!(slots.insert(entry(20), &[9]), Err(Unplaced::Full));
        assert_eq!(slots.len(), 2);
        slots.take();
        slots.insert(entry(20), &[2]).unwrap();
        assert_eq!(order(&mut slots), [(10, 1), (20, 2)]);
    }

    #[test]
    fn clearing_frees_every_slot() {
        let mut slots = Slots::new(2, 1, 2);
        for round in 0..3 {
            slots.insert(entry(round), &[0]).unwrap();
            slots.insert(entry(round + 10), &[0]).unwrap();
            slots.clear();
        }
        assert!(slots.is_empty());
    }

    #[test]
    fn payloads_of_any_length_share_the_bytes() {
        let mut slots = Slots::new(8, 6, 10);
        slots.insert(entry(0), &[0; 4]).unwrap();
        slots.insert(entry(10), &[1; 4]).unwrap();
        assert_eq!(slots.insert(entry(20), &[2; 4]), Err(Unplaced::Full), "8 of 10 are taken");
        slots.insert(entry(20), &[2; 2]).unwrap();
        slots.take();
        slots.insert(entry(30), &[3; 3]).unwrap();
        assert_eq!(slots.insert(entry(40), &[4; 2]), Err(Unplaced::Full), "only 1 is left");
        slots.insert(entry(40), &[4; 1]).unwrap();
        let payloads: Vec<_> =
            std::iter::from_fn(|| take(&mut slots).map(|(_, payload)| payload)).collect();
        assert_eq!(payloads, [vec![1; 4], vec![2; 2], vec![3; 3], vec![4; 1]]);
    }

    proptest! {
        /// Whatever comes and goes: each payload leaves as it came, in the order of time.
        #[test]
        fn payloads_never_run_into_each_other(
            steps in prop::collection::vec((any::<bool>(), 0..40_i64, 1..9_usize), 0..200),
        ) {
            let mut slots = Slots::new(6, 8, 24);
            let mut expected = std::collections::BTreeMap::new();
            for (number, (takes, timestamp, length)) in steps.into_iter().enumerate() {
                if takes {
                    prop_assert_eq!(take(&mut slots), expected.pop_first());
                } else {
                    let payload = vec![number as u8; length];
                    if slots.insert(entry(timestamp), &payload).is_ok() {
                        prop_assert!(expected.insert(timestamp, payload).is_none());
                    }
                }
                prop_assert!(expected.values().map(Vec::len).sum::<usize>() <= 24);
            }
        }
    }
}
