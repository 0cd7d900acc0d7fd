//! Encoding: frames in, payloads out.

use super::{CodecError, CodecKind, check_room, g711, g722::G722Encoder, opus::OpusEncoder};
use crate::{
    comfort::NoiseDescription,
    frame::Frame,
    rate::{Rate, TICK_SAMPLES_MAX},
    vector,
};

/// The longest payload of one encoded frame, in bytes (RFC 6716 §3.4).
pub const PAYLOAD_BYTES_MAX: usize = 1_275;

/// The most effort that libopus makes.
pub const COMPLEXITY_MAX: u8 = 10;

/// How to encode. Encoders of one codec with equal settings are interchangeable, so members with
/// equal settings can share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EncoderSettings {
    /// Opus: bits a second, 6,000 to 510,000.
    pub opus_bitrate_bps: u32,
    /// Opus: effort, 0 to 10. Each step costs processor time.
    pub opus_complexity: u8,
    /// Opus: whether each packet may carry a coarse copy of the one before, in case that was lost. It
    /// does if loss is expected, and then an encode is four times as dear as of the same bit rate
    /// without.
    pub opus_fec: bool,
    /// Opus: the loss to prepare for, 0 to 100 percent. Up to 5 libopus sends those copies only where
    /// the bit rate is ample; above, it gives up bandwidth for them where it isn't (wideband at 24
    /// kbit/s; at 32 kbit/s all of it stays). At 0 there are none.
    pub opus_expected_loss_percent: u8,
    /// Opus: whether to fall silent with the sound. From 200 ms of silence on, payloads are such
    /// that [need not be sent](CodecKind::is_pause), but for one in 400 ms.
    pub opus_dtx: bool,
    /// Opus: whether to encode [two channels](Encoder::encode_stereo).
    pub opus_stereo: bool,
    /// G.711 and G.722: whether the listener makes comfort noise of its own by what it is told (RFC 3389).
    /// While a mix is [nothing else](Encoder::encode_comfort), payloads are such descriptions, which
    /// [need not all be sent](CodecKind::is_pause).
    pub comfort_noise: bool,
}

impl EncoderSettings {
    /// What suits a mix of voices for somebody who gets all that is sent: about what libopus chooses by
    /// itself. With half as many bits again as the default, an encode takes a quarter of its time, and
    /// sounds better (PESQ-WB 4.3 against 4.2).
    pub const MIX: Self = Self {
        opus_bitrate_bps: 48_000,
        opus_complexity: 5,
        opus_fec: true,
        opus_expected_loss_percent: 0,
        opus_dtx: false,
        opus_stereo: false,
        comfort_noise: false,
    };

    /// The same of voices in their places from left to right.
    pub const STEREO_MIX: Self = Self { opus_bitrate_bps: 64_000, opus_stereo: true, ..Self::MIX };

    /// These settings with no more than this effort.
    fn at_most(self, complexity_max: u8) -> Self {
        Self { opus_complexity: self.opus_complexity.min(complexity_max), ..self }
    }

    /// These settings as far as `kind` heeds them, and the default where it doesn't: what makes
    /// no difference to the sound doesn't keep members from sharing an encoder.
    pub fn relevant_to(self, kind: CodecKind) -> Self {
        match kind {
            CodecKind::Opus => Self { comfort_noise: false, ..self },
            CodecKind::Pcmu | CodecKind::Pcma | CodecKind::G722 => {
                Self { comfort_noise: self.comfort_noise, ..Self::default() }
            }
        }
    }
}

/// One voice, over a network that loses packets: as browsers send it.
impl Default for EncoderSettings {
    fn default() -> Self {
        Self {
            opus_bitrate_bps: 32_000,
            opus_complexity: 5,
            opus_fec: true,
            opus_expected_loss_percent: 10,
            opus_dtx: false,
            opus_stereo: false,
            comfort_noise: false,
        }
    }
}

/// A tick of silence in Opus.
static SILENCE: Frame = Frame::silent(Rate::Hz48000);

/// An encoder of frames at the codec's [`audio_rate`](CodecKind::audio_rate).
pub struct Encoder {
    settings: EncoderSettings,
    /// The effort that is made at most, of Opus.
    complexity_max: u8,
    codec: Codec,
}

enum Codec {
    Pcmu,
    Pcma,
    G722(Box<G722Encoder>),
    Opus(OpusEncoder),
}

impl Encoder {
    /// Makes an encoder at its initial state. Allocates for Opus.
    ///
    /// # Errors
    /// [`CodecError::Opus`] if libopus refuses a setting.
    pub fn new(kind: CodecKind, settings: EncoderSettings) -> Result<Self, CodecError> {
        let settings = settings.relevant_to(kind);
        let codec = match kind {
            CodecKind::Pcmu => Codec::Pcmu,
            CodecKind::Pcma => Codec::Pcma,
            CodecKind::G722 => Codec::G722(Box::new(G722Encoder::new())),
            CodecKind::Opus => Codec::Opus(OpusEncoder::new(&settings)?),
        };
        Ok(Self { settings, complexity_max: COMPLEXITY_MAX, codec })
    }

    /// The codec.
    pub const fn kind(&self) -> CodecKind {
        match self.codec {
            Codec::Pcmu => CodecKind::Pcmu,
            Codec::Pcma => CodecKind::Pcma,
            Codec::G722(_) => CodecKind::G722,
            Codec::Opus(_) => CodecKind::Opus,
        }
    }

    /// The settings, as far as the codec heeds them.
    pub const fn settings(&self) -> EncoderSettings {
        self.settings
    }

    /// Encodes one frame and gives the length of the payload. A buffer of [`PAYLOAD_BYTES_MAX`]
    /// always suffices. The payload may be one that says [nothing](CodecKind::is_pause).
    ///
    /// # Errors
    /// [`CodecError::WrongRate`] for a frame of another rate, [`CodecError::OutputTooShort`] and
    /// [`CodecError::Opus`] where the payload doesn't fit.
    pub fn encode(&mut self, frame: &Frame, out: &mut [u8]) -> Result<usize, CodecError> {
        let expected = self.kind().audio_rate();
        if frame.rate() != expected {
            return Err(CodecError::WrongRate { expected, actual: frame.rate() });
        }
        let samples = frame.samples();
        match &mut self.codec {
            Codec::Pcmu => encode_g711(g711::encode_ulaw, samples, out),
            Codec::Pcma => encode_g711(g711::encode_alaw, samples, out),
            Codec::G722(encoder) => encoder.encode(samples, out),
            Codec::Opus(_) if self.settings.opus_stereo => self.encode_stereo(frame, frame, out),
            Codec::Opus(encoder) => {
                let longest = out.len().min(PAYLOAD_BYTES_MAX);
                encoder.encode(samples, &mut out[..longest])
            }
        }
    }

    /// Encodes one frame of two channels and gives the length of the payload, as [`encode`](Self::encode)
    /// does of one. An encoder of one channel takes the left one.
    ///
    /// # Errors
    /// The same.
    pub fn encode_stereo(
        &mut self,
        left: &Frame,
        right: &Frame,
        out: &mut [u8],
    ) -> Result<usize, CodecError> {
        if !self.settings.opus_stereo {
            return self.encode(left, out);
        }
        let Codec::Opus(encoder) = &mut self.codec else { return self.encode(left, out) };
        let expected = CodecKind::Opus.audio_rate();
        for frame in [left, right] {
            if frame.rate() != expected {
                return Err(CodecError::WrongRate { expected, actual: frame.rate() });
            }
        }
        let mut samples = [0.0; 2 * TICK_SAMPLES_MAX];
        vector::interleave(&mut samples, left.samples(), right.samples());
        let longest = out.len().min(PAYLOAD_BYTES_MAX);
        encoder.encode(&samples, &mut out[..longest])
    }

    /// Encodes one frame that holds [comfort noise](crate::comfort) and nothing else. A listener who makes
    /// such noise itself is spared it: with [`comfort_noise`](EncoderSettings::comfort_noise) the payload is a
    /// description of it (RFC 3389), and with [`opus_dtx`](EncoderSettings::opus_dtx) what becomes of
    /// silence.
    ///
    /// # Errors
    /// Those of [`encode`](Self::encode).
    pub fn encode_comfort(&mut self, frame: &Frame, out: &mut [u8]) -> Result<usize, CodecError> {
        match &self.codec {
            Codec::Opus(_) if self.settings.opus_dtx => self.encode(&SILENCE, out),
            Codec::Opus(_) => self.encode(frame, out),
            _ if self.settings.comfort_noise => {
                let description = NoiseDescription::of(frame.samples(), frame.rate()).write();
                check_room(description.len(), out.len())?;
                out[..description.len()].copy_from_slice(&description);
                Ok(description.len())
            }
            _ => self.encode(frame, out),
        }
    }

    /// Forgets what was encoded before: for a stream that begins anew.
    pub fn reset(&mut self) {
        match &mut self.codec {
            Codec::Pcmu | Codec::Pcma => {}
            Codec::G722(encoder) => encoder.reset(),
            Codec::Opus(encoder) => encoder.reset(&self.settings.at_most(self.complexity_max)),
        }
    }

    /// Makes no more than this effort from the next frame on, whatever the settings say: for a machine that is busy.
    /// Effort is spent on finding out what is heard least, so the stream goes on without a seam. Costs next to
    /// nothing where that changes nothing.
    pub fn limit_complexity(&mut self, complexity_max: u8) {
        let before = std::mem::replace(&mut self.complexity_max, complexity_max);
        if let Codec::Opus(encoder) = &mut self.codec
            && before != complexity_max
        {
            // It has no way to fail: the settings were good before.
            let _ = encoder.configure(&self.settings.at_most(complexity_max));
        }
    }

    /// Encodes by other settings from the next frame on, of as many channels as before. The stream goes on: where another of the codec's
    /// coders takes over, the payloads see to it that no seam is heard.
    ///
    /// # Errors
    /// [`CodecError::Opus`] if libopus refuses a setting.
    pub fn adjust(&mut self, settings: EncoderSettings) -> Result<(), CodecError> {
        let EncoderSettings { opus_stereo, .. } = self.settings;
        let settings = EncoderSettings { opus_stereo, ..settings.relevant_to(self.kind()) };
        if let Codec::Opus(encoder) = &mut self.codec
            && settings != self.settings
        {
            encoder.configure(&settings.at_most(self.complexity_max))?;
        }
        self.settings = settings;
        Ok(())
    }

    /// Goes on from where `other` is, by its settings: given the same frames, both then give the same
    /// payloads. A receiver that heard the one can't tell when it begins to hear the other.
    ///
    /// # Errors
    /// [`CodecError::DifferentEncoders`] if the codec or the channels differ; nothing is copied.
    pub fn copy_state_from(&mut self, other: &Encoder) -> Result<(), CodecError> {
        match (&mut self.codec, &other.codec) {
            (Codec::Pcmu, Codec::Pcmu) | (Codec::Pcma, Codec::Pcma) => {}
            (Codec::G722(own), Codec::G722(other)) => own.clone_from(other),
            (Codec::Opus(own), Codec::Opus(other)) => own.copy_state_from(other)?,
            _ => return Err(CodecError::DifferentEncoders),
        }
        (self.settings, self.complexity_max) = (other.settings, other.complexity_max);
        Ok(())
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("kind", &self.kind())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

fn encode_g711(
    encode: fn(&[f32], &mut [u8]),
    samples: &[f32],
    out: &mut [u8],
) -> Result<usize, CodecError> {
    check_room(samples.len(), out.len())?;
    encode(samples, out);
    Ok(samples.len())
}
