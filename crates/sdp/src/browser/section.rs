//! A peer's audio line, together with what holds for it though it stands elsewhere.

use super::extension::Extensions;
use super::formats::AudioFormats;
use super::{
    BrowserNegotiated, BrowserRefusal, Fingerprint, IceCredentials, PROFILE, RemoteParameters,
};
use crate::description::{has, values};
use crate::limits::MID_BYTES_MAX;
use crate::{Attribute, Direction, Media, SessionDescription};

/// Profiles that mean RTP under keys of DTLS (RFC 9429 section 5.1.2). The answer repeats that of the offer.
const PROFILES: [&str; 6] = [
    PROFILE,
    "UDP/TLS/RTP/SAVP",
    "TCP/DTLS/RTP/SAVPF",
    "TCP/DTLS/RTP/SAVP",
    "RTP/SAVPF",
    "RTP/SAVP",
];
/// Bytes of a name in the one-byte form of a header extension (RFC 8285 section 4.2).
const MID_EXTENSION_BYTES_MAX: usize = 16;

/// A media line of a peer's description.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    description: &'a SessionDescription,
    pub(super) media: &'a Media,
    /// The line whose transport is that of the bundle, if this one is in it.
    tagged: Option<&'a Media>,
}

/// What an audio line comes to.
pub(super) struct Audio {
    pub(super) remote: RemoteParameters,
    pub(super) negotiated: BrowserNegotiated,
    pub(super) extensions: Extensions,
}

impl<'a> Section<'a> {
    pub(super) fn new(description: &'a SessionDescription, media: &'a Media) -> Self {
        Self { description, media, tagged: tagged(description, media) }
    }

    /// Whether it is audio that is not switched off. In a bundle port 0 can mean that it has no port of its
    /// own (RFC 9143 section 6).
    pub(super) fn is_audio(&self) -> bool {
        let bundle_only = has(&self.media.attributes, "bundle-only") && self.tagged.is_some();
        self.media.kind == "audio" && (self.media.port != 0 || bundle_only)
    }

    pub(super) fn is_bundled(&self) -> bool {
        self.tagged.is_some()
    }

    /// The name of the line, if it has one.
    pub(super) fn mid(&self) -> Option<&'a str> {
        self.media.value("mid")
    }

    /// Which side of DTLS the peer takes (RFC 8842 section 5.1), if it says so.
    pub(super) fn setup(&self) -> Option<&'a str> {
        self.levels().find_map(|attributes| values(attributes, "setup").next())
    }

    pub(super) fn audio(&self) -> Result<Audio, BrowserRefusal> {
        let protocol = &self.media.protocol;
        if !PROFILES.iter().any(|profile| profile.eq_ignore_ascii_case(protocol)) {
            return Err(BrowserRefusal::UnsupportedProfile(protocol.clone()));
        }
        let formats = AudioFormats::read(self.media).ok_or(BrowserRefusal::NoCommonCodec)?;
        let direction = self.description.direction_of(self.media).reversed();
        if direction == Direction::Inactive {
            return Err(BrowserRefusal::Inactive);
        }
        if !self.levels().any(|attributes| has(attributes, "rtcp-mux")) {
            return Err(BrowserRefusal::NoRtcpMux);
        }
        let mid = self.mid();
        if !mid.is_none_or(is_mid) {
            return Err(BrowserRefusal::MalformedMid);
        }
        let extensions = self.extensions();
        let mid = mid.filter(|mid| mid.len() <= MID_EXTENSION_BYTES_MAX);
        let negotiated = BrowserNegotiated {
            payload_type: formats.opus,
            opus: formats.parameters,
            red: formats.red,
            telephone_event: formats.telephone_event,
            level_extension: extensions.audio_level,
            mid_extension: extensions.mid.zip(mid.map(str::to_owned)),
            direction,
        };
        Ok(Audio { remote: self.remote()?, negotiated, extensions })
    }

    fn remote(&self) -> Result<RemoteParameters, BrowserRefusal> {
        let fingerprints = self.fingerprints()?;
        Ok(RemoteParameters { ice: self.ice()?, fingerprints })
    }

    /// User fragment and password, which stand together (RFC 8839 section 5.4).
    fn ice(&self) -> Result<IceCredentials, BrowserRefusal> {
        let (ufrag, pwd) = self
            .levels()
            .map(|level| (values(level, "ice-ufrag").next(), values(level, "ice-pwd").next()))
            .find(|(ufrag, pwd)| ufrag.is_some() || pwd.is_some())
            .and_then(|(ufrag, pwd)| ufrag.zip(pwd))
            .ok_or(BrowserRefusal::NoIce)?;
        IceCredentials::checked(ufrag, pwd).ok_or(BrowserRefusal::MalformedIce)
    }

    fn fingerprints(&self) -> Result<Vec<Fingerprint>, BrowserRefusal> {
        let level = self.levels().find(|level| has(level, "fingerprint"));
        let level = level.ok_or(BrowserRefusal::NoFingerprint)?;
        let fingerprints: Vec<_> =
            values(level, "fingerprint").filter_map(Fingerprint::parse).collect();
        if fingerprints.is_empty() {
            return Err(BrowserRefusal::UnsupportedFingerprint);
        }
        Ok(fingerprints)
    }

    fn extensions(&self) -> Extensions {
        let own = values(&self.media.attributes, "extmap");
        Extensions::read(own.chain(values(&self.description.attributes, "extmap")))
    }

    /// Where attributes of the transport may stand; the first level that has one counts.
    fn levels(&self) -> impl Iterator<Item = &'a [Attribute]> {
        let media = [Some(self.media), self.tagged].into_iter().flatten();
        let session = self.description.attributes.as_slice();
        media.map(|media| media.attributes.as_slice()).chain([session])
    }
}

/// The first line of the bundle that a line is in (RFC 9143 section 7.2), which may be the line itself.
fn tagged<'a>(description: &'a SessionDescription, media: &Media) -> Option<&'a Media> {
    let mid = media.value("mid")?;
    let first = values(&description.attributes, "group").find_map(|group| {
        let (semantics, mids) = group.split_once(char::is_whitespace)?;
        let mut mids = mids.split_whitespace();
        let is_ours = semantics.eq_ignore_ascii_case("BUNDLE") && mids.clone().any(|it| it == mid);
        if is_ours { mids.next() } else { None }
    })?;
    description.media.iter().find(|media| media.value("mid") == Some(first))
}

/// Whether it is a token (RFC 8866 section 9), as a name has to be (RFC 5888 section 4).
fn is_mid(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]".contains(&byte);
    (1..=MID_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_token)
}
