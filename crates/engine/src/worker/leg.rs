//! One call's media: everything that a worker knows of it. Built by the control side.

use std::time::Duration;

use audio::codec::CodecError;
use mixer::{Member, SlotId};
use rtp::sender::Start;

use super::receiving::Receiving;
use super::reporting::{Moment, Reporting};
use super::sending::Sending;
use super::timeout::SilenceWatch;
use super::transport::plain::Plain;
use super::workbench::Workbench;
use crate::settings::MediaSettings;
use crate::stats::{Counts, LegStats};
use crate::{EngineSettings, LegId, LegSettings};

/// Where a leg, its room and its port stand in the worker's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) leg: u32,
    pub(crate) room: u32,
    pub(crate) port: u32,
}

/// What depends on the codec, and is replaced with it.
pub(crate) struct Media {
    pub(crate) receiving: Receiving,
    pub(crate) sending: Sending,
    /// The leg's part of the room while it is outside of it: before it joins and after it left.
    pub(crate) member: Option<Box<Member>>,
}

impl Media {
    fn new(settings: &MediaSettings, engine: &EngineSettings) -> Result<Self, CodecError> {
        let start =
            Start { ssrc: rand::random(), sequence: rand::random(), timestamp: rand::random() };
        Ok(Self {
            receiving: Receiving::new(settings, engine.jitter_depth)?,
            sending: Sending::new(settings, start),
            member: Some(Box::new(Member::new(settings.codec, settings.encoder)?)),
        })
    }
}

/// A change to a leg, on its way in; and what it has replaced, on its way back.
pub(crate) struct LegUpdate {
    settings: LegSettings,
    /// The part of them that the leg's media is told when the codec stays.
    common: MediaSettings,
    /// When the codec changes.
    pub(crate) media: Option<Media>,
}

impl LegUpdate {
    /// The way from `current` to `settings`.
    pub(crate) fn new(
        current: &LegSettings,
        settings: &LegSettings,
        engine: &EngineSettings,
    ) -> Result<Self, CodecError> {
        let common = settings.media();
        let same = current.codec == settings.codec
            && current.encoder.relevant_to(current.codec)
                == settings.encoder.relevant_to(settings.codec);
        let media = if same { None } else { Some(Media::new(&common, engine)?) };
        Ok(Self { settings: settings.clone(), common, media })
    }
}

/// A leg on its worker.
pub(crate) struct Leg {
    id: LegId,
    place: Place,
    pub(crate) media: Media,
    pub(crate) reporting: Reporting,
    pub(crate) transport: Plain,
    /// The peer's source was found, and the control side doesn't know yet.
    pub(crate) is_lock_untold: bool,
    pub(crate) silence: SilenceWatch,
    /// Whether we send, and whether we take what comes: hold is neither or one.
    sends: bool,
    receives: bool,
    pub(crate) is_muted: bool,
    /// Its place in the mixer's room, while it is in there.
    pub(crate) seat: Option<SlotId>,
    joined_at: Duration,
    totals: LegStats,
}

impl Leg {
    pub(crate) fn new(
        id: LegId,
        place: Place,
        settings: &LegSettings,
        engine: &EngineSettings,
    ) -> Result<Self, CodecError> {
        let media = settings.media();
        Ok(Self {
            id,
            place,
            media: Media::new(&media, engine)?,
            reporting: Reporting::new(&media, rand::random()),
            transport: Plain::new(place.port, settings),
            is_lock_untold: false,
            silence: SilenceWatch::new(engine.media_timeout),
            sends: settings.send,
            receives: settings.receive,
            is_muted: false,
            seat: None,
            joined_at: Duration::ZERO,
            totals: LegStats::default(),
        })
    }

    pub(crate) fn id(&self) -> LegId {
        self.id
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }

    pub(crate) fn sends(&self) -> bool {
        self.sends
    }

    pub(crate) fn receives(&self) -> bool {
        self.receives
    }

    /// The leg comes to the worker.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.joined_at = now;
        self.silence.heard(now);
    }

    /// The leg goes; its statistics are final.
    pub(crate) fn end(&mut self, now: Duration) {
        self.totals.duration = now.saturating_sub(self.joined_at);
    }

    /// What it sent and received.
    pub(crate) fn stats(&self) -> LegStats {
        let mut stats = self.totals;
        self.media.receiving.add_to(&mut stats);
        stats.round_trip = self.reporting.round_trip();
        stats.packets_lost_remote = i64::from(self.reporting.lost_remote());
        stats
    }

    /// Takes an RTP packet from the leg's source; gives the digit that it begins, if any.
    pub(crate) fn take(
        &mut self,
        now: Duration,
        packet: &rtp::packet::Packet<'_>,
        counts: &mut Counts,
    ) -> Option<char> {
        self.silence.heard(now);
        if !self.receives {
            counts.dropped_on_hold += 1;
            return None;
        }
        self.media.receiving.take(now, packet, &mut self.totals, counts)
    }

    /// Takes an RTCP datagram from the leg's source.
    pub(crate) fn take_report(&mut self, at: Moment, datagram: &[u8], counts: &mut Counts) {
        self.silence.heard(at.now);
        let Media { receiving, sending, .. } = &mut self.media;
        let read = self.reporting.read(at, datagram, sending.sender(), receiving.stats());
        match read {
            Ok(()) => counts.reports_received += 1,
            Err(_) => counts.dropped_malformed += 1,
        }
    }

    /// The leg's sound in this tick, if there is any, put together on `bench`.
    pub(crate) fn hear<'b>(
        &mut self,
        now: Duration,
        bench: &'b mut Workbench,
        counts: &mut Counts,
    ) -> Option<&'b [f32]> {
        if !self.receives {
            return None;
        }
        self.media.receiving.hear(now, bench, &mut self.totals, counts)
    }

    /// Writes this tick's packet; gives its length, or 0 for none.
    pub(crate) fn speak(
        &mut self,
        tick: u64,
        audio: Option<&[u8]>,
        out: &mut [u8],
        counts: &mut Counts,
    ) -> usize {
        self.media.sending.write(tick, audio, out, &mut self.totals, counts)
    }

    /// Writes a report; gives its length, or 0 for none.
    pub(crate) fn report(&mut self, at: Moment, is_leaving: bool, out: &mut [u8]) -> usize {
        let Media { receiving, sending, .. } = &mut self.media;
        self.reporting.write(at, sending.sender(), receiving.stats(), is_leaving, out)
    }

    /// Takes on what was negotiated anew, and leaves in `update` what it replaces.
    pub(crate) fn update(&mut self, update: &mut LegUpdate) {
        let settings = &update.settings;
        self.transport.signal(settings);
        self.sends = settings.send;
        self.receives = settings.receive;
        match &mut update.media {
            Some(media) => {
                self.media.receiving.add_to(&mut self.totals);
                std::mem::swap(&mut self.media, media);
            }
            None => {
                self.media.receiving.set_payload_types(&update.common);
                self.media.sending.set_payload_types(&update.common);
            }
        }
    }
}
