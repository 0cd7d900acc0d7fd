//! Calls that somebody asked for on a page.

use std::time::Duration;

use conference::{
    Arrival, CallRequest, CallSecret, CallView, ConferenceKey, ParticipantId, PhoneNumber, Refusal,
    Role, Source,
};
use engine::RoomId;
use sip::{CallId, Dial};

use super::Switchboard;
use super::call::{self, Call, PhoneEnd, leg_of};
use super::errors::{PlaceError, Stopped};
use super::media::{self, MediaError};
use super::requests::Placement;
use crate::clock;
use crate::metrics::names;

impl Switchboard {
    /// Sees whether a call may be placed later, and gives what its owner may do then.
    pub(super) fn book(&mut self, placement: &Placement) -> Result<Role, PlaceError> {
        if self.settings.trunk.is_none() {
            return Err(PlaceError::NoTrunk);
        }
        let (key, source) = (placement.conference.key, Source::Client(placement.client));
        let conference = self.conferences.latest(placement.conference.clone());
        let now = clock::now();
        let role = self.admission.identify(now, &conference, source, &placement.proof);
        let role = role.inspect_err(|refusal| self.note_refusal(key, refusal))?;
        if !self.admission.policy().may_call(&placement.number) {
            self.note_refusal(key, &Refusal::NumberNotAllowed);
            return Err(Refusal::NumberNotAllowed.into());
        }
        Ok(role)
    }

    /// Admits a call and sets it going.
    pub(super) fn place(&mut self, placement: Placement) -> Result<CallView, PlaceError> {
        if self.is_draining {
            return Err(Stopped.into());
        }
        if self.settings.trunk.is_none() {
            return Err(PlaceError::NoTrunk);
        }
        let Placement { conference, number, name, browser, client, mut proof } = placement;
        let now = clock::now();
        let key = conference.key;
        let here = self.conferences.load_of(key);
        let everywhere = self.load();
        let conference = self.conferences.latest(conference);
        let session = self.conferences.get(key).map(|active| &active.session);
        let is_called =
            browser.zip(session).is_some_and(|(browser, session)| session.is_called(browser));
        proof.is_there |=
            browser.zip(session).is_some_and(|(browser, session)| session.has_browser(browser));
        let role = self.admission.identify(now, &conference, Source::Client(client), &proof);
        let role = role.inspect_err(|refusal| self.note_refusal(key, refusal))?;
        let standing = self.conferences.standing(key, role, proof.is_there);
        let request =
            CallRequest { conference: &conference, number: &number, client, is_called, standing };
        let permit = self.admission.place_call(now, request, here, everywhere);
        let permit = permit.inspect_err(|refusal| self.note_refusal(key, refusal))?;
        let secret = CallSecret::from_random(rand::random());
        let active = self.conferences.wake(conference, self.admission.policy());
        let arrival = Arrival::CallMe { secret, number, name, role, browser };
        active.session.arrive(now, arrival, permit);
        self.carry_out(key);
        let placed = self.conferences.get(key).and_then(|active| active.session.call(secret));
        placed.ok_or(PlaceError::Stopped(Stopped))
    }

    /// Reserves a media address and has the trunk called.
    pub(super) fn call_out(
        &mut self,
        key: ConferenceKey,
        participant: ParticipantId,
        number: &PhoneNumber,
        ring_time: Duration,
        room: RoomId,
    ) -> Result<(), MediaError> {
        let id = self.next_call();
        let span = tracing::info_span!(
            "call", call = %id, conference = ?key, %participant, number = number.masked()
        );
        let _in_span = span.clone().entered();
        let address = self.engine.reserve(leg_of(id), room, None)?;
        let mut session = media::session(id, address, &self.settings.codecs);
        let offer = media::offer(&mut session);
        let phone = PhoneEnd { session: Some(session), ..PhoneEnd::default() };
        let role = call::Role::Seated { conference: key, participant };
        // From here on, whatever goes wrong is undone by the release.
        self.calls.insert(id, Call::new(role, phone.into(), span));
        if let Some(active) = self.conferences.get_mut(key) {
            active.calls.insert(participant, id);
        }
        let dial = Dial {
            trunk: self.settings.trunk.clone().ok_or(MediaError::NoTrunk)?,
            to_number: number.e164().to_owned(),
            caller_id: self.caller_id(),
            offer,
            ring_time,
        };
        self.sip.dial(id, dial)?;
        tracing::info!("calling");
        Ok(())
    }

    /// A number for a call that begins on our side, be it by a trunk or by a browser.
    pub(super) fn next_call(&mut self) -> CallId {
        self.calls_numbered += 1;
        CallId(self.calls_numbered)
    }

    pub(super) fn note_refusal(&self, key: ConferenceKey, refusal: &Refusal) {
        self.metrics.count(names::CALLS_REFUSED, Some(("reason", refusal.code())));
        tracing::info!(conference = ?key, reason = refusal.code(), "a call is refused");
    }

    fn caller_id(&self) -> Option<String> {
        self.admission.policy().caller_id.as_ref().map(|number| number.e164().to_owned())
    }
}
