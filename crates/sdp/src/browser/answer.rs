//! Our answer to a browser.

use super::formats::AudioFormats;
use super::line::{AudioLine, bundle, describe};
use super::section::Section;
use super::{BrowserOffer, Candidate, IceCredentials};
use crate::negotiation::rejected;
use crate::{Attribute, Media, OpusParameters, SessionDescription};

/// What we bring into an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserLocal {
    /// The credentials of our ICE-lite agent.
    pub ice: IceCredentials,
    /// The fingerprint of our certificate, as it stands in its attribute: `sha-256 AB:CD:…`.
    pub fingerprint: String,
    /// All our candidates; see [`host_candidates`](super::host_candidates).
    pub candidates: Vec<Candidate>,
    /// How we like to receive Opus.
    pub opus: OpusParameters,
    /// Names the session; any number that doesn't come again soon.
    pub session_id: u64,
}

impl BrowserLocal {
    /// With Opus's error correction, and without packets for silences.
    #[must_use]
    pub fn new(
        ice: IceCredentials,
        fingerprint: impl Into<String>,
        candidates: Vec<Candidate>,
        session_id: u64,
    ) -> Self {
        let opus =
            OpusParameters { in_band_fec: true, discontinuous: true, ..OpusParameters::default() };
        Self { ice, fingerprint: fingerprint.into(), candidates, opus, session_id }
    }
}

impl BrowserOffer {
    /// The answer: it accepts one audio line, and rejects all others in their places.
    #[must_use]
    pub fn answer(&self, local: &BrowserLocal) -> SessionDescription {
        let mut attributes = vec![
            Attribute::flag("ice-lite"),
            // As RFC 8445 section 10 has it, and what is trickled is taken (RFC 8840 section 4.1.1).
            Attribute::with_value("ice-options", "ice2 trickle"),
        ];
        let mut lines = Vec::new();
        for (index, media) in self.description.media.iter().enumerate() {
            let section = Section::new(&self.description, media);
            if index == self.accepted {
                let mid = section.mid().filter(|_| section.is_bundled());
                attributes.extend(mid.map(bundle));
                lines.push(self.answered(&section, local));
            } else {
                lines.push(rejected_by_name(&section));
            }
        }
        describe(local.session_id, attributes, lines)
    }

    fn answered(&self, section: &Section<'_>, local: &BrowserLocal) -> Media {
        let negotiated = self.negotiated();
        let line = AudioLine {
            protocol: &section.media.protocol,
            mid: section.mid(),
            formats: AudioFormats {
                opus: negotiated.payload_type,
                parameters: local.opus,
                red: negotiated.red,
                telephone_event: negotiated.telephone_event,
            },
            extensions: self.extensions,
            direction: negotiated.direction,
            ice: &local.ice,
            fingerprint: &local.fingerprint,
            setup: "passive",
            candidates: &local.candidates,
        };
        line.media()
    }
}

/// Browsers match lines by name, rejected or not.
fn rejected_by_name(section: &Section<'_>) -> Media {
    let mut media = rejected(section.media);
    media.attributes.extend(section.mid().map(|mid| Attribute::with_value("mid", mid)));
    media
}
