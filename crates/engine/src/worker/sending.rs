//! From encoded frames and digits to packets: the one outgoing stream of a leg.

use audio::TICK;
use mixer::Output;
use rtp::packet::HEADER_BYTES;
use rtp::sender::{Sender, Start};
use rtp::telephone_event::{Keypad, KeypadSettings};
use rtp::time;

use crate::settings::MediaSettings;
use crate::stats::{Counts, LegStats};

/// The sending half of a leg, for one codec.
pub(crate) struct Sending {
    payload_type: u8,
    event_type: Option<u8>,
    sender: Sender,
    keypad: Keypad,
    /// Units of media time in a tick.
    tick_units: u32,
    /// The tick for which the sender's time stands.
    tick: Option<u64>,
}

impl Sending {
    /// A stream that begins at `start`, which should be random.
    pub(crate) fn new(settings: &MediaSettings, start: Start) -> Self {
        let clock_hz = settings.codec.rtp_clock_hz();
        let keypad = KeypadSettings { clock_hz, tick: TICK, ..KeypadSettings::default() };
        Self {
            payload_type: settings.payload_type_send,
            event_type: settings.telephone_events.map(|events| events.send),
            sender: Sender::new(start),
            keypad: Keypad::new(keypad),
            tick_units: time::units(TICK, clock_hz) as u32,
            tick: None,
        }
    }

    /// Takes on other payload types for the same codec.
    pub(crate) fn set_payload_types(&mut self, settings: &MediaSettings) {
        self.payload_type = settings.payload_type_send;
        self.event_type = settings.telephone_events.map(|events| events.send);
    }

    /// Queues digits; false if they are too many or the peer takes none.
    pub(crate) fn press(&mut self, digits: &str) -> bool {
        self.event_type.is_some() && self.keypad.press(digits).is_ok()
    }

    /// Writes the packet of this tick: a digit's, if one is being sent, or else the audio's. Gives
    /// its length, or 0 for none.
    pub(crate) fn write(
        &mut self,
        tick: u64,
        audio: Option<Output<'_>>,
        out: &mut [u8],
        totals: &mut LegStats,
        counts: &mut Counts,
    ) -> usize {
        self.advance_to(tick);
        let event_payload;
        let (header, payload) = match self.event_type {
            Some(event_type) if self.keypad.is_active() => {
                let Some(event) = self.keypad.tick(self.sender.timestamp()) else { return 0 };
                event_payload = event.payload;
                (self.sender.event(event_type, &event), &event_payload[..])
            }
            _ => {
                let Some(Output { payload, .. }) = audio else { return 0 };
                (self.sender.audio(self.payload_type, payload.len()), payload)
            }
        };
        let length = HEADER_BYTES + payload.len();
        let Some(place) = out.get_mut(HEADER_BYTES..length) else { return 0 };
        place.copy_from_slice(payload);
        out[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
        totals.packets_sent += 1;
        totals.bytes_sent += payload.len() as u64;
        counts.packets_sent += 1;
        length
    }

    /// The stream and its counters, for reports.
    pub(crate) fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Brings media time up to `tick`: by the wall, also over ticks that were skipped or in which
    /// nothing was sent.
    fn advance_to(&mut self, tick: u64) {
        let passed = self.tick.map_or(0, |last| tick.saturating_sub(last));
        if passed > 0 {
            self.sender.advance(self.tick_units);
        }
        if passed > 1 {
            // Apart from the first, so that the sender knows of the gap and sets the marker. The
            // media clock wraps; so may this product.
            self.sender.advance(self.tick_units.wrapping_mul((passed - 1) as u32));
        }
        self.tick = Some(tick);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LegSettings;
    use audio::codec::CodecKind;
    use audio::level::Dbfs;
    use rtp::packet::{Header, Packet};

    struct Bench {
        sending: Sending,
        totals: LegStats,
        counts: Counts,
    }

    impl Bench {
        fn new(events: bool) -> Self {
            let mut settings = LegSettings::new(CodecKind::Pcmu, "192.0.2.1:4000".parse().unwrap());
            settings.telephone_events =
                events.then_some(crate::TelephoneEvents { send: 101, receive: 101 });
            let start = Start { ssrc: 7, sequence: 100, timestamp: 1_000 };
            let sending = Sending::new(&settings.media(), start);
            Self { sending, totals: LegStats::default(), counts: Counts::default() }
        }

        fn tick(&mut self, tick: u64) -> Option<Header> {
            let mut out = [0; 200];
            let audio = Output { payload: &[0x55; 160], level: Dbfs::new(-30.0), has_voice: true };
            let (totals, counts) = (&mut self.totals, &mut self.counts);
            let length = self.sending.write(tick, Some(audio), &mut out, totals, counts);
            (length > 0).then(|| *Packet::parse(&out[..length]).unwrap().header())
        }
    }

    #[test]
    fn timestamps_follow_the_wall_over_skipped_ticks() {
        let mut bench = Bench::new(false);
        let headers = [5, 6, 9, 10].map(|tick| bench.tick(tick).unwrap());
        let seen = headers.map(|header| (header.sequence, header.timestamp, header.marker));
        let expected =
            [(100, 1_000, true), (101, 1_160, false), (102, 1_640, true), (103, 1_800, false)];
        assert_eq!(seen, expected);
        assert_eq!((bench.counts.packets_sent, bench.totals.bytes_sent), (4, 640));
    }

    #[test]
    fn digits_take_the_place_of_audio() {
        let mut bench = Bench::new(true);
        assert!(bench.sending.press("5#"));
        let types: Vec<u8> =
            (0..40).filter_map(|tick| bench.tick(tick)).map(|header| header.payload_type).collect();
        let events = types.iter().filter(|&&payload_type| payload_type == 101).count();
        // 100 ms of tone each, and the end packet two more times.
        assert_eq!(events, 2 * (5 + 2));
        assert_eq!(types.last(), Some(&0), "audio goes on afterwards");
        let first_audio = types.iter().position(|&payload_type| payload_type == 0).unwrap();
        assert_eq!(first_audio, events, "no audio between the digits");
    }

    #[test]
    fn digits_for_a_peer_that_takes_none_are_refused() {
        let mut bench = Bench::new(false);
        assert!(!bench.sending.press("1"));
        assert_eq!(bench.tick(0).unwrap().payload_type, 0);
    }
}
