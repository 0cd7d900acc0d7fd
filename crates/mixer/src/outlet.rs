//! From a mix to a payload: resampled to the codec's rate, limited, encoded.

use crate::playback::Player;
use audio::{
    Frame, Rate,
    codec::{Encoder, PAYLOAD_BYTES_MAX},
    limiter::Limiter,
    resample::Resampler,
};

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

/// The encoded sound of one tick.
pub(crate) struct Payload {
    bytes: [u8; PAYLOAD_BYTES_MAX],
    len: usize,
}

impl Payload {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; PAYLOAD_BYTES_MAX], len: 0 }
    }

    /// Encodes a frame. If the encoder fails, there is no payload in this tick.
    pub(crate) fn encode(&mut self, encoder: &mut Encoder, frame: &Frame) {
        self.len = encoder.encode(frame, &mut self.bytes).unwrap_or(0);
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        (self.len > 0).then(|| &self.bytes[..self.len])
    }
}
