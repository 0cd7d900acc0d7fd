//! Work that listeners share: who hears the same mix in the same codec gets the same payload.

use crate::{
    member::Member,
    mix::Desk,
    outlet::{Outlet, Output, Payload, Private},
    stats::TickStats,
};
use audio::{
    Rate,
    codec::{CodecError, CodecKind, Encoder, EncoderSettings},
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

/// What a member has brought along that its room has no need of. To be freed where that is allowed.
#[derive(Default)]
pub struct Spare {
    /// For the room to share, if this member is the first of its kind.
    pub(crate) share: Option<Box<Share>>,
    /// For the room to lend to whoever speaks.
    pub(crate) private: Option<Box<Private>>,
}

impl std::fmt::Debug for Spare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spare").finish_non_exhaustive()
    }
}

/// The shared outlets, one a rate, and the shared encoders, one for each codec and its settings.
pub(crate) struct Shared {
    outlets: [SharedOutlet; Rate::ALL.len()],
    #[allow(
        clippy::vec_box,
        reason = "members bring and take them boxed, and nothing is freed here"
    )]
    shares: Vec<Box<Share>>,
    speakers_max: usize,
}

struct SharedOutlet {
    outlet: Outlet,
    /// Whether the state is that of the end of the last tick. Shared work is done only while
    /// somebody listens to it, and its state follows the sound only then.
    is_live: bool,
}

/// A stream that many are sent, and the streams that are lent to those of them who speak.
pub(crate) struct Share {
    encoder: Encoder,
    payload: Payload,
    /// Members that would use it, whether or not they listen to it just now.
    members: usize,
    /// Of them, those who listen to it.
    listeners: usize,
    is_live: bool,
    /// Streams that nobody has borrowed: the first of a chain.
    idle: Option<Box<Private>>,
    idle_len: usize,
    /// Those and the ones that are lent.
    privates: usize,
}

impl Share {
    pub(crate) fn new(kind: CodecKind, settings: EncoderSettings) -> Result<Self, CodecError> {
        Ok(Self {
            encoder: Encoder::new(kind, settings)?,
            payload: Payload::new(kind),
            members: 0,
            listeners: 0,
            is_live: false,
            idle: None,
            idle_len: 0,
            privates: 0,
        })
    }

    const fn rate(&self) -> Rate {
        self.encoder.kind().audio_rate()
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
        let outlet = |rate| SharedOutlet { outlet: Outlet::new(rate), is_live: false };
        Self {
            outlets: Rate::ALL.map(outlet),
            shares: Vec::with_capacity(SHARED_ENCODES_MAX),
            speakers_max,
        }
    }

    /// Streams that are kept to be lent: for all who speak and all whom they have just replaced, and
    /// for those who are played to.
    const fn privates_max(&self) -> usize {
        2 * self.speakers_max + PLAYED_TO_MAX
    }

    /// Finds the share for a member that comes in, or founds it with what the member brings along,
    /// and takes over its private stream if more can be needed. Nothing is allocated or freed: a
    /// share that nobody uses any more goes to the member in exchange.
    pub(crate) fn enter(&mut self, member: &mut Member) -> Option<ShareId> {
        let (kind, settings) = (member.codec(), member.settings());
        let serves =
            |share: &Share| share.encoder.kind() == kind && share.encoder.settings() == settings;
        let place = match self.shares.iter().position(|share| serves(share)) {
            Some(place) => place,
            None => self.found(&mut member.spare)?,
        };
        let privates_max = self.privates_max();
        let share = &mut self.shares[place];
        share.members += 1;
        if share.privates < privates_max
            && let Some(private) = member.spare.private.take()
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

    /// Somebody listens to the shared stream from now on.
    pub(crate) fn listen(&mut self, id: ShareId) {
        self.share(id).listeners += 1;
    }

    /// Somebody listens to it no more.
    pub(crate) fn stop_listening(&mut self, id: ShareId) {
        self.share(id).listeners -= 1;
    }

    /// Lends a stream to one that has a voice in the mix.
    pub(crate) fn lend_to_voice(&mut self, id: ShareId) -> Option<Box<Private>> {
        self.share(id).pop()
    }

    /// Lends a stream to one that is played to, if enough are left for voices.
    pub(crate) fn lend_to_playback(&mut self, id: ShareId) -> Option<Box<Private>> {
        let (privates_max, reserve) = (self.privates_max(), 2 * self.speakers_max);
        let share = self.share(id);
        // With fewer members than streams may be kept, there is one for each.
        let is_enough = share.privates < privates_max || share.idle_len > reserve;
        if is_enough { share.pop() } else { None }
    }

    pub(crate) fn give_back(&mut self, id: ShareId, private: Box<Private>) {
        self.share(id).push(private);
    }

    /// Makes a private stream go on from where the shared one is. What a listener's decoder then
    /// hears is the same stream, with no seam.
    pub(crate) fn hand_over_to(&self, id: ShareId, private: &mut Private) {
        let share = &self.shares[usize::from(id.0)];
        let shared_outlet = &self.outlets[share.rate().index()];
        private.begin();
        if shared_outlet.is_live {
            private.outlet.copy_state_from(&shared_outlet.outlet);
        } else {
            private.outlet.reset();
        }
        if share.is_live {
            // Equal codec and settings are what the share was chosen by.
            let _ = private.encoder.copy_state_from(&share.encoder);
        } else {
            // Nothing was sent in the last tick; what another heard is nothing to go on from.
            private.encoder.reset();
        }
    }

    /// Takes a listener back from its private stream. While others listen, it simply joins them:
    /// both streams have been equal for a while. Else the shared one goes on from where the private
    /// one is.
    pub(crate) fn take_over_from(&mut self, id: ShareId, private: &Private) {
        let share = &mut self.shares[usize::from(id.0)];
        let shared_outlet = &mut self.outlets[share.rate().index()];
        if !shared_outlet.is_live {
            shared_outlet.outlet.copy_state_from(&private.outlet);
            shared_outlet.is_live = true;
        }
        if !share.is_live {
            // Equal codec and settings are what the share was chosen by.
            let _ = share.encoder.copy_state_from(&private.encoder);
            share.is_live = true;
        }
    }

    /// Does the work that somebody listens to, each piece once.
    pub(crate) fn render(&mut self, desk: &mut Desk, stats: &mut TickStats) {
        let Self { outlets, shares, .. } = self;
        let mut is_heard = [false; Rate::ALL.len()];
        for share in shares.iter_mut() {
            let goes_on = std::mem::replace(&mut share.is_live, share.listeners > 0);
            if share.is_live && !goes_on {
                share.encoder.reset();
            }
            is_heard[share.rate().index()] |= share.is_live;
        }
        for (rate, SharedOutlet { outlet, is_live }) in Rate::ALL.into_iter().zip(outlets) {
            let goes_on = std::mem::replace(is_live, is_heard[rate.index()]);
            if *is_live {
                if !goes_on {
                    outlet.reset();
                }
                let (whole, frame) = desk.shared(rate);
                outlet.render(whole.frame, frame);
            }
        }
        for share in shares.iter_mut().filter(|share| share.is_live) {
            let rate = share.rate();
            let (whole, frame) = desk.shared(rate);
            let Share { payload, encoder, .. } = &mut **share;
            payload.encode(encoder, frame, whole.has_voice);
            stats.encodes += 1;
        }
        stats.mixes += u32::from(is_heard.contains(&true));
    }

    /// What this tick's listeners are sent.
    pub(crate) fn output(&self, id: ShareId) -> Option<Output<'_>> {
        self.shares[usize::from(id.0)].payload.output()
    }

    fn share(&mut self, id: ShareId) -> &mut Share {
        &mut self.shares[usize::from(id.0)]
    }

    /// The largest magnitude of what was encoded.
    #[cfg(test)]
    pub(crate) fn peak(&self, id: ShareId) -> f32 {
        self.shares[usize::from(id.0)].payload.peak
    }
}

impl Spare {
    /// What is left, if anything is.
    pub(crate) fn take(&mut self) -> Option<Self> {
        let spare = std::mem::take(self);
        (spare.share.is_some() || spare.private.is_some()).then_some(spare)
    }
}
