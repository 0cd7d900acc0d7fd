//! From a mix to a payload: resampled to the codec's rate, limited, encoded.

use crate::playback::Player;
use audio::{
    Frame, Rate,
    codec::{Encoder, PAYLOAD_BYTES_MAX},
    level::Dbfs,
    limiter::Limiter,
    resample::Resampler,
};

/// What a member is sent in a tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Output<'a> {
    /// The mix that it hears, in its codec.
    pub payload: &'a [u8],
    /// How loud that is, as it was encoded.
    pub level: Dbfs,
    /// Whether somebody speaks in it.
    pub has_voice: bool,
}

/// Brings one mix to one codec's rate, within ±1.0.
///
/// The limiter comes after the resampler, whose filter may overshoot, and after what is played over
/// the mix.
pub(crate) struct Outlet {
    from_room: Resampler,
    limiter: Limiter,
    frame: Frame,
}

impl Outlet {
    pub(crate) const fn new(rate: Rate) -> Self {
        Self {
            from_room: Resampler::new(rate, rate),
            limiter: Limiter::new(),
            frame: Frame::silent(rate),
        }
    }

    pub(crate) fn set_room_rate(&mut self, rate: Rate) {
        self.from_room.set(rate, self.frame.rate());
    }

    /// Renders one tick of the mix.
    pub(crate) fn render(&mut self, mix: &Frame) {
        self.from_room.process(mix.samples(), self.frame.samples_mut());
        self.limiter.process(self.frame.samples_mut());
    }

    /// Renders one tick of the mix together with what is played to a member. Gives whether that
    /// ended.
    pub(crate) fn render_with(&mut self, mix: &Frame, player: &mut Player) -> bool {
        self.from_room.process(mix.samples(), self.frame.samples_mut());
        let ended = player.blend(&mut self.frame);
        self.limiter.process(self.frame.samples_mut());
        ended
    }

    /// What was rendered.
    pub(crate) const fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Forgets what was rendered before.
    pub(crate) fn reset(&mut self) {
        self.from_room.reset();
        self.limiter = Limiter::new();
    }

    /// Goes on from where `other` is: given the same mix, both then sound the same.
    pub(crate) fn copy_state_from(&mut self, other: &Self) {
        self.from_room.copy_state_from(&other.from_room);
        self.limiter = other.limiter.clone();
    }
}

/// The encoded sound of one tick, and what it is like.
pub(crate) struct Payload {
    bytes: [u8; PAYLOAD_BYTES_MAX],
    len: usize,
    level: Dbfs,
    has_voice: bool,
}

impl Payload {
    pub(crate) const fn new() -> Self {
        let level = Dbfs::SILENCE;
        Self { bytes: [0; PAYLOAD_BYTES_MAX], len: 0, level, has_voice: false }
    }

    /// Encodes a frame in which somebody speaks, or not. If the encoder fails, there is no payload
    /// in this tick.
    pub(crate) fn encode(&mut self, encoder: &mut Encoder, frame: &Frame, has_voice: bool) {
        self.len = encoder.encode(frame, &mut self.bytes).unwrap_or(0);
        self.level = Dbfs::of(frame.samples());
        self.has_voice = has_voice;
    }

    pub(crate) fn output(&self) -> Option<Output<'_>> {
        let Self { level, has_voice, .. } = *self;
        let payload = &self.bytes[..self.len];
        (!payload.is_empty()).then_some(Output { payload, level, has_voice })
    }
}
