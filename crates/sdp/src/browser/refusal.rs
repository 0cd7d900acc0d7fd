//! Why there is no agreement with a browser.

use crate::ParseError;

/// Why an offer is not acceptable, in a sentence for people; [`code`](Self::code) is for programs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrowserRefusal {
    /// It is not a session description.
    #[error("The offer can't be read: {0}.")]
    Unreadable(#[from] ParseError),
    /// There is no audio, or it is switched off by port 0.
    #[error("The offer has no audio.")]
    NoAudio,
    /// The audio is not encrypted, or in a way that no browser uses.
    #[error("The audio's profile {0} isn't supported; browsers use UDP/TLS/RTP/SAVPF.")]
    UnsupportedProfile(String),
    /// Opus is not among the formats.
    #[error("The offer has no codec in common with this server, which wants Opus.")]
    NoCommonCodec,
    /// The direction is `inactive`.
    #[error("The offer's audio is neither sent nor received.")]
    Inactive,
    /// RTCP would need a port of its own.
    #[error("The offer doesn't put RTP and RTCP on one port (rtcp-mux).")]
    NoRtcpMux,
    /// The media line's name is too long or not a token.
    #[error("The name of the offer's media line (mid) is malformed.")]
    MalformedMid,
    /// User fragment or password are missing.
    #[error("The offer has no ICE credentials.")]
    NoIce,
    /// They are not as RFC 8839 section 5.4 wants them.
    #[error("The offer's ICE credentials are malformed.")]
    MalformedIce,
    /// Neither side would begin.
    #[error("The offer is ICE-lite, as this server is, so that nobody would look for a path.")]
    IceLite,
    /// The certificate can't be checked.
    #[error("The offer has no fingerprint of its certificate.")]
    NoFingerprint,
    /// None is of SHA-256, SHA-384 or SHA-512, or they are malformed.
    #[error("The offer has no fingerprint that this server can check, such as one by SHA-256.")]
    UnsupportedFingerprint,
    /// The offer insists on the passive side of DTLS, which is ours, or names no side that there is.
    #[error("The offer leaves no passive side of DTLS to this server (setup:{0}).")]
    Setup(String),
}

impl BrowserRefusal {
    /// A name that stays as it is.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "offer_unreadable",
            Self::NoAudio => "offer_without_audio",
            Self::UnsupportedProfile(_) => "offer_profile",
            Self::NoCommonCodec => "offer_without_opus",
            Self::Inactive => "offer_inactive",
            Self::NoRtcpMux => "offer_without_rtcp_mux",
            Self::MalformedMid => "offer_mid",
            Self::NoIce | Self::MalformedIce => "offer_ice_credentials",
            Self::IceLite => "offer_ice_lite",
            Self::NoFingerprint | Self::UnsupportedFingerprint => "offer_fingerprint",
            Self::Setup(_) => "offer_setup",
        }
    }

    /// Whether the offer is broken, and not merely one that this server can't agree to.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::MalformedMid | Self::MalformedIce)
    }
}
