//! One participant, as it is brought to a room.

use crate::{
    mouth::Mouth,
    outlet::Private,
    playback::Player,
    shared::{Share, Spare},
    strip::{Profile, Take},
    watch::Watcher,
};
use audio::{
    Rate,
    codec::{CodecError, CodecKind, EncoderSettings},
    vector,
};

/// A participant of a room: a voice that goes in and a mix that comes out.
///
/// It is made where allocating is allowed, moved into a [`Room`](crate::Room), and moved out again
/// to be freed; a member that left doesn't join again.
///
/// Two kilobytes of it are its own, for a telephone. The stream that it hears while it speaks, and what
/// tells its speech from other sound, are lent to it by the room, out of those that members have brought
/// along; what the room has no need of is [given back](crate::Room::take_spare) at once.
pub struct Member {
    kind: CodecKind,
    settings: EncoderSettings,
    /// What was heard in this tick, at the codec's rate.
    heard: Box<[f32]>,
    pub(crate) mouth: Mouth,
    /// What is known of its voice.
    pub(crate) profile: Profile,
    pub(crate) player: Player,
    /// What it brings along for the room to use.
    pub(crate) spare: Spare,
}

impl Member {
    /// Makes a member that speaks and hears by one codec. Allocates all that it will ever need.
    ///
    /// # Errors
    /// [`CodecError::Opus`] if libopus refuses a setting.
    pub fn new(kind: CodecKind, settings: EncoderSettings) -> Result<Self, CodecError> {
        let (rate, settings) = (kind.audio_rate(), settings.relevant_to(kind));
        Ok(Self {
            kind,
            settings,
            heard: vec![0.0; rate.tick_samples()].into_boxed_slice(),
            mouth: Mouth::new(rate),
            profile: Profile::new(),
            player: Player::new(rate),
            spare: Spare {
                share: Some(Box::new(Share::new(kind, settings)?)),
                private: Some(Box::new(Private::new(kind, settings)?)),
                watcher: Some(Box::new(Watcher::new())),
            },
        })
    }

    /// The codec.
    pub const fn codec(&self) -> CodecKind {
        self.kind
    }

    /// How it is encoded for, as far as the codec heeds it.
    pub const fn settings(&self) -> EncoderSettings {
        self.settings
    }

    /// The rate that the member speaks and hears at.
    pub const fn rate(&self) -> Rate {
        self.kind.audio_rate()
    }

    /// Is the same voice as `before`, which it takes the place of: so its noise is known, and how loud it is, and what
    /// was wished for it holds on.
    pub fn go_on_as(&mut self, before: &Self) {
        self.profile = before.profile;
    }

    /// Goes on hearing what is whispered to `before`, which has left the room that this one is to join in its place.
    pub const fn hear_on_as(&mut self, before: &mut Self) {
        self.player.take_whispers_of(&mut before.player);
    }

    /// Takes the sound of a tick: what is missing is silence, what is too much is left out.
    pub(crate) fn say(&mut self, samples: &[f32]) {
        let common = samples.len().min(self.heard.len());
        vector::copy_sane(&mut self.heard, &samples[..common]);
        self.heard[common..].fill(0.0);
    }

    /// The sound of the tick that it was heard in last.
    pub(crate) fn said(&self) -> &[f32] {
        &self.heard
    }

    /// Writes its share of the mix, from what it said in this tick if that `is_heard`, after that went through
    /// a `strip`.
    pub(crate) fn contribute(
        &mut self,
        is_heard: bool,
        was_sounding: bool,
        may_sound: bool,
        strip: impl FnOnce(Take<'_>),
        share: &mut audio::Frame,
    ) -> bool {
        let rate = self.kind.audio_rate();
        if is_heard {
            strip(Take {
                rate,
                samples: &mut self.heard,
                begins: !was_sounding,
                may_be_speech: true,
                profile: &mut self.profile,
            });
        }
        let heard = is_heard.then_some((rate, &*self.heard));
        self.mouth.contribute(heard, was_sounding, may_sound, share)
    }
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("codec", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a member takes of its own: it, and what it has allocated.
    fn bytes(member: &Member) -> usize {
        size_of::<Member>() + size_of_val(&*member.heard)
    }

    #[test]
    fn a_member_is_small_and_a_stream_of_its_own_is_lent() {
        for (kind, own_max, private_max) in [
            (CodecKind::Pcma, 2_048, 2_560),
            (CodecKind::G722, 2_560, 2_560),
            // Besides libopus' own 32 kB.
            (CodecKind::Opus, 5_120, 4_096),
        ] {
            let member = Member::new(kind, EncoderSettings::default()).unwrap();
            assert!(bytes(&member) <= own_max, "{kind:?}: {} bytes", bytes(&member));
            let private = size_of::<Private>() + kind.tick_payload_bytes_max();
            assert!(private <= private_max, "{kind:?}: {private} bytes of its own stream");
        }
    }
}
