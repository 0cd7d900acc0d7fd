//! From a peer's packets to samples: statistics, digits, jitter buffer, decoder, sample queue.

use std::time::Duration;

use audio::TICK;
use audio::codec::{CodecError, CodecKind, Decoder, PAYLOAD_BYTES_MAX};
use rtp::jitter::{Framing, Insert, JitterBuffer, Next, Settings};
use rtp::packet::Packet;
use rtp::stats::ReceiveStats;
use rtp::telephone_event;

use super::fifo::SampleFifo;
use crate::LegSettings;
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
    fifo: SampleFifo,
    /// Samples for each unit of the RTP clock: 2 for G.722, whose clock is half of its rate.
    samples_per_unit: usize,
}

impl Receiving {
    pub(crate) fn new(settings: &LegSettings, depth: Duration) -> Result<Self, CodecError> {
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
            fifo: SampleFifo::new(codec.audio_rate()),
            samples_per_unit: (codec.audio_rate().hz() / clock_hz) as usize,
        })
    }

    /// Takes on other payload types for the same codec.
    pub(crate) fn set_payload_types(&mut self, settings: &LegSettings) {
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
        self.stats.received(now, packet.header());
        counts.packets_received += 1;
        totals.packets_received += 1;
        totals.bytes_received += packet.payload().len() as u64;
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

    /// The sound of this tick, at the codec's rate; none if the peer is silent.
    pub(crate) fn hear(
        &mut self,
        now: Duration,
        totals: &mut LegStats,
        counts: &mut Counts,
    ) -> Option<&[f32]> {
        let mut is_concealed = false;
        for _ in 0..FILL_STEPS_MAX {
            if self.fifo.has_tick() {
                break;
            }
            let step = match self.jitter.next(now) {
                Next::Wait => break,
                Next::Packet(stored) => {
                    let skip = self.samples_per_unit * stored.skip_units as usize;
                    let lasts = self.samples_per_unit * stored.units as usize;
                    let decoded = decode(&mut self.decoder, &mut self.fifo, stored.payload, skip);
                    decoded.map_err(|_| lasts.saturating_sub(skip))
                }
                Next::Lost { timestamp_units } => {
                    is_concealed = true;
                    conceal(
                        &mut self.decoder,
                        &mut self.fifo,
                        self.samples_per_unit * timestamp_units as usize,
                    );
                    Ok(())
                }
            };
            if let Err(missing) = step {
                is_concealed = true;
                totals.decode_errors += 1;
                counts.decode_errors += 1;
                conceal(&mut self.decoder, &mut self.fifo, missing);
            }
        }
        totals.concealed += u64::from(is_concealed);
        counts.concealed += u64::from(is_concealed);
        self.fifo.take_tick()
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

/// Decodes a payload into the queue, less `skip` samples at its front.
fn decode(
    decoder: &mut Decoder,
    fifo: &mut SampleFifo,
    payload: &[u8],
    skip: usize,
) -> Result<(), CodecError> {
    let mut result = Ok(());
    fifo.extend(|room| match decoder.decode(payload, room) {
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
fn conceal(decoder: &mut Decoder, fifo: &mut SampleFifo, samples: usize) {
    fifo.extend(|room| {
        let samples = samples.min(room.len());
        decoder.conceal(&mut room[..samples]);
        samples
    });
}
