//! What a phone sends: a packet every 20 ms, of its voice or of a key that is pressed.

use audio::TICKS_PER_SECOND;
use audio::codec::{CodecError, CodecKind, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
use rtp::sender::{Sender, Start};
use rtp::telephone_event::{Keypad, KeypadError, KeypadSettings};
use sdp::TelephoneEvent;

use super::voice::{Says, Voice};

/// How a phone's stream is sent, as negotiated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Format {
    /// The codec.
    pub kind: CodecKind,
    /// The payload type of sound.
    pub payload_type: u8,
    /// How keys are sent (RFC 4733), if the other side takes them.
    pub keys: Option<TelephoneEvent>,
}

/// Sends one stream.
pub struct Talker {
    voice: Voice,
    encoder: Encoder,
    sender: Sender,
    keypad: Keypad,
    format: Format,
}

impl Talker {
    /// A talker, its stream beginning at `start`.
    ///
    /// # Errors
    /// The encoder can't be made.
    pub fn new(format: Format, says: Says, start: Start) -> Result<Self, CodecError> {
        let clock_hz = format.keys.map_or(format.kind.rtp_clock_hz(), |keys| keys.clock_hz);
        Ok(Self {
            voice: Voice::new(says, format.kind.audio_rate()),
            encoder: Encoder::new(format.kind, EncoderSettings::default())?,
            sender: Sender::new(start),
            keypad: Keypad::new(KeypadSettings { clock_hz, ..KeypadSettings::default() }),
            format,
        })
    }

    /// Presses keys, one after the other.
    ///
    /// # Errors
    /// A character is on no key, or too many keys wait.
    pub fn press(&mut self, keys: &str) -> Result<(), KeypadError> {
        self.keypad.press(keys)
    }

    /// The packet of the next 20 ms, written over `packet`; a key goes before the voice.
    ///
    /// # Errors
    /// The codec fails.
    pub fn tick(&mut self, packet: &mut Vec<u8>) -> Result<(), CodecError> {
        packet.clear();
        // The voice goes on while a key is pressed, so that its place tells the time.
        let frame = self.voice.next_frame();
        let key = self.keypad.tick(self.sender.timestamp());
        match (key, self.format.keys) {
            (Some(event), Some(keys)) => {
                let header = self.sender.event(keys.send, &event);
                packet.extend_from_slice(&header.to_bytes());
                packet.extend_from_slice(&event.payload);
            }
            _ => {
                let mut payload = [0; PAYLOAD_BYTES_MAX];
                let bytes = self.encoder.encode(&frame, &mut payload)?;
                let header = self.sender.audio(self.format.payload_type, bytes);
                packet.extend_from_slice(&header.to_bytes());
                packet.extend_from_slice(payload.get(..bytes).unwrap_or_default());
            }
        }
        self.sender.advance(self.format.kind.rtp_clock_hz() / TICKS_PER_SECOND);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rtp::packet::Packet;
    use rtp::telephone_event::{Digit, Event};

    use super::*;
    use crate::phone::Ear;
    use crate::{Speech, correlate};

    fn talker(kind: CodecKind) -> Talker {
        let keys = TelephoneEvent { send: 101, receive: 101, clock_hz: kind.rtp_clock_hz() };
        let format = Format { kind, payload_type: 96, keys: Some(keys) };
        let start = Start { ssrc: 7, sequence: u16::MAX, timestamp: u32::MAX - 5 };
        Talker::new(format, Speech::Amiable.into(), start).unwrap()
    }

    #[test]
    fn what_a_talker_says_an_ear_hears() {
        for kind in CodecKind::ALL {
            let mut talker = talker(kind);
            let mut ear = Ear::new(kind).unwrap();
            let mut packet = Vec::new();
            for _ in 0..200 {
                talker.tick(&mut packet).unwrap();
                ear.hear(&Packet::parse(&packet).unwrap()).unwrap();
            }
            // Opus needs a moment to get going: the first 100 ms are not asked for.
            let speech = Speech::Amiable.samples(kind.audio_rate());
            let found =
                correlate::find(&speech[kind.audio_rate().tick_samples() * 5..], ear.heard());
            assert!(found.score > 0.8, "{kind:?}: {found:?}");
        }
    }

    #[test]
    fn keys_are_pressed_one_after_the_other() {
        let mut talker = talker(CodecKind::Pcma);
        talker.press("*6").unwrap();
        let mut packet = Vec::new();
        let mut ended = Vec::new();
        for _ in 0..50 {
            talker.tick(&mut packet).unwrap();
            let packet = Packet::parse(&packet).unwrap();
            if packet.payload_type() == 101 {
                let event = Event::parse(packet.payload()).unwrap();
                if event.end && ended.last() != Some(&packet.timestamp()) {
                    ended.push(packet.timestamp());
                    let key = Digit::from_code(event.code).unwrap().as_char();
                    assert_eq!(key, ['*', '6'][ended.len() - 1]);
                }
            }
        }
        assert_eq!(ended.len(), 2);
    }
}
