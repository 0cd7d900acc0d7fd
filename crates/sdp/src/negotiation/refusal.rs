//! Why no agreement was reached.

/// Why an offer or answer is not acceptable. In SIP all of them are 488 (Not Acceptable Here), with a
/// [`warning`](Self::warning).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no audio, or it is switched off by port 0.
    #[error("there is no audio stream")]
    NoAudio,
    /// The peer's answer declines our audio by port 0.
    #[error("the peer declined the audio stream")]
    Declined,
    /// None of the peer's audio formats is one of ours.
    #[error("there is no codec in common")]
    NoCommonCodec,
    /// The profile is not plain `RTP/AVP`.
    #[error("the profile {0} is not supported, only RTP/AVP is")]
    UnsupportedProfile(String),
    /// No connection line holds for the audio.
    #[error("the connection address is missing")]
    NoAddress,
    /// The connection address is a name.
    #[error("the connection address {0} is a name, not an IP address")]
    NamedAddress(String),
    /// The address is of the other version of IP than ours.
    #[error("the connection address is of another version of IP")]
    AddressFamily,
    /// The address is of a group.
    #[error("the connection address is a multicast address")]
    Multicast,
}

impl Refusal {
    /// The code for a SIP `Warning` header (RFC 3261 section 20.43).
    #[must_use]
    pub fn warning(&self) -> u16 {
        match self {
            Self::NoAddress | Self::NamedAddress(_) | Self::AddressFamily => 301,
            Self::UnsupportedProfile(_) => 302,
            Self::NoAudio | Self::Declined => 304,
            Self::NoCommonCodec => 305,
            Self::Multicast => 330,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_told_in_words_and_by_code() {
        let refusal = Refusal::UnsupportedProfile("RTP/SAVP".to_owned());
        assert_eq!(refusal.to_string(), "the profile RTP/SAVP is not supported, only RTP/AVP is");
        assert_eq!(refusal.warning(), 302);
        assert_eq!(Refusal::NoCommonCodec.warning(), 305);
    }
}
