//! From packets of telephone events to digits, one for each press.

use super::{Digit, Event};
use crate::packet::Packet;
use crate::sequence::MISORDER_MAX;

/// An event too long for the 16 bits of its duration goes on in a new segment, which begins this many units
/// after the one before (RFC 4733 section 2.5.1.3).
const SEGMENT_UNITS: u32 = u16::MAX as u32;

/// Makes one digit of each event of a stream, at the first of its packets that arrives: so no loss of others
/// can hide or repeat it, and the digit is there as soon as it can be.
///
/// An event is known by its timestamp. Packets that arrive behind those of a newer event are ignored.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    last: Option<Last>,
}

/// The newest event so far.
#[derive(Clone, Copy, Debug)]
struct Last {
    ssrc: u32,
    /// The highest number among its packets.
    sequence: u16,
    /// Start of the event, or of its current segment.
    timestamp: u32,
    code: u8,
    /// The longest that was told, from the timestamp.
    duration: u16,
    ended: bool,
}

impl Receiver {
    /// A receiver that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a packet whose payload type is that of telephone events. Returns the digit that it begins, or
    /// none: the packet belongs to an event that is known, is late, is malformed, or is not of a key.
    pub fn receive(&mut self, packet: &Packet<'_>) -> Option<Digit> {
        let event = Event::parse(packet.payload())?;
        let Some(last) = self.last.as_mut().filter(|last| last.ssrc == packet.ssrc()) else {
            return self.begin(packet, &event);
        };
        let is_late = last.is_behind(packet.sequence());
        if packet.timestamp() == last.timestamp && event.code == last.code {
            last.extend(packet, &event, is_late);
            return None;
        }
        if is_late {
            return None;
        }
        if last.is_continued_by(packet, &event) {
            last.continue_with(packet, &event);
            return None;
        }
        self.begin(packet, &event)
    }

    fn begin(&mut self, packet: &Packet<'_>, event: &Event) -> Option<Digit> {
        self.last = Some(Last {
            ssrc: packet.ssrc(),
            sequence: packet.sequence(),
            timestamp: packet.timestamp(),
            code: event.code,
            duration: event.duration,
            ended: event.end,
        });
        Digit::from_code(event.code)
    }
}

impl Last {
    /// A little behind is late; far behind, the sender has begun anew.
    fn is_behind(&self, sequence: u16) -> bool {
        (1..=MISORDER_MAX).contains(&self.sequence.wrapping_sub(sequence))
    }

    fn extend(&mut self, packet: &Packet<'_>, event: &Event, is_late: bool) {
        if !is_late {
            self.sequence = packet.sequence();
        }
        self.duration = self.duration.max(event.duration);
        self.ended |= event.end;
    }

    /// Whether a packet with another timestamp is of the same press: as the next segment of a long one, or
    /// because it would begin before this one was over, as from senders that move the timestamp with each
    /// packet.
    fn is_continued_by(&self, packet: &Packet<'_>, event: &Event) -> bool {
        let since = packet.timestamp().wrapping_sub(self.timestamp);
        let duration = u32::from(self.duration);
        let is_next_segment = !self.ended && (since == SEGMENT_UNITS || since == duration);
        event.code == self.code && !packet.marker() && (is_next_segment || since < duration)
    }

    fn continue_with(&mut self, packet: &Packet<'_>, event: &Event) {
        self.sequence = packet.sequence();
        self.timestamp = packet.timestamp();
        self.duration = event.duration;
        self.ended |= event.end;
    }
}

#[cfg(test)]
#[path = "receiver_tests.rs"]
mod tests;
