//! From a mix to a payload: resampled to the codec's rate, limited, encoded.

use crate::{
    mix::{Mix, StereoMix},
    playback::Player,
};
use audio::{
    Frame, Rate,
    codec::{CodecError, CodecKind, Encoder, EncoderSettings},
    level::Dbfs,
    limiter::Limiter,
    resample::Resampler,
    vector,
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
    /// For the second of two channels, where there are two.
    side_from_room: Option<Box<Resampler>>,
}

impl Outlet {
    pub(crate) const fn new(rate: Rate) -> Self {
        Self {
            from_room: Resampler::new(rate, rate),
            limiter: Limiter::new(),
            side_from_room: None,
        }
    }

    /// One of two channels. Allocates.
    pub(crate) fn stereo(rate: Rate) -> Self {
        let side_from_room = Some(Box::new(Resampler::new(rate, rate)));
        Self { side_from_room, ..Self::new(rate) }
    }

    /// Renders one tick of the mix into `out`, which has the codec's rate.
    pub(crate) fn render(&mut self, mix: &Frame, out: &mut Frame) {
        self.resample(mix, out);
        self.limiter.process(out.samples_mut());
    }

    /// Renders one tick of the mix into its channels, left and right.
    pub(crate) fn render_stereo(&mut self, mix: &StereoMix<'_>, out: &mut [Frame; 2]) {
        self.resample_stereo(mix, out);
        self.finish_stereo(out);
    }

    /// Brings middle and side to the codec's rate.
    fn resample_stereo(&mut self, mix: &StereoMix<'_>, out: &mut [Frame; 2]) {
        let [middle, side] = out;
        self.resample(mix.middle.frame, middle);
        if let Some(from_room) = &mut self.side_from_room {
            from_room.set(mix.side.rate(), side.rate());
            from_room.process(mix.side.samples(), side.samples_mut());
        }
    }

    /// Makes left and right of middle and side.
    fn finish_stereo(&mut self, [middle, side]: &mut [Frame; 2]) {
        vector::to_left_and_right(middle.samples_mut(), side.samples_mut());
        self.limiter.process_both(middle.samples_mut(), side.samples_mut());
    }

    fn resample(&mut self, mix: &Frame, out: &mut Frame) {
        self.from_room.set(mix.rate(), out.rate());
        self.from_room.process(mix.samples(), out.samples_mut());
    }

    /// Forgets what was rendered before.
    pub(crate) fn reset(&mut self) {
        self.from_room.reset();
        if let Some(side_from_room) = &mut self.side_from_room {
            side_from_room.reset();
        }
        self.limiter = Limiter::new();
    }

    /// Goes on from where `other` is: given the same mix, both then sound the same.
    pub(crate) fn copy_state_from(&mut self, other: &Self) {
        self.from_room.copy_state_from(&other.from_room);
        if let (Some(own), Some(other)) = (&mut self.side_from_room, &other.side_from_room) {
            own.copy_state_from(other);
        }
        self.limiter = other.limiter.clone();
    }
}

/// The encoded sound of one tick, and what it is like.
pub(crate) struct Payload {
    bytes: Box<[u8]>,
    len: usize,
    level: Dbfs,
    has_voice: bool,
    /// The largest magnitude that was encoded.
    #[cfg(test)]
    pub(crate) peak: f32,
}

impl Payload {
    pub(crate) fn new(kind: CodecKind) -> Self {
        Self {
            bytes: vec![0; kind.tick_payload_bytes_max()].into_boxed_slice(),
            len: 0,
            level: Dbfs::SILENCE,
            has_voice: false,
            #[cfg(test)]
            peak: 0.0,
        }
    }

    /// The same of two channels.
    pub(crate) fn encode_stereo(
        &mut self,
        encoder: &mut Encoder,
        [left, right]: &[Frame; 2],
        has_voice: bool,
        is_comfort: bool,
    ) {
        if is_comfort && encoder.settings().opus_dtx {
            return self.encode(encoder, left, has_voice, is_comfort);
        }
        self.len = encoder.encode_stereo(left, right, &mut self.bytes).unwrap_or(0);
        let [left_level, right_level] = [left, right].map(|channel| Dbfs::of(channel.samples()));
        self.level = if left_level > right_level { left_level } else { right_level };
        self.has_voice = has_voice;
        #[cfg(test)]
        {
            self.peak = vector::peak(left.samples()).max(vector::peak(right.samples()));
        }
    }

    /// Encodes a frame in which somebody speaks, or not. If it `is_comfort` alone, who makes such noise itself
    /// is spared it. If the encoder fails, there is no payload in this tick.
    pub(crate) fn encode(
        &mut self,
        encoder: &mut Encoder,
        frame: &Frame,
        has_voice: bool,
        is_comfort: bool,
    ) {
        let encoded = if is_comfort {
            encoder.encode_comfort(frame, &mut self.bytes)
        } else {
            encoder.encode(frame, &mut self.bytes)
        };
        self.len = encoded.unwrap_or(0);
        self.level = Dbfs::of(frame.samples());
        self.has_voice = has_voice;
        #[cfg(test)]
        {
            self.peak = vector::peak(frame.samples());
        }
    }

    pub(crate) fn output(&self) -> Option<Output<'_>> {
        let Self { level, has_voice, .. } = *self;
        let payload = &self.bytes[..self.len];
        (!payload.is_empty()).then_some(Output { payload, level, has_voice })
    }
}

/// All that it takes to send somebody a stream that nobody else hears. It is lent to whoever speaks
/// or is played to.
pub(crate) struct Private {
    pub(crate) outlet: Outlet,
    pub(crate) encoder: Encoder,
    pub(crate) payload: Payload,
    clip_to_codec: Resampler,
    /// The next of those that nobody uses.
    pub(crate) next: Option<Box<Private>>,
}

impl Private {
    pub(crate) fn new(kind: CodecKind, settings: EncoderSettings) -> Result<Self, CodecError> {
        let rate = kind.audio_rate();
        Ok(Self {
            outlet: if settings.opus_stereo { Outlet::stereo(rate) } else { Outlet::new(rate) },
            encoder: Encoder::new(kind, settings)?,
            payload: Payload::new(kind),
            clip_to_codec: Resampler::new(rate, rate),
            next: None,
        })
    }

    /// Goes on by other settings, such as have been agreed on with the listener: none that libopus
    /// would refuse.
    pub(crate) fn adjust(&mut self, settings: EncoderSettings) {
        let _ = self.encoder.adjust(settings);
    }

    /// Begins to serve another member.
    pub(crate) fn begin(&mut self) {
        self.clip_to_codec.reset();
    }

    /// Makes a tick's payload of the mix and what is played to the member, by way of `frame`. Gives
    /// whether a playback ended.
    pub(crate) fn render(&mut self, mix: Mix<'_>, player: &mut Player, frame: &mut Frame) -> bool {
        let is_comfort = mix.is_comfort && player.is_idle();
        let has_voice = mix.has_voice || player.is_whispered_to();
        self.outlet.resample(mix.frame, frame);
        let ended = player.blend(frame, &mut self.clip_to_codec);
        self.outlet.limiter.process(frame.samples_mut());
        self.payload.encode(&mut self.encoder, frame, has_voice, is_comfort);
        ended
    }

    /// The same in two channels.
    pub(crate) fn render_stereo(
        &mut self,
        mix: &StereoMix<'_>,
        player: &mut Player,
        channels: &mut [Frame; 2],
    ) -> bool {
        let is_comfort = mix.middle.is_comfort && player.is_idle();
        let has_voice = mix.middle.has_voice || player.is_whispered_to();
        self.outlet.resample_stereo(mix, channels);
        let ended = player.blend_stereo(channels, &mut self.clip_to_codec);
        self.outlet.finish_stereo(channels);
        self.payload.encode_stereo(&mut self.encoder, channels, has_voice, is_comfort);
        ended
    }
}
