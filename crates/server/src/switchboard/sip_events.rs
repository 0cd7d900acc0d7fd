//! What signalling tells.

use std::net::IpAddr;

use bytes::Bytes;
use conference::{Ending, Input, Progress};
use engine::EngineError;
use sip::{CallId, EndCause, HangUp, SipEvent};

use super::Switchboard;
use super::call::{Call, Entry, FarEnd, KeyWay, PhoneEnd, Place, Role, leg_of};
use super::dial_in::Invitation;
use super::media;

/// "Request Pending": an offer at a moment when the session isn't up yet (RFC 3261 section 14.2).
const REQUEST_PENDING: u16 = 491;

impl Switchboard {
    pub(super) fn take_sip_event(&mut self, event: SipEvent) {
        let call = event.call();
        // Entered here, left at the end: whatever is logged belongs to the call.
        let span = self.calls.get(&call).map(|call| call.span.clone());
        let _in_span = span.as_ref().map(tracing::Span::enter);
        match event {
            SipEvent::Incoming { call, trunk, from, to_user, offer, source } => {
                self.invited(Invitation { call, trunk, from, to_user, offer, source });
            }
            SipEvent::Ringing { call, .. } => self.progress(call, Progress::Ringing),
            SipEvent::Answered { call, sdp, remote } => self.answered(call, &sdp, remote.ip()),
            SipEvent::AckAnswer { call, sdp } => self.acknowledged(call, &sdp),
            SipEvent::Offer { call, sdp } => self.offered(call, sdp),
            SipEvent::Digit { call, digit } => self.key_pressed(call, KeyWay::Signalling, digit),
            // We make no offer within a call.
            SipEvent::OfferAnswered { .. } | SipEvent::OfferRefused { .. } => {}
            SipEvent::Ended { call, cause } => self.ended(call, &cause),
        }
    }

    /// A key was pressed on a phone, which may tell it by its sound or by its signalling.
    pub(super) fn key_pressed(&mut self, id: CallId, way: KeyWay, digit: char) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.is_attached) else { return };
        if !call.takes_keys(way) {
            return;
        }
        if let Some((key, participant)) = call.seat() {
            self.advance(key, Input::Digit { participant, digit });
        }
    }

    fn progress(&mut self, call: CallId, progress: Progress) {
        if let Some((key, participant)) = self.calls.get(&call).and_then(Call::seat) {
            tracing::info!(?progress, "call");
            self.advance(key, Input::Progress { participant, progress });
        }
    }

    /// The callee has answered our offer.
    fn answered(&mut self, id: CallId, sdp: &[u8], remote: IpAddr) {
        let Some(phone) = self.phone_mut(id) else { return };
        phone.signalling_ip = Some(remote);
        if self.conclude(id, sdp) {
            self.progress(id, Progress::Answered);
        }
    }

    /// The answer to an offer that we made in a 200: to an INVITE without one, or to a re-INVITE.
    fn acknowledged(&mut self, id: CallId, sdp: &[u8]) {
        if !self.conclude(id, sdp) {
            return;
        }
        match self.calls.get_mut(&id).and_then(|call| call.joining.take()) {
            Some(entry) => self.join_and_carry_out(id, entry),
            None => self.update_leg(id),
        }
    }

    /// Takes the peer's answer; a call whose answer can't be used is hung up.
    fn conclude(&mut self, id: CallId, sdp: &[u8]) -> bool {
        let placement = self.places_voices(id);
        let Some(phone) = self.phone_mut(id) else { return false };
        let Some(session) = &phone.session else { return false };
        match media::conclude(session, sdp, phone.signalling_ip, placement) {
            Ok(agreed) => {
                phone.agreed = Some(agreed);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the answer can't be used");
                self.drop_call(id, HangUp::NotAcceptable);
                false
            }
        }
    }

    fn join_and_carry_out(&mut self, id: CallId, entry: Entry) {
        self.join(id, entry);
        if let Some((key, _)) = self.calls.get(&id).and_then(Call::seat) {
            self.carry_out(key);
        }
    }

    /// The peer wants another session: on hold, back again, at another address, or just a refresh.
    fn offered(&mut self, id: CallId, sdp: Option<Bytes>) {
        let placement = self.places_voices(id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let is_attached = call.is_attached;
        let Some(phone) = call.phone_mut() else { return };
        let (Some(session), true) = (phone.session.as_mut(), is_attached) else {
            return self.tell_sip(id, |sip| sip.refuse_offer(id, REQUEST_PENDING));
        };
        let Some(sdp) = sdp else {
            let offer = media::offer(session);
            return self.tell_sip(id, |sip| sip.accept_offer(id, offer));
        };
        match media::answer(session, &sdp, phone.signalling_ip, placement) {
            Ok((answer, agreed)) => {
                tracing::info!(send = agreed.send, receive = agreed.receive, "the session changes");
                phone.agreed = Some(agreed);
                self.update_leg(id);
                self.tell_sip(id, |sip| sip.accept_offer(id, answer));
            }
            Err(error) => {
                tracing::info!(%error, "an offer within the call is refused");
                self.tell_sip(id, |sip| sip.refuse_offer(id, error.status()));
            }
        }
    }

    fn update_leg(&mut self, id: CallId) {
        let Some(agreed) = self.phone_mut(id).and_then(|phone| phone.agreed.clone()) else {
            return;
        };
        if let Err(error) = self.engine.update(leg_of(id), agreed) {
            tracing::warn!(%error, "the leg can't be changed");
        }
    }

    /// Puts the leg into the room as soon as media are agreed.
    pub(super) fn join(&mut self, id: CallId, entry: Entry) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let agreed = match &call.far_end {
            FarEnd::Phone(phone) => phone.agreed.clone(),
            FarEnd::Browser(_) => return self.join_browser(id, entry),
        };
        let Some(agreed) = agreed else {
            call.joining = Some(entry);
            return;
        };
        let attached = self.engine.attach(leg_of(id), agreed);
        if let Err(error) = attached.and_then(|()| self.take_in(id, entry)) {
            tracing::error!(%error, "the leg can't be put into its room");
            self.drop_call(id, HangUp::MediaLost);
        }
    }

    /// The leg is in its room; what follows from that.
    pub(super) fn take_in(&mut self, id: CallId, entry: Entry) -> Result<(), EngineError> {
        if entry.muted {
            self.engine.set_muted(leg_of(id), true)?;
        }
        if entry.held {
            self.engine.set_held(leg_of(id), true)?;
        }
        let Some(call) = self.calls.get_mut(&id) else { return Ok(()) };
        call.is_attached = true;
        if call.denoise.is_some() {
            self.engine.set_denoise(leg_of(id), call.denoise)?;
        }
        match call.role {
            Role::Seated { conference, participant } => match entry.place {
                Place::Room => self.joined(conference, participant),
                Place::Anteroom => self.input(conference, Input::Received { participant }),
            },
            Role::Listening { .. } => self.speak(id),
            Role::Looking => {}
        }
        Ok(())
    }

    /// Gives up on a call that is still up at the other side.
    pub(super) fn drop_call(&mut self, id: CallId, reason: HangUp) {
        let Some(call) = self.calls.get(&id) else { return };
        match call.role {
            Role::Seated { conference, participant } => {
                if let FarEnd::Phone(_) = call.far_end {
                    self.tell_sip(id, |sip| sip.hang_up(id, reason));
                }
                self.advance(conference, Input::Over { participant, ending: Ending::TrunkFailed });
            }
            Role::Listening { room, .. } => self.stop_listening(id, room, Some(reason)),
            Role::Looking => self.free(id, Some(reason)),
        }
    }

    /// The phone at the far end of a call.
    pub(super) fn phone_mut(&mut self, id: CallId) -> Option<&mut PhoneEnd> {
        self.calls.get_mut(&id).and_then(Call::phone_mut)
    }

    fn ended(&mut self, id: CallId, cause: &EndCause) {
        let Some(call) = self.calls.get(&id) else { return };
        tracing::info!(?cause, "signalling is over");
        match call.role {
            Role::Seated { conference, participant } => {
                let ending = ending_of(cause);
                self.advance(conference, Input::Over { participant, ending });
            }
            Role::Listening { room, .. } => self.stop_listening(id, room, None),
            Role::Looking => self.free(id, None),
        }
    }
}

/// What the end of signalling means to people.
fn ending_of(cause: &EndCause) -> Ending {
    match cause {
        EndCause::Local | EndCause::Remote => Ending::Left,
        EndCause::Cancelled => Ending::Cancelled,
        EndCause::Rejected { status, .. } => Ending::from_sip_status(*status),
        EndCause::RingTimeout => Ending::NoAnswer,
        EndCause::Unreachable | EndCause::Refused => Ending::TrunkFailed,
        EndCause::AckTimeout | EndCause::Lost => Ending::MediaLost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_ending() {
        let rejected = |status| EndCause::Rejected { status, reason: String::new() };
        assert_eq!(ending_of(&rejected(486)), Ending::Busy);
        assert_eq!(ending_of(&rejected(404)), Ending::NotReachable);
        assert_eq!(ending_of(&EndCause::RingTimeout), Ending::NoAnswer);
        assert_eq!(ending_of(&EndCause::Unreachable), Ending::TrunkFailed);
        assert_eq!(ending_of(&EndCause::Remote), Ending::Left);
    }
}
