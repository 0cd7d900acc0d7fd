//! How a leg's packets come and go, apart from what is in them.

pub(crate) mod latch;
pub(crate) mod plain;
pub(crate) mod secure;

use super::socket_key::Route;
use crate::stats::Counts;
use plain::Plain;
use secure::Secure;

/// How the packets of one leg come and go.
#[allow(clippy::large_enum_variant, reason = "it lives in a leg, which has a box of its own")]
pub(crate) enum Transport {
    /// A phone's: in the clear, on the sockets of a port.
    Plain(Plain),
    /// A browser's: encrypted, on the socket of all browsers.
    Secure(Box<Secure>),
}

impl Transport {
    pub(crate) fn plain(&self) -> Option<&Plain> {
        match self {
            Self::Plain(plain) => Some(plain),
            Self::Secure(_) => None,
        }
    }

    pub(crate) fn plain_mut(&mut self) -> Option<&mut Plain> {
        match self {
            Self::Plain(plain) => Some(plain),
            Self::Secure(_) => None,
        }
    }

    pub(crate) fn secure_mut(&mut self) -> Option<&mut Secure> {
        match self {
            Self::Plain(_) => None,
            Self::Secure(secure) => Some(secure),
        }
    }

    /// Where RTP goes, if that is known.
    pub(crate) fn rtp_route(&self) -> Option<Route> {
        match self {
            Self::Plain(plain) => plain.rtp_route(),
            Self::Secure(secure) => secure.path(),
        }
    }

    /// Where RTCP goes, if that is known.
    pub(crate) fn rtcp_route(&self) -> Option<Route> {
        match self {
            Self::Plain(plain) => plain.rtcp_route(),
            Self::Secure(secure) => secure.path(),
        }
    }

    /// Lets `write` make an RTP packet in `out`, and makes it fit to be sent. Gives its length, or
    /// 0 for none.
    pub(crate) fn seal(
        &mut self,
        out: &mut [u8],
        counts: &mut Counts,
        write: impl FnOnce(&mut [u8], &mut Counts) -> usize,
    ) -> usize {
        match self {
            Self::Plain(_) => write(out, counts),
            Self::Secure(secure) => {
                let sealed = secure.seal(out, |out| write(out, counts));
                sealed.unwrap_or_else(|_| unsealed(counts))
            }
        }
    }

    /// The same for RTCP.
    pub(crate) fn seal_report(
        &mut self,
        out: &mut [u8],
        counts: &mut Counts,
        write: impl FnOnce(&mut [u8]) -> usize,
    ) -> usize {
        match self {
            Self::Plain(_) => write(out),
            Self::Secure(secure) => {
                secure.seal_report(out, write).unwrap_or_else(|_| unsealed(counts))
            }
        }
    }
}

/// Counts a packet that could not be protected, and so is none.
fn unsealed(counts: &mut Counts) -> usize {
    counts.unsealed += 1;
    0
}
