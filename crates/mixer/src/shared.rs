//! Work that listeners share: who hears the same mix in the same codec gets the same payload.

use crate::{
    mix::{Desk, MixId},
    outlet::{Outlet, Output, Private},
    stats::TickStats,
    watch::Watcher,
};
use audio::{
    Rate,
    codec::{CodecError, CodecKind, Delivery, EncoderSettings},
};

/// The most distinct pairs of a codec and its settings for which a room shares encodes. Members
/// beyond them are encoded for one by one.
pub const SHARED_ENCODES_MAX: usize = 16;

/// The most members of one codec and its settings to whom something is played at once, while all
/// speakers speak. Others wait until it is their turn, so that a tick's work is bounded however many are
/// to be told something at the same time. A room with no more members than that lets nobody wait.
pub const PLAYED_TO_MAX: usize = 48;

/// Names a shared encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShareId(u8);

/// What a member needs a stream of its own for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// For nothing.
    None,
    /// Something is played to it, or another delivery is to be heard without a seam: that can wait.
    Playback,
    /// It would hear itself.
    Voice,
}

/// What a member has brought along that its room has no need of. To be freed where that is allowed.
#[derive(Default)]
pub struct Spare {
    /// For the room to share, if this member is the first of its kind.
    pub(crate) share: Option<Box<Share>>,
    /// For the room to lend to whoever speaks.
    pub(crate) private: Option<Box<Private>>,
    /// The same.
    pub(crate) watcher: Option<Box<Watcher>>,
}

impl std::fmt::Debug for Spare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spare").finish_non_exhaustive()
    }
}

/// The shared outlets, one a rate and one of two channels, and the shared encoders, one for each codec and
/// its settings.
pub(crate) struct Shared {
    outlets: [SharedOutlet; Rate::ALL.len() + 1],
    #[allow(
        clippy::vec_box,
        reason = "members bring and take them boxed, and nothing is freed here"
    )]
    shares: Vec<Box<Share>>,
    speakers_max: usize,
}

/// The place of the outlet of two channels, after those of one.
const STEREO: usize = Rate::ALL.len();

struct SharedOutlet {
    outlet: Outlet,
    /// Whether the state is that of the end of the last tick. Shared work is done only while
    /// somebody listens to it, and its state follows the sound only then.
    is_live: bool,
}

/// Streams that many are sent, and the streams that are lent to those of them who speak.
pub(crate) struct Share {
    kind: CodecKind,
    settings: EncoderSettings,
    /// One for each kind of delivery that a listener has. Hardly ever are there others than that for
    /// [`Delivery::Whole`]: they are borrowed from those that are lent.
    streams: [Stream; Delivery::COUNT],
    /// Members that would use them, whether or not they listen just now.
    members: usize,
    /// Streams that nobody has borrowed: the first of a chain.
    idle: Option<Box<Private>>,
    idle_len: usize,
    /// Those and the ones that are lent.
    privates: usize,
}

/// A stream that many are sent.
#[derive(Default)]
struct Stream {
    /// What makes it. While there is none, nobody listens.
    source: Option<Box<Private>>,
    /// Those who listen to it.
    listeners: usize,
    is_live: bool,
}

impl Share {
    pub(crate) fn new(kind: CodecKind, settings: EncoderSettings) -> Result<Self, CodecError> {
        let mut streams = [(); Delivery::COUNT].map(|()| Stream::default());
        streams[Delivery::Whole.index()].source = Some(Box::new(Private::new(kind, settings)?));
        Ok(Self { kind, settings, streams, members: 0, idle: None, idle_len: 0, privates: 0 })
    }

    const fn rate(&self) -> Rate {
        self.kind.audio_rate()
    }

    /// The place of the outlet that it encodes from.
    const fn outlet(&self) -> usize {
        if self.settings.opus_stereo { STEREO } else { self.rate().index() }
    }

    fn is_live(&self) -> bool {
        self.streams.iter().any(|stream| stream.is_live)
    }

    /// Prepares the streams for a tick: the one that everybody has stopped to listen to ends, and the
    /// one that somebody has begun to listen to, without having brought it along, begins anew.
    fn begin_tick(&mut self) {
        for delivery in Delivery::ALL {
            let stream = &mut self.streams[delivery.index()];
            let goes_on = std::mem::replace(&mut stream.is_live, stream.listeners > 0);
            if let (true, false, Some(source)) = (stream.is_live, goes_on, &mut stream.source) {
                source.encoder.reset();
            } else if !stream.is_live
                && delivery != Delivery::Whole
                && let Some(ended) = stream.source.take()
            {
                self.push(ended);
            }
        }
    }

    /// Where the stream for a delivery comes from, with an idle one made to be its source if it has none.
    fn source(&mut self, delivery: Delivery) -> Option<&mut Box<Private>> {
        let index = delivery.index();
        if self.streams[index].source.is_none() {
            let mut idle = self.pop()?;
            idle.adjust(self.settings.over(delivery));
            self.streams[index].source = Some(idle);
        }
        self.streams[index].source.as_mut()
    }

    fn push(&mut self, mut private: Box<Private>) {
        private.next = self.idle.take();
        self.idle = Some(private);
        self.idle_len += 1;
    }

    fn pop(&mut self) -> Option<Box<Private>> {
        let mut private = self.idle.take()?;
        self.idle = private.next.take();
        self.idle_len -= 1;
        Some(private)
    }
}

impl Shared {
    /// For a room in which so many speak at once.
    pub(crate) fn new(speakers_max: usize) -> Self {
        let outlet = |outlet| SharedOutlet { outlet, is_live: false };
        let [low, wide, full] = Rate::ALL.map(Outlet::new).map(outlet);
        Self {
            outlets: [low, wide, full, outlet(Outlet::stereo(Rate::Hz48000))],
            shares: Vec::with_capacity(SHARED_ENCODES_MAX),
            speakers_max,
        }
    }

    /// Streams that are kept to be lent: for all who speak and all whom they have just replaced, for
    /// those who are played to, and for the kinds of delivery.
    const fn privates_max(&self) -> usize {
        2 * self.speakers_max + PLAYED_TO_MAX + Delivery::COUNT
    }

    /// Finds the share for a member that comes in, or founds it with the `spare` that the member brings
    /// along, and takes over its private stream if more can be needed. Nothing is allocated or freed: a
    /// share that nobody uses any more goes to the member in exchange.
    pub(crate) fn enter(
        &mut self,
        kind: CodecKind,
        settings: EncoderSettings,
        spare: &mut Spare,
    ) -> Option<ShareId> {
        let serves = |share: &Share| share.kind == kind && share.settings == settings;
        let place = match self.shares.iter().position(|share| serves(share)) {
            Some(place) => place,
            None => self.found(spare)?,
        };
        let privates_max = self.privates_max();
        let share = &mut self.shares[place];
        share.members += 1;
        if share.privates < privates_max
            && let Some(private) = spare.private.take()
        {
            share.push(private);
            share.privates += 1;
        }
        Some(ShareId(place as u8))
    }

    fn found(&mut self, spare: &mut Spare) -> Option<usize> {
        if let Some(place) = self.shares.iter().position(|share| share.members == 0) {
            std::mem::swap(&mut self.shares[place], spare.share.as_mut()?);
            return Some(place);
        }
        if self.shares.len() == SHARED_ENCODES_MAX {
            return None;
        }
        self.shares.push(spare.share.take()?);
        Some(self.shares.len() - 1)
    }

    pub(crate) fn leave(&mut self, id: ShareId) {
        self.share(id).members -= 1;
    }

    /// Somebody listens to the shared stream for a delivery from now on. If there is none and none can
    /// be had, it is the one that is always there; that for which it is, is given.
    pub(crate) fn listen(&mut self, id: ShareId, delivery: Delivery) -> Delivery {
        let share = self.share(id);
        let is_there = share.source(delivery).is_some();
        let delivery = if is_there { delivery } else { Delivery::Whole };
        share.streams[delivery.index()].listeners += 1;
        delivery
    }

    /// Somebody listens to it no more.
    pub(crate) fn stop_listening(&mut self, id: ShareId, delivery: Delivery) {
        self.share(id).streams[delivery.index()].listeners -= 1;
    }

    /// Lends a stream to a listener of the shared one for a delivery, who listens to that no more. The
    /// lent one goes on from where the shared one is: what the listener's decoder then hears is the same
    /// stream, with no seam. None if there is none to be had for that need.
    ///
    /// There is always one for a voice, in a room in which nobody lingers: each member has brought one
    /// along, or more than enough have. Of those, one serves at most whoever brought it, or a shared stream that
    /// somebody listens to; who is the last to do so takes it along.
    pub(crate) fn part(
        &mut self,
        id: ShareId,
        delivery: Delivery,
        need: Need,
    ) -> Option<Box<Private>> {
        let mut private = match self.take_along(id, delivery) {
            Some(private) => private,
            None => {
                let mut private = self.lend(id, need)?;
                self.hand_over_to(id, delivery, &mut private);
                private
            }
        };
        self.stop_listening(id, delivery);
        private.begin();
        let shared_outlet = &self.outlets[self.shares[usize::from(id.0)].outlet()];
        if shared_outlet.is_live {
            private.outlet.copy_state_from(&shared_outlet.outlet);
        } else {
            private.outlet.reset();
        }
        Some(private)
    }

    /// The stream for a delivery itself, if nobody else listens to it. One that has not been on yet, for its
    /// listener has only just begun to listen, begins anew.
    fn take_along(&mut self, id: ShareId, delivery: Delivery) -> Option<Box<Private>> {
        let stream = &mut self.share(id).streams[delivery.index()];
        if delivery == Delivery::Whole || stream.listeners != 1 {
            return None;
        }
        let mut source = stream.source.take()?;
        if !stream.is_live {
            source.encoder.reset();
        }
        Some(source)
    }

    /// Lends a stream to one that has a voice in the mix; or to one that is played to, or whose delivery
    /// changes, if enough are left for voices.
    fn lend(&mut self, id: ShareId, need: Need) -> Option<Box<Private>> {
        let (privates_max, reserve) = (self.privates_max(), 2 * self.speakers_max);
        let share = self.share(id);
        // With fewer members than streams may be kept, there is one for each.
        let is_enough = share.privates < privates_max || share.idle_len > reserve;
        if is_enough || need == Need::Voice { share.pop() } else { None }
    }

    pub(crate) fn give_back(&mut self, id: ShareId, private: Box<Private>) {
        self.share(id).push(private);
    }

    /// Makes the encoder of a private stream go on from where that of the shared stream for a delivery is.
    fn hand_over_to(&mut self, id: ShareId, delivery: Delivery, private: &mut Private) {
        let share = self.share(id);
        let stream = &share.streams[delivery.index()];
        match stream.source.as_ref().filter(|_| stream.is_live) {
            // An equal codec is what the share was chosen by.
            Some(source) => _ = private.encoder.copy_state_from(&source.encoder),
            // Nothing was sent in the last tick; what another heard is nothing to go on from.
            None => {
                private.adjust(share.settings.over(delivery));
                private.encoder.reset();
            }
        }
    }

    /// Takes a listener back from its private stream, which is that of a delivery. While others listen to
    /// the shared one, it simply joins them: both streams have been equal for a while. Else the private
    /// one is the one that is shared from now on.
    pub(crate) fn take_over_from(
        &mut self,
        id: ShareId,
        delivery: Delivery,
        private: Box<Private>,
    ) {
        let share = &mut self.shares[usize::from(id.0)];
        let shared_outlet = &mut self.outlets[share.outlet()];
        if !shared_outlet.is_live {
            shared_outlet.outlet.copy_state_from(&private.outlet);
            shared_outlet.is_live = true;
        }
        let stream = &mut share.streams[delivery.index()];
        let is_live = std::mem::replace(&mut stream.is_live, true);
        stream.listeners += 1;
        let spare = if is_live { Some(private) } else { stream.source.replace(private) };
        if let Some(spare) = spare {
            share.push(spare);
        }
    }

    /// Does the work that somebody listens to, each piece once.
    pub(crate) fn render(&mut self, desk: &mut Desk, stats: &mut TickStats) {
        let Self { outlets, shares, .. } = self;
        let mut is_heard = [false; STEREO + 1];
        for share in shares.iter_mut() {
            share.begin_tick();
            is_heard[share.outlet()] |= share.is_live();
        }
        for (place, SharedOutlet { outlet, is_live }) in outlets.iter_mut().enumerate() {
            let goes_on = std::mem::replace(is_live, is_heard[place]);
            if *is_live && !goes_on {
                outlet.reset();
            }
            match Rate::ALL.get(place) {
                _ if !*is_live => {}
                Some(&rate) => {
                    let (whole, frame) = desk.shared(rate);
                    outlet.render(whole.frame, frame);
                }
                None => {
                    let (whole, channels) = desk.stereo(MixId::WHOLE);
                    outlet.render_stereo(&whole, channels);
                }
            }
        }
        let whole = desk.mixer.get(MixId::WHOLE);
        let (has_voice, is_comfort) = (whole.has_voice, whole.is_comfort);
        for share in shares.iter_mut() {
            let (rate, is_stereo) = (share.rate(), share.outlet() == STEREO);
            for stream in share.streams.iter_mut().filter(|stream| stream.is_live) {
                let Some(Private { payload, encoder, .. }) = stream.source.as_deref_mut() else {
                    continue;
                };
                encoder.limit_complexity(desk.complexity_max);
                if is_stereo {
                    payload.encode_stereo(encoder, desk.channels(), has_voice, is_comfort);
                } else {
                    payload.encode(encoder, desk.frame(rate), has_voice, is_comfort);
                }
                stats.encodes += 1;
            }
        }
        stats.mixes += u32::from(is_heard.contains(&true));
    }

    /// What this tick's listeners are sent.
    pub(crate) fn output(&self, id: ShareId, delivery: Delivery) -> Option<Output<'_>> {
        let stream = &self.shares[usize::from(id.0)].streams[delivery.index()];
        stream.source.as_ref()?.payload.output()
    }

    fn share(&mut self, id: ShareId) -> &mut Share {
        &mut self.shares[usize::from(id.0)]
    }

    /// The largest magnitude of what was encoded.
    #[cfg(test)]
    pub(crate) fn peak(&self, id: ShareId) -> f32 {
        let stream = &self.shares[usize::from(id.0)].streams[Delivery::Whole.index()];
        stream.source.as_ref().map_or(0.0, |source| source.payload.peak)
    }
}

impl Spare {
    /// What is left, if anything is.
    pub(crate) fn take(&mut self) -> Option<Self> {
        let spare = std::mem::take(self);
        let Self { share, private, watcher } = &spare;
        (share.is_some() || private.is_some() || watcher.is_some()).then_some(spare)
    }
}
