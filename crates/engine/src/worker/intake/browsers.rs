//! From the socket of all browsers: STUN, DTLS, SRTP and SRTCP, told apart by their first byte.
//!
//! STUN proves by a password where a browser is, and nothing else is taken from elsewhere. What it
//! proves is worth little on its own, because addresses can be made up; so DTLS has its fingerprint
//! checked by the control side, and SRTP is authentic or dropped.

use rtp::packet::{Packet, is_rtcp};
use webrtc::Datagram;
use webrtc::ice::Reply;

use crate::dtls::DtlsDatagram;
use crate::message::WorkerEvent;
use crate::worker::leg::Beginning;
use crate::worker::outbox::Outbox;
use crate::worker::reporting::Moment;
use crate::worker::socket_key::Route;
use crate::worker::tables::Tables;
use crate::worker::transport::Transport;

impl Tables {
    /// Takes a datagram that came by `route`, which is known to be a browser's, or not.
    pub(super) fn take_from_browser(
        &mut self,
        route: Route,
        known: Option<u32>,
        at: Moment,
        datagram: &mut [u8],
        outbox: &mut Outbox,
    ) {
        match Datagram::of(datagram) {
            Some(Datagram::Stun) => self.check(route, at, datagram, outbox),
            Some(Datagram::Dtls) => self.handshake(route, at, datagram),
            Some(Datagram::Rtp) => {
                // A check of the same batch may have made it known since.
                let known = known.or_else(|| self.browsers.find(route));
                self.secured(known, at, datagram);
            }
            None => self.counts.dropped_malformed += 1,
        }
    }

    /// STUN: answers a connectivity check of the browser that it is for, and learns from it.
    fn check(&mut self, route: Route, at: Moment, datagram: &[u8], outbox: &mut Outbox) {
        if outbox.is_full() {
            self.flush(outbox);
        }
        let slot = self.browsers.named_by(datagram);
        let slot = slot.filter(|&slot| !self.browsers.is_anothers(route, slot, at.now));
        let Some(slot) = slot else {
            self.counts.dropped_stun += 1;
            return;
        };
        let Some(browser) = self.browsers.get_mut(slot) else {
            self.counts.dropped_stun += 1;
            return;
        };
        let (socket, source) = route;
        let mut is_nominated = None;
        let counts = &mut self.counts;
        outbox.push(socket, source, |out| {
            match browser.agent.handle(at.now, source, datagram, out) {
                Reply::Answer { length, nominated, .. } => {
                    counts.stun_answered += 1;
                    is_nominated = Some(nominated);
                    length
                }
                Reply::Refused { length, .. } => {
                    counts.dropped_stun += 1;
                    length
                }
                Reply::Dropped(_) => {
                    counts.dropped_stun += 1;
                    0
                }
            }
        });
        if let Some(is_nominated) = is_nominated {
            self.proved(slot, route, is_nominated);
        }
    }

    /// A browser has proved to be at the other end of `route`, and may have chosen it for its media.
    fn proved(&mut self, slot: u32, route: Route, is_nominated: bool) {
        self.browsers.claim(slot, route);
        let Some(browser) = self.browsers.get_mut(slot) else { return };
        browser.set_loss_told(false);
        // Consent that was lost and came back finds the path chosen already.
        let is_back = browser.path().is_none() && browser.agent.selected() == Some(route.1);
        if is_nominated || is_back {
            let id = browser.id();
            self.redirect(slot, Some(route));
            self.tell(WorkerEvent::PathChanged(id, route.1));
        }
    }

    /// DTLS: passes on to the control side what comes from where a browser was proved to be.
    fn handshake(&mut self, route: Route, at: Moment, datagram: &[u8]) {
        let slot = self.browsers.find(route);
        let browser = slot.and_then(|slot| self.browsers.get_mut(slot));
        let datagram = browser.and_then(|browser| {
            let is_heard = browser.agent.is_validated(route.1) && browser.may_shake_hands(at.now);
            if !is_heard {
                return None;
            }
            DtlsDatagram::new(browser.id(), browser.slot(), datagram)
        });
        let is_passed_on = datagram.is_some_and(|datagram| self.pass_on(datagram));
        self.counts.dtls_received += u64::from(is_passed_on);
        self.counts.dropped_dtls += u64::from(!is_passed_on);
    }

    /// SRTP and SRTCP: takes in what is authentic, from where the browser was proved to be.
    fn secured(&mut self, known: Option<u32>, at: Moment, datagram: &mut [u8]) {
        let Some(slot) = known else {
            self.counts.dropped_stranger += 1;
            return;
        };
        let Self { legs, counts, .. } = self;
        let leg = legs.get_mut(slot as usize).and_then(Option::as_deref_mut);
        let Some(leg) = leg else {
            counts.dropped_srtp_early += 1;
            return;
        };
        let Transport::Secure(secure) = &mut leg.transport else { return };
        if is_rtcp(datagram) {
            if let Some(report) = secure.open_report(datagram, counts) {
                leg.take_report(at, report, counts);
            }
            return;
        }
        let Some(packet) = secure.open(datagram, counts) else { return };
        let Ok(packet) = Packet::parse(packet) else {
            counts.dropped_malformed += 1;
            return;
        };
        let begins = leg.beginning == Beginning::Awaited;
        if begins {
            leg.beginning = Beginning::Untold;
        }
        self.hand_in(slot, at, &packet);
        if begins {
            self.tell_beginning(slot);
        }
    }

    /// Sends the DTLS datagrams that the control side has for browsers.
    pub(crate) fn send_dtls(&mut self, outbox: &mut Outbox) {
        while let Some(datagram) = self.dtls_to_send() {
            if outbox.is_full() {
                self.flush(outbox);
            }
            let browser = self.browsers.get(datagram.slot);
            let browser = browser.filter(|browser| browser.id() == datagram.leg);
            let route = browser.and_then(|browser| browser.handshake_route());
            let Some((socket, destination)) = route else {
                self.counts.unsent_dtls += 1;
                continue;
            };
            let bytes = datagram.as_bytes();
            outbox.push(socket, destination, |out| {
                let Some(out) = out.get_mut(..bytes.len()) else { return 0 };
                out.copy_from_slice(bytes);
                bytes.len()
            });
            self.counts.dtls_sent += 1;
        }
    }

    /// Looks after some browsers, all of them in a second: one that has not shown for too long that
    /// it wants to be sent to is sent nothing any more. If the ring is full, the next round tells.
    pub(crate) fn watch_browsers(&mut self, at: Moment) {
        for slot in self.browsers.round() {
            let Some(browser) = self.browsers.get(slot) else { continue };
            if browser.is_loss_told() || !browser.is_lost(at.now) {
                continue;
            }
            let id = browser.id();
            self.redirect(slot, None);
            let is_told = self.try_tell(WorkerEvent::ConsentLost(id));
            if let Some(browser) = self.browsers.get_mut(slot) {
                browser.set_loss_told(is_told);
            }
        }
    }
}
