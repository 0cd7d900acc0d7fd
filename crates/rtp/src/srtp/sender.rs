//! Protects what goes out.

use super::Profile;
use super::cipher::Cipher;
use super::derivation::Protocol;
use super::error::ProtectError;
use super::index::{RTCP_INDEX_END, RTP_INDEX_END, estimate};
use super::keys::{KeyError, Master};
use super::layout::{self, Rtp};
use super::position::Position;
use super::streams::{Stream, Streams};
use std::fmt;

/// The sending side of a session: protects the packets of one direction, in place.
pub struct Protector {
    rtp: Cipher,
    rtcp: Cipher,
    /// The highest index of each stream.
    streams: Streams<u64>,
    /// Index of the next RTCP packet, whichever stream it is about: so it is unique for each of them.
    rtcp_next: u64,
}

impl Protector {
    /// Derives the session keys of a session that has not sent anything yet.
    ///
    /// # Errors
    ///
    /// [`KeyError::OtherProfile`] if `master` is not for `profile`.
    pub fn new(profile: Profile, master: &Master) -> Result<Self, KeyError> {
        Ok(Self {
            rtp: Cipher::new(profile, master, Protocol::Rtp)?,
            rtcp: Cipher::new(profile, master, Protocol::Rtcp)?,
            streams: Streams::new(),
            rtcp_next: 0,
        })
    }

    /// Protects the RTP packet in the first `length` bytes of `buffer`, and returns how long it is then. Header,
    /// contributing sources and header extension stay in clear.
    ///
    /// The sequence numbers of a stream must go up, by less than 2^15 at a time. The first should be below 2^15,
    /// so that the receiver can't miss a wrap among packets that were lost (RFC 3711 section 3.3.1).
    ///
    /// # Errors
    ///
    /// Any [`ProtectError`].
    pub fn protect(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, ProtectError> {
        let packet = buffer.get(..length).ok_or(ProtectError::NoRoom)?;
        let Rtp { ssrc, sequence, clear_bytes } = Rtp::of(packet).ok_or(ProtectError::Malformed)?;
        let place = self.streams.place(ssrc).ok_or(ProtectError::TooManyStreams)?;
        let highest = place.as_ref().map(|stream| stream.state);
        let index = estimate(highest, sequence);
        if index >= RTP_INDEX_END {
            return Err(ProtectError::Exhausted);
        }
        if highest.is_some_and(|highest| index <= highest) {
            return Err(ProtectError::OutOfOrder);
        }
        let position = Position { ssrc, index };
        let protected_bytes = self.rtp.seal_rtp(position, buffer, clear_bytes, length)?;
        *place = Some(Stream::new(ssrc, index));
        Ok(protected_bytes)
    }

    /// Protects the RTCP packet, mostly a compound one, in the first `length` bytes of `buffer`, and returns how
    /// long it is then.
    ///
    /// # Errors
    ///
    /// [`ProtectError::Malformed`], [`ProtectError::NoRoom`] or [`ProtectError::Exhausted`].
    pub fn protect_rtcp(
        &mut self,
        buffer: &mut [u8],
        length: usize,
    ) -> Result<usize, ProtectError> {
        let packet = buffer.get(..length).ok_or(ProtectError::NoRoom)?;
        let ssrc = layout::rtcp_ssrc(packet).ok_or(ProtectError::Malformed)?;
        if self.rtcp_next >= RTCP_INDEX_END {
            return Err(ProtectError::Exhausted);
        }
        let position = Position { ssrc, index: self.rtcp_next };
        let protected_bytes = self.rtcp.seal_rtcp(position, buffer, length)?;
        self.rtcp_next = self.rtcp_next.saturating_add(1);
        Ok(protected_bytes)
    }

    /// Takes up RTCP where so many packets were sent before.
    #[cfg(test)]
    pub(super) fn rtcp_counts_from(&mut self, index: u64) {
        self.rtcp_next = index;
    }
}

impl fmt::Debug for Protector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protector").finish_non_exhaustive()
    }
}
