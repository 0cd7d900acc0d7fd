//! The codecs of a far end: libopus as it comes, in packets of any length, and the telephones' as they are here.

use audio::codec::{
    CodecKind, DECODED_SAMPLES_MAX, Decoder, DredEncoder, Encoder, EncoderSettings,
    PAYLOAD_BYTES_MAX, g711,
};
use audio::{Frame, TICK};

use super::Sends;
use crate::Fault;

/// Encodes packets.
pub(crate) enum PacketEncoder {
    Pcmu,
    Pcma,
    G722(Box<Encoder>),
    Opus(opus::Encoder),
    OpusWithDred(DredEncoder),
}

impl PacketEncoder {
    pub(crate) fn new(codec: CodecKind, sends: &Sends) -> Result<Self, Fault> {
        Ok(match codec {
            CodecKind::Pcmu => Self::Pcmu,
            CodecKind::Pcma => Self::Pcma,
            CodecKind::G722 => {
                Self::G722(Box::new(Encoder::new(codec, EncoderSettings::default())?))
            }
            CodecKind::Opus if sends.dred_ms > 0 => Self::OpusWithDred(dred_encoder(sends)?),
            CodecKind::Opus => Self::Opus(opus_encoder(sends)?),
        })
    }

    /// The payload of one packet: of Opus 10, 20, 40 or 60 ms, of G.722 a multiple of 20 ms.
    pub(crate) fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Pcmu => Ok(companded(g711::encode_ulaw, samples)),
            Self::Pcma => Ok(companded(g711::encode_alaw, samples)),
            Self::G722(encoder) => encode_frames(encoder, samples),
            Self::Opus(encoder) => Ok(encoder.encode_vec_float(samples, PAYLOAD_BYTES_MAX)?),
            Self::OpusWithDred(encoder) => Ok(encoder.encode(samples)?),
        }
    }
}

fn dred_encoder(sends: &Sends) -> Result<DredEncoder, Fault> {
    let settings = EncoderSettings {
        opus_bitrate_bps: sends.bitrate_bps.unsigned_abs(),
        opus_fec: sends.fec,
        opus_expected_loss_percent: u8::try_from(sends.expected_loss_percent).unwrap_or(100),
        ..EncoderSettings::default()
    };
    Ok(DredEncoder::new(&settings, sends.dred_ms)?)
}

fn opus_encoder(sends: &Sends) -> Result<opus::Encoder, Fault> {
    let rate_hz = CodecKind::Opus.audio_rate().hz();
    let application =
        if sends.for_speech { opus::Application::Voip } else { opus::Application::Audio };
    let mut encoder = opus::Encoder::new(rate_hz, opus::Channels::Mono, application)?;
    encoder.set_bitrate(opus::Bitrate::Bits(sends.bitrate_bps))?;
    encoder.set_inband_fec(sends.fec)?;
    encoder.set_packet_loss_perc(sends.expected_loss_percent)?;
    encoder.set_dtx(sends.dtx)?;
    Ok(encoder)
}

fn companded(encode: fn(&[f32], &mut [u8]), samples: &[f32]) -> Vec<u8> {
    let mut payload = vec![0; samples.len()];
    encode(samples, &mut payload);
    payload
}

fn encode_frames(encoder: &mut Encoder, samples: &[f32]) -> Result<Vec<u8>, Fault> {
    let rate = encoder.kind().audio_rate();
    let mut payload = Vec::new();
    for samples in samples.chunks(rate.tick_samples()) {
        let mut out = [0; PAYLOAD_BYTES_MAX];
        let bytes = encoder.encode(&Frame::from_samples(rate, samples), &mut out)?;
        payload.extend(&out[..bytes]);
    }
    Ok(payload)
}

/// Decodes the packets of the server, each of a tick, and covers up what is lost on the way as a phone or browser of
/// today does.
pub(crate) enum PacketDecoder {
    Opus(opus::Decoder),
    Other(Box<Decoder>),
}

impl PacketDecoder {
    pub(crate) fn new(codec: CodecKind) -> Result<Self, Fault> {
        if codec != CodecKind::Opus {
            return Ok(Self::Other(Box::new(Decoder::new(codec)?)));
        }
        let rate_hz = codec.audio_rate().hz();
        Ok(Self::Opus(opus::Decoder::new(rate_hz, opus::Channels::Mono)?))
    }

    /// Decodes a packet.
    pub(crate) fn decode(&mut self, payload: &[u8], heard: &mut Vec<f32>) -> Result<(), Fault> {
        let mut samples = [0.0; DECODED_SAMPLES_MAX];
        let count = match self {
            Self::Opus(decoder) => decoder.decode_float(payload, &mut samples, false)?,
            Self::Other(decoder) => decoder.decode(payload, &mut samples)?,
        };
        heard.extend(&samples[..count]);
        Ok(())
    }

    /// Makes up for a packet that was lost, if it can out of the one that came after it.
    pub(crate) fn recover(
        &mut self,
        next: Option<&[u8]>,
        heard: &mut Vec<f32>,
    ) -> Result<(), Fault> {
        match self {
            Self::Opus(decoder) => {
                let tick = CodecKind::Opus.audio_rate().tick_samples();
                let mut samples = [0.0; DECODED_SAMPLES_MAX];
                let count = decoder.decode_float(
                    next.unwrap_or(&[]),
                    &mut samples[..tick],
                    next.is_some(),
                )?;
                heard.extend(&samples[..count]);
            }
            Self::Other(decoder) => {
                let start = heard.len();
                heard.resize(start + decoder.kind().audio_rate().tick_samples(), 0.0);
                decoder.conceal(&mut heard[start..]);
            }
        }
        Ok(())
    }

    /// Fills a pause of the server's, who sends nothing in it.
    pub(crate) fn pause(&mut self, samples: usize, heard: &mut Vec<f32>) -> Result<(), Fault> {
        let end = heard.len() + samples;
        if let Self::Opus(_) = self {
            while heard.len() < end {
                self.recover(None, heard)?;
            }
        }
        heard.resize(end, 0.0);
        Ok(())
    }
}

/// How many samples later sound comes out of a decoder than went into the encoder, packet for packet.
pub(crate) fn delay_samples(codec: CodecKind) -> usize {
    match codec {
        CodecKind::Pcmu | CodecKind::Pcma => 0,
        // Two filters of 24 taps (ITU-T G.722 section 3.1), each half of its length.
        CodecKind::G722 => 22,
        // What libopus looks ahead for speech: 6.5 ms (RFC 6716 section 2.1.4).
        CodecKind::Opus => 312,
    }
}

/// Sound in a packet of a tick, in units of the RTP clock.
pub(crate) fn tick_units(codec: CodecKind) -> u32 {
    rtp::time::units(TICK, codec.rtp_clock_hz()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resample::convert;
    use crate::speech::{RATE_HZ, Recording};

    /// What a far end hears of another, with nothing between.
    fn through(codec: CodecKind, packet_ms: usize) -> (Vec<f32>, Vec<f32>) {
        let rate_hz = codec.audio_rate().hz();
        let said = convert(&Recording::Reader1.samples(), RATE_HZ, rate_hz);
        let sends = Sends { packet_ms, ..Sends::default() };
        let mut encoder = PacketEncoder::new(codec, &sends).unwrap();
        let mut decoder = PacketDecoder::new(codec).unwrap();
        let mut heard = Vec::new();
        let packet = rate_hz as usize / 1_000 * packet_ms;
        for samples in said.chunks_exact(packet) {
            decoder.decode(&encoder.encode(samples).unwrap(), &mut heard).unwrap();
        }
        (said, heard)
    }

    #[test]
    fn delays_are_those_that_are_told() {
        for codec in CodecKind::ALL {
            let (said, heard) = through(codec, 20);
            let part = said.len() / 4..said.len() / 2;
            let found = sim::correlate::find(&said[part.clone()], &heard);
            assert!(found.score > 0.9, "{codec:?} {found:?}");
            // To a tenth of a millisecond: filters delay each frequency by a time of its own.
            let delay = found.lag_samples - part.start;
            let grain = codec.audio_rate().hz() as usize / 10_000;
            assert!(delay.abs_diff(delay_samples(codec)) <= grain, "{codec:?} {delay}");
        }
    }

    #[test]
    fn packets_of_any_length_are_whole() {
        for packet_ms in [10, 20, 40, 60] {
            for codec in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::Opus] {
                let (said, heard) = through(codec, packet_ms);
                assert!(said.len() - heard.len() < said.len() / 20, "{codec:?} {packet_ms} ms");
            }
        }
        let (said, heard) = through(CodecKind::G722, 60);
        assert!(said.len() - heard.len() < said.len() / 20);
    }
}
