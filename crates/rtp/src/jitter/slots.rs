//! Fixed memory for packets that wait, kept in the order of their media time.

use crate::packet::Header;
use std::collections::VecDeque;
use std::time::Duration;

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
    pub(super) is_copy: bool,
}

impl Entry {
    /// Media time at which the packet is over.
    pub(super) fn end(&self) -> i64 {
        self.timestamp.saturating_add(i64::from(self.units))
    }
}

/// Where a packet's payload lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    slot: usize,
    length: usize,
}

/// Why a packet can't be put among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unplaced {
    Duplicate,
    Full,
}

/// Packets that wait, in fixed slots of equal size.
#[derive(Debug)]
pub(super) struct Slots {
    /// In the order of their timestamps; never more than there are slots, so that it doesn't grow.
    waiting: VecDeque<(Entry, Place)>,
    free: Vec<usize>,
    payloads: Box<[u8]>,
    slot_bytes: usize,
}

impl Slots {
    pub(super) fn new(count: usize, slot_bytes: usize) -> Self {
        Self {
            waiting: VecDeque::with_capacity(count),
            free: (0..count).collect(),
            payloads: vec![0; count.saturating_mul(slot_bytes)].into_boxed_slice(),
            slot_bytes,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn slot_bytes(&self) -> usize {
        self.slot_bytes
    }

    pub(super) fn front(&self) -> Option<&Entry> {
        self.waiting.front().map(|(entry, _)| entry)
    }

    pub(super) fn back(&self) -> Option<&Entry> {
        self.waiting.back().map(|(entry, _)| entry)
    }

    /// Payload of the earliest packet.
    pub(super) fn front_payload(&self) -> Option<&[u8]> {
        self.waiting.front().and_then(|(_, place)| self.bytes(place))
    }

    /// When the first of those that wait arrived.
    pub(super) fn first_arrival(&self) -> Option<Duration> {
        self.waiting.iter().map(|(entry, _)| entry.arrival).min()
    }

    /// Puts a packet where its timestamp belongs; the payload must fit into a slot. A packet that comes after
    /// all takes the place of its copy.
    pub(super) fn insert(&mut self, entry: Entry, payload: &[u8]) -> Result<(), Unplaced> {
        // From the back: nearly all packets come in order.
        let later =
            self.waiting.iter().rev().take_while(|(other, _)| other.timestamp > entry.timestamp);
        let mut index = self.waiting.len().saturating_sub(later.count());
        let before = index.checked_sub(1).and_then(|before| self.waiting.get(before).copied());
        if let Some((other, place)) = before
            && other.timestamp == entry.timestamp
        {
            if entry.is_copy || !other.is_copy {
                return Err(Unplaced::Duplicate);
            }
            index = index.saturating_sub(1);
            self.waiting.remove(index);
            self.free.push(place.slot);
        }
        let slot = *self.free.last().ok_or(Unplaced::Full)?;
        let bytes = self.bytes_mut(slot, payload.len()).ok_or(Unplaced::Full)?;
        bytes.copy_from_slice(payload);
        self.free.pop();
        self.waiting.insert(index, (entry, Place { slot, length: payload.len() }));
        Ok(())
    }

    /// Takes the earliest packet out. Its payload stays readable until the next packet is put in.
    pub(super) fn take(&mut self) -> Option<(Entry, &[u8])> {
        let (entry, place) = self.waiting.pop_front()?;
        self.free.push(place.slot);
        Some((entry, self.bytes(&place)?))
    }

    pub(super) fn clear(&mut self) {
        while let Some((_, place)) = self.waiting.pop_front() {
            self.free.push(place.slot);
        }
    }

    fn bytes(&self, place: &Place) -> Option<&[u8]> {
        let start = place.slot.saturating_mul(self.slot_bytes);
        self.payloads.get(start..start.saturating_add(place.length))
    }

    fn bytes_mut(&mut self, slot: usize, length: usize) -> Option<&mut [u8]> {
        if length > self.slot_bytes {
            return None;
        }
        let start = slot.saturating_mul(self.slot_bytes);
        self.payloads.get_mut(start..start.saturating_add(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(timestamp: i64) -> Entry {
        let header = Header { marker: false, payload_type: 0, sequence: 0, timestamp: 0, ssrc: 0 };
        let arrival = Duration::from_millis(timestamp as u64);
        Entry { header, timestamp, units: 10, arrival, level: None, is_copy: false }
    }

    fn order(slots: &mut Slots) -> Vec<(i64, u8)> {
        std::iter::from_fn(|| slots.take().map(|(entry, payload)| (entry.timestamp, payload[0])))
            .collect()
    }

    #[test]
    fn packets_leave_in_the_order_of_their_time() {
        let mut slots = Slots::new(4, 2);
        for (timestamp, byte) in [(20, 2), (0, 0), (30, 3), (10, 1)] {
            slots.insert(entry(timestamp), &[byte, byte]).unwrap();
        }
        assert_eq!(slots.first_arrival(), Some(Duration::ZERO));
        assert_eq!((slots.front().unwrap().timestamp, slots.back().unwrap().end()), (0, 40));
        assert_eq!(order(&mut slots), [(0, 0), (10, 1), (20, 2), (30, 3)]);
        assert!(slots.is_empty());
    }

    #[test]
    fn duplicates_and_too_many_are_refused() {
        let mut slots = Slots::new(2, 2);
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
        let mut slots = Slots::new(2, 1);
        for round in 0..3 {
            slots.insert(entry(round), &[0]).unwrap();
            slots.insert(entry(round + 10), &[0]).unwrap();
            slots.clear();
        }
        assert!(slots.is_empty());
    }
}
