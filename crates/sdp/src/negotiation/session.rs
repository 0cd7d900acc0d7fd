//! Offers and answers over the life of a call.

use super::answer::rejected;
use super::offer::{describe, offered_audio};
use super::{LocalMedia, Negotiated, Refusal};
use crate::{Direction, Encoding, Media, SessionDescription};
use std::net::SocketAddr;

/// Our side of a call's negotiation. From one description to the next it keeps what must be kept: the version
/// grows by one when anything else changes and stays when nothing does (RFC 3264 section 8), media lines keep
/// their places, and payload types their meaning.
#[derive(Clone, Debug)]
pub struct Session {
    local: LocalMedia,
    /// Our last description.
    said: Option<SessionDescription>,
}

impl Session {
    /// A call in which nothing has been said yet.
    #[must_use]
    pub fn new(local: LocalMedia) -> Self {
        Self { local, said: None }
    }

    /// What we have to offer.
    #[must_use]
    pub fn local(&self) -> &LocalMedia {
        &self.local
    }

    /// Puts the peer on hold, or takes it back, with the next offer or answer.
    pub fn set_direction(&mut self, direction: Direction) {
        self.local.direction = direction;
    }

    /// Moves our end to another address, with the next offer or answer.
    pub fn set_rtp(&mut self, rtp: SocketAddr) {
        self.local.rtp = rtp;
    }

    /// The next offer.
    pub fn offer(&mut self) -> SessionDescription {
        let audio = offered_audio(&self.local);
        let media = match &self.said {
            Some(said) => in_its_place(&said.media, audio),
            None => vec![audio],
        };
        self.say(describe(&self.local, media))
    }

    /// Answers an offer, as [`answer`](super::answer()) does.
    ///
    /// # Errors
    ///
    /// As there. The session stays as it was.
    pub fn answer(
        &mut self,
        offer: &SessionDescription,
    ) -> Result<(SessionDescription, Negotiated), Refusal> {
        let (description, negotiated) = super::answer(offer, &self.local)?;
        let types = &mut self.local.dynamic_types;
        if negotiated.codec.encoding == Encoding::Opus {
            types.use_for_opus(negotiated.codec.payload_type_receive);
        }
        if let Some(event) = &negotiated.telephone_event {
            types.use_for_telephone_event(event.clock_hz, event.receive);
        }
        Ok((self.say(description), negotiated))
    }

    /// What comes of our last offer with the peer's answer, as [`conclude`](super::conclude) says it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn conclude(&self, answer: &SessionDescription) -> Result<Negotiated, Refusal> {
        super::conclude(&self.local, answer)
    }

    /// Gives the description its version, and remembers it.
    fn say(&mut self, mut description: SessionDescription) -> SessionDescription {
        if let Some(said) = &self.said {
            description.origin.session_version = said.origin.session_version;
            if description != *said {
                self.local.session_version = said.origin.session_version.wrapping_add(1);
                description.origin.session_version = self.local.session_version;
            }
        }
        self.said = Some(description.clone());
        description
    }
}

/// The lines of a further offer: audio where it was, all others rejected as before.
fn in_its_place(said: &[Media], audio: Media) -> Vec<Media> {
    let place = said.iter().position(|media| media.port != 0).unwrap_or(0);
    let mut media: Vec<Media> = said.iter().map(rejected).collect();
    match media.get_mut(place) {
        Some(line) => *line = audio,
        None => media.push(audio),
    }
    media
}
