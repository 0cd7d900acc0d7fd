//! What a browser sends: Opus with the header extensions and the redundancy that were agreed upon.

use audio::codec::{CodecError, CodecKind, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
use audio::level::Dbfs;
use audio::{Rate, TICKS_PER_SECOND};
use rtp::extension::{AudioLevel, ExtensionWriter};
use rtp::red::{self, Redundant};
use rtp::sender::{Sender, Start};
use sdp::browser::BrowserNegotiated;

use crate::phone::Says;
use crate::phone::Voice;

/// RTP time of a tick.
const TICK_UNITS: u32 = CodecKind::Opus.rtp_clock_hz() / TICKS_PER_SECOND;

/// Opus that says that nothing is said: a frame of 20 ms without content (RFC 6716 section 3.1).
const PAUSE: [u8; 1] = [0xF8];

/// Ticks from one sign of a silent microphone to the next: 400 ms, as libopus has it.
const PAUSE_TICKS: u32 = 20;

/// Below this level it is no speech.
const VOICE_DBFS: f32 = -45.0;

/// Room for a packet: header, extensions, and two payloads.
const PACKET_BYTES_MAX: usize = 128 + 2 * PAYLOAD_BYTES_MAX;

/// Makes the packets of one stream.
pub(super) struct Mouth {
    sender: Sender,
    agreed: BrowserNegotiated,
    voice: Option<(Voice, Encoder)>,
    /// The payload before this one, to be said again.
    before: Vec<u8>,
    ticks: u32,
}

impl Mouth {
    /// A mouth that says it, or nothing, in the way that was agreed upon.
    pub(super) fn new(says: Option<Says>, agreed: BrowserNegotiated) -> Result<Self, CodecError> {
        let start =
            Start { ssrc: rand::random(), sequence: rand::random(), timestamp: rand::random() };
        let voice = |says| {
            let encoder = Encoder::new(CodecKind::Opus, EncoderSettings::default())?;
            Ok::<_, CodecError>((Voice::new(says, Rate::Hz48000), encoder))
        };
        let voice = says.map(voice).transpose()?;
        Ok(Self { sender: Sender::new(start), agreed, voice, before: Vec::new(), ticks: 0 })
    }

    /// The stream's state, for reports.
    pub(super) fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Says something else from the next tick on, or nothing.
    pub(super) fn say(&mut self, says: Option<Says>) -> Result<(), CodecError> {
        let Self { voice, .. } = Self::new(says, self.agreed.clone())?;
        self.voice = voice;
        Ok(())
    }

    /// The packet of the next 20 ms; none while there is nothing to say.
    pub(super) fn tick(&mut self) -> Result<Option<Vec<u8>>, CodecError> {
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let (payload, level) = match &mut self.voice {
            Some((voice, encoder)) => {
                let frame = voice.next_frame();
                let bytes = encoder.encode(&frame, &mut payload)?;
                (payload.get(..bytes), Dbfs::of(frame.samples()))
            }
            None if self.ticks.is_multiple_of(PAUSE_TICKS) => {
                (Some(PAUSE.as_slice()), Dbfs::SILENCE)
            }
            None => (None, Dbfs::SILENCE),
        };
        let packet = payload.and_then(|payload| self.packet(payload, level));
        self.before = payload.unwrap_or_default().to_vec();
        self.sender.advance(TICK_UNITS);
        self.ticks = self.ticks.wrapping_add(1);
        Ok(packet)
    }

    fn packet(&mut self, payload: &[u8], level: Dbfs) -> Option<Vec<u8>> {
        let kind = self.agreed.red.unwrap_or(self.agreed.payload_type);
        let header = self.sender.audio(kind, payload.len());
        let mut packet = vec![0; PACKET_BYTES_MAX];
        let mut writer = ExtensionWriter::new(&header, &mut packet).ok()?;
        if let Some(id) = self.agreed.level_extension {
            let dbov = (-level.decibels()).round().clamp(0.0, 127.0) as u8;
            let voice = level.decibels() > VOICE_DBFS;
            writer.audio_level(id, AudioLevel { voice, dbov }).ok()?;
        }
        if let Some((id, mid)) = &self.agreed.mid_extension {
            writer.put(*id, mid.as_bytes()).ok()?;
        }
        let begins = writer.finish().ok()?;
        let room = packet.get_mut(begins..)?;
        let length = if self.agreed.red.is_some() {
            let before = Redundant { timestamp_offset: TICK_UNITS, payload: &self.before };
            red::write(room, self.agreed.payload_type, &[before], payload).ok()?
        } else {
            room.get_mut(..payload.len())?.copy_from_slice(payload);
            payload.len()
        };
        packet.truncate(begins + length);
        Some(packet)
    }
}
