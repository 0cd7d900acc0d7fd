//! The codecs alone: what would be heard if the server did nothing but decode and encode, and the network no harm.

use audio::codec::{Encoder, PAYLOAD_BYTES_MAX};
use audio::{Frame, Rate};

use super::Participant;
use super::codec::{PacketDecoder, PacketEncoder};
use crate::Fault;
use crate::resample::convert;
use crate::speech::RATE_HZ;

/// What `listener` would hear of `talker`, at the rate of the listener's codec.
///
/// # Errors
/// Any [`Fault`] of the codecs.
pub(crate) fn heard(talker: &Participant, listener: &Participant) -> Result<Vec<f32>, Fault> {
    let [spoken, sent] = [talker, listener].map(|participant| participant.codec.audio_rate());
    let says = talker.says.as_deref().unwrap_or(&[]);
    let decoded = decoded(talker, &convert(says, RATE_HZ, spoken.hz()))?;
    encoded(listener, sent, &convert(&decoded, spoken.hz(), sent.hz()))
}

/// What the server would have of what a talker says.
fn decoded(talker: &Participant, says: &[f32]) -> Result<Vec<f32>, Fault> {
    let rate_hz = talker.codec.audio_rate().hz() as usize;
    let mut encoder = PacketEncoder::new(talker.codec, &talker.sends)?;
    let mut decoder = PacketDecoder::new(talker.codec)?;
    let mut decoded = Vec::new();
    for samples in says.chunks_exact(rate_hz / 1_000 * talker.sends.packet_ms) {
        decoder.decode(&encoder.encode(samples)?, &mut decoded)?;
    }
    Ok(decoded)
}

/// What a listener would hear of this.
fn encoded(listener: &Participant, rate: Rate, says: &[f32]) -> Result<Vec<f32>, Fault> {
    let mut encoder = Encoder::new(listener.codec, listener.hears)?;
    let mut decoder = PacketDecoder::new(listener.codec)?;
    let mut heard = Vec::new();
    let mut payload = [0; PAYLOAD_BYTES_MAX];
    for samples in says.chunks_exact(rate.tick_samples()) {
        let bytes = encoder.encode(&Frame::from_samples(rate, samples), &mut payload)?;
        decoder.decode(&payload[..bytes], &mut heard)?;
    }
    Ok(heard)
}
