//! Those who take part: what they say, what they are sent, and how the network between is. They are built from
//! libopus and the standards, not from the server's receiving and mixing.

pub(crate) mod alone;
pub(crate) mod codec;
pub(crate) mod ear;
pub(crate) mod line;
pub(crate) mod mouth;
pub(crate) mod reports;

use std::sync::Arc;
use std::time::Duration;

use audio::codec::{CodecKind, EncoderSettings};

use crate::speech::RATE_HZ;
use crate::weather::Weather;

/// Somebody who takes part, by a line of its own.
#[derive(Debug, Clone)]
pub struct Participant {
    /// How it is connected.
    pub connection: Connection,
    /// The codec, in both directions; a browser's is Opus.
    pub codec: CodecKind,
    /// What it says, at [`RATE_HZ`], over and over; who says nothing sends nothing.
    pub says: Option<Arc<[f32]>>,
    /// What its microphone hears of its loudspeaker, if it hears any.
    pub returns: Option<Return>,
    /// How it encodes what it says.
    pub sends: Sends,
    /// How the server is to encode what it hears.
    pub hears: EncoderSettings,
    /// Whether it reports on what comes (RTCP).
    pub reports: bool,
    /// By how much its clock is fast, in parts per million.
    pub clock_ppm: f64,
    /// When its first packet begins, after the conference does.
    pub begins: Duration,
    /// The way to the server.
    pub up: Weather,
    /// The way from the server.
    pub down: Weather,
}

/// How somebody is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Plain RTP.
    Phone,
    /// SRTP, with ICE.
    Browser {
        /// How many packets before it each of its packets repeats (RFC 2198). If any, those that it is sent may repeat the
        /// two before.
        repeats: usize,
    },
}

impl Connection {
    /// How many packets before it each packet repeats.
    pub(crate) fn generations(self) -> usize {
        match self {
            Self::Phone => 0,
            Self::Browser { repeats } => repeats,
        }
    }
}

/// How somebody's microphone hears its loudspeaker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Return {
    /// How long after the sound left the server.
    pub after: Duration,
    /// By how many decibels fainter it is than it was sent.
    pub fainter_db: f64,
}

/// How somebody encodes what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sends {
    /// Sound in a packet, in milliseconds: 10 to 60.
    pub packet_ms: usize,
    /// Opus: bits a second.
    pub bitrate_bps: i32,
    /// Opus: whether it encodes for speech above all, as browsers do, or whatever sounds.
    pub for_speech: bool,
    /// Opus: whether packets carry a coarse copy of the one before.
    pub fec: bool,
    /// Opus: the loss to prepare for, in percent.
    pub expected_loss_percent: i32,
    /// Opus: how much of what was said before each packet repeats coarsely (DRED), in milliseconds. It then encodes for
    /// speech.
    pub dred_ms: u16,
    /// Whether next to nothing is sent in pauses: by Opus's own way, or that of RFC 3389.
    pub dtx: bool,
    /// After so long it goes on as another stream, and so on: with another source, number and time, as after a call
    /// was transferred.
    pub restarts: Option<Duration>,
}

impl Default for Sends {
    /// At a bit rate that nobody hears.
    fn default() -> Self {
        Self {
            packet_ms: 20,
            bitrate_bps: 48_000,
            for_speech: false,
            fec: false,
            expected_loss_percent: 0,
            dred_ms: 0,
            dtx: false,
            restarts: None,
        }
    }
}

/// How the server encodes for whom only what it received matters: so that next to nothing is lost on the way down.
pub const TRANSPARENT: EncoderSettings = EncoderSettings {
    opus_bitrate_bps: 128_000,
    opus_complexity: 10,
    opus_fec: false,
    opus_expected_loss_percent: 0,
    ..EncoderSettings::MIX
};

impl Participant {
    /// A phone that listens by a flawless network.
    #[must_use]
    pub fn phone(codec: CodecKind) -> Self {
        Self {
            connection: Connection::Phone,
            codec,
            says: None,
            returns: None,
            sends: Sends::default(),
            hears: TRANSPARENT,
            reports: true,
            clock_ppm: 0.0,
            begins: Duration::ZERO,
            up: Weather::default(),
            down: Weather::default(),
        }
    }

    /// A browser that listens by a flawless network, and may repeat packets as browsers do by themselves.
    #[must_use]
    pub fn browser(red: bool) -> Self {
        Self::repeating(usize::from(red))
    }

    /// A browser that listens by a flawless network, each packet of which repeats so many before it.
    #[must_use]
    pub fn repeating(repeats: usize) -> Self {
        Self { connection: Connection::Browser { repeats }, ..Self::phone(CodecKind::Opus) }
    }

    /// The same, who says this.
    #[must_use]
    pub fn saying(mut self, says: Arc<[f32]>) -> Self {
        self.says = Some(says);
        self
    }

    /// The same, whose microphone hears its loudspeaker. It sends what it hears then, if nothing else.
    #[must_use]
    pub fn returning(mut self, returned: Return) -> Self {
        self.returns = Some(returned);
        self.says.get_or_insert_with(|| vec![0.0; RATE_HZ as usize].into());
        self
    }

    /// The payload type of redundant audio, where that was agreed on.
    pub(crate) fn red_type(&self) -> Option<u8> {
        (self.connection.generations() > 0).then_some(RED_TYPE)
    }

    /// The payload type of what it sends and is sent.
    pub(crate) fn payload_type(&self) -> u8 {
        match self.codec {
            CodecKind::Pcmu => 0,
            CodecKind::Pcma => 8,
            CodecKind::G722 => 9,
            CodecKind::Opus => OPUS_TYPE,
        }
    }
}

/// The payload type of Opus.
pub(crate) const OPUS_TYPE: u8 = 111;

/// The payload type of redundant audio (RFC 2198).
const RED_TYPE: u8 = 63;
