//! Calls that come in over a trunk.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use conference::{Arrival, Conference, Country, DialInCode, PhoneNumber, Refusal, RefusalKind};
use engine::RoomId;
use sip::{CallId, Caller, Rejection};
use store::{DialIn, Store, StoreError};

use super::Switchboard;
use super::call::{Call, PhoneEnd, Role, leg_of};
use super::media::{self, MediaError};
use crate::clock;
use crate::metrics::names;

/// `Retry-After` of a 503 for want of the database.
const DATABASE_RETRY_AFTER: Duration = Duration::from_secs(10);

/// What the database knows of whom a caller wants.
pub(super) struct LookedUp {
    call: CallId,
    caller: Option<PhoneNumber>,
    found: Result<Option<Conference>, StoreError>,
}

/// An INVITE, as far as the switchboard cares.
pub(super) struct Invitation {
    pub(super) call: CallId,
    pub(super) trunk: sip::TrunkId,
    pub(super) from: Caller,
    pub(super) to_user: String,
    pub(super) offer: Option<Bytes>,
    pub(super) source: SocketAddr,
}

impl Switchboard {
    /// Looks for the conference that was dialled.
    pub(super) fn invited(&mut self, invitation: Invitation) {
        let Invitation { call: id, trunk, from, to_user, offer, source } = invitation;
        let caller = PhoneNumber::parse(&from.user, self.default_country()).ok();
        let number = caller.as_ref().map(PhoneNumber::masked);
        let span = tracing::info_span!("call", call = %id, %trunk, number);
        let _in_span = span.clone().entered();
        if self.is_draining {
            return self.turn_away(id, "server_stopping", 503, Some(Refusal::RETRY_AFTER));
        }
        let offer = match offer.map(|offer| self.checked(offer)).transpose() {
            Ok(offer) => offer,
            Err(error) => {
                tracing::info!(%error, "the offer can't be taken");
                return self.turn_away(id, "not_acceptable", error.status(), None);
            }
        };
        let signalling_ip = Some(source.ip());
        let phone = PhoneEnd { offer, signalling_ip, ..PhoneEnd::default() };
        self.calls.insert(id, Call::new(Role::Looking, phone.into(), span));
        let dialled = dialled(&to_user, self.default_country());
        let store = self.store.clone();
        self.lookups.spawn(async move {
            LookedUp { call: id, caller, found: look_up(&store, &dialled).await }
        });
    }

    fn checked(&self, offer: Bytes) -> Result<(Bytes, SocketAddr), MediaError> {
        let remote = media::check_offer(&offer, self.settings.media_ip, &self.settings.codecs)?;
        Ok((offer, remote))
    }

    /// The database has answered.
    pub(super) fn take_lookup(&mut self, looked_up: LookedUp) {
        let LookedUp { call, caller, found } = looked_up;
        // The caller may have given up meanwhile.
        let Some(waiting) = self.calls.get(&call) else { return };
        let _in_span = waiting.span.clone().entered();
        match found {
            Ok(Some(conference)) => self.let_in(call, caller, conference),
            Ok(None) => self.turn_away(call, "unknown", 404, None),
            Err(error) => {
                tracing::error!(%error, "the database can't say who is called");
                self.turn_away(call, "no_database", 503, Some(DATABASE_RETRY_AFTER));
            }
        }
    }

    fn let_in(&mut self, id: CallId, caller: Option<PhoneNumber>, conference: Conference) {
        if self.is_draining {
            return self.turn_away(id, "server_stopping", 503, Some(Refusal::RETRY_AFTER));
        }
        let now = clock::now();
        let key = conference.key;
        let here = self.conferences.load_of(key);
        let everywhere = self.load();
        let conference = self.conferences.latest(conference);
        let standing = self.conferences.standing(key, conference::Role::Guest, false);
        let permit = match self.admission.let_in(now, &conference, standing, here, everywhere) {
            Ok(permit) => permit,
            Err(refusal) => return self.refuse(id, &refusal, &conference),
        };
        let active = self.conferences.wake(conference, self.admission.policy());
        let participant = active.session.arrive(now, Arrival::DialIn { caller }, permit);
        active.calls.insert(participant, id);
        if let Some(call) = self.calls.get_mut(&id) {
            call.role = Role::Seated { conference: key, participant };
        }
        tracing::info!(conference = ?key, %participant, "dialled in");
        self.carry_out(key);
    }

    fn refuse(&mut self, id: CallId, refusal: &Refusal, conference: &Conference) {
        let now = clock::now();
        match refusal.kind() {
            RefusalKind::NotYet => {
                self.metrics.count(names::CALLS_REFUSED, Some(("reason", refusal.code())));
                self.tell_when_it_starts(id, conference, now);
            }
            // As if the code had never been given: it may be given again.
            RefusalKind::Gone => self.turn_away(id, refusal.code(), 404, None),
            RefusalKind::Forbidden => self.turn_away(id, refusal.code(), 403, None),
            RefusalKind::TooMany | RefusalKind::NoRoom => {
                self.turn_away(id, refusal.code(), 503, refusal.retry_after(now));
            }
        }
    }

    /// Refuses a call that isn't anybody's yet.
    pub(super) fn turn_away(
        &mut self,
        call: CallId,
        reason: &'static str,
        status: u16,
        retry_after: Option<Duration>,
    ) {
        tracing::info!(reason, status, "a caller is turned away");
        self.metrics.count(names::CALLS_REFUSED, Some(("reason", reason)));
        self.tell_sip(call, |sip| sip.reject(call, Rejection { status, retry_after }));
        self.free(call, None);
    }

    /// Answers the INVITE with our media in `room`, or with our offer when the caller made none.
    pub(super) fn pick_up(&mut self, id: CallId, room: RoomId) -> Result<(), MediaError> {
        let placement = self.places_voices(id);
        let Some(phone) = self.calls.get_mut(&id).and_then(Call::phone_mut) else { return Ok(()) };
        let offer = phone.offer.take();
        let remote = offer.as_ref().map(|(_, remote)| *remote);
        let address = self.engine.reserve(leg_of(id), room, remote)?;
        // From here on the release frees the leg.
        let session = phone.session.insert(media::session(id, address, &self.settings.codecs));
        let sdp = match offer {
            Some((offer, _)) => {
                let (sdp, agreed) = media::answer(session, &offer, phone.signalling_ip, placement)?;
                phone.agreed = Some(agreed);
                sdp
            }
            None => media::offer(session),
        };
        self.sip.answer(id, sdp)?;
        Ok(())
    }
}

/// What a Request-URI's user part may mean: a conference's code, or its own number.
fn dialled(user: &str, country: Country) -> Vec<DialIn> {
    let code = user.parse::<DialInCode>().ok().map(DialIn::Code);
    let number = PhoneNumber::parse(user, country).ok().map(DialIn::Number);
    code.into_iter().chain(number).collect()
}

async fn look_up(store: &Store, dialled: &[DialIn]) -> Result<Option<Conference>, StoreError> {
    for meaning in dialled {
        if let Some(conference) = store.conference_by_dial_in(meaning).await? {
            return Ok(Some(conference));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_part_may_be_a_code_or_a_number() {
        let meanings = |user| {
            let meanings = dialled(user, Country::DEFAULT);
            let of = |meaning: &DialIn| match meaning {
                DialIn::Code(code) => code.to_string(),
                DialIn::Number(number) => number.e164().to_owned(),
            };
            meanings.iter().map(of).collect::<Vec<String>>()
        };
        assert_eq!(meanings("12345678"), ["12345678"]);
        assert_eq!(meanings("+33142685300"), ["+33142685300"]);
        assert_eq!(meanings("0142685300"), ["+33142685300"]);
        assert!(meanings("alice").is_empty());
        assert!(meanings("").is_empty());
    }
}
