//! Both halves of a leg's media face to face in virtual time, for tests: what one sends, the other hears, over a
//! network that loses packets.

use std::time::Duration;

use audio::codec::{CodecKind, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
use audio::level::Dbfs;
use audio::{Frame, Rate, TICK};
use mixer::{Interest, Output};
use rtp::packet::Packet;
use rtp::sender::Start;

use super::receiving::Receiving;
use super::sending::Sending;
use super::workbench::Workbench;
use crate::TelephoneEvents;
use crate::settings::{MediaSettings, Playout};
use crate::stats::{Counts, LegStats};

/// How packets wait that came when they are said to have come.
pub(crate) const PLAYOUT: Playout =
    Playout { depth: Duration::from_millis(20), grain: Duration::ZERO };

/// What a browser has agreed to.
pub(crate) fn settings(red: Option<u8>, encoder: EncoderSettings) -> MediaSettings {
    MediaSettings {
        codec: CodecKind::Opus,
        encoder,
        payload_type_send: 111,
        payload_type_receive: 111,
        telephone_events: Some(TelephoneEvents { send: 126, receive: 126 }),
        red,
        level_extension: Some(1),
        mid_extension: Some((4, "0".to_owned())),
        cname: "line".to_owned(),
    }
}

/// A voice of a few harmonics whose pitch and loudness wander as in speech, some ticks from the `start`th on.
pub(crate) fn voice(start: usize, ticks: usize) -> Vec<Frame> {
    let samples = Rate::Hz48000.tick_samples();
    let sample = |n: usize| {
        let seconds = n as f64 / 48_000.0;
        let turns = 140.0 * seconds + 3.0 * (1.7 * seconds).sin();
        let swell = 0.55 + 0.45 * (4.0 * std::f64::consts::TAU * seconds).sin();
        let harmonic =
            |h: u32| (f64::from(h) * std::f64::consts::TAU * turns).sin() / f64::from(h.pow(2));
        (0.3 * swell * (1..=12).map(harmonic).sum::<f64>()) as f32
    };
    let frame = |tick: usize| {
        let range = tick * samples..(tick + 1) * samples;
        Frame::from_samples(Rate::Hz48000, &range.map(sample).collect::<Vec<_>>())
    };
    (start..start + ticks).map(frame).collect()
}

/// Ticks of silence.
pub(crate) fn silence(ticks: usize) -> Vec<Frame> {
    vec![Frame::silent(Rate::Hz48000); ticks]
}

/// Random numbers that are the same each time (xorshift; Marsaglia, 2003).
pub(crate) struct Random(u32);

impl Random {
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9) | 1)
    }

    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) % 100 < percent
    }
}

/// A speaker, a network and a listener.
pub(crate) struct Line {
    encoder: Encoder,
    sending: Sending,
    receiving: Receiving,
    bench: Workbench,
    tick: u64,
    /// Packets sent, whether or not they arrived.
    pub(crate) sent: usize,
    /// What the listener heard, with zeros for silence.
    pub(crate) heard: Vec<f32>,
    /// Ticks in which there was something to be heard.
    pub(crate) ticks_heard: usize,
    pub(crate) totals: LegStats,
    pub(crate) counts: Counts,
}

impl Line {
    pub(crate) fn new(settings: &MediaSettings) -> Self {
        let start = Start { ssrc: 7, sequence: 65_500, timestamp: u32::MAX - 10_000 };
        let mut sending = Sending::new(settings, start);
        // As browsers do by themselves.
        sending.repeat(1);
        Self {
            encoder: Encoder::new(settings.codec, settings.encoder).unwrap(),
            sending,
            receiving: Receiving::new(settings, PLAYOUT).unwrap(),
            bench: Workbench::new(),
            tick: 0,
            sent: 0,
            heard: Vec::new(),
            ticks_heard: 0,
            totals: LegStats::default(),
            counts: Counts::default(),
        }
    }

    /// Says `frames`, of which the network loses those that `loses` names, to somebody with this interest.
    pub(crate) fn say(
        &mut self,
        frames: &[Frame],
        interest: Interest,
        loses: impl FnMut(usize) -> bool,
    ) {
        self.say_at_level(frames, interest, loses, |frame| Dbfs::of(frame.samples()));
    }

    /// The same, for one whose headers tell a level of its own.
    pub(crate) fn say_at_level(
        &mut self,
        frames: &[Frame],
        interest: Interest,
        mut loses: impl FnMut(usize) -> bool,
        level: impl Fn(&Frame) -> Dbfs,
    ) {
        for (index, frame) in frames.iter().enumerate() {
            let packet = self.packet(frame, level(frame));
            if !packet.is_empty() && !loses(index) {
                self.take(&packet);
            }
            self.hear(interest);
        }
    }

    /// Says `frames` over a network that has each packet so long on its way, in milliseconds.
    pub(crate) fn say_delayed(
        &mut self,
        frames: &[Frame],
        interest: Interest,
        delay_ms: impl Fn(usize) -> u64,
    ) {
        let mut coming: Vec<(Duration, Vec<u8>)> = Vec::new();
        for (index, frame) in frames.iter().enumerate() {
            let now = TICK * self.tick as u32;
            let packet = self.packet(frame, Dbfs::of(frame.samples()));
            coming.push((now + Duration::from_millis(delay_ms(index)), packet));
            let is_here = |(at, _): &mut (Duration, Vec<u8>)| *at <= now;
            let mut here: Vec<_> = coming.extract_if(.., is_here).collect();
            here.sort_by_key(|(at, _)| *at);
            for (at, packet) in here {
                self.take_at(at, &packet);
            }
            self.hear(interest);
        }
    }

    /// The next packet of the speaker's; empty if none is sent.
    fn packet(&mut self, frame: &Frame, level: Dbfs) -> Vec<u8> {
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let bytes = self.encoder.encode(frame, &mut payload).unwrap();
        let output = Output { payload: &payload[..bytes], level, has_voice: true };
        let mut packet = [0; 1_500];
        let Self { sending, totals, counts, .. } = self;
        let bytes = sending.write(self.tick, Some(output), &mut packet, totals, counts);
        self.sent += usize::from(bytes > 0);
        packet[..bytes].to_vec()
    }

    /// Lets a packet arrive.
    pub(crate) fn take(&mut self, packet: &[u8]) {
        self.take_at(TICK * self.tick as u32, packet);
    }

    fn take_at(&mut self, now: Duration, packet: &[u8]) {
        let Self { receiving, bench, totals, counts, .. } = self;
        receiving.take(now.into(), &Packet::parse(packet).unwrap(), bench, totals, counts);
    }

    /// Lets a tick pass for the listener, 1 ms after the packet came.
    pub(crate) fn hear(&mut self, interest: Interest) {
        let Self { receiving, bench, totals, counts, .. } = self;
        let now = TICK * self.tick as u32 + Duration::from_millis(1);
        let heard = receiving.hear(now, interest, bench, totals, counts);
        self.ticks_heard += usize::from(heard.is_some());
        match heard {
            Some(samples) => self.heard.extend(samples),
            None => self.heard.extend([0.0; 960]),
        }
        self.tick += 1;
    }

    pub(crate) fn receiving(&mut self) -> &mut Receiving {
        &mut self.receiving
    }

    /// What was heard from one tick on up to another.
    pub(crate) fn ticks(&self, range: std::ops::Range<usize>) -> &[f32] {
        &self.heard[range.start * 960..range.end * 960]
    }
}

/// How much louder a signal is than its difference to another, in decibels.
pub(crate) fn snr_db(signal: &[f32], other: &[f32]) -> f32 {
    let difference: Vec<f32> = signal.iter().zip(other).map(|(a, b)| a - b).collect();
    Dbfs::of(signal).decibels() - Dbfs::of(&difference).decibels()
}
