//! From encoded frames and digits to packets: the one outgoing stream of a leg.

use audio::TICK;
use audio::codec::CodecKind;
use audio::level::Dbfs;
use mixer::Output;
use rtp::extension::{AudioLevel, DBOV_MAX, ExtensionWriter};
use rtp::packet::{HEADER_BYTES, Header};
use rtp::red;
use rtp::sender::{Sender, Start};
use rtp::telephone_event::{EventPacket, Keypad, KeypadSettings};
use rtp::time;

use super::last_sent::LastSent;
use crate::settings::MediaSettings;
use crate::stats::{Counts, LegStats};

/// A packet that repeats those before is not made longer than this, so that no network cuts it up.
const REDUNDANT_PACKET_BYTES_MAX: usize = 1_200;

/// Comfort noise is described once in so many ticks, 400 ms.
const COMFORT_NOISE_TICKS: u32 = 20;

/// The most that a header with its extensions takes: level and mid in one-byte elements.
const FULL_HEADER_BYTES_MAX: usize = HEADER_BYTES + 4 + 20;

/// The sending half of a leg, for one codec.
pub(crate) struct Sending {
    codec: CodecKind,
    payload_type: u8,
    /// How to repeat what was sent before, if that was agreed on: the payload type, and what it was.
    redundancy: Option<(u8, LastSent)>,
    /// How many of those before each packet repeats just now.
    repeats: usize,
    event_type: Option<u8>,
    level_extension: Option<u8>,
    mid_extension: Option<(u8, Box<str>)>,
    /// Whether what says nothing may be left unsent.
    may_pause: bool,
    /// So many ticks in a row have said that nothing follows.
    pausing_ticks: u32,
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
        let mid = settings.mid_extension.as_ref();
        Self {
            codec: settings.codec,
            payload_type: settings.payload_type_send,
            redundancy: settings.red.map(|red_type| (red_type, LastSent::new())),
            repeats: 0,
            event_type: settings.telephone_events.map(|events| events.send),
            level_extension: settings.level_extension,
            mid_extension: mid.map(|(id, mid)| (*id, mid.as_str().into())),
            may_pause: settings.encoder.opus_dtx || settings.encoder.comfort_noise,
            pausing_ticks: 0,
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

    /// Sends each frame again with so many packets after it from now on, or no more: if that was agreed on.
    pub(crate) fn repeat(&mut self, repeats: usize) {
        self.repeats = repeats;
        if let (Some((_, last)), 0) = (&mut self.redundancy, repeats) {
            last.forget();
        }
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
        let written = match (self.event_type, audio) {
            (Some(event_type), _) if self.keypad.is_active() => {
                let event = self.keypad.tick(self.sender.timestamp());
                event.and_then(|event| self.write_event(event_type, &event, out))
            }
            (_, Some(heard)) if !self.pauses(heard.payload) => self.write_audio(&heard, out),
            _ => None,
        };
        let Some(Written { bytes, payload_bytes }) = written else { return 0 };
        totals.packets_sent += 1;
        totals.bytes_sent += payload_bytes as u64;
        counts.packets_sent += 1;
        bytes
    }

    /// Reads a little of all the memory that the next packet will need.
    pub(crate) fn warm(&self) -> u64 {
        let Self { sender, keypad, tick, .. } = self;
        u64::from(sender.packets()) ^ u64::from(keypad.is_active()) ^ tick.unwrap_or(0)
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

    /// Whether a payload need not be sent: it says nothing, as did the one before it. The first of
    /// them is sent, for it tells the peer that what follows is no loss; and comfort noise is described
    /// again from time to time, as Opus' encoder does by itself.
    fn pauses(&mut self, payload: &[u8]) -> bool {
        if !self.may_pause || !self.codec.is_pause(payload) {
            self.pausing_ticks = 0;
            return false;
        }
        let is_repeated = match self.codec {
            CodecKind::Opus => self.pausing_ticks > 0,
            _ => !self.pausing_ticks.is_multiple_of(COMFORT_NOISE_TICKS),
        };
        self.pausing_ticks = self.pausing_ticks.wrapping_add(1);
        is_repeated
    }

    fn write_event(
        &mut self,
        event_type: u8,
        event: &EventPacket,
        out: &mut [u8],
    ) -> Option<Written> {
        let header = self.sender.event(event_type, event);
        let at = write_header(&header, None, self.mid_extension.as_ref(), out)?;
        let bytes = at + event.payload.len();
        out.get_mut(at..bytes)?.copy_from_slice(&event.payload);
        Some(Written { bytes, payload_bytes: event.payload.len() })
    }

    /// Writes the packet of a frame, and in front of it, if frames are to be repeated, what was sent before.
    fn write_audio(&mut self, heard: &Output<'_>, out: &mut [u8]) -> Option<Written> {
        let Self { redundancy, sender, .. } = self;
        let mut redundancy = redundancy.as_mut().filter(|_| self.repeats > 0);
        let (payload, timestamp) = (heard.payload, sender.timestamp());
        let repeated = redundancy.as_ref().and_then(|(red_type, last)| {
            let bytes = red::PRIMARY_HEADER_BYTES + payload.len();
            let room = out.len().min(REDUNDANT_PACKET_BYTES_MAX);
            let room = room.saturating_sub(FULL_HEADER_BYTES_MAX + bytes);
            let before = last.before(timestamp, self.tick_units, self.repeats, room);
            let is_any = !before.blocks().is_empty();
            is_any.then(|| (*red_type, before, before.bytes() + bytes))
        });
        let is_pausing = self.pausing_ticks > 0;
        let (header, payload_bytes) = match &repeated {
            Some((red_type, _, bytes)) => (sender.audio(*red_type, *bytes), *bytes),
            None if is_pausing && self.codec != CodecKind::Opus => {
                (sender.comfort_noise(payload.len()), payload.len())
            }
            None => (sender.audio(self.payload_type, payload.len()), payload.len()),
        };
        let level = AudioLevel { voice: heard.has_voice, dbov: dbov(heard.level) };
        let level = self.level_extension.map(|id| (id, level));
        let at = write_header(&header, level, self.mid_extension.as_ref(), out)?;
        let place = out.get_mut(at..at + payload_bytes)?;
        match repeated {
            Some((_, before, _)) => {
                _ = red::write(place, self.payload_type, before.blocks(), payload);
            }
            None => place.copy_from_slice(payload),
        }
        if let Some((_, last)) = &mut redundancy {
            if is_pausing {
                last.forget();
            } else {
                last.keep(payload, timestamp);
            }
        }
        Some(Written { bytes: at + payload_bytes, payload_bytes })
    }
}

/// A packet that was written.
struct Written {
    /// All of it.
    bytes: usize,
    payload_bytes: usize,
}

/// Writes the header of a packet, with what the peer has agreed to be told in it; gives its length.
/// Where the name of the media section was agreed on, browsers drop what comes without it.
fn write_header(
    header: &Header,
    level: Option<(u8, AudioLevel)>,
    mid: Option<&(u8, Box<str>)>,
    out: &mut [u8],
) -> Option<usize> {
    let mut writer = ExtensionWriter::new(header, out).ok()?;
    if let Some((id, level)) = level {
        writer.audio_level(id, level).ok()?;
    }
    if let Some((id, mid)) = mid {
        writer.put(*id, mid.as_bytes()).ok()?;
    }
    writer.finish().ok()
}

/// A level as headers tell it: decibels below overload, rounded, and the lowest for silence.
fn dbov(level: Dbfs) -> u8 {
    if level <= Dbfs::SILENCE {
        return DBOV_MAX;
    }
    // A cast saturates.
    (-level.decibels()).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LegSettings;
    use crate::worker::last_sent::GENERATIONS;
    use crate::worker::line;
    use audio::codec::EncoderSettings;
    use rtp::packet::Packet;

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
            Self::with(&settings.media())
        }

        fn with(settings: &MediaSettings) -> Self {
            let start = Start { ssrc: 7, sequence: 100, timestamp: 1_000 };
            let mut sending = Sending::new(settings, start);
            sending.repeat(GENERATIONS);
            Self { sending, totals: LegStats::default(), counts: Counts::default() }
        }

        /// A browser that has agreed to everything.
        fn browser() -> Self {
            Self::with(&line::settings(
                Some(63),
                EncoderSettings { opus_dtx: true, ..EncoderSettings::default() },
            ))
        }

        fn send(&mut self, tick: u64, payload: &[u8]) -> Option<Vec<u8>> {
            let mut out = vec![0; 1_500];
            let audio = Output { payload, level: Dbfs::new(-30.4), has_voice: true };
            let (totals, counts) = (&mut self.totals, &mut self.counts);
            let length = self.sending.write(tick, Some(audio), &mut out, totals, counts);
            out.truncate(length);
            (length > 0).then_some(out)
        }

        fn tick(&mut self, tick: u64) -> Option<Header> {
            let packet = self.send(tick, &[0x55; 160])?;
            Some(*Packet::parse(&packet).unwrap().header())
        }
    }

    /// The payloads in a packet of redundant audio, with how old they are.
    fn blocks(packet: &[u8]) -> Vec<(u32, Vec<u8>)> {
        let packet = Packet::parse(packet).unwrap();
        assert_eq!(packet.payload_type(), 63);
        let blocks = red::Blocks::parse(packet.payload()).unwrap();
        let block = |block: red::Block<'_>| {
            assert_eq!(block.payload_type, 111);
            (block.timestamp_offset, block.payload.to_vec())
        };
        blocks.map(block).collect()
    }

    #[test]
    fn each_packet_repeats_those_before_unless_a_gap_lies_between() {
        let mut bench = Bench::browser();
        let first = bench.send(5, &[1; 80]).unwrap();
        assert_eq!(Packet::parse(&first).unwrap().payload(), [1; 80], "nothing to repeat yet");
        let second = bench.send(6, &[2; 60]).unwrap();
        assert_eq!(blocks(&second), [(960, vec![1; 80]), (0, vec![2; 60])]);
        let third = bench.send(7, &[3; 40]).unwrap();
        let all = [(1_920, vec![1; 80]), (960, vec![2; 60]), (0, vec![3; 40])];
        assert_eq!(blocks(&third), all);
        let after_gap = bench.send(9, &[3; 60]).unwrap();
        assert_eq!(Packet::parse(&after_gap).unwrap().payload(), [3; 60]);
        let long = bench.send(10, &[4; 1_200]).unwrap();
        assert_eq!(Packet::parse(&long).unwrap().payload(), [4; 1_200], "none is cut up");
        let after_long = bench.send(11, &[5; 60]).unwrap();
        assert_eq!(Packet::parse(&after_long).unwrap().payload(), [5; 60]);
        let repeating = (5 + 80 + 60) + (9 + 80 + 60 + 40);
        assert_eq!(bench.totals.bytes_sent, 80 + repeating + 60 + 1_200 + 60);
    }

    #[test]
    fn frames_are_repeated_only_while_they_are_to_be() {
        let mut bench = Bench::browser();
        let mut length = |tick, repeats| {
            bench.sending.repeat(usize::from(repeats));
            bench.send(tick, &[1; 80]).map(|packet| packet.len())
        };
        let plain = length(0, false);
        assert_eq!(length(1, false), plain);
        assert_eq!(length(2, true), plain, "nothing was kept");
        assert_eq!(length(3, true), plain.map(|plain| plain + 80 + 5));
        assert_eq!(length(4, false), plain);
        assert_eq!(length(5, true), plain, "what was kept is older than that");
    }

    #[test]
    fn headers_tell_the_level_and_the_media_section() {
        let mut bench = Bench::browser();
        assert!(bench.sending.press("1"));
        for tick in 0..12 {
            let Some(packet) = bench.send(tick, &[1; 80]) else { continue };
            let packet = Packet::parse(&packet).unwrap();
            assert_eq!(packet.extensions().get(4), Some(&b"0"[..]));
            let level = packet.extensions().get(1).and_then(AudioLevel::parse);
            let is_sound = packet.payload_type() != 126;
            assert_eq!(level, is_sound.then_some(AudioLevel { voice: true, dbov: 30 }));
        }
        assert_eq!(dbov(Dbfs::SILENCE), 127);
        assert_eq!((dbov(Dbfs::new(6.0)), dbov(Dbfs::new(-99.6))), (0, 100));
    }

    #[test]
    fn of_a_pause_the_first_packet_is_sent_and_time_goes_on() {
        let mut bench = Bench::browser();
        let (voice, pause, refresh) = (&[1; 80][..], &[2; 1][..], &[3; 30][..]);
        let payloads = [voice, voice, pause, pause, pause, refresh, pause, pause, voice, voice];
        let sent: Vec<_> = (0..).zip(payloads).map(|(tick, p)| bench.send(tick, p)).collect();
        let headers: Vec<_> = sent
            .iter()
            .map(|packet| packet.as_ref().map(|packet| *Packet::parse(packet).unwrap().header()))
            .map(|header| header.map(|h| (h.sequence, (h.timestamp - 1_000) / 960, h.marker)))
            .collect();
        let expected = [
            Some((100, 0, true)),
            Some((101, 1, false)),
            Some((102, 2, false)),
            None,
            None,
            Some((103, 5, true)),
            Some((104, 6, false)),
            None,
            Some((105, 8, true)),
            Some((106, 9, false)),
        ];
        assert_eq!(headers, expected);
        let plain =
            |index: usize| Packet::parse(sent[index].as_ref().unwrap()).unwrap().payload().len();
        assert_eq!((plain(5), plain(8)), (30, 80), "pauses are not repeated");
        assert_eq!(blocks(sent[9].as_ref().unwrap()).len(), 2);
    }

    #[test]
    fn without_an_agreement_everything_is_sent_and_bare() {
        let mut bench = Bench::new(false);
        for tick in 0..4 {
            let packet = bench.send(tick, &[9; 1]).unwrap();
            assert_eq!(packet.len(), HEADER_BYTES + 1);
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

    #[test]
    fn comfort_noise_is_told_at_once_and_then_from_time_to_time() {
        let encoder = EncoderSettings { comfort_noise: true, ..EncoderSettings::default() };
        let mut settings = LegSettings::new(CodecKind::Pcmu, "192.0.2.1:4000".parse().unwrap());
        settings.encoder = encoder;
        let mut bench = Bench::with(&settings.media());
        let said = |bench: &mut Bench, tick, payload: &[u8]| {
            let bytes = bench.send(tick, payload)?;
            let packet = Packet::parse(&bytes).unwrap();
            Some((packet.payload_type(), packet.marker(), packet.timestamp()))
        };
        let (voice, noise) = ([0xFF; 160], [66; 11]);
        assert_eq!(said(&mut bench, 0, &voice), Some((0, true, 1_000)));
        assert_eq!(said(&mut bench, 1, &noise), Some((13, false, 1_160)));
        let told: Vec<_> =
            (2..50).filter_map(|tick| said(&mut bench, tick, &noise).map(|_| tick)).collect();
        assert_eq!(told, [21, 41]);
        assert_eq!(said(&mut bench, 50, &voice), Some((0, true, 9_000)), "a talk spurt begins");
        assert_eq!(said(&mut bench, 51, &voice), Some((0, false, 9_160)));
        assert_eq!(said(&mut bench, 52, &noise), Some((13, false, 9_320)), "at once again");
    }
}
