//! A browser's sound, between the keys and the ears.

use std::time::{Duration, Instant};

use rtp::srtp::{Keys, OVERHEAD_BYTES_MAX, Protector, Unprotector};
use sdp::browser::BrowserNegotiated;

use super::mouth::Mouth;
use super::receiver::Receiver;
use super::reports::{self, Reports};
use super::{BrowserError, Hears};
use crate::phone::Says;

/// Talks and listens by SRTP.
pub(super) struct Media {
    protector: Protector,
    unprotector: Unprotector,
    pub(super) mouth: Mouth,
    pub(super) receiver: Receiver,
    reports: Reports,
    epoch: Instant,
}

impl Media {
    pub(super) fn new(
        keys: &Keys,
        agreed: &BrowserNegotiated,
        says: Option<Says>,
        hears: Hears,
        epoch: Instant,
    ) -> Result<Self, BrowserError> {
        Ok(Self {
            protector: Protector::new(keys.profile, &keys.send)?,
            unprotector: Unprotector::new(keys.profile, &keys.receive)?,
            mouth: Mouth::new(says, agreed.clone())?,
            receiver: Receiver::new(hears, agreed.clone())?,
            reports: Reports::default(),
            epoch,
        })
    }

    /// What is to be sent in the next 20 ms: sound, and a report where one is due.
    pub(super) fn tick(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        match self.mouth.tick() {
            Ok(Some(packet)) => packets.extend(protected(packet, |packet, length| {
                self.protector.protect(packet, length).ok()
            })),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a browser can't encode"),
        }
        let since = self.since(now);
        let report = self.reports.tick(since, self.mouth.sender(), &mut self.receiver.stats);
        packets.extend(report.and_then(|report| {
            protected(report, |report, length| self.protector.protect_rtcp(report, length).ok())
        }));
        packets
    }

    /// Takes a datagram of RTP or RTCP.
    pub(super) fn take(&mut self, now: Instant, datagram: &mut [u8]) {
        let since = self.since(now);
        let is_rtcp = is_rtcp(datagram);
        let opened = match is_rtcp {
            true => self.unprotector.unprotect_rtcp(datagram),
            false => self.unprotector.unprotect(datagram),
        };
        let Some(plain) = opened.ok().and_then(|length| datagram.get(..length)) else {
            self.receiver.heard.unopened += 1;
            return;
        };
        if is_rtcp {
            let Self { mouth, receiver, .. } = self;
            let measured = reports::read(since, plain, mouth.sender(), &mut receiver.stats);
            receiver.heard.reports += 1;
            receiver.heard.round_trip = measured.or(receiver.heard.round_trip);
        } else {
            self.receiver.take(now, since, plain);
        }
    }

    fn since(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.epoch)
    }
}

/// Whether a datagram is RTCP rather than RTP (RFC 5761 section 4).
pub(super) fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

/// `packet` as `protect` leaves it.
fn protected(
    mut packet: Vec<u8>,
    protect: impl FnOnce(&mut [u8], usize) -> Option<usize>,
) -> Option<Vec<u8>> {
    let length = packet.len();
    packet.resize(length + OVERHEAD_BYTES_MAX, 0);
    let length = protect(&mut packet, length)?;
    packet.truncate(length);
    Some(packet)
}
