//! One call's media: everything that a worker knows of it. Built by the control side.

use std::net::SocketAddr;
use std::time::Duration;

use audio::codec::CodecError;
use mixer::{Member, SlotId};
use rtp::sender::Start;

use super::demux::{Channel, SocketKey};
use super::latch::{AllowedIps, Latch};
use super::receiving::Receiving;
use super::reporting::{Moment, Reporting};
use super::sending::Sending;
use super::timeout::SilenceWatch;
use super::workbench::Workbench;
use crate::settings::port_above;
use crate::stats::{Counts, LegStats};
use crate::{EngineSettings, LegId, LegSettings};

/// Where a leg, its room and its port stand in the worker's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) leg: u32,
    pub(crate) room: u32,
    pub(crate) port: u32,
}

/// Where a leg's RTP and its RTCP come from, and to which sockets.
pub(crate) type Sources = [(SocketKey, SocketAddr); 2];

/// What depends on the codec, and is replaced with it.
pub(crate) struct Media {
    pub(crate) receiving: Receiving,
    pub(crate) sending: Sending,
    /// The leg's part of the room while it is outside of it: before it joins and after it left.
    pub(crate) member: Option<Box<Member>>,
}

impl Media {
    fn new(settings: &LegSettings, engine: &EngineSettings) -> Result<Self, CodecError> {
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
    pub(crate) settings: LegSettings,
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
        let same = current.codec == settings.codec
            && current.encoder.relevant_to(current.codec)
                == settings.encoder.relevant_to(settings.codec);
        let media = if same { None } else { Some(Media::new(settings, engine)?) };
        Ok(Self { settings: settings.clone(), media })
    }
}

/// A leg on its worker.
pub(crate) struct Leg {
    id: LegId,
    place: Place,
    pub(crate) media: Media,
    pub(crate) reporting: Reporting,
    pub(crate) latch: Latch,
    /// The latch has locked, and the control side doesn't know yet.
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
        Ok(Self {
            id,
            place,
            media: Media::new(settings, engine)?,
            reporting: Reporting::new(settings, rand::random()),
            latch: Latch::new(settings.remote_rtp, AllowedIps::new(&settings.allowed_source_ips)),
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

    /// The sources that the demux is to know it by: where we send to is where we hear from.
    pub(crate) fn sources(&self) -> Sources {
        let port = self.place.port;
        [
            ((port, Channel::Rtp), self.latch.destination()),
            ((port, Channel::Rtcp), self.reporting.latch().destination()),
        ]
    }

    /// Where RTP goes, if the peer has said where it is.
    pub(crate) fn rtp_destination(&self) -> Option<SocketAddr> {
        sendable(self.latch.destination())
    }

    /// By which socket RTCP goes, and where. A peer whose RTP comes from elsewhere than it said
    /// will have its RTCP beside it, until it shows otherwise.
    pub(crate) fn rtcp_destination(&self) -> Option<(SocketKey, SocketAddr)> {
        let port = self.place.port;
        if self.reporting.is_muxed() {
            return Some(((port, Channel::Rtp), self.rtp_destination()?));
        }
        let destination = if self.latch.has_moved() && !self.reporting.latch().is_locked() {
            port_above(self.latch.destination())
        } else {
            self.reporting.latch().destination()
        };
        Some(((port, Channel::Rtcp), sendable(destination)?))
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
        let allowed = AllowedIps::new(&settings.allowed_source_ips);
        self.latch.signal(settings.remote_rtp, allowed);
        self.reporting.signal(settings.rtcp_address(), allowed, settings.rtcp_mux);
        self.sends = settings.send;
        self.receives = settings.receive;
        match &mut update.media {
            Some(media) => {
                self.media.receiving.add_to(&mut self.totals);
                std::mem::swap(&mut self.media, media);
            }
            None => {
                self.media.receiving.set_payload_types(settings);
                self.media.sending.set_payload_types(settings);
            }
        }
    }
}

/// Hold of old signals `0.0.0.0`, and no media signals port 0: neither is a place to send to.
fn sendable(address: SocketAddr) -> Option<SocketAddr> {
    (!address.ip().is_unspecified() && address.port() != 0).then_some(address)
}
