//! One participant, as the mixer sees it.

use crate::{
    mix::{MixId, Mixer},
    outlet::{Outlet, Output, Payload},
    playback::Player,
    shared::{ShareId, Shared},
    stats::TickStats,
    voice::Voice,
};
use audio::{
    Rate,
    codec::{CodecError, CodecKind, Encoder, EncoderSettings},
};

/// How long a member that spoke keeps its own encoder, in ticks: half a second. By then its stream
/// and the shared one are equal, and the change from one to the other is inaudible.
const PRIVATE_TICKS: u32 = 25;

/// A participant of a room: a voice that goes in and a mix that comes out.
///
/// It is made where allocating is allowed, moved into a [`Room`](crate::Room), and moved out again
/// to be freed; a member that left doesn't join again.
pub struct Member {
    pub(crate) voice: Voice,
    pub(crate) player: Player,
    encoder: Encoder,
    outlet: Outlet,
    payload: Payload,
    /// An encoder for the room to share, if this member is the first that needs one of its kind.
    spare: Option<Encoder>,
    share: Option<ShareId>,
    /// The mix that this member hears in this tick.
    mix: MixId,
    listening: Listening,
    is_deaf: bool,
}

/// Which stream a member is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listening {
    /// None: it is on hold, or has just come in.
    Nothing,
    /// The one that all share who don't speak.
    Shared,
    /// One of its own, for so many ticks more after the last that differs from the shared one.
    Private { ticks_left: u32 },
}

impl Member {
    /// Makes a member that speaks and hears by one codec. Allocates all that it will ever need.
    ///
    /// # Errors
    /// [`CodecError::Opus`] if libopus refuses a setting.
    pub fn new(kind: CodecKind, settings: EncoderSettings) -> Result<Self, CodecError> {
        let rate = kind.audio_rate();
        Ok(Self {
            voice: Voice::new(rate),
            player: Player::new(rate),
            encoder: Encoder::new(kind, settings)?,
            outlet: Outlet::new(rate),
            payload: Payload::new(),
            spare: Some(Encoder::new(kind, settings)?),
            share: None,
            mix: MixId::WHOLE,
            listening: Listening::Nothing,
            is_deaf: false,
        })
    }

    /// The codec.
    pub const fn codec(&self) -> CodecKind {
        self.encoder.kind()
    }

    /// The rate that the member speaks and hears at.
    pub const fn rate(&self) -> Rate {
        self.codec().audio_rate()
    }

    /// Settles in a room.
    pub(crate) fn enter(&mut self, shared: &mut Shared, room_rate: Rate) {
        self.share = shared.enter(self.encoder.kind(), self.encoder.settings(), &mut self.spare);
        self.set_room_rate(room_rate);
    }

    pub(crate) fn exit(&mut self, shared: &mut Shared) {
        if let Some(share) = self.share.take() {
            shared.leave(share);
        }
    }

    pub(crate) fn set_room_rate(&mut self, rate: Rate) {
        self.voice.set_room_rate(rate);
        self.outlet.set_room_rate(rate);
    }

    /// With `deaf`, nothing is sent to the member.
    pub(crate) const fn set_deaf(&mut self, deaf: bool) {
        self.is_deaf = deaf;
        if deaf {
            self.listening = Listening::Nothing;
        }
    }

    /// Gives this tick's share of the mix, if the voice has one.
    pub(crate) fn contribute(&mut self, mixer: &mut Mixer, hold_back: bool) {
        self.mix = MixId::WHOLE;
        if self.voice.contributes()
            && let Some((share, mix_without_it)) = mixer.add_share()
        {
            self.voice.contribute(share, hold_back);
            self.mix = mix_without_it;
        }
        self.voice.end_tick();
    }

    /// Decides which stream this tick's payload comes from, and changes over where that differs
    /// from the last tick's.
    pub(crate) fn choose_stream(&mut self, shared: &mut Shared) {
        if self.is_deaf {
            return;
        }
        let Some(share) = self.share else {
            self.listening = Listening::Private { ticks_left: PRIVATE_TICKS };
            return;
        };
        let hears_own_mix = self.mix != MixId::WHOLE || !self.player.is_idle();
        self.listening = match (self.listening, hears_own_mix) {
            (Listening::Nothing | Listening::Shared, false) => Listening::Shared,
            (Listening::Nothing | Listening::Shared, true) => {
                shared.hand_over_to(share, &mut self.outlet, &mut self.encoder);
                Listening::Private { ticks_left: PRIVATE_TICKS }
            }
            (Listening::Private { .. }, true) => Listening::Private { ticks_left: PRIVATE_TICKS },
            (Listening::Private { ticks_left: 0 }, false) => {
                shared.take_over_from(share, &self.outlet, &self.encoder);
                Listening::Shared
            }
            (Listening::Private { ticks_left }, false) => {
                Listening::Private { ticks_left: ticks_left - 1 }
            }
        };
        if self.listening == Listening::Shared {
            shared.want(share);
        }
    }

    /// Makes this tick's payload, unless it is a shared one. Gives whether a playback ended.
    pub(crate) fn render(&mut self, mixer: &Mixer, stats: &mut TickStats) -> bool {
        let Listening::Private { .. } = self.listening else { return false };
        let playback_ended = self.outlet.render_with(mixer.get(self.mix), &mut self.player);
        let has_voice = mixer.has_voice(self.mix);
        self.payload.encode(&mut self.encoder, self.outlet.frame(), has_voice);
        stats.mixes += 1;
        stats.encodes += 1;
        playback_ended
    }

    /// What the member is sent in this tick.
    pub(crate) fn output<'a>(&'a self, shared: &'a Shared) -> Option<Output<'a>> {
        match self.listening {
            Listening::Nothing => None,
            Listening::Shared => shared.output(self.share?),
            Listening::Private { .. } => self.payload.output(),
        }
    }
}

/// What only tests look at.
#[cfg(test)]
impl Member {
    /// The mix that this member heard in the last tick.
    pub(crate) const fn mix(&self) -> MixId {
        self.mix
    }

    /// What was encoded for this member.
    pub(crate) fn frame<'a>(&'a self, shared: &'a Shared) -> &'a audio::Frame {
        match self.listening {
            Listening::Nothing | Listening::Shared => shared.frame(self.rate()),
            Listening::Private { .. } => self.outlet.frame(),
        }
    }
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member")
            .field("codec", &self.codec())
            .field("listening", &self.listening)
            .field("is_deaf", &self.is_deaf)
            .finish_non_exhaustive()
    }
}
