//! SRTP and SRTCP on the socket that all browsers share: the transport of browsers.

use rtp::srtp::{
    Dropped, KeyError, Keys, OVERHEAD_BYTES_MAX, ProtectError, Protector, Unprotector,
};

use crate::stats::Counts;
use crate::worker::browser::Browser;
use crate::worker::socket_key::Route;

/// The ciphers of a browser's leg, and where its packets go.
pub(crate) struct Secure {
    protector: Protector,
    unprotector: Unprotector,
    /// None before the browser has nominated a path, and after it gave no sign for too long.
    path: Option<Route>,
    /// The browser, on its way back with the leg.
    pub(crate) browser: Option<Box<Browser>>,
}

impl Secure {
    pub(crate) fn new(keys: &Keys) -> Result<Self, KeyError> {
        Ok(Self {
            protector: Protector::new(keys.profile, &keys.send)?,
            unprotector: Unprotector::new(keys.profile, &keys.receive)?,
            path: None,
            browser: None,
        })
    }

    /// Where packets go.
    pub(crate) fn path(&self) -> Option<Route> {
        self.path
    }

    pub(crate) fn set_path(&mut self, path: Option<Route>) {
        self.path = path;
    }

    /// Opens an RTP packet in place; what cannot be opened is counted.
    pub(crate) fn open<'p>(
        &mut self,
        packet: &'p mut [u8],
        counts: &mut Counts,
    ) -> Option<&'p [u8]> {
        let opened = self.unprotector.unprotect(packet);
        packet.get(..counted(opened, counts)?)
    }

    /// The same for RTCP.
    pub(crate) fn open_report<'p>(
        &mut self,
        packet: &'p mut [u8],
        counts: &mut Counts,
    ) -> Option<&'p [u8]> {
        let opened = self.unprotector.unprotect_rtcp(packet);
        packet.get(..counted(opened, counts)?)
    }

    /// Lets `write` make an RTP packet in `out` and tell its length, and secures it; gives the
    /// length that it has then, or 0 for none.
    pub(crate) fn seal(
        &mut self,
        out: &mut [u8],
        write: impl FnOnce(&mut [u8]) -> usize,
    ) -> Result<usize, ProtectError> {
        match written(out, write) {
            0 => Ok(0),
            length => self.protector.protect(out, length),
        }
    }

    /// The same for RTCP.
    pub(crate) fn seal_report(
        &mut self,
        out: &mut [u8],
        write: impl FnOnce(&mut [u8]) -> usize,
    ) -> Result<usize, ProtectError> {
        match written(out, write) {
            0 => Ok(0),
            length => self.protector.protect_rtcp(out, length),
        }
    }
}

/// Lets `write` write, with room behind it for what protection adds.
fn written(out: &mut [u8], write: impl FnOnce(&mut [u8]) -> usize) -> usize {
    let room = out.len().saturating_sub(OVERHEAD_BYTES_MAX);
    write(&mut out[..room]).min(room)
}

/// The length of an opened packet, or why there is none, counted.
fn counted(opened: Result<usize, Dropped>, counts: &mut Counts) -> Option<usize> {
    match opened {
        Ok(length) => return Some(length),
        Err(Dropped::Malformed) => counts.dropped_srtp_malformed += 1,
        Err(Dropped::Replayed) => counts.dropped_srtp_replayed += 1,
        Err(Dropped::Forged) => counts.dropped_srtp_forged += 1,
        Err(Dropped::TooManyStreams) => counts.dropped_srtp_streams += 1,
    }
    None
}
