//! What was negotiated for a phone's leg.

use std::net::{IpAddr, SocketAddr};

use audio::codec::{CodecKind, EncoderSettings};

use super::MediaSettings;
use crate::EngineError;

/// Most source addresses that may be allowed to a leg beside its signalled one.
pub const ALLOWED_SOURCES_MAX: usize = 8;

/// Longest RTCP canonical name, in bytes (RFC 3550 section 6.5 gives its length one byte).
pub const CNAME_BYTES_MAX: usize = 255;

/// Payload types of RFC 4733 telephone events, as negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvents {
    /// The payload type that the peer wants to be sent.
    pub send: u8,
    /// The payload type that the peer sends.
    pub receive: u8,
}

/// What was negotiated for a leg.
#[derive(Debug, Clone, PartialEq)]
pub struct LegSettings {
    /// The codec, the same in both directions.
    pub codec: CodecKind,
    /// How to encode. Members of a room with equal settings can share one encode.
    pub encoder: EncoderSettings,
    /// The payload type that the peer wants audio to be sent with.
    pub payload_type_send: u8,
    /// The payload type that the peer sends audio with.
    pub payload_type_receive: u8,
    /// Telephone events, if both sides have them.
    pub telephone_events: Option<TelephoneEvents>,
    /// Where the peer said that it wants RTP. An unspecified address (`0.0.0.0`, hold as RFC 2543
    /// had it) leaves a leg's destination as it is.
    pub remote_rtp: SocketAddr,
    /// Where the peer wants RTCP; `None` is the port above `remote_rtp` (RFC 3550 section 11).
    pub remote_rtcp: Option<SocketAddr>,
    /// Whether RTCP shares the port of RTP (RFC 5761).
    pub rtcp_mux: bool,
    /// Addresses from which media may come beside that of `remote_rtp`, such as the address that
    /// the call's signalling comes from; up to [`ALLOWED_SOURCES_MAX`].
    pub allowed_source_ips: Vec<IpAddr>,
    /// Whether we send. When false (hold), the leg gets no packet at all.
    pub send: bool,
    /// Whether we take what the peer sends into the room.
    pub receive: bool,
    /// Our canonical name in RTCP (RFC 3550 section 6.5.1), up to [`CNAME_BYTES_MAX`].
    pub cname: String,
}

impl LegSettings {
    /// A leg with a codec's static payload type (RFC 3551; 96 for Opus), in both directions, without
    /// telephone events or allowed sources.
    #[must_use]
    pub fn new(codec: CodecKind, remote_rtp: SocketAddr) -> Self {
        let payload_type = match codec {
            CodecKind::Pcmu => 0,
            CodecKind::Pcma => 8,
            CodecKind::G722 => 9,
            CodecKind::Opus => 96,
        };
        Self {
            codec,
            encoder: EncoderSettings::MIX,
            payload_type_send: payload_type,
            payload_type_receive: payload_type,
            telephone_events: None,
            remote_rtp,
            remote_rtcp: None,
            rtcp_mux: false,
            allowed_source_ips: Vec::new(),
            send: true,
            receive: true,
            cname: "confab".to_owned(),
        }
    }

    /// Refuses what does not fit a leg.
    ///
    /// # Errors
    /// [`EngineError::Setting`], which names the setting and what is allowed.
    pub fn validate(&self) -> Result<(), EngineError> {
        let events = self.telephone_events.map_or((0, 0), |events| (events.send, events.receive));
        let types = [self.payload_type_send, self.payload_type_receive, events.0, events.1];
        payload_types_check(types)?;
        cname_check(&self.cname)?;
        check(
            "allowed_source_ips",
            "up to 8 addresses",
            self.allowed_source_ips.len() <= ALLOWED_SOURCES_MAX,
        )
    }

    /// The part that is the same for a leg of any kind.
    pub(crate) fn media(&self) -> MediaSettings {
        MediaSettings {
            codec: self.codec,
            encoder: self.encoder,
            payload_type_send: self.payload_type_send,
            payload_type_receive: self.payload_type_receive,
            telephone_events: self.telephone_events,
            red: None,
            level_extension: None,
            mid_extension: None,
            cname: self.cname.clone(),
        }
    }

    /// Where RTCP goes: as signalled, or by RFC 3550's rule of the next port.
    #[must_use]
    pub fn rtcp_address(&self) -> SocketAddr {
        if self.rtcp_mux {
            return self.remote_rtp;
        }
        self.remote_rtcp.unwrap_or_else(|| port_above(self.remote_rtp))
    }
}

/// The address one port above (RFC 3550 section 11); the last port has none and stays.
pub(crate) fn port_above(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port().saturating_add(1))
}

/// Whether payload types fit their seven bits.
pub(super) fn payload_types_check(types: impl IntoIterator<Item = u8>) -> Result<(), EngineError> {
    check("payload types", "0 to 127", types.into_iter().all(|payload_type| payload_type < 128))
}

/// Whether a canonical name fits.
pub(super) fn cname_check(cname: &str) -> Result<(), EngineError> {
    check("cname", "1 to 255 bytes", (1..=CNAME_BYTES_MAX).contains(&cname.len()))
}

/// An error that tells what is allowed, unless the setting `holds`.
pub(super) fn check(
    setting: &'static str,
    allowed: &'static str,
    holds: bool,
) -> Result<(), EngineError> {
    if holds { Ok(()) } else { Err(EngineError::Setting { setting, allowed }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_is_held_to_its_limits() {
        let remote = "192.0.2.1:4000".parse().unwrap();
        let mut leg = LegSettings::new(CodecKind::Opus, remote);
        leg.validate().unwrap();
        assert_eq!(leg.rtcp_address().port(), 4_001);
        leg.rtcp_mux = true;
        assert_eq!(leg.rtcp_address(), remote);

        leg.payload_type_send = 128;
        assert!(leg.validate().is_err());
        leg.payload_type_send = 96;
        leg.cname = "x".repeat(CNAME_BYTES_MAX + 1);
        assert!(leg.validate().is_err());
        leg.cname = "x".to_owned();
        leg.allowed_source_ips = vec![remote.ip(); ALLOWED_SOURCES_MAX + 1];
        assert!(leg.validate().is_err());
    }
}
