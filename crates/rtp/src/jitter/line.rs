//! A telephone line in virtual time, for tests: a phone that sends, a network that misbehaves from a seed, and
//! a listener who pulls 20 ms each tick as the engine does.

use super::{Adjustment, Insert, JitterBuffer, Next, Settings};
use crate::packet::{Header, Packet};
use std::time::Duration;

pub(super) const TICK: Duration = Duration::from_millis(20);
const CLOCK_HZ: u32 = 8_000;
const TICK_UNITS: u32 = 160;
/// The period of a voice: what its sound is made longer or shorter by at once.
const PERIOD_UNITS: u32 = 64;

/// Units in [`CONCEAL_MAX`](super::CONCEAL_MAX).
const CONCEALED_UNITS_MAX: u32 = 800;

/// Random numbers that are the same each time (xorshift64*).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound.max(1)
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// How the phone sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phone {
    pub(super) ptime_ms: u32,
    pub(super) first_sequence: u16,
    pub(super) first_timestamp: u32,
    pub(super) ssrc: u32,
    /// How much faster its clock runs than the listener's, in millionths.
    pub(super) drift_ppm: i64,
    /// Speaks so long, then is silent so long, without sending.
    pub(super) spurts_ms: Option<(u32, u32)>,
    /// Each packet carries a copy of the one before, unless a silence lies between them (RFC 2198).
    pub(super) copies: bool,
}

impl Default for Phone {
    fn default() -> Self {
        Self {
            ptime_ms: 20,
            first_sequence: 100,
            first_timestamp: 10_000,
            ssrc: 1,
            drift_ppm: 0,
            spurts_ms: None,
            copies: false,
        }
    }
}

/// What the network does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Network {
    /// Each packet is delayed by up to so much more, so that they overtake each other.
    pub(super) jitter_ms: u64,
    /// The same in finer steps.
    pub(super) jitter_us: u64,
    pub(super) loss_percent: u64,
    pub(super) duplicate_percent: u64,
    /// From and until when nothing gets through; all of it arrives at the end.
    pub(super) stall_ms: Option<(u64, u64)>,
    /// From when on everything takes so much longer.
    pub(super) longer_ms: Option<(u64, u64)>,
}

#[derive(Clone, Debug)]
struct Datagram {
    arrival: Duration,
    sent: Duration,
    header: Header,
}

/// One packet, or a piece of it, as the listener heard it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) at: Duration,
    /// From the first sample's way into the phone to its way out of the listener's queue.
    pub(super) delay: Duration,
    /// Which packet of the phone's it was.
    pub(super) index: u32,
}

/// What happened on the line.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    pub(super) heard: Vec<Heard>,
    pub(super) sent: usize,
    /// Units that were bridged.
    pub(super) lost_units: u64,
    /// When the sound was made longer or shorter, and by how many units.
    pub(super) adjusted: Vec<(Duration, i64)>,
    /// Ticks in which there was nothing to play.
    pub(super) silent_ticks: u64,
    /// The most media that ever waited in the buffer and in the listener's queue.
    pub(super) buffered_max: Duration,
}

impl Log {
    pub(super) fn delays_after(&self, start: Duration) -> impl Iterator<Item = Duration> {
        self.heard.iter().filter(move |heard| heard.at >= start).map(|heard| heard.delay)
    }

    pub(super) fn median_delay_after(&self, start: Duration) -> Duration {
        let mut delays: Vec<_> = self.delays_after(start).collect();
        delays.sort_unstable();
        delays[delays.len() / 2]
    }
}

/// Sends for `length` and listens to the end.
pub(super) fn talk(
    buffer: &mut JitterBuffer,
    phone: Phone,
    network: Network,
    length: Duration,
    seed: u64,
) -> Log {
    let mut random = Random::new(seed);
    // The listener's ticks have no relation to the phone's packets.
    let mut now = Duration::from_micros(random.below(20_000));
    let (datagrams, sent) = transmit(phone, network, length, &mut random);
    let mut arriving = datagrams.into_iter().peekable();
    let mut log = Log { sent, ..Log::default() };
    let mut queued_units = 0_u32;
    while now < length + Duration::from_secs(1) {
        while let Some(datagram) = arriving.next_if(|datagram| datagram.arrival <= now) {
            let now = noticed(datagram.arrival, now, buffer.settings().grain);
            let sound = payload(phone, datagram.sent);
            let insert = buffer.insert(now, &Packet::new(datagram.header, &sound));
            assert!(!matches!(insert, Insert::TooLong | Insert::Malformed));
            if let Some((header, behind)) = before(phone, &datagram.header)
                && insert == Insert::Stored
            {
                let copied = payload(phone, datagram.sent - behind);
                buffer.insert_copy(now, &Packet::new(header, &copied), behind, None);
            }
        }
        listen(buffer, phone, now, &mut queued_units, &mut log);
        let queued = crate::time::duration(u64::from(queued_units), CLOCK_HZ);
        log.buffered_max = log.buffered_max.max(buffer.buffered() + queued);
        now += TICK;
    }
    log
}

/// When a packet that has come by now is found, by who looks for them so often, at each tick too.
fn noticed(arrival: Duration, tick: Duration, grain: Duration) -> Duration {
    if grain.is_zero() {
        return arrival;
    }
    let looks_since = (tick - arrival).as_micros() / grain.as_micros();
    tick - grain * looks_since as u32
}

pub(super) fn settings(depth_ms: u64) -> Settings {
    Settings { depth: Duration::from_millis(depth_ms), ..Settings::default() }
}

fn transmit(
    phone: Phone,
    network: Network,
    length: Duration,
    random: &mut Random,
) -> (Vec<Datagram>, usize) {
    let ptime = Duration::from_millis(u64::from(phone.ptime_ms));
    // A clock that runs faster makes packets more often.
    let interval = ptime.mul_f64(1.0 / (1.0 + phone.drift_ppm as f64 / 1e6));
    let mut datagrams = Vec::new();
    let (mut sequence, mut was_silent, mut sent_count) = (phone.first_sequence, true, 0);
    for index in 0_u32.. {
        // The packet is sent when its last sample has been taken.
        let sent = interval * (index + 1);
        if sent > length {
            break;
        }
        if is_silent(phone, index) {
            was_silent = true;
            continue;
        }
        let header = Header {
            marker: std::mem::take(&mut was_silent),
            payload_type: 0,
            sequence,
            timestamp: phone.first_timestamp.wrapping_add(index * phone.ptime_ms * 8),
            ssrc: phone.ssrc,
        };
        sequence = sequence.wrapping_add(1);
        sent_count += 1;
        if random.percent(network.loss_percent) {
            continue;
        }
        let copies = 1 + usize::from(random.percent(network.duplicate_percent));
        for _ in 0..copies {
            datagrams.push(Datagram { arrival: arrival(network, sent, random), sent, header });
        }
    }
    datagrams.sort_by_key(|datagram| datagram.arrival);
    (datagrams, sent_count)
}

fn is_silent(phone: Phone, index: u32) -> bool {
    let Some((speech, silence)) = phone.spurts_ms else { return false };
    (index * phone.ptime_ms) % (speech + silence) >= speech
}

fn arrival(network: Network, sent: Duration, random: &mut Random) -> Duration {
    let mut arrival = sent
        + Duration::from_micros(random.below(network.jitter_ms * 1_000 + network.jitter_us + 1));
    if let Some((from, longer)) = network.longer_ms
        && sent >= Duration::from_millis(from)
    {
        arrival += Duration::from_millis(longer);
    }
    if let Some((from, until)) = network.stall_ms
        && (Duration::from_millis(from)..Duration::from_millis(until)).contains(&arrival)
    {
        arrival = Duration::from_millis(until);
    }
    arrival
}

/// The header of the packet before, and how much earlier it was sent, if a copy of it comes along.
fn before(phone: Phone, header: &Header) -> Option<(Header, Duration)> {
    let timestamp = header.timestamp.wrapping_sub(phone.ptime_ms * 8);
    let sequence = header.sequence.wrapping_sub(1);
    let is_first = header.sequence == phone.first_sequence;
    let behind = Duration::from_millis(u64::from(phone.ptime_ms));
    let interval = behind.mul_f64(1.0 / (1.0 + phone.drift_ppm as f64 / 1e6));
    (phone.copies && !header.marker && !is_first)
        .then_some((Header { sequence, timestamp, ..*header }, interval))
}

/// The packet's place in time, in as many bytes as it has units.
fn payload(phone: Phone, sent: Duration) -> Vec<u8> {
    let mut payload = (sent.as_micros() as u64).to_be_bytes().to_vec();
    payload.resize((phone.ptime_ms * 8) as usize, 0);
    payload
}

/// One tick of the listener, who plays 20 ms from its queue, filled from the buffer as needed.
fn listen(buffer: &mut JitterBuffer, phone: Phone, now: Duration, queued: &mut u32, log: &mut Log) {
    while *queued < TICK_UNITS {
        if !pull(buffer, phone, now, queued, log) {
            log.silent_ticks += 1;
            *queued = 0;
            return;
        }
    }
    let change = match buffer.adjustment(now, *queued - TICK_UNITS) {
        Some(Adjustment::Shorten { units, takes_more, .. }) => {
            while takes_more && *queued < 2 * TICK_UNITS && buffer.has_next() {
                pull(buffer, phone, now, queued, log);
            }
            -i64::from(units.min(PERIOD_UNITS).min(*queued - TICK_UNITS))
        }
        Some(Adjustment::Lengthen { units, .. }) => i64::from(units.min(PERIOD_UNITS)),
        None => 0,
    };
    if change != 0 {
        buffer.adjusted(now, change, true);
        log.adjusted.push((now, change));
    }
    *queued = (i64::from(*queued) + change) as u32 - TICK_UNITS;
}

/// Takes one thing from the buffer into the queue; false if there is nothing.
fn pull(
    buffer: &mut JitterBuffer,
    phone: Phone,
    now: Duration,
    queued: &mut u32,
    log: &mut Log,
) -> bool {
    match buffer.next(now) {
        Next::Packet(stored) => {
            let sent = u64::from_be_bytes(stored.payload[..8].try_into().unwrap());
            let waits = crate::time::duration(u64::from(*queued), CLOCK_HZ);
            let delay = now + waits - Duration::from_micros(sent);
            let since = stored.timestamp.wrapping_sub(phone.first_timestamp);
            log.heard.push(Heard { at: now, delay, index: since / (phone.ptime_ms * 8) });
            assert!(stored.skip_units < stored.units);
            *queued += stored.units - stored.skip_units;
        }
        Next::Lost { timestamp_units, .. } | Next::Silent { timestamp_units } => {
            assert!((1..=CONCEALED_UNITS_MAX).contains(&timestamp_units));
            log.lost_units += u64::from(timestamp_units);
            *queued += timestamp_units;
        }
        Next::Wait => return false,
    }
    true
}
