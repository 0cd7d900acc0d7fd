//! Decoding: payloads of any kind in, samples out.

use super::{
    CodecError, CodecKind, check_room,
    conceal::Concealer,
    g711,
    g722::{self, G722Decoder},
    opus::{DeepPlace, DredReader, OpusDecoder},
};
use crate::rate::Rate;

/// The most samples that one payload decodes to: 120 ms at 48 kHz (RFC 6716 §2.1.4).
pub const DECODED_SAMPLES_MAX: usize = 5_760;

/// A decoder to the codec's [`audio_rate`](CodecKind::audio_rate), which also covers up losses.
///
/// Payloads come from the network: whatever their bytes are, the result is sound or a typed error.
pub struct Decoder(Codec);

enum Codec {
    Pcmu(Concealer),
    Pcma(Concealer),
    G722(Box<G722Decoder>, Concealer),
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
            CodecKind::G722 => Codec::G722(Box::new(G722Decoder::new()), concealer),
            CodecKind::Opus => Codec::Opus(OpusDecoder::new(kind.audio_rate())?),
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

    /// Fills `out` with sound that was lost, with the help of the payload right after it, which is to be decoded
    /// after this as usual. `out` is all of the gap, up to `next`.
    ///
    /// Gives true if `next` carried a coarse copy (in-band FEC of Opus, RFC 6716 §2.1.7; it reaches back by one
    /// frame, of 10 to 60 ms, and what lies before that is [concealed](Self::conceal)). Else `out` is a guess:
    /// for Opus that of [`conceal`](Self::conceal), and for others one that leads over to `next`.
    ///
    /// For 20 ms it takes 20 to 40 µs of Opus, less than a decode (measured on a busy machine).
    pub fn recover(&mut self, next: &[u8], out: &mut [f32]) -> bool {
        match &mut self.0 {
            Codec::Pcmu(concealer) => bridge_g711(g711::decode_ulaw, concealer, next, out),
            Codec::Pcma(concealer) => bridge_g711(g711::decode_alaw, concealer, next, out),
            Codec::G722(decoder, concealer) => bridge_g722(decoder, concealer, next, out),
            Codec::Opus(decoder) => {
                if decoder.recover(next, out) {
                    return true;
                }
                decoder.conceal(out);
            }
        }
        false
    }

    /// Does as [`recover`](Self::recover), and looks for DRED in `next` too, which may tell of all of the gap. Only a
    /// decoder that has a [place](Self::settle) makes use of it.
    pub fn recover_deep(&mut self, next: &[u8], out: &mut [f32], reader: &mut DredReader) -> bool {
        if let Codec::Opus(decoder) = &mut self.0
            && decoder.recover_by_dred(next, out, reader)
        {
            return true;
        }
        self.recover(next, out)
    }

    /// Has a decoder of Opus move into `place`, which it has from now on; gives that of another codec back. Takes some
    /// microseconds. What it is there for: [`guess_deeply`](Self::guess_deeply).
    pub fn settle(&mut self, place: DeepPlace) -> Option<DeepPlace> {
        let Codec::Opus(decoder) = &mut self.0 else { return Some(place) };
        decoder.settle(place);
        None
    }

    /// Has it move out of its place and on as before, and gives that back.
    pub fn leave(&mut self) -> Option<DeepPlace> {
        let Codec::Opus(decoder) = &mut self.0 else { return None };
        decoder.leave()
    }

    /// Gives it the place that it has settled in, or takes it (none) until its next use: it does nothing else meanwhile.
    /// Gives what it had.
    pub fn lend(&mut self, place: Option<DeepPlace>) -> Option<DeepPlace> {
        let Codec::Opus(decoder) = &mut self.0 else { return place };
        decoder.lend(place)
    }

    /// Whether what is lost is guessed at by neural networks from now on (deep concealment). They go by what was decoded in
    /// the place within the last 150 ms.
    ///
    /// While nothing is lost that costs nothing. The first 20 ms that are guessed at take 500 to 900 µs, and those after
    /// them 150, where a plain guess takes 20.
    pub fn guess_deeply(&mut self, is_deep: bool) {
        if let Codec::Opus(decoder) = &mut self.0 {
            decoder.set_deep(is_deep);
        }
    }

    /// Fills `out` with a guess at sound that was lost: more of what was heard last, fading to
    /// silence where the loss lasts.
    pub fn conceal(&mut self, out: &mut [f32]) {
        match &mut self.0 {
            Codec::Pcmu(concealer) | Codec::Pcma(concealer) => concealer.conceal(out),
            Codec::G722(decoder, concealer) => conceal_g722(decoder, concealer, out),
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

/// So much of the payload behind a gap is looked at: 20 ms.
const NEXT_BYTES_MAX: usize = 160;

fn bridge_g711(
    decode: fn(&[u8], &mut [f32]),
    concealer: &mut Concealer,
    next: &[u8],
    out: &mut [f32],
) {
    let mut ahead = [0.0; NEXT_BYTES_MAX];
    let ahead = &mut ahead[..next.len().min(NEXT_BYTES_MAX)];
    decode(next, ahead);
    concealer.bridge(ahead, out);
}

/// Lost sound that is made up at a time, while the decoder of G.722 follows it: 60 ms.
const FOLLOWED_SAMPLES_MAX: usize = Rate::Hz16000.samples_in_ms(60);

/// That, with what is needed of before and after.
const FOLLOWED: usize = g722::FOLLOW_BACK_SAMPLES + FOLLOWED_SAMPLES_MAX + g722::DELAY_SAMPLES;

fn conceal_g722(decoder: &mut G722Decoder, concealer: &mut Concealer, out: &mut [f32]) {
    for part in out.chunks_mut(FOLLOWED_SAMPLES_MAX) {
        foretell_g722(decoder, concealer, part.len());
        concealer.conceal(part);
    }
}

/// A payload of G.722 can only be decoded by one who has followed what came before it: a guess at that.
fn bridge_g722(decoder: &mut G722Decoder, concealer: &mut Concealer, next: &[u8], out: &mut [f32]) {
    let rest = out.len().min(FOLLOWED_SAMPLES_MAX);
    let (before, out) = out.split_at_mut(out.len() - rest);
    conceal_g722(decoder, concealer, before);
    foretell_g722(decoder, concealer, out.len());
    let mut ahead = [0.0; NEXT_BYTES_MAX * g722::SAMPLES_PER_BYTE];
    let next = &next[..next.len().min(NEXT_BYTES_MAX)];
    // There is room for it; and the decoder itself is to decode it later.
    let samples = decoder.clone().decode(next, &mut ahead).unwrap_or(0);
    concealer.bridge(&ahead[..samples], out);
}

/// Has the decoder follow what the concealer would make up of the next `samples`.
fn foretell_g722(decoder: &mut G722Decoder, concealer: &mut Concealer, samples: usize) {
    let mut sound = [0.0; FOLLOWED];
    let sound = &mut sound[..g722::FOLLOW_BACK_SAMPLES + samples + g722::DELAY_SAMPLES];
    let (back, on) = sound.split_at_mut(g722::FOLLOW_BACK_SAMPLES);
    let history = concealer.history();
    back.copy_from_slice(&history[history.len() - g722::FOLLOW_BACK_SAMPLES..]);
    concealer.foretell(on);
    decoder.follow(sound);
}
