//! The browser's side, for clients of our own.

use super::extension::Extensions;
use super::formats::AudioFormats;
use super::line::{AudioLine, bundle, describe};
use super::section::{Audio, Section};
use super::{
    BrowserNegotiated, BrowserRefusal, Candidate, IceCredentials, PROFILE, RemoteParameters,
};
use crate::description::{has, values};
use crate::limits::CANDIDATES_MAX;
use crate::{Attribute, Direction, OpusParameters, SessionDescription, TelephoneEvent};
use std::fmt;

/// The name of the only media line.
const MID: &str = "0";

/// An offer as a browser makes it, which displays as the description to send. Numbers are those of Chromium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOffer {
    /// The credentials of the client's ICE agent.
    pub ice: IceCredentials,
    /// The fingerprint of its certificate, as it stands in its attribute: `sha-256 AB:CD:…`.
    pub fingerprint: String,
    /// Its candidates, of which a server that is ICE-lite needs none.
    pub candidates: Vec<Candidate>,
    /// What it wants to do.
    pub direction: Direction,
    /// The payload type of Opus.
    pub payload_type: u8,
    /// How it wants to receive Opus.
    pub opus: OpusParameters,
    /// The payload type of Opus with redundancy.
    pub red: Option<u8>,
    /// The payload type of keypad digits, with a clock of 48 kHz.
    pub telephone_event: Option<u8>,
    /// The id of the audio level's header extension.
    pub level_extension: Option<u8>,
    /// The id of the header extension that says when a packet was sent, to which our own answers never agree.
    pub send_time_extension: Option<u8>,
    /// The id of the header extension that names the media line.
    pub mid_extension: Option<u8>,
    /// Names the session.
    pub session_id: u64,
}

impl ClientOffer {
    /// Both ways, with all that can be offered.
    #[must_use]
    pub fn new(ice: IceCredentials, fingerprint: impl Into<String>) -> Self {
        Self {
            ice,
            fingerprint: fingerprint.into(),
            candidates: Vec::new(),
            direction: Direction::SendReceive,
            payload_type: 111,
            opus: OpusParameters { in_band_fec: true, ..OpusParameters::default() },
            red: Some(63),
            telephone_event: Some(110),
            level_extension: Some(1),
            send_time_extension: Some(2),
            mid_extension: Some(4),
            session_id: 1,
        }
    }

    /// The description to send.
    #[must_use]
    pub fn description(&self) -> SessionDescription {
        let event = |number| TelephoneEvent { send: number, receive: number, clock_hz: 48_000 };
        let line = AudioLine {
            protocol: PROFILE,
            mid: Some(MID),
            formats: AudioFormats {
                opus: self.payload_type,
                parameters: self.opus,
                red: self.red,
                telephone_event: self.telephone_event.map(event),
            },
            extensions: Extensions {
                audio_level: self.level_extension,
                mid: self.mid_extension,
                absolute_send_time: self.send_time_extension,
            },
            direction: self.direction,
            ice: &self.ice,
            fingerprint: &self.fingerprint,
            setup: "actpass",
            candidates: &self.candidates,
        };
        let options = Attribute::with_value("ice-options", "ice2 trickle");
        describe(self.session_id, vec![bundle(MID), options], vec![line.media()])
    }
}

impl fmt::Display for ClientOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.description().fmt(f)
    }
}

/// A server's answer, as a client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAnswer {
    /// What has to be known of the server's transport.
    pub remote: RemoteParameters,
    /// Whether it only answers checks, so that the client has to control (RFC 8445 section 6.1.1).
    pub ice_lite: bool,
    /// Where it may be reached.
    pub candidates: Vec<Candidate>,
    /// What was agreed upon.
    pub negotiated: BrowserNegotiated,
}

impl ClientAnswer {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// A [`BrowserRefusal`] when there is nothing in it that the client can use; one who answers has to take the
    /// passive side of DTLS.
    pub fn parse(bytes: &[u8]) -> Result<Self, BrowserRefusal> {
        let description = SessionDescription::parse(bytes)?;
        let mut sections = description.media.iter().map(|media| Section::new(&description, media));
        let section = sections.find(Section::is_audio).ok_or(BrowserRefusal::NoAudio)?;
        let setup = section.setup().unwrap_or("passive");
        if !setup.eq_ignore_ascii_case("passive") {
            return Err(BrowserRefusal::Setup(setup.to_owned()));
        }
        let Audio { remote, negotiated, .. } = section.audio()?;
        let candidates = values(&section.media.attributes, "candidate");
        Ok(Self {
            remote,
            ice_lite: has(&description.attributes, "ice-lite"),
            candidates: candidates.filter_map(Candidate::parse).take(CANDIDATES_MAX).collect(),
            negotiated,
        })
    }
}
