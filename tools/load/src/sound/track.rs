//! Sound that was encoded once and is sent again and again.

use audio::Frame;
use audio::codec::{CodecError, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
use audio::level::Dbfs;
use rtp::extension::AudioLevel;

use crate::plan::Codec;

/// Above this level a packet is said to hold a voice (RFC 6464).
const VOICE_DBFS: f32 = -45.0;

/// One packet's worth of a track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Payload<'a> {
    pub(crate) bytes: &'a [u8],
    /// How loud it is, for those who tell.
    pub(crate) level: AudioLevel,
    /// A chirp begins with its first sample.
    pub(crate) begins_chirp: bool,
}

/// Where a payload lies. Without bytes, nothing is sent.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: u32,
    length: u16,
    level: AudioLevel,
    begins_chirp: bool,
}

/// Encoded sound without end.
pub(crate) struct Track {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

impl Track {
    /// Encodes `samples`, at the codec's rate, as a loop: what lies behind the last whole packet is left out. The
    /// encoder has heard the loop once before, so that it goes on smoothly from the end to the beginning.
    pub(crate) fn new(
        codec: Codec,
        settings: EncoderSettings,
        samples: &[f32],
    ) -> Result<Self, CodecError> {
        let kind = codec.kind();
        let mut encoder = Encoder::new(kind, settings)?;
        let mut track = Self { bytes: Vec::new(), places: Vec::new() };
        let frames = samples.chunks_exact(kind.audio_rate().tick_samples());
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        for frame in frames.clone() {
            encoder.encode(&Frame::from_samples(kind.audio_rate(), frame), &mut payload)?;
        }
        let mut pauses = true;
        for frame in frames {
            let length =
                encoder.encode(&Frame::from_samples(kind.audio_rate(), frame), &mut payload)?;
            let payload = payload.get(..length).unwrap_or_default();
            // The first of a pause is worth sending: from it a receiver knows the pause from a loss.
            let is_needless = std::mem::replace(&mut pauses, kind.is_pause(payload)) && pauses;
            track.push(if is_needless { &[] } else { payload }, level(frame));
        }
        Ok(track)
    }

    /// Has a chirp begin with the payload at `tick`.
    pub(crate) fn mark_chirp(&mut self, tick: u64) {
        if let Some(place) = self.places.get_mut(tick as usize) {
            place.begins_chirp = true;
        }
    }

    /// Keeps one payload of `period`, the others are not sent.
    pub(crate) fn thin_out(&mut self, period: usize) {
        for (tick, place) in self.places.iter_mut().enumerate() {
            if !tick.is_multiple_of(period) {
                place.length = 0;
            }
        }
    }

    /// The payload at a packet time, the loop beginning with 0; none where nothing is sent.
    pub(crate) fn payload(&self, tick: u64) -> Option<Payload<'_>> {
        let index = tick.checked_rem(self.places.len() as u64)?;
        let place = self.places.get(index as usize).filter(|place| place.length > 0)?;
        let start = place.start as usize;
        let bytes = self.bytes.get(start..start + usize::from(place.length))?;
        Some(Payload { bytes, level: place.level, begins_chirp: place.begins_chirp })
    }

    fn push(&mut self, payload: &[u8], level: AudioLevel) {
        self.places.push(Place {
            start: self.bytes.len() as u32,
            length: payload.len() as u16,
            level,
            begins_chirp: false,
        });
        self.bytes.extend_from_slice(payload);
    }
}

fn level(samples: &[f32]) -> AudioLevel {
    let level = Dbfs::of(samples).decibels();
    let dbov = (-level).round().clamp(0.0, f32::from(rtp::extension::DBOV_MAX)) as u8;
    AudioLevel { voice: level > VOICE_DBFS, dbov }
}
