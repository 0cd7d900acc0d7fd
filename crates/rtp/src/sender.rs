//! The send side of a stream: numbers its packets and keeps its media time.

use crate::packet::{Header, PAYLOAD_TYPE_COMFORT_NOISE};
use crate::rtcp::SenderInfo;
use crate::telephone_event::EventPacket;
use crate::time::NtpTime;

/// Where a stream starts. All three should be random (RFC 3550 sections 5.1 and 8.1); randomness is passed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Names the stream.
    pub ssrc: u32,
    /// Number of the first packet.
    pub sequence: u16,
    /// Media time of the first sample.
    pub timestamp: u32,
}

/// One outgoing stream. Each tick: at most one [`audio`](Self::audio) or [`event`](Self::event) header, then
/// [`advance`](Self::advance) by the length of the tick, whether anything was sent or not.
#[derive(Clone, Debug)]
pub struct Sender {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// Audio went out since the last advance.
    spoke: bool,
    /// The next audio packet begins a talk spurt.
    marker_due: bool,
    packets: u32,
    payload_bytes: u32,
}

impl Sender {
    /// A stream that has not sent anything; its first audio packet carries the marker.
    #[must_use]
    pub fn new(start: Start) -> Self {
        Self {
            ssrc: start.ssrc,
            sequence: start.sequence,
            timestamp: start.timestamp,
            spoke: false,
            marker_due: true,
            packets: 0,
            payload_bytes: 0,
        }
    }

    /// The stream's name.
    #[must_use]
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Media time of what is sent now.
    #[must_use]
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Header for a payload of `payload_bytes` of audio; carries the marker when a silence came before.
    pub fn audio(&mut self, payload_type: u8, payload_bytes: usize) -> Header {
        let marker = std::mem::take(&mut self.marker_due);
        self.spoke = true;
        self.header(marker, payload_type, self.timestamp, payload_bytes)
    }

    /// Header for a payload of `payload_bytes` that describes the noise of a silence (RFC 3389): no talk spurt
    /// begins with it, but one does after it.
    pub fn comfort_noise(&mut self, payload_bytes: usize) -> Header {
        self.header(false, PAYLOAD_TYPE_COMFORT_NOISE, self.timestamp, payload_bytes)
    }

    /// Header for a packet of a telephone event, whose timestamp is that of the event's start.
    pub fn event(&mut self, payload_type: u8, event: &EventPacket) -> Header {
        self.header(event.marker, payload_type, event.timestamp, event.payload.len())
    }

    /// Lets `units` of media time pass. A stretch without audio is a silence, which the next marker ends.
    pub fn advance(&mut self, units: u32) {
        if !std::mem::take(&mut self.spoke) {
            self.marker_due = true;
        }
        self.timestamp = self.timestamp.wrapping_add(units);
    }

    /// Packets sent so far, modulo 2^32.
    #[must_use]
    pub fn packets(&self) -> u32 {
        self.packets
    }

    /// What a sender report says of this stream at the wall-clock time `now`.
    #[must_use]
    pub fn info(&self, now: NtpTime) -> SenderInfo {
        SenderInfo {
            ntp: now,
            timestamp: self.timestamp,
            packets: self.packets,
            payload_bytes: self.payload_bytes,
        }
    }

    fn header(&mut self, marker: bool, payload_type: u8, timestamp: u32, bytes: usize) -> Header {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        // A payload is far below 2^32 bytes, and the count wraps by definition.
        self.payload_bytes = self.payload_bytes.wrapping_add(bytes as u32);
        Header { marker, payload_type, sequence, timestamp, ssrc: self.ssrc }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender() -> Sender {
        Sender::new(Start { ssrc: 7, sequence: 65_535, timestamp: u32::MAX - 159 })
    }

    #[test]
    fn numbers_and_time_advance_and_wrap() {
        let mut sender = sender();
        let first = sender.audio(0, 160);
        sender.advance(160);
        let second = sender.audio(0, 160);
        assert_eq!((first.sequence, first.timestamp), (65_535, u32::MAX - 159));
        assert_eq!((second.sequence, second.timestamp, second.ssrc), (0, 0, 7));
    }

    #[test]
    fn the_marker_stands_at_the_start_and_after_silence() {
        let mut sender = sender();
        let mut markers = Vec::new();
        for speaks in [true, true, false, false, true, true] {
            if speaks {
                markers.push(sender.audio(0, 160).marker);
            }
            sender.advance(160);
        }
        assert_eq!(markers, [true, false, true, false]);
    }

    #[test]
    fn comfort_noise_is_of_the_silence() {
        let mut sender = sender();
        sender.audio(0, 160);
        sender.advance(160);
        let noise = sender.comfort_noise(11);
        assert_eq!((noise.marker, noise.payload_type, noise.sequence), (false, 13, 0));
        sender.advance(160);
        let speech = sender.audio(0, 160);
        assert_eq!((speech.marker, speech.payload_type, speech.sequence), (true, 0, 1));
    }

    #[test]
    fn silence_takes_time_but_no_number() {
        let mut sender = sender();
        let before = sender.audio(0, 160);
        sender.advance(160);
        sender.advance(160);
        let after = sender.audio(0, 160);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        assert_eq!(after.timestamp, before.timestamp.wrapping_add(320));
    }

    #[test]
    fn events_keep_their_own_timestamp_and_marker() {
        let mut sender = sender();
        sender.audio(0, 160);
        let event = EventPacket { marker: true, timestamp: 99, payload: [1, 10, 0, 160] };
        let header = sender.event(101, &event);
        assert_eq!((header.marker, header.timestamp, header.payload_type), (true, 99, 101));
        assert_eq!(header.sequence, 0);
    }

    #[test]
    fn the_report_counts_packets_and_payload() {
        let mut sender = sender();
        sender.audio(0, 160);
        sender.advance(160);
        sender.audio(0, 160);
        let info = sender.info(NtpTime(5));
        assert_eq!((info.packets, info.payload_bytes), (2, 320));
        assert_eq!((info.ntp, info.timestamp), (NtpTime(5), 0));
    }
}
