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

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session::new(LocalMedia::new("198.51.100.1:20000".parse().unwrap(), 42))
    }

    /// A peer that offers video as well, and has numbers of its own.
    fn offer_with_video(version: u32) -> SessionDescription {
        let text = format!(
            "v=0\r\no=- 1 {version} IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
             m=video 4002 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 101 96\r\n\
             a=rtpmap:101 opus/48000/2\r\na=rtpmap:96 telephone-event/48000\r\n"
        );
        SessionDescription::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_version_grows_only_with_a_change() {
        let mut session = session();
        let first = session.offer();
        assert_eq!(session.offer(), first);
        session.set_direction(Direction::SendOnly);
        let held = session.offer();
        assert_eq!(held.origin.session_version, first.origin.session_version + 1);
        assert_eq!(session.offer(), held);
        session.set_direction(Direction::SendReceive);
        assert_eq!(session.offer().origin.session_version, first.origin.session_version + 2);
    }

    #[test]
    fn a_refreshed_offer_gets_the_same_answer() {
        let mut session = session();
        let (first, _) = session.answer(&offer_with_video(1)).unwrap();
        let (second, _) = session.answer(&offer_with_video(1)).unwrap();
        assert_eq!(first, second);
    }

    #[test]
    fn a_further_offer_keeps_places_and_numbers() {
        let mut session = session();
        session.answer(&offer_with_video(1)).unwrap();
        let offer = session.offer();
        assert_eq!(offer.media.len(), 2);
        assert_eq!((offer.media[0].kind.as_str(), offer.media[0].port), ("video", 0));
        let audio = &offer.media[1];
        assert_eq!(audio.port, 20_000);
        assert_eq!(audio.rtpmap(101).map(|map| map.encoding), Some("opus"));
        assert_eq!(audio.rtpmap(96).map(|map| map.clock_hz), Some(48_000));
        // The number that the peer's Opus took from our events is made up for by another.
        assert_eq!(audio.rtpmap(111).map(|map| map.encoding), Some("telephone-event"));
        assert_eq!(offer.origin.session_version, 2);
    }

    #[test]
    fn an_offer_that_is_refused_changes_nothing() {
        let mut session = session();
        let first = session.offer();
        let mut bad = offer_with_video(1);
        bad.media[1].protocol = "RTP/SAVP".to_owned();
        assert!(session.answer(&bad).is_err());
        assert_eq!(session.offer(), first);
    }

    #[test]
    fn our_end_can_move() {
        let mut session = session();
        session.offer();
        session.set_rtp("198.51.100.1:30000".parse().unwrap());
        let moved = session.offer();
        assert_eq!((moved.media[0].port, moved.origin.session_version), (30_000, 2));
        let negotiated = session.conclude(&offer_with_video(1)).unwrap();
        assert_eq!(negotiated.remote_rtp, "192.0.2.7:4000".parse().unwrap());
    }
}
