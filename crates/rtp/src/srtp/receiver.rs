//! Opens what comes in, and drops what isn't the peer's or was here before.

use super::Profile;
use super::cipher::Cipher;
use super::derivation::Protocol;
use super::error::Dropped;
use super::index::{RTP_INDEX_END, ReplayWindow, estimate};
use super::keys::{KeyError, Master};
use super::layout::{self, Rtp};
use super::position::Position;
use super::streams::{Stream, Streams};
use std::fmt;

/// The receiving side of a session: opens the packets of one direction, in place.
pub struct Unprotector {
    rtp: Cipher,
    rtcp: Cipher,
    rtp_streams: Streams<ReplayWindow>,
    rtcp_streams: Streams<ReplayWindow>,
}

impl Unprotector {
    /// Derives the session keys of a session that has not received anything yet.
    ///
    /// # Errors
    ///
    /// [`KeyError::OtherProfile`] if `master` is not for `profile`.
    pub fn new(profile: Profile, master: &Master) -> Result<Self, KeyError> {
        Ok(Self {
            rtp: Cipher::new(profile, master, Protocol::Rtp)?,
            rtcp: Cipher::new(profile, master, Protocol::Rtcp)?,
            rtp_streams: Streams::new(),
            rtcp_streams: Streams::new(),
        })
    }

    /// Opens a protected RTP packet, and returns how long the plain one at its front is.
    ///
    /// # Errors
    ///
    /// Why it must be [`Dropped`]. Nothing is remembered of it then.
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        let Rtp { ssrc, sequence, clear_bytes } = Rtp::of(packet).ok_or(Dropped::Malformed)?;
        let place = self.rtp_streams.place(ssrc).ok_or(Dropped::TooManyStreams)?;
        let highest = place.as_ref().map(|stream| stream.state.highest());
        let index = estimate(highest, sequence);
        if index >= RTP_INDEX_END || !is_fresh(place, index) {
            return Err(Dropped::Replayed);
        }
        let plain_bytes = self.rtp.open_rtp(Position { ssrc, index }, packet, clear_bytes)?;
        record(place, ssrc, index);
        Ok(plain_bytes)
    }

    /// Opens a protected RTCP packet, and returns how long the plain one at its front is.
    ///
    /// # Errors
    ///
    /// Why it must be [`Dropped`]. Nothing is remembered of it then.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        let ssrc = layout::rtcp_ssrc(packet).ok_or(Dropped::Malformed)?;
        let index = self.rtcp.rtcp_index(packet).ok_or(Dropped::Malformed)?;
        let place = self.rtcp_streams.place(ssrc).ok_or(Dropped::TooManyStreams)?;
        if !is_fresh(place, index) {
            return Err(Dropped::Replayed);
        }
        let plain_bytes = self.rtcp.open_rtcp(Position { ssrc, index }, packet)?;
        record(place, ssrc, index);
        Ok(plain_bytes)
    }
}

impl fmt::Debug for Unprotector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unprotector").finish_non_exhaustive()
    }
}

fn is_fresh(place: &Option<Stream<ReplayWindow>>, index: u64) -> bool {
    place.as_ref().is_none_or(|stream| stream.state.is_fresh(index))
}

/// Remembers an authentic packet, the first of its stream perhaps.
fn record(place: &mut Option<Stream<ReplayWindow>>, ssrc: u32, index: u64) {
    place.get_or_insert_with(|| Stream::new(ssrc, ReplayWindow::new(index))).state.record(index);
}
