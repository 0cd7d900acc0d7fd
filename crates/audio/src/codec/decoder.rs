//! Decoding: payloads of any kind in, samples out.

use super::{
    CodecError, CodecKind, check_room, conceal::Concealer, g711, g722::G722Decoder,
    opus::OpusDecoder,
};

/// The most samples that one payload decodes to: 120 ms at 48 kHz (RFC 6716 §2.1.4).
pub const DECODED_SAMPLES_MAX: usize = 5_760;

/// A decoder to the codec's [`audio_rate`](CodecKind::audio_rate), which also covers up losses.
///
/// Payloads come from the network: whatever their bytes are, the result is sound or a typed error.
pub struct Decoder(Codec);

enum Codec {
    Pcmu(Concealer),
    Pcma(Concealer),
    G722(G722Decoder, Concealer),
    Opus(OpusDecoder),
}

impl Decoder {
    /// Makes a decoder at its initial state. Allocates for Opus.
    ///
    /// # Errors
    /// [`CodecError::Opus`] if libopus can't make one.
    pub fn new(kind: CodecKind) -> Result<Self, CodecError> {
        let concealer = Concealer::new(kind.audio_rate());
        Ok(Self(match kind {
            CodecKind::Pcmu => Codec::Pcmu(concealer),
            CodecKind::Pcma => Codec::Pcma(concealer),
            CodecKind::G722 => Codec::G722(G722Decoder::new(), concealer),
            CodecKind::Opus => Codec::Opus(OpusDecoder::new()?),
        }))
    }

    /// The codec.
    pub const fn kind(&self) -> CodecKind {
        match self.0 {
            Codec::Pcmu(_) => CodecKind::Pcmu,
            Codec::Pcma(_) => CodecKind::Pcma,
            Codec::G722(..) => CodecKind::G722,
            Codec::Opus(_) => CodecKind::Opus,
        }
    }

    /// Decodes one payload of any duration into the beginning of `out` and gives the number of
    /// samples. A buffer of [`DECODED_SAMPLES_MAX`] takes any payload that is within the standards.
    ///
    /// # Errors
    /// [`CodecError::EmptyPayload`], [`CodecError::MalformedPayload`] or
    /// [`CodecError::OutputTooShort`]. The caller then conceals; the decoder stays usable.
    pub fn decode(&mut self, payload: &[u8], out: &mut [f32]) -> Result<usize, CodecError> {
        if payload.is_empty() {
            return Err(CodecError::EmptyPayload);
        }
        match &mut self.0 {
            Codec::Pcmu(concealer) => decode_g711(g711::decode_ulaw, concealer, payload, out),
            Codec::Pcma(concealer) => decode_g711(g711::decode_alaw, concealer, payload, out),
            Codec::G722(decoder, concealer) => {
                let samples = decoder.decode(payload, out)?;
                concealer.heard(&mut out[..samples]);
                Ok(samples)
            }
            Codec::Opus(decoder) => decoder.decode(payload, out),
        }
    }

    /// Forgets what was heard before: for a stream of which much was not given to this decoder.
    /// Prediction from a word of long ago makes a noise of silence for up to a second; from nothing
    /// it finds its way within some packets.
    pub fn reset(&mut self) {
        match &mut self.0 {
            Codec::Pcmu(concealer) | Codec::Pcma(concealer) => concealer.reset(),
            Codec::G722(decoder, concealer) => {
                decoder.reset();
                concealer.reset();
            }
            Codec::Opus(decoder) => decoder.reset(),
        }
    }

    /// Fills `out` with sound that was lost, out of the coarse copy of it that the payload right after
    /// it may carry (in-band FEC, RFC 6716 §2.1.7), and gives true; else with what
    /// [`conceal`](Self::conceal) makes up. `out` is all of the gap, up to `next`, which is to be
    /// decoded after it as usual.
    ///
    /// Either takes 20 to 40 µs for 20 ms of Opus, less than a decode (measured on a busy machine).
    pub fn recover(&mut self, next: &[u8], out: &mut [f32]) -> bool {
        if let Codec::Opus(decoder) = &mut self.0
            && decoder.recover(next, out)
        {
            return true;
        }
        self.conceal(out);
        false
    }

    /// Fills `out` with a guess at sound that was lost: more of what was heard last, fading to
    /// silence where the loss lasts.
    pub fn conceal(&mut self, out: &mut [f32]) {
        match &mut self.0 {
            Codec::Pcmu(concealer) | Codec::Pcma(concealer) | Codec::G722(_, concealer) => {
                concealer.conceal(out);
            }
            Codec::Opus(decoder) => decoder.conceal(out),
        }
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

fn decode_g711(
    decode: fn(&[u8], &mut [f32]),
    concealer: &mut Concealer,
    payload: &[u8],
    out: &mut [f32],
) -> Result<usize, CodecError> {
    check_room(payload.len(), out.len())?;
    let out = &mut out[..payload.len()];
    decode(payload, out);
    concealer.heard(out);
    Ok(out.len())
}
