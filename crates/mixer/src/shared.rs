//! Work that listeners share: who hears the same mix in the same codec gets the same payload.

use crate::{
    mix::{MixId, Mixer},
    outlet::{Outlet, Output, Payload},
    stats::TickStats,
};
use audio::{
    Rate,
    codec::{CodecKind, Encoder, EncoderSettings},
};

/// The most distinct pairs of a codec and its settings for which a room shares encodes. Members
/// beyond them are encoded for one by one.
pub const SHARED_ENCODES_MAX: usize = 16;

/// Names a shared encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShareId(usize);

/// The shared outlets, one a rate, and the shared encoders, one for each codec and its settings.
pub(crate) struct Shared {
    outlets: [SharedOutlet; Rate::ALL.len()],
    encodes: Vec<SharedEncode>,
}

struct SharedOutlet {
    outlet: Outlet,
    activity: Activity,
}

struct SharedEncode {
    encoder: Encoder,
    payload: Payload,
    /// Members that would use it, whether or not they listen to it just now.
    members: usize,
    activity: Activity,
}

/// Shared work is done only while somebody listens to it. Its state follows the sound only then.
#[derive(Default)]
struct Activity {
    /// Whether the state is that of the end of the last tick.
    is_live: bool,
    /// Whether somebody listens in this tick.
    is_wanted: bool,
}

impl Activity {
    /// Ends the asking for a tick, and gives whether the work is to be done.
    fn begin_tick(&mut self) -> bool {
        self.is_live = std::mem::take(&mut self.is_wanted);
        self.is_live
    }
}

impl Shared {
    pub(crate) fn new() -> Self {
        let outlet =
            |rate| SharedOutlet { outlet: Outlet::new(rate), activity: Activity::default() };
        Self { outlets: Rate::ALL.map(outlet), encodes: Vec::with_capacity(SHARED_ENCODES_MAX) }
    }

    pub(crate) fn set_room_rate(&mut self, rate: Rate) {
        self.outlets.iter_mut().for_each(|shared| shared.outlet.set_room_rate(rate));
    }

    /// Finds the shared encode for a member that comes in, or founds it with the encoder that the
    /// member brings along. Nothing is allocated or freed: an encoder that nobody uses any more
    /// goes to the member in exchange.
    pub(crate) fn enter(
        &mut self,
        kind: CodecKind,
        settings: EncoderSettings,
        spare: &mut Option<Encoder>,
    ) -> Option<ShareId> {
        let serves = |shared: &SharedEncode| {
            shared.encoder.kind() == kind && shared.encoder.settings() == settings
        };
        let place = match self.encodes.iter().position(serves) {
            Some(place) => place,
            None => self.found(spare)?,
        };
        self.encodes[place].members += 1;
        Some(ShareId(place))
    }

    fn found(&mut self, spare: &mut Option<Encoder>) -> Option<usize> {
        if let Some(place) = self.encodes.iter().position(|shared| shared.members == 0) {
            let unused = &mut self.encodes[place];
            std::mem::swap(&mut unused.encoder, spare.as_mut()?);
            unused.activity = Activity::default();
            return Some(place);
        }
        if self.encodes.len() == SHARED_ENCODES_MAX {
            return None;
        }
        self.encodes.push(SharedEncode {
            encoder: spare.take()?,
            payload: Payload::new(),
            members: 0,
            activity: Activity::default(),
        });
        Some(self.encodes.len() - 1)
    }

    pub(crate) fn leave(&mut self, id: ShareId) {
        self.encodes[id.0].members -= 1;
    }

    /// Asks for this tick's payload.
    pub(crate) fn want(&mut self, id: ShareId) {
        let shared = &mut self.encodes[id.0];
        shared.activity.is_wanted = true;
        let rate = shared.encoder.kind().audio_rate();
        self.outlets[rate.index()].activity.is_wanted = true;
    }

    /// Makes a private outlet and encoder go on from where the shared ones are. What a listener's
    /// decoder then hears is the same stream, with no seam.
    pub(crate) fn hand_over_to(&self, id: ShareId, outlet: &mut Outlet, encoder: &mut Encoder) {
        let shared = &self.encodes[id.0];
        let shared_outlet = &self.outlets[shared.encoder.kind().audio_rate().index()];
        if shared_outlet.activity.is_live {
            outlet.copy_state_from(&shared_outlet.outlet);
        } else {
            outlet.reset();
        }
        if shared.activity.is_live {
            // Equal codec and settings are what the share was chosen by.
            let _ = encoder.copy_state_from(&shared.encoder);
        }
    }

    /// Takes a listener back from its private outlet and encoder. While others listen, it simply
    /// joins them: both streams have been equal for a while. Else the shared ones go on from where
    /// the private ones are.
    pub(crate) fn take_over_from(&mut self, id: ShareId, outlet: &Outlet, encoder: &Encoder) {
        let shared = &mut self.encodes[id.0];
        let shared_outlet = &mut self.outlets[shared.encoder.kind().audio_rate().index()];
        if !shared_outlet.activity.is_live {
            shared_outlet.outlet.copy_state_from(outlet);
            shared_outlet.activity.is_live = true;
        }
        if !shared.activity.is_live {
            // Equal codec and settings are what the share was chosen by.
            let _ = shared.encoder.copy_state_from(encoder);
            shared.activity.is_live = true;
        }
    }

    /// Does all the work that was asked for, each piece once.
    pub(crate) fn render(&mut self, mixer: &Mixer, stats: &mut TickStats) {
        let whole = mixer.get(MixId::WHOLE);
        let mut anybody_listens = false;
        for SharedOutlet { outlet, activity } in &mut self.outlets {
            let goes_on = activity.is_live;
            if activity.begin_tick() {
                if !goes_on {
                    outlet.reset();
                }
                outlet.render(whole);
                anybody_listens = true;
            }
        }
        for shared in &mut self.encodes {
            if shared.activity.begin_tick() {
                let rate = shared.encoder.kind().audio_rate();
                let frame = self.outlets[rate.index()].outlet.frame();
                let has_voice = mixer.has_voice(MixId::WHOLE);
                shared.payload.encode(&mut shared.encoder, frame, has_voice);
                stats.encodes += 1;
            }
        }
        stats.mixes += u32::from(anybody_listens);
    }

    /// What this tick's listeners are sent.
    pub(crate) fn output(&self, id: ShareId) -> Option<Output<'_>> {
        self.encodes[id.0].payload.output()
    }

    /// What was rendered at a rate.
    #[cfg(test)]
    pub(crate) fn frame(&self, rate: Rate) -> &audio::Frame {
        self.outlets[rate.index()].outlet.frame()
    }
}
