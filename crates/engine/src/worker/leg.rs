//! One call's media: everything that a worker knows of it. Built by the control side.

use std::time::Duration;

use audio::codec::{CodecError, CodecKind, Delivery, EncoderSettings};
use mixer::{Interest, Member, Output, SlotId};
use rtp::sender::Start;

use super::delivery::DeliveryWatch;
use super::last_sent::GENERATIONS;
use super::quality::QualityWatch;
use super::receiving::Receiving;
use super::reporting::{Moment, Reporting};
use super::sending::Sending;
use super::timeout::SilenceWatch;
use super::transport::Transport;
use super::whispers::Mouthpiece;
use super::workbench::Workbench;
use crate::settings::{MediaSettings, Playout};
use crate::stats::{Counts, LegStats};
use crate::{EngineSettings, LegId, LegQuality, LegSettings};

/// Where a leg and its room stand in the worker's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) leg: u32,
    pub(crate) room: u32,
}

/// Whether we send, and whether we take what comes: a phone's hold is neither or one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Directions {
    pub(crate) sends: bool,
    pub(crate) receives: bool,
}

impl Directions {
    pub(crate) fn of(settings: &LegSettings) -> Self {
        Self { sends: settings.send, receives: settings.receive }
    }
}

/// What depends on the codec, and is replaced with it.
pub(crate) struct Media {
    pub(crate) receiving: Receiving,
    pub(crate) sending: Sending,
    quality: QualityWatch,
    delivery: DeliveryWatch,
    /// The leg's part of the room while it is outside of it: before it joins and after it left.
    pub(crate) member: Option<Box<Member>>,
}

impl Media {
    fn new(settings: &MediaSettings, playout: Playout) -> Result<Self, CodecError> {
        // The first sequence number is low, so that a receiver of SRTP that misses the first packets
        // does not miss that the number has wrapped (RFC 3711 section 3.3.1).
        let sequence = rand::random::<u16>() & 0x7fff;
        let start = Start { ssrc: rand::random(), sequence, timestamp: rand::random() };
        Ok(Self {
            receiving: Receiving::new(settings, playout)?,
            sending: Sending::new(settings, start),
            quality: QualityWatch::new(settings),
            delivery: DeliveryWatch::new(settings),
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
    /// The way of a phone's leg from `current` to `settings`.
    pub(crate) fn new(
        current: &LegSettings,
        settings: &LegSettings,
        engine: &EngineSettings,
    ) -> Result<Self, CodecError> {
        let common = settings.media();
        let same = current.codec == settings.codec
            && current.encoder.relevant_to(current.codec)
                == settings.encoder.relevant_to(settings.codec);
        let media = if same { None } else { Some(Media::new(&common, engine.phone_playout())?) };
        Ok(Self { settings: settings.clone(), common, media })
    }
}

/// A leg's way to another room of its worker: what it is to be there on the way in, what it was before on the way
/// back. A member that left doesn't join again, so it is another one.
pub(crate) struct LegMove {
    /// The room's place in the worker's tables.
    pub(crate) room: u32,
    pub(crate) is_muted: bool,
    pub(crate) member: Option<Box<Member>>,
}

impl LegMove {
    pub(crate) fn new(
        room: u32,
        is_muted: bool,
        codec: CodecKind,
        encoder: EncoderSettings,
    ) -> Result<Self, CodecError> {
        Ok(Self { room, is_muted, member: Some(Box::new(Member::new(codec, encoder)?)) })
    }
}

/// How far a leg's stream has begun, and the control side knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Nothing that could be believed has come yet.
    Awaited,
    /// The peer's source was found, and is to be told.
    Untold,
    /// The control side knows.
    Told,
}

/// A leg on its worker.
pub(crate) struct Leg {
    id: LegId,
    place: Place,
    pub(crate) media: Media,
    pub(crate) reporting: Reporting,
    pub(crate) transport: Transport,
    pub(crate) beginning: Beginning,
    pub(crate) silence: SilenceWatch,
    directions: Directions,
    pub(crate) is_muted: bool,
    /// What it says is for one other alone.
    pub(crate) is_whispering: bool,
    /// By what that goes to the other, as long as there is one.
    pub(crate) mouthpiece: Option<Box<Mouthpiece>>,
    /// Neither hears nor is heard at the moment, by our will.
    pub(crate) is_held: bool,
    /// Its place in the mixer's room, while it is in there.
    pub(crate) seat: Option<SlotId>,
    joined_at: Duration,
    totals: LegStats,
}

impl Leg {
    pub(crate) fn new(
        id: LegId,
        place: Place,
        transport: Transport,
        settings: &MediaSettings,
        directions: Directions,
        engine: &EngineSettings,
    ) -> Result<Self, CodecError> {
        // A browser shows by its consent that it is there.
        let (silence_max, playout) = match transport {
            Transport::Plain(_) => (engine.media_timeout, engine.phone_playout()),
            Transport::Secure(_) => (Duration::MAX, engine.browser_playout()),
        };
        Ok(Self {
            id,
            place,
            media: Media::new(settings, playout)?,
            reporting: Reporting::new(settings, rand::random()),
            transport,
            beginning: Beginning::Awaited,
            silence: SilenceWatch::new(silence_max),
            directions,
            is_muted: false,
            is_whispering: false,
            mouthpiece: None,
            is_held: false,
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

    /// It stands in another room from now on.
    pub(crate) fn set_room(&mut self, room: u32) {
        self.place.room = room;
    }

    pub(crate) fn sends(&self) -> bool {
        self.directions.sends && !self.is_held
    }

    pub(crate) fn receives(&self) -> bool {
        self.directions.receives && !self.is_held
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

    /// Reads a little of all the memory that the leg's next packet or tick will need, and changes
    /// nothing: see [`look_up`](super::tables::Tables::take_in). What is given means nothing.
    pub(crate) fn warm(&self) -> u64 {
        let Self { transport, media, silence, totals, .. } = self;
        let place = transport.plain().map_or(0, |plain| u64::from(plain.port()));
        place ^ silence.warm() ^ totals.packets_received ^ media.receiving.warm()
    }

    /// The same for what the leg's next packet to the peer will need.
    pub(crate) fn warm_to_speak(&self) -> u64 {
        let Self { transport, media, totals, .. } = self;
        let port = transport.rtp_route().map_or(0, |(_, destination)| destination.port());
        u64::from(port) ^ media.sending.warm() ^ totals.packets_sent
    }

    /// Takes an RTP packet from the leg's source; gives the digit that it begins, if any.
    pub(crate) fn take(
        &mut self,
        at: Moment,
        packet: &rtp::packet::Packet<'_>,
        bench: &mut Workbench,
        counts: &mut Counts,
    ) -> Option<char> {
        self.silence.heard(at.now);
        if !self.directions.receives {
            counts.dropped_on_hold += 1;
            return None;
        }
        if self.is_held {
            self.media.receiving.count(at.now, packet, &mut self.totals, counts);
            return None;
        }
        self.media.receiving.take(at.reading(), packet, bench, &mut self.totals, counts)
    }

    /// Whether there is nothing of it to be [heard](Self::hear), until it sends something.
    pub(crate) fn rests(&self) -> bool {
        self.media.receiving.rests()
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

    /// The leg's sound in this tick, if there is any that its room has an interest in, put together
    /// on `bench`.
    pub(crate) fn hear<'b>(
        &mut self,
        now: Duration,
        interest: Interest,
        bench: &'b mut Workbench,
        counts: &mut Counts,
    ) -> Option<&'b [f32]> {
        if !self.receives() {
            return None;
        }
        self.media.receiving.hear(now, interest, bench, &mut self.totals, counts)
    }

    /// How well the leg's sound comes through, if it is time to tell, and how its room is to encode for it
    /// from now on.
    pub(crate) fn quality(&mut self, now: Duration) -> Option<(LegQuality, Delivery)> {
        let Media { receiving, sending, quality, delivery, .. } = &mut self.media;
        let before = delivery.delivery();
        let quality = quality.look(now, receiving, &self.reporting, before)?;
        delivery.look(&quality);
        let repeats = delivery.delivery() == Delivery::Repeated;
        sending.repeat(if repeats { GENERATIONS } else { 0 });
        Some((quality, delivery.delivery()))
    }

    /// Writes this tick's packet; gives its length, or 0 for none.
    pub(crate) fn speak(
        &mut self,
        tick: u64,
        audio: Option<Output<'_>>,
        out: &mut [u8],
        counts: &mut Counts,
    ) -> usize {
        let Self { transport, media, totals, .. } = self;
        transport
            .seal(out, counts, |out, counts| media.sending.write(tick, audio, out, totals, counts))
    }

    /// Writes a report; gives its length, or 0 for none.
    pub(crate) fn report(
        &mut self,
        at: Moment,
        is_leaving: bool,
        out: &mut [u8],
        counts: &mut Counts,
    ) -> usize {
        let Self { transport, media: Media { receiving, sending, .. }, reporting, .. } = self;
        transport.seal_report(out, counts, |out| {
            reporting.write(at, sending.sender(), receiving.stats(), is_leaving, out)
        })
    }

    /// Takes on what was negotiated anew, and leaves in `update` what it replaces.
    pub(crate) fn update(&mut self, update: &mut LegUpdate) {
        let settings = &update.settings;
        if let Transport::Plain(plain) = &mut self.transport {
            plain.signal(settings);
        }
        self.directions = Directions::of(settings);
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
