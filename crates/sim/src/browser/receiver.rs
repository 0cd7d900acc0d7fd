//! What a browser receives: counted, and heard.

use std::time::{Duration, Instant};

use audio::Rate;
use audio::codec::{CodecError, CodecKind};
use audio::resample::Resampler;
use rtp::extension::AudioLevel;
use rtp::packet::Packet;
use rtp::red::Blocks;
use rtp::stats::ReceiveStats;
use sdp::browser::BrowserNegotiated;

use super::Hears;
use crate::phone::Ear;

/// Sound below this isn't heard: -40 dBFS, under any speech and above what a codec makes of silence.
const AUDIBLE: f32 = 0.01;

/// What a browser has received so far.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Packets of sound.
    pub packets: u64,
    /// Packets that SRTP didn't open.
    pub unopened: u64,
    /// Packets that should have come and didn't.
    pub lost: i32,
    /// When the first sound came that is more than silence.
    pub first_sound: Option<Instant>,
    /// The longest time between two packets.
    pub longest_gap: Duration,
    /// The level in the header of the last packet.
    pub level: Option<AudioLevel>,
    /// Reports of the server's.
    pub reports: u64,
    /// From here to the server and back, as the server's reports tell.
    pub round_trip: Option<Duration>,
}

/// Sound as it was heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Captured {
    rate: Option<Rate>,
    samples: Vec<f32>,
}

impl Captured {
    /// The same in the telephone's band: at 8 kHz.
    pub(super) fn at_8_khz(&self) -> Vec<f32> {
        let Some(rate) = self.rate else { return Vec::new() };
        let mut resampler = Resampler::new(rate, Rate::Hz8000);
        let whole = self.samples.len() / rate.tick_samples() * rate.tick_samples();
        let mut sound = vec![0.0; resampler.output_samples(whole)];
        resampler.process(self.samples.get(..whole).unwrap_or_default(), &mut sound);
        sound
    }
}

/// Takes in the stream that a browser is sent.
pub(super) struct Receiver {
    ear: Option<Ear>,
    agreed: BrowserNegotiated,
    pub(super) stats: ReceiveStats,
    pub(super) heard: Heard,
    last: Option<Instant>,
}

impl Receiver {
    pub(super) fn new(hears: Hears, agreed: BrowserNegotiated) -> Result<Self, CodecError> {
        let ear = match hears {
            Hears::Everything => Some(Ear::new(CodecKind::Opus)?),
            Hears::Packets => None,
        };
        let stats = ReceiveStats::new(CodecKind::Opus.rtp_clock_hz());
        Ok(Self { ear, agreed, stats, heard: Heard::default(), last: None })
    }

    /// Takes a packet that was opened; `since` is the time by which reports count.
    pub(super) fn take(&mut self, now: Instant, since: Duration, datagram: &[u8]) {
        let Ok(packet) = Packet::parse(datagram) else { return };
        self.stats.received(since, packet.header());
        let level = self.agreed.level_extension.and_then(|id| packet.extensions().get(id));
        self.heard.level = level.and_then(AudioLevel::parse);
        self.heard.packets += 1;
        self.heard.lost = self.stats.lost();
        let gap = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.heard.longest_gap = self.heard.longest_gap.max(gap);
        self.last = Some(now);
        if let Some(payload) = self.primary(&packet) {
            self.listen(now, &Packet::new(*packet.header(), payload));
        }
    }

    /// What it heard so far.
    pub(super) fn captured(&self) -> Captured {
        let Some(ear) = &self.ear else { return Captured::default() };
        Captured { rate: Some(ear.rate()), samples: ear.heard().to_vec() }
    }

    /// Forgets what it heard and counted.
    pub(super) fn forget(&mut self) {
        if let Some(ear) = &mut self.ear {
            ear.clear();
        }
        let round_trip = self.heard.round_trip;
        self.heard = Heard { round_trip, lost: 0, ..Heard::default() };
        self.last = None;
    }

    /// The sound itself, without what is said again.
    fn primary<'a>(&self, packet: &Packet<'a>) -> Option<&'a [u8]> {
        if packet.payload_type() == self.agreed.payload_type {
            return Some(packet.payload());
        }
        if Some(packet.payload_type()) != self.agreed.red {
            return None;
        }
        let mut blocks = Blocks::parse(packet.payload()).ok()?;
        blocks.find(|block| block.is_primary).map(|block| block.payload)
    }

    fn listen(&mut self, now: Instant, packet: &Packet<'_>) {
        let Some(ear) = &mut self.ear else { return };
        let before = ear.heard().len();
        if let Err(error) = ear.hear(packet) {
            tracing::debug!(%error, "a browser can't decode");
        }
        let new = ear.heard().get(before..).unwrap_or_default();
        if self.heard.first_sound.is_none() && new.iter().any(|sample| sample.abs() > AUDIBLE) {
            self.heard.first_sound = Some(now);
        }
    }
}
