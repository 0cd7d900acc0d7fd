//! Participants who come by browser: their offer and its answer, their handshake, their leg, and how
//! they get out again.
//!
//! HTTP brings an offer ([`BrowserJoin`]), the session gives it a seat, and by the session's effects
//! a leg is reserved, whose worker answers ICE's checks from then on, and the answer is written. The
//! browser's DTLS datagrams come from the worker to its endpoint here. When that has found the
//! browser to be the one of the offer, the leg moves into the room with the keys. Whatever ends it
//! goes through the session and comes back as its release, as for phones.

mod answer;
pub(super) mod end;
mod handshakes;
mod ice;
mod ice_session;
mod join;

use std::net::SocketAddr;

use conference::{Ending, Input};
use engine::{LegId, RoomId};
use sip::CallId;

use self::end::BrowserEnd;
pub(super) use self::handshakes::Handshakes;
use self::handshakes::{Outcome, Step};
pub use self::ice::{IceError, IceOutcome, IceUpdate, Precondition};
use self::ice_session::IceSession;
pub use self::join::{BrowserJoin, BrowserJoined, JoinError};
use super::Switchboard;
use super::call::{Call, Entry, call_of, leg_of};
use super::media::MediaError;
use crate::metrics::names;

impl Switchboard {
    /// Reserves a leg in `room` and answers the offer.
    pub(super) fn answer_browser(&mut self, id: CallId, room: RoomId) -> Result<(), MediaError> {
        let leg = leg_of(id);
        let Some(end) = self.browser_mut(id) else { return Ok(()) };
        let fingerprints = answer::expected(&end.offer);
        let place = match end.comes_again {
            true => self.engine.reserve_browser_again(leg, room)?,
            false => self.engine.reserve_browser(leg, room)?,
        };
        let local = answer::local(place, &self.handshakes.fingerprint(), &self.settings.ice_tcp);
        self.handshakes.expect(leg, fingerprints);
        if let Some(end) = self.browser_mut(id) {
            // From here on the release frees the leg.
            end.ice = Some(IceSession::new(end.offer.remote().ice.clone(), &local));
            end.answer = Some(end.offer.answer(&local).to_string());
        }
        Ok(())
    }

    /// Puts the leg into its room as soon as the handshake is done.
    pub(super) fn join_browser(&mut self, id: CallId, entry: Entry) {
        let placement = self.places_voices(id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(end) = call.browser_mut() else { return };
        let Some(keys) = end.keys.take() else {
            call.joining = Some(entry);
            return;
        };
        let settings = answer::leg(end.offer.negotiated(), keys, placement);
        let attached = self.engine.attach_browser(leg_of(id), settings);
        if let Err(error) = attached.and_then(|()| self.take_in(id, entry)) {
            tracing::error!(%error, "a browser's leg can't be put into its room");
            self.end_browser(id, Ending::NotConnected);
        }
    }

    /// A DTLS datagram has come, from where the browser has proved to be.
    pub(super) fn take_dtls(&mut self, leg: LegId, datagram: &[u8]) {
        let step = self.handshakes.take(leg, datagram);
        self.take_step(leg, step);
    }

    /// Repeats what was lost on the way to browsers.
    pub(super) fn tend_handshakes(&mut self) {
        for (leg, step) in self.handshakes.take_time() {
            self.take_step(leg, step);
        }
    }

    fn take_step(&mut self, leg: LegId, step: Step) {
        let id = call_of(leg);
        let span = self.calls.get(&id).map(|call| call.span.clone());
        let _in_span = span.as_ref().map(tracing::Span::enter);
        self.send_dtls(leg, &step.datagrams);
        match step.outcome {
            None => {}
            Some(Outcome::Connected(keys)) => {
                self.count_handshake("connected");
                tracing::info!(profile = ?keys.profile, "the browser has proved who it is");
                self.unlocked(id, keys);
            }
            Some(Outcome::Closed) => {
                tracing::info!("the browser says goodbye");
                self.end_browser(id, Ending::Left);
            }
            Some(Outcome::Failed(error)) => {
                self.count_handshake(handshakes::name_of(&error));
                tracing::warn!(%error, "the handshake with a browser failed");
                self.end_browser(id, Ending::NotConnected);
            }
        }
    }

    /// The keys are there: the leg is attached if the session has asked for it.
    fn unlocked(&mut self, id: CallId, keys: rtp::srtp::Keys) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let joining = call.joining.take();
        let Some(end) = call.browser_mut() else { return };
        end.keys = Some(keys);
        let Some(entry) = joining else { return };
        self.join_browser(id, entry);
        if let Some((key, _)) = self.calls.get(&id).and_then(Call::seat) {
            self.carry_out(key);
        }
    }

    /// Nothing proves any more that the browser is there and wants what it is sent.
    pub(super) fn consent_lost(&mut self, leg: LegId) {
        let id = call_of(leg);
        let Some(call) = self.calls.get(&id) else { return };
        let ending = if call.is_attached { Ending::MediaLost } else { Ending::NotConnected };
        call.span.in_scope(|| tracing::info!("nothing is heard of the browser any more"));
        self.end_browser(id, ending);
    }

    /// The browser's sound takes another way: its network has changed.
    pub(super) fn path_changed(&self, leg: LegId, source: SocketAddr) {
        if let Some(call) = self.calls.get(&call_of(leg)) {
            call.span.in_scope(|| tracing::debug!(%source, "the browser's way"));
        }
    }

    /// Says goodbye to a browser whose call is over, and forgets its endpoint.
    pub(super) fn part_from_browser(&mut self, id: CallId) {
        let datagrams = self.handshakes.close(leg_of(id));
        self.send_dtls(leg_of(id), &datagrams);
    }

    fn end_browser(&mut self, id: CallId, ending: Ending) {
        if let Some((key, participant)) = self.calls.get(&id).and_then(Call::seat) {
            self.advance(key, Input::Over { participant, ending });
        }
    }

    fn send_dtls(&mut self, leg: LegId, datagrams: &[Vec<u8>]) {
        for datagram in datagrams {
            if let Err(error) = self.engine.send_dtls(leg, datagram) {
                // As good as lost on the way: it is repeated.
                tracing::debug!(%leg, %error, "a datagram of a handshake is not sent");
            }
        }
    }

    fn count_handshake(&self, result: &'static str) {
        self.metrics.count(names::DTLS_HANDSHAKES, Some(("result", result)));
    }

    fn browser_mut(&mut self, id: CallId) -> Option<&mut BrowserEnd> {
        self.calls.get_mut(&id).and_then(Call::browser_mut)
    }
}

#[cfg(test)]
mod tests;
