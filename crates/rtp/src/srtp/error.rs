//! Why a packet can't be protected, or isn't taken.

/// Why a packet of ours can't be protected. It is then as it was, and must not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtectError {
    /// It is not an RTP or RTCP packet.
    #[error("not an RTP or RTCP packet")]
    Malformed,
    /// The buffer has not [`Profile::overhead`](super::Profile::overhead) bytes behind the packet.
    #[error("no room behind the packet for what protection adds")]
    NoRoom,
    /// Its sequence number was used before, or lies behind one that was.
    #[error("a sequence number that doesn't follow those before it")]
    OutOfOrder,
    /// It belongs to one stream more than [`SSRCS_MAX`](super::SSRCS_MAX).
    #[error("more streams than one session can have")]
    TooManyStreams,
    /// The key has protected as many packets as it may: 2^48 of a stream, 2^31 of RTCP.
    #[error("the key is used up")]
    Exhausted,
}

/// Why a packet was dropped. What is left of it is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Dropped {
    /// It is not a protected packet of the profile: too short, another protocol, or RTCP that isn't encrypted.
    #[error("not a protected RTP or RTCP packet")]
    Malformed,
    /// It came before, or is too old to tell.
    #[error("a packet that came before, or is too old to tell")]
    Replayed,
    /// It was not made with the peer's key, or was changed on its way.
    #[error("a packet that isn't authentic")]
    Forged,
    /// It belongs to one stream more than [`SSRCS_MAX`](super::SSRCS_MAX).
    #[error("more streams than one session can have")]
    TooManyStreams,
}
