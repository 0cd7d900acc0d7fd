//! Nothing is allocated per packet: everything that a media thread calls runs here under an allocator that
//! refuses.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use rtp::BufferTooSmall;
use rtp::extension::{AudioLevel, ExtensionWriter};
use rtp::jitter::{JitterBuffer, Next, Settings};
use rtp::packet::{Header, Packet};
use rtp::red::{self, Blocks, Redundant};
use rtp::rtcp::{Compound, CompoundWriter, Packet as RtcpPacket, Schedule};
use rtp::sender::{Sender, Start};
use rtp::srtp::{Dropped, Master, Profile, ProtectError, Protector, Unprotector};
use rtp::stats::{ReceiveStats, round_trip};
use rtp::telephone_event::{Digit, Keypad, KeypadSettings, Receiver};
use rtp::time::NtpTime;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const TICK: Duration = Duration::from_millis(20);

#[test]
fn a_leg_runs_without_allocation() {
    let mut leg = Leg::new();
    let digits = assert_no_alloc(|| {
        let mut digits = [None; 4];
        let mut count = 0;
        leg.keypad.press("*6").ok();
        for tick in 0..3_000_u32 {
            if let Some(digit) = leg.tick(TICK * tick, tick) {
                digits[count] = Some(digit.as_char());
                count += 1;
            }
        }
        digits
    });
    assert_eq!(digits, [Some('*'), Some('6'), None, None]);
    assert!(leg.played > 2_000, "{}", leg.played);
    assert!(leg.reports > 5 && leg.round_trips == leg.reports - 1, "{}", leg.reports);
}

#[test]
fn a_browser_is_spoken_to_without_allocation() {
    for profile in [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1_80] {
        let secret = [7; 32];
        let (key, salt) = (&secret[..profile.key_bytes()], &secret[..profile.salt_bytes()]);
        let master = Master::new(profile, key, salt).unwrap();
        let mut protector = Protector::new(profile, &master).unwrap();
        let mut unprotector = Unprotector::new(profile, &master).unwrap();
        let heard = assert_no_alloc(|| {
            (0..3_000)
                .filter(|tick| to_browser_and_back(&mut protector, &mut unprotector, *tick))
                .count()
        });
        assert_eq!(heard, 3_000);
    }
}

/// Whether a packet with a level and a copy of the last one comes through, once, and a report with it.
fn to_browser_and_back(
    protector: &mut Protector,
    unprotector: &mut Unprotector,
    tick: u32,
) -> bool {
    let mut datagram = [0; 512];
    let Ok(length) = write_redundant(&mut datagram, tick) else { return false };
    let Ok(length) = protector.protect(&mut datagram, length) else { return false };
    let mut replayed = datagram;
    let Ok(plain_bytes) = unprotector.unprotect(&mut datagram[..length]) else { return false };
    let is_replay = unprotector.unprotect(&mut replayed[..length]) == Err(Dropped::Replayed);
    let Ok(packet) = Packet::parse(&datagram[..plain_bytes]) else { return false };
    let level = packet.extensions().get(1).and_then(AudioLevel::parse);
    let blocks = Blocks::parse(packet.payload()).map_or(0, Iterator::count);
    let is_reported = reports(protector, unprotector) == Ok(8);
    is_replay && is_reported && blocks == 2 && level.is_some_and(|level| level.dbov == 30)
}

fn write_redundant(datagram: &mut [u8], tick: u32) -> Result<usize, BufferTooSmall> {
    let (sequence, timestamp) = (tick as u16, tick * 960);
    let header = Header { marker: false, payload_type: 63, sequence, timestamp, ssrc: 5 };
    let mut writer = ExtensionWriter::new(&header, datagram)?;
    writer.audio_level(1, AudioLevel { voice: true, dbov: 30 }).ok();
    writer.put(4, b"0").ok();
    let start = writer.finish()?;
    let redundant = Redundant { timestamp_offset: 960, payload: &[1; 80] };
    Ok(start + red::write(&mut datagram[start..], 111, &[redundant], &[2; 80])?)
}

fn reports(
    protector: &mut Protector,
    unprotector: &mut Unprotector,
) -> Result<usize, ProtectError> {
    let mut report = [0; 64];
    report[..8].copy_from_slice(&[0x80, 201, 0, 1, 0, 0, 0, 5]);
    let length = protector.protect_rtcp(&mut report, 8)?;
    Ok(unprotector.unprotect_rtcp(&mut report[..length]).unwrap_or(0))
}

/// Both ends of a leg, short-circuited: what it sends, less a few losses, is what it receives.
struct Leg {
    sender: Sender,
    keypad: Keypad,
    buffer: JitterBuffer,
    digits: Receiver,
    stats: ReceiveStats,
    schedule: Schedule,
    played: usize,
    reports: usize,
    round_trips: usize,
}

impl Leg {
    fn new() -> Self {
        Self {
            sender: Sender::new(Start { ssrc: 1, sequence: 65_000, timestamp: 0 }),
            keypad: Keypad::new(KeypadSettings::default()),
            buffer: JitterBuffer::new(Settings::default()),
            digits: Receiver::new(),
            stats: ReceiveStats::new(8_000),
            schedule: Schedule::new(Duration::ZERO, 64_000, 7),
            played: 0,
            reports: 0,
            round_trips: 0,
        }
    }

    fn tick(&mut self, now: Duration, tick: u32) -> Option<Digit> {
        let mut datagram = [0; 512];
        let length = self.send(&mut datagram);
        self.sender.advance(160);
        let is_lost = tick % 17 == 3;
        let digit = if is_lost { None } else { self.receive(now, &datagram[..length]) };
        self.played += usize::from(matches!(self.buffer.next(now), Next::Packet(_)));
        if self.buffer.adjustment(now, 0).is_some() {
            self.buffer.adjusted(now, 0, true);
        }
        if self.schedule.is_due(now) {
            self.report(now);
        }
        digit
    }

    fn send(&mut self, datagram: &mut [u8]) -> usize {
        if let Some(event) = self.keypad.tick(self.sender.timestamp()) {
            let header = self.sender.event(101, &event);
            let start = header.write(datagram).unwrap_or(0);
            datagram[start..start + 4].copy_from_slice(&event.payload);
            return start + 4;
        }
        self.sender.audio(0, 160).write(datagram).unwrap_or(0) + 160
    }

    fn receive(&mut self, now: Duration, datagram: &[u8]) -> Option<Digit> {
        let packet = Packet::parse(datagram).ok()?;
        self.stats.received(now, packet.header());
        if packet.payload_type() == 101 {
            return self.digits.receive(&packet);
        }
        self.buffer.insert(now, &packet);
        None
    }

    fn report(&mut self, now: Duration) {
        let wall = NtpTime::from_unix(Duration::from_secs(1_700_000_000) + now);
        let mut datagram = [0; 256];
        let mut writer = CompoundWriter::new(&mut datagram);
        let block = self.stats.report(now);
        writer.sender_report(1, &self.sender.info(wall), block.as_slice()).ok();
        writer.cname(1, "leg@confab").ok();
        let length = writer.finish();
        self.schedule.sent(now, length, 99);
        for packet in Compound::parse(&datagram[..length]).into_iter().flatten().flatten() {
            if let RtcpPacket::SenderReport(report) = packet {
                self.stats.sender_report(now, report.ssrc, report.info.ntp);
                self.round_trips += report.reports().filter_map(|b| round_trip(wall, &b)).count();
                self.reports += 1;
            }
        }
    }
}
