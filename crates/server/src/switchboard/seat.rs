//! Browsers get their seat in a conference.

use conference::{
    Arrival, BrowserRequest, CallSecret, ClientAddress, Conference, ParticipantName, Proof, Source,
};
use sip::CallId;

use super::Switchboard;
use super::browser::end::BrowserEnd;
use super::call::{Call, FarEnd, Role};
use super::errors::{PlaceError, Stopped};

use crate::clock;

/// Whom a browser is for.
pub(super) struct BrowserSeat {
    /// The conference, as the database has it.
    pub(super) conference: Conference,
    /// The name to show.
    pub(super) name: Option<ParticipantName>,
    /// The call of the same person's phone.
    pub(super) with: Option<CallSecret>,
    /// The same person's browser of before, whose place it takes.
    pub(super) replaces: Option<CallSecret>,
    /// Who asks.
    pub(super) client: ClientAddress,
    /// What its page has shown.
    pub(super) proof: Proof,
}

impl Switchboard {
    /// Admits a browser and sets it going. Its call is gone again if that failed at once.
    pub(super) fn seat_browser(
        &mut self,
        seat: BrowserSeat,
        mut end: Box<BrowserEnd>,
    ) -> Result<(CallId, CallSecret), PlaceError> {
        if self.is_draining {
            return Err(Stopped.into());
        }
        let BrowserSeat { conference, name, with, replaces, client, mut proof } = seat;
        let now = clock::now();
        let key = conference.key;
        let conference = self.conferences.latest(conference);
        let here = self.conferences.get(key).map(|active| &active.session);
        let replaces_one =
            replaces.zip(here).is_some_and(|(replaced, session)| session.has_browser(replaced));
        end.comes_again = replaces_one;
        let has_phone = with.zip(here).is_some_and(|(phone, session)| {
            session.call(phone).is_some_and(|call| call.state.ending().is_none())
        });
        proof.is_there |= replaces_one || has_phone;
        let role = self
            .admission
            .identify(now, &conference, Source::Client(client), &proof)
            .inspect_err(|refusal| self.note_refusal(key, refusal))?;
        let standing = self.conferences.standing(key, role, proof.is_there);
        let request =
            BrowserRequest { conference: &conference, client, replaces: replaces_one, standing };
        let (here, everywhere) = (self.conferences.load_of(key), self.load());
        let permit = self
            .admission
            .let_browser_in(now, request, here, everywhere)
            .inspect_err(|refusal| self.note_refusal(key, refusal))?;
        let id = self.next_call();
        let secret = CallSecret::from_random(rand::random());
        let active = self.conferences.wake(conference, self.admission.policy());
        let arrival = Arrival::Browser { secret, name, role, with, replaces };
        let participant = active.session.arrive(now, arrival, permit);
        active.calls.insert(participant, id);
        let span = tracing::info_span!("browser", call = %id, conference = ?key, %participant);
        span.in_scope(|| tracing::info!("a browser comes"));
        let role = Role::Seated { conference: key, participant };
        self.calls.insert(id, Call::new(role, FarEnd::Browser(end), span));
        self.carry_out(key);
        Ok((id, secret))
    }
}
