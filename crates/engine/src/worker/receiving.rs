//! From a peer's packets to samples: statistics, digits, jitter buffer, decoder.

use std::time::Duration;

use audio::TICK;
use audio::codec::{CodecError, CodecKind, Decoder, PAYLOAD_BYTES_MAX};
use rtp::jitter::{Framing, Insert, JitterBuffer, Next, Settings};
use rtp::packet::Packet;
use rtp::stats::ReceiveStats;
use rtp::telephone_event;

use super::workbench::{LeftOver, Workbench};
use crate::settings::MediaSettings;
use crate::stats::{Counts, LegStats};

/// Comfort noise (RFC 3389): its absence is as comfortable, so it is taken without a word.
const PAYLOAD_TYPE_COMFORT_NOISE: u8 = 13;

/// Longest packet of 8-bit samples that is taken, in bytes: 120 ms.
const OCTET_PAYLOAD_BYTES_MAX: usize = 960;

/// Packets that wait at most: 320 ms in packets of 10 ms, above the deepest buffer.
const PACKETS_MAX: usize = 32;

/// Turns of the loop that fills a tick: packets of 2.5 ms need eight, and no peer may have more.
const FILL_STEPS_MAX: usize = 16;

/// The receiving half of a leg, for one codec.
pub(crate) struct Receiving {
    payload_type: u8,
    event_type: Option<u8>,
    keys: telephone_event::Receiver,
    stats: ReceiveStats,
    jitter: JitterBuffer,
    decoder: Decoder,
    left_over: LeftOver,
    /// Samples for each unit of the RTP clock: 2 for G.722, whose clock is half of its rate.
    samples_per_unit: usize,
}

impl Receiving {
    pub(crate) fn new(settings: &MediaSettings, depth: Duration) -> Result<Self, CodecError> {
        let codec = settings.codec;
        let clock_hz = codec.rtp_clock_hz();
        let (framing, payload_bytes_max) = match codec {
            CodecKind::Opus => (Framing::Opus, PAYLOAD_BYTES_MAX),
            _ => (Framing::OctetPerUnit, OCTET_PAYLOAD_BYTES_MAX),
        };
        let jitter = JitterBuffer::new(Settings {
            depth,
            clock_hz,
            framing,
            tick: TICK,
            packets_max: PACKETS_MAX,
            payload_bytes_max,
        });
        Ok(Self {
            payload_type: settings.payload_type_receive,
            event_type: settings.telephone_events.map(|events| events.receive),
            keys: telephone_event::Receiver::new(),
            stats: ReceiveStats::new(clock_hz),
            jitter,
            decoder: Decoder::new(codec)?,
            left_over: LeftOver::new(codec.audio_rate()),
            samples_per_unit: (codec.audio_rate().hz() / clock_hz) as usize,
        })
    }

    /// Takes on other payload types for the same codec.
    pub(crate) fn set_payload_types(&mut self, settings: &MediaSettings) {
        self.payload_type = settings.payload_type_receive;
        self.event_type = settings.telephone_events.map(|events| events.receive);
    }

    /// Takes a packet of the peer's that arrived at `now`; gives the digit that it begins, if any.
    pub(crate) fn take(
        &mut self,
        now: Duration,
        packet: &Packet<'_>,
        totals: &mut LegStats,
        counts: &mut Counts,
    ) -> Option<char> {
        self.count(now, packet, totals, counts);
        let payload_type = packet.payload_type();
        if Some(payload_type) == self.event_type {
            return self.keys.receive(packet).map(telephone_event::Digit::as_char);
        }
        if payload_type != self.payload_type {
            counts.dropped_payload_type += u64::from(payload_type != PAYLOAD_TYPE_COMFORT_NOISE);
            return None;
        }
        match self.jitter.insert(now, packet) {
            Insert::Stored | Insert::Restarted => {}
            Insert::Malformed => counts.decode_errors += 1,
            Insert::Duplicate | Insert::Late | Insert::Stray | Insert::TooLong => {
                counts.dropped_by_jitter += 1;
            }
        }
        None
    }

    /// Counts a packet of the peer's, for the reports: all that is done with it while the leg is held.
    pub(crate) fn count(
        &mut self,
        now: Duration,
        packet: &Packet<'_>,
        totals: &mut LegStats,
        counts: &mut Counts,
    ) {
        self.stats.received(now, packet.header());
        counts.packets_received += 1;
        totals.packets_received += 1;
        totals.bytes_received += packet.payload().len() as u64;
    }

    /// The sound of this tick, at the codec's rate, put together on `bench`; none if the peer is
    /// silent.
    pub(crate) fn hear<'b>(
        &mut self,
        now: Duration,
        bench: &'b mut Workbench,
        totals: &mut LegStats,
        counts: &mut Counts,
    ) -> Option<&'b [f32]> {
        let Self { jitter, decoder, left_over, samples_per_unit, .. } = self;
        let samples = |units: u32| *samples_per_unit * units as usize;
        let mut is_concealed = false;
        bench.begin(left_over);
        for _ in 0..FILL_STEPS_MAX {
            if bench.has_tick(left_over) {
                break;
            }
            let missing = match jitter.next(now) {
                Next::Wait => break,
                Next::Lost { timestamp_units, .. } | Next::Silent { timestamp_units } => {
                    samples(timestamp_units)
                }
                Next::Packet(stored) => {
                    let skip = samples(stored.skip_units);
                    if decode(decoder, bench, stored.payload, skip).is_ok() {
                        continue;
                    }
                    totals.decode_errors += 1;
                    counts.decode_errors += 1;
                    samples(stored.units).saturating_sub(skip)
                }
            };
            is_concealed = true;
            conceal(decoder, bench, missing);
        }
        totals.concealed += u64::from(is_concealed);
        counts.concealed += u64::from(is_concealed);
        bench.finish(left_over)
    }

    /// What the peer's stream is like.
    pub(crate) fn stats(&mut self) -> &mut ReceiveStats {
        &mut self.stats
    }

    /// The stream that the peer sends, if it has sent any.
    pub(crate) fn ssrc(&self) -> Option<u32> {
        self.stats.ssrc()
    }

    /// Adds what the statistics know of the stream to a leg's.
    pub(crate) fn add_to(&self, totals: &mut LegStats) {
        totals.packets_lost += i64::from(self.stats.lost());
        totals.jitter = self.stats.jitter();
    }
}

/// Decodes a payload onto the bench, less `skip` samples at its front.
fn decode(
    decoder: &mut Decoder,
    bench: &mut Workbench,
    payload: &[u8],
    skip: usize,
) -> Result<(), CodecError> {
    let mut result = Ok(());
    bench.extend(|room| match decoder.decode(payload, room) {
        Ok(samples) => {
            let skip = skip.min(samples);
            room.copy_within(skip..samples, 0);
            samples - skip
        }
        Err(error) => {
            result = Err(error);
            0
        }
    });
    result
}

/// Bridges so many samples.
fn conceal(decoder: &mut Decoder, bench: &mut Workbench, samples: usize) {
    bench.extend(|room| {
        let samples = samples.min(room.len());
        decoder.conceal(&mut room[..samples]);
        samples
    });
}
