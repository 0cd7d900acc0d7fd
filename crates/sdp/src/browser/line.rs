//! An audio line of ours, in offers and answers alike.

use super::candidate::Candidate;
use super::extension::Extensions;
use super::formats::AudioFormats;
use super::{CandidateTransport, IceCredentials};
use crate::{Address, Attribute, Direction, Media, Origin, SessionDescription};
use std::net::{IpAddr, Ipv4Addr};

/// The port that stands for none yet (RFC 8840 section 4.1).
const PORT_NONE: u16 = 9;
/// The stream that our sound is of, and its track (RFC 8830), as `msid` names them.
const MSID: &str = "confab audio";

/// What an audio line says.
pub(super) struct AudioLine<'a> {
    pub(super) protocol: &'a str,
    pub(super) mid: Option<&'a str>,
    pub(super) formats: AudioFormats,
    pub(super) extensions: Extensions,
    pub(super) direction: Direction,
    pub(super) ice: &'a IceCredentials,
    pub(super) fingerprint: &'a str,
    pub(super) setup: &'a str,
    pub(super) candidates: &'a [Candidate],
}

impl AudioLine<'_> {
    /// The line, with all candidates there are.
    pub(super) fn media(&self) -> Media {
        let (ip, port) = default_destination(self.candidates);
        let mut attributes = Vec::new();
        attributes.extend(self.mid.map(|mid| Attribute::with_value("mid", mid)));
        attributes.extend(self.ice.attributes());
        attributes.push(Attribute::with_value("fingerprint", self.fingerprint));
        attributes.push(Attribute::with_value("setup", self.setup));
        attributes.push(Attribute::flag("rtcp-mux"));
        attributes.push(Attribute::flag(self.direction.attribute()));
        if self.direction.sends() {
            attributes.push(Attribute::with_value("msid", MSID));
        }
        attributes.extend(self.formats.attributes());
        attributes.extend(self.extensions.attributes());
        attributes.extend(self.candidates.iter().map(|c| Attribute::with_value("candidate", c)));
        attributes.push(Attribute::flag("end-of-candidates"));
        Media {
            kind: "audio".to_owned(),
            port,
            protocol: self.protocol.to_owned(),
            formats: self.formats.payload_types().map(|number| number.to_string()).collect(),
            connection: Some(Address::Ip(ip)),
            attributes,
        }
    }
}

/// A description of ours around the given lines.
pub(super) fn describe(
    session_id: u64,
    attributes: Vec<Attribute>,
    media: Vec<Media>,
) -> SessionDescription {
    SessionDescription {
        origin: Origin {
            username: "-".to_owned(),
            session_id,
            session_version: 1,
            // Nobody looks at it, and it tells nothing.
            address: Address::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        },
        name: "-".to_owned(),
        connection: None,
        attributes,
        media,
    }
}

/// The attribute that bundles a single line.
pub(super) fn bundle(mid: &str) -> Attribute {
    Attribute::with_value("group", format!("BUNDLE {mid}"))
}

/// Where one would send to without ICE: it has to be one of the candidates (RFC 8839 section 4.2.1.1).
fn default_destination(candidates: &[Candidate]) -> (IpAddr, u16) {
    let mut by_udp = candidates.iter().filter(|c| c.transport == CandidateTransport::Udp);
    let address = by_udp.find_map(Candidate::socket_address);
    address.map_or((Ipv4Addr::UNSPECIFIED.into(), PORT_NONE), |a| (a.ip(), a.port()))
}
