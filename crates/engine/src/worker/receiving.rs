//! From a peer's packets to samples: statistics, digits, redundancy, jitter buffer, and the ear.
//!
//! What is lost comes back in one of three ways: as the copy that the next packet carries (RED, RFC 2198),
//! which takes its place in the jitter buffer; as the coarse version that the next packet has of it (in-band FEC
//! of Opus, or DRED); or else as a guess, by neural networks where one of the worker's places for them is free.
//! Where playout is behind or ahead of where the network allows it to be, the decoded sound is made shorter or
//! longer, by whole periods of the voice.
//!
//! Most of those in a large room say nothing for minutes. Whoever is known to be too faint to be heard *rests* after two
//! seconds: its packets are counted and timed, and no more; it has no tick until one comes that might be heard.

use std::time::Duration;

use audio::TICK;
use audio::codec::{CodecError, CodecKind, DECODED_SAMPLES_MAX, PAYLOAD_BYTES_MAX};
use audio::stretch::Stretcher;
use mixer::Interest;
use rtp::extension::{AudioLevel, DBOV_MAX};
use rtp::jitter::{Adjustment, Care, Framing, Insert, JitterBuffer, Next, Reading, Settings};
use rtp::packet::{Header, PAYLOAD_TYPE_COMFORT_NOISE, Packet};
use rtp::red::{Block, Blocks};
use rtp::stats::ReceiveStats;
use rtp::{telephone_event, time};

use super::ear::{Ear, Rest, Stretch};
use super::workbench::{LeftOver, Workbench};
use crate::settings::{MediaSettings, Playout};
use crate::stats::{Counts, LegStats};

/// Longest packet of 8-bit samples that is taken, in bytes: 120 ms.
const OCTET_PAYLOAD_BYTES_MAX: usize = 960;

/// Packets that wait at most: 320 ms in packets of 10 ms, above the deepest buffer.
const PACKETS_MAX: usize = 32;

/// Bytes of 8-bit samples that wait at most: half a second, above what so many packets of 10 ms last.
const OCTET_BYTES_MAX: usize = 4_000;

/// Bytes of Opus that wait at most: half a second at 128 kbit/s, which is more than a browser sends of a voice, and
/// 125 ms at the highest of bit rates.
const OPUS_BYTES_MAX: usize = 8_000;

/// Turns of the loop that fills a tick: packets of 2.5 ms need eight, and no peer may have more.
const FILL_STEPS_MAX: usize = 16;

/// The receiving half of a leg, for one codec.
pub(crate) struct Receiving {
    payload_type: u8,
    red_type: Option<u8>,
    event_type: Option<u8>,
    level_extension: Option<u8>,
    keys: telephone_event::Receiver,
    stats: ReceiveStats,
    jitter: JitterBuffer,
    ear: Ear,
    stretcher: Stretcher,
    left_over: LeftOver,
    /// Whether what is left over was listened to.
    left_over_sounds: bool,
    /// Samples for each unit of the RTP clock: 2 for G.722, whose clock is half of its rate.
    samples_per_unit: usize,
    ticks: TicksHeard,
    /// Whether nothing of the peer's waits, nor will before something comes that might be heard.
    rests: bool,
}

/// Ticks in which a peer was listened to, and what they were made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TicksHeard {
    pub(crate) heard: u64,
    /// Of them, those with a guess at what was lost.
    pub(crate) concealed: u64,
    /// Of them, those with a coarse version of what was lost.
    pub(crate) coarse: u64,
}

impl Receiving {
    /// With a jitter buffer of the depth of `playout`, and deeper where jitter, losses or clocks need it.
    pub(crate) fn new(settings: &MediaSettings, playout: Playout) -> Result<Self, CodecError> {
        let codec = settings.codec;
        let clock_hz = codec.rtp_clock_hz();
        let samples_per_unit = (codec.audio_rate().hz() / clock_hz) as usize;
        let (framing, payload_bytes_max, bytes_max) = match codec {
            CodecKind::Opus => (Framing::Opus, PAYLOAD_BYTES_MAX, OPUS_BYTES_MAX),
            _ => (Framing::OctetPerUnit, OCTET_PAYLOAD_BYTES_MAX, OCTET_BYTES_MAX),
        };
        let packet_samples_max = match codec {
            CodecKind::Opus => DECODED_SAMPLES_MAX,
            _ => OCTET_PAYLOAD_BYTES_MAX * samples_per_unit,
        };
        let jitter = JitterBuffer::new(Settings {
            depth: playout.depth,
            grain: playout.grain,
            // From in-band FEC, or by a bridge from both of the gap's sides.
            recovers: true,
            comfort_noise: (codec != CodecKind::Opus).then_some(PAYLOAD_TYPE_COMFORT_NOISE),
            clock_hz,
            framing,
            tick: TICK,
            packets_max: PACKETS_MAX,
            payload_bytes_max,
            bytes_max,
        });
        Ok(Self {
            payload_type: settings.payload_type_receive,
            red_type: settings.red,
            event_type: settings.telephone_events.map(|events| events.receive),
            level_extension: settings.level_extension,
            keys: telephone_event::Receiver::new(),
            stats: ReceiveStats::new(clock_hz),
            jitter,
            ear: Ear::new(codec)?,
            stretcher: Stretcher::new(codec.audio_rate()),
            left_over: LeftOver::new(codec.audio_rate(), packet_samples_max),
            left_over_sounds: false,
            samples_per_unit,
            ticks: TicksHeard::default(),
            rests: false,
        })
    }

    /// Takes on other payload types for the same codec.
    pub(crate) fn set_payload_types(&mut self, settings: &MediaSettings) {
        self.payload_type = settings.payload_type_receive;
        self.event_type = settings.telephone_events.map(|events| events.receive);
    }

    /// Takes a packet of the peer's; gives the digit that it begins, if any. What is said to be silent may be looked
    /// at on `bench`.
    pub(crate) fn take(
        &mut self,
        reading: Reading,
        packet: &Packet<'_>,
        bench: &mut Workbench,
        totals: &mut LegStats,
        counts: &mut Counts,
    ) -> Option<char> {
        self.count(reading.at, packet, totals, counts);
        if packet.payload().is_empty() {
            // Padding alone, by which browsers probe how much the network carries.
            return None;
        }
        match packet.payload_type() {
            kind if Some(kind) == self.event_type => {
                self.jitter.note_other(packet);
                return self.keys.receive(packet).map(telephone_event::Digit::as_char);
            }
            kind if Some(kind) == self.red_type => {
                self.take_redundant(reading, packet, (bench, counts));
            }
            kind if kind == self.payload_type => {
                let level = self.level_of(packet);
                self.store(reading, packet, level, (bench, counts));
            }
            PAYLOAD_TYPE_COMFORT_NOISE if self.ear.takes_comfort_noise() => {
                // It begins with its level (RFC 3389 section 3.1).
                let level = packet.payload().first().map(|level| level & DBOV_MAX);
                self.rest_or_insert(reading, packet, level, (bench, counts));
            }
            PAYLOAD_TYPE_COMFORT_NOISE => self.jitter.note_other(packet),
            _ => counts.dropped_payload_type += 1,
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

    /// Whether there is nothing of the peer's to be [heard](Self::hear), until it sends something.
    pub(crate) fn rests(&self) -> bool {
        self.rests
    }

    /// The room may listen to what it didn't listen to before.
    pub(crate) fn rouse(&mut self) {
        self.ear.rouse();
        self.rests = false;
    }

    /// The sound of this tick, at the codec's rate, put together on `bench`; none if the peer is
    /// silent, or nothing that the room has an interest in.
    pub(crate) fn hear<'b>(
        &mut self,
        now: Duration,
        interest: Interest,
        bench: &'b mut Workbench,
        totals: &mut LegStats,
        counts: &mut Counts,
    ) -> Option<&'b [f32]> {
        let mut tick = Tick { sounds: self.left_over_sounds, ..Tick::default() };
        bench.begin(&self.left_over);
        bench.deep.begin(now);
        for _ in 0..FILL_STEPS_MAX {
            if bench.has_tick(&self.left_over) || !self.fill(now, interest, bench, &mut tick) {
                break;
            }
        }
        if bench.has_tick(&self.left_over) {
            self.adjust(now, interest, bench, &mut tick);
        } else {
            bench.run_out(&self.left_over);
        }
        tick.count(totals, counts);
        let heard = bench.finish(&mut self.left_over).filter(|_| tick.sounds);
        if let Some(samples) = heard {
            self.stretcher.hear(samples);
        }
        self.left_over_sounds = tick.sounds && !self.left_over.is_empty();
        self.ticks.heard += u64::from(heard.is_some());
        self.ticks.concealed += u64::from(tick.is_concealed);
        self.ticks.coarse += u64::from(tick.is_coarse);
        heard
    }

    /// Reads a little of all the memory that the next packet, or the next tick, will need.
    pub(crate) fn warm(&self) -> u64 {
        self.jitter.warm() ^ self.ticks.heard ^ u64::from(self.stats.packets())
    }

    /// What the peer's stream is like.
    pub(crate) fn stats(&mut self) -> &mut ReceiveStats {
        &mut self.stats
    }

    /// The stream that the peer sends, if it has sent any.
    pub(crate) fn ssrc(&self) -> Option<u32> {
        self.stats.ssrc()
    }

    /// Ticks in which the peer was listened to.
    pub(crate) fn ticks(&self) -> TicksHeard {
        self.ticks
    }

    /// How long packets wait.
    pub(crate) fn depth(&self) -> Duration {
        self.jitter.depth()
    }

    /// Adds what the statistics know of the stream to a leg's.
    pub(crate) fn add_to(&self, totals: &mut LegStats) {
        totals.packets_lost += i64::from(self.stats.lost());
        totals.jitter = self.stats.jitter();
    }

    /// Puts what is due next on the bench; false if nothing is.
    fn fill(
        &mut self,
        now: Duration,
        interest: Interest,
        bench: &mut Workbench,
        tick: &mut Tick,
    ) -> bool {
        let Self { jitter, ear, samples_per_unit, .. } = self;
        let samples = |units: u32| *samples_per_unit * units as usize;
        tick.add(match jitter.next(now) {
            Next::Wait => return false,
            Next::Lost { timestamp_units, following } => {
                ear.loss(bench, samples(timestamp_units), following)
            }
            Next::Silent { timestamp_units } => ear.silence(bench, samples(timestamp_units)),
            Next::Packet(stored) => {
                let lengths = (samples(stored.units), samples(stored.skip_units));
                ear.packet(bench, &stored, lengths, interest)
            }
        });
        true
    }

    /// Makes the sound of the tick shorter or longer, if playout isn't where it should be.
    fn adjust(
        &mut self,
        now: Duration,
        interest: Interest,
        bench: &mut Workbench,
        tick: &mut Tick,
    ) {
        let left = bench.left(&self.left_over) / self.samples_per_unit;
        let Some(adjustment) = self.jitter.adjustment(now, left as u32) else { return };
        let change = match adjustment {
            Adjustment::Shorten { units, takes_more, care } => {
                // Two ticks are enough for the longest period to be found and taken out.
                while takes_more
                    && bench.left(&self.left_over) < self.left_over.tick_samples()
                    && self.jitter.has_next()
                    && self.fill(now, interest, bench, tick)
                {}
                let most = self.samples_per_unit * units as usize;
                -(self.shorten(bench, most, care, tick.sounds) as i64)
            }
            Adjustment::Lengthen { units, care } => {
                let most = self.samples_per_unit * units as usize;
                self.lengthen(bench, most, care, tick.sounds) as i64
            }
        };
        self.jitter.adjusted(now, change / self.samples_per_unit as i64, tick.sounds);
    }

    /// Takes at most so many samples from the bench, of what is not needed for the tick; gives how many.
    fn shorten(&self, bench: &mut Workbench, most: usize, care: Care, is_heard: bool) -> usize {
        let most = most.min(bench.left(&self.left_over));
        bench.shorten(|samples| match is_heard {
            true => self.stretcher.shorten(samples, most, likeness_min(care)),
            false => most,
        })
    }

    /// Adds at most so many samples to the bench; gives how many.
    fn lengthen(&self, bench: &mut Workbench, most: usize, care: Care, is_heard: bool) -> usize {
        let most = most.min(self.left_over.tick_samples());
        if is_heard {
            let likeness_min = likeness_min(care);
            return bench.lengthen(|samples, length| {
                self.stretcher.lengthen(samples, length, most, likeness_min)
            });
        }
        bench.silence(most);
        most
    }

    /// What a packet's header tells of its level, in -dBov.
    fn level_of(&self, packet: &Packet<'_>) -> Option<u8> {
        let element = packet.extensions().get(self.level_extension?)?;
        Some(AudioLevel::parse(element)?.dbov)
    }

    /// Puts a packet into the jitter buffer, whose header told this level; gives whether it waits there.
    fn store(
        &mut self,
        reading: Reading,
        packet: &Packet<'_>,
        level: Option<u8>,
        means: (&mut Workbench, &mut Counts),
    ) -> bool {
        let level = self.ear.level_of(packet.payload(), level);
        self.rest_or_insert(reading, packet, level, means)
    }

    /// Passes over a packet of this level if the peer rests, or else puts it into the jitter buffer; gives whether it
    /// waits there.
    fn rest_or_insert(
        &mut self,
        reading: Reading,
        packet: &Packet<'_>,
        level: Option<u8>,
        (bench, counts): (&mut Workbench, &mut Counts),
    ) -> bool {
        let rest = self.ear.rests(packet.payload(), level, bench);
        self.rests = rest == Rest::Yes;
        counts.levels_untrue += u64::from(rest == Rest::Broken);
        if !self.rests {
            let insert = self.jitter.insert_with_level(reading, packet, level);
            return self.note_insert(insert, counts);
        }
        self.left_over.clear();
        self.left_over_sounds = false;
        counts.undecoded += 1;
        let passed = self.jitter.pass_over(reading, packet, |waiting| self.ear.keep(waiting));
        if self.note_insert(passed, counts) {
            self.ear.keep(packet.payload());
        }
        false
    }

    /// Notes what has become of a packet; gives whether it is the stream's next.
    fn note_insert(&mut self, insert: Insert, counts: &mut Counts) -> bool {
        match insert {
            Insert::Stored | Insert::Passed => return true,
            Insert::Restarted => {
                self.ear.turn_to_another();
                return true;
            }
            Insert::Malformed => counts.decode_errors += 1,
            Insert::Duplicate | Insert::Late | Insert::Stray | Insert::TooLong => {
                counts.dropped_by_jitter += 1;
            }
        }
        false
    }

    /// Takes a packet that carries earlier ones along (RFC 2198): its own payload as that of any
    /// other, and of the earlier ones those that were lost.
    fn take_redundant(
        &mut self,
        reading: Reading,
        packet: &Packet<'_>,
        (bench, counts): (&mut Workbench, &mut Counts),
    ) {
        let Ok(blocks) = Blocks::parse(packet.payload()) else {
            counts.decode_errors += 1;
            return;
        };
        let copies = blocks.count().saturating_sub(1);
        let is_ours = |block: &Block<'_>| block.payload_type == self.payload_type;
        let Some(primary) = blocks.last().filter(is_ours) else {
            counts.dropped_payload_type += 1;
            return;
        };
        let header = Header { payload_type: primary.payload_type, ..*packet.header() };
        let level = self.level_of(packet);
        let packet = Packet::new(header, primary.payload);
        if !self.store(reading, &packet, level, (bench, counts)) {
            return;
        }
        // The oldest comes first, and each is taken to be of the packet right before the next.
        for (block, behind) in blocks.zip((1..=copies).rev()) {
            if block.payload_type != self.payload_type {
                continue;
            }
            let copy = Header {
                marker: false,
                sequence: header.sequence.wrapping_sub(behind as u16),
                timestamp: header.timestamp.wrapping_sub(block.timestamp_offset),
                ..header
            };
            let clock_hz = self.jitter.settings().clock_hz;
            let earlier = time::duration(u64::from(block.timestamp_offset), clock_hz);
            let level = self.ear.level_of(block.payload, level);
            self.jitter.insert_copy(reading.at, &Packet::new(copy, block.payload), earlier, level);
        }
    }
}

/// How alike the sound must be that meets where a period of it was taken out or put in: the bounds of NetEQ's
/// accelerate, in its normal and its fast mode. Nothing but a pause is beyond all likeness.
fn likeness_min(care: Care) -> f32 {
    match care {
        Care::Patient => f32::INFINITY,
        Care::Gentle => 0.9,
        Care::Firm => 0.5,
        Care::Forced => -1.0,
    }
}

/// What a tick was put together from.
#[derive(Debug, Default)]
struct Tick {
    /// Whether there is anything to be listened to in it.
    sounds: bool,
    is_copied: bool,
    is_coarse: bool,
    is_concealed: bool,
    undecoded: u64,
    malformed: u64,
    untrue: u64,
}

impl Tick {
    fn add(&mut self, stretch: Stretch) {
        self.sounds |= stretch != Stretch::Undecoded;
        match stretch {
            Stretch::Decoded | Stretch::Silent => {}
            Stretch::Untrue => self.untrue += 1,
            Stretch::Copied => self.is_copied = true,
            Stretch::Coarse => self.is_coarse = true,
            Stretch::Concealed => self.is_concealed = true,
            Stretch::Malformed => {
                self.is_concealed = true;
                self.malformed += 1;
            }
            Stretch::Undecoded => self.undecoded += 1,
        }
    }

    fn count(&self, totals: &mut LegStats, counts: &mut Counts) {
        totals.concealed += u64::from(self.is_concealed);
        counts.concealed += u64::from(self.is_concealed);
        let is_recovered = self.is_copied || self.is_coarse;
        totals.recovered += u64::from(is_recovered);
        counts.recovered += u64::from(is_recovered);
        totals.decode_errors += self.malformed;
        counts.decode_errors += self.malformed;
        counts.undecoded += self.undecoded;
        counts.levels_untrue += self.untrue;
    }
}

#[cfg(test)]
mod tests;
