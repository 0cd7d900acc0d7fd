//! Where browsers are served, and what was negotiated with one.

use std::net::IpAddr;

use audio::codec::{CodecKind, EncoderSettings};
use rtp::srtp::Keys;

use super::leg::{check, cname_check, payload_types_check};
use super::{MediaSettings, TelephoneEvents};
use crate::EngineError;

/// Most local addresses on which browsers are served.
pub const BROWSER_IPS_MAX: usize = 8;

/// Longest name of a media section that fits a one-byte header extension (RFC 8285 section 4.2).
const MID_BYTES_MAX: usize = 16;

/// Numbers that a one-byte header extension may have (RFC 8285 section 4.2).
const EXTENSION_IDS: std::ops::RangeInclusive<u8> = 1..=14;

/// The UDP port on which a worker serves all its browsers: STUN, DTLS, RTP and RTCP together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserPort {
    /// Local addresses, 1 to [`BROWSER_IPS_MAX`], each with a socket of its own; those of a worker
    /// are bound to one port number. `::` is IPv6 alone, so that it may stand beside `0.0.0.0`.
    /// On a machine with several addresses each should be named: an answer leaves from the address
    /// to which the check came, which browsers insist on.
    pub ips: Vec<IpAddr>,
    /// Addresses that browsers are told to send to, when they differ from `ips`: behind a NAT.
    /// Empty is `ips`.
    pub advertised_ips: Vec<IpAddr>,
    /// The first worker's port; each next worker takes the next number. 0 lets the system choose.
    pub port: u16,
}

impl BrowserPort {
    /// The addresses that browsers are told.
    #[must_use]
    pub fn told_ips(&self) -> &[IpAddr] {
        if self.advertised_ips.is_empty() { &self.ips } else { &self.advertised_ips }
    }

    /// What of it no engine of so many workers can run with.
    pub(super) fn fault(&self, workers: usize) -> Option<(&'static str, &'static str)> {
        let is_told = |ip: &IpAddr| !ip.is_unspecified() && ip.to_canonical() == *ip;
        let is_repeated = (1..self.ips.len()).any(|end| self.ips[..end].contains(&self.ips[end]));
        let checks = [
            ("browser.ips", "1 to 8 addresses", (1..=BROWSER_IPS_MAX).contains(&self.ips.len())),
            ("browser.ips", "each given once", !is_repeated),
            (
                "browser.ips",
                "IPv4 addresses written as such",
                self.ips.iter().all(|ip| ip.to_canonical() == *ip),
            ),
            (
                "browser.advertised_ips",
                "addresses that browsers can reach",
                self.told_ips().iter().all(is_told),
            ),
            (
                "browser.port",
                "0, or such that every worker's fits 65535",
                usize::from(self.port) + workers <= 65_536,
            ),
        ];
        checks.into_iter().find(|(_, _, holds)| !holds).map(|(name, allowed, _)| (name, allowed))
    }
}

/// What was negotiated for a browser's leg. The codec is Opus at 48 kHz; RTP and RTCP share one
/// port and are encrypted.
#[derive(Debug, Clone)]
pub struct BrowserSettings {
    /// How to encode. Members of a room with equal settings can share one encode.
    pub encoder: EncoderSettings,
    /// The payload type of Opus, in both directions.
    pub payload_type: u8,
    /// The payload type of redundant audio (RFC 2198), if negotiated.
    pub red: Option<u8>,
    /// The payload type of telephone events (RFC 4733), if negotiated.
    pub telephone_events: Option<u8>,
    /// The number of the header extension for a packet's level (RFC 6464), if negotiated.
    pub level_extension: Option<u8>,
    /// The number of the header extension that names the media section (RFC 9143), and the name.
    pub mid_extension: Option<(u8, String)>,
    /// Whether we send.
    pub send: bool,
    /// Whether we take what the browser sends into the room.
    pub receive: bool,
    /// Our canonical name in RTCP (RFC 3550 section 6.5.1), up to
    /// [`CNAME_BYTES_MAX`](crate::CNAME_BYTES_MAX).
    pub cname: String,
    /// The keys that the DTLS handshake left (RFC 5764).
    pub keys: Keys,
}

impl BrowserSettings {
    /// A leg that sends and receives plain Opus, without anything that is optional.
    #[must_use]
    pub fn new(payload_type: u8, keys: Keys) -> Self {
        Self {
            encoder: EncoderSettings::MIX,
            payload_type,
            red: None,
            telephone_events: None,
            level_extension: None,
            mid_extension: None,
            send: true,
            receive: true,
            cname: "confab".to_owned(),
            keys,
        }
    }

    /// Refuses what does not fit a leg.
    ///
    /// # Errors
    /// [`EngineError::Setting`], which names the setting and what is allowed.
    pub fn validate(&self) -> Result<(), EngineError> {
        let types = [Some(self.payload_type), self.red, self.telephone_events];
        payload_types_check(types.into_iter().flatten())?;
        cname_check(&self.cname)?;
        let mid = self.mid_extension.as_ref();
        let mut ids = self.level_extension.into_iter().chain(mid.map(|(id, _)| *id));
        let fits = |mid: &str| (1..=MID_BYTES_MAX).contains(&mid.len());
        check("header extensions", "numbered 1 to 14", ids.all(|id| EXTENSION_IDS.contains(&id)))?;
        check("mid", "1 to 16 bytes", mid.is_none_or(|(_, mid)| fits(mid)))
    }

    /// The part that is the same for a leg of any kind.
    pub(crate) fn media(&self) -> MediaSettings {
        let events = self.telephone_events;
        MediaSettings {
            codec: CodecKind::Opus,
            encoder: self.encoder,
            payload_type_send: self.payload_type,
            payload_type_receive: self.payload_type,
            telephone_events: events.map(|both| TelephoneEvents { send: both, receive: both }),
            red: self.red,
            level_extension: self.level_extension,
            mid_extension: self.mid_extension.clone(),
            cname: self.cname.clone(),
        }
    }
}
