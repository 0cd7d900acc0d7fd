//! A browser comes in.

use conference::{
    CallSecret, ClientAddress, Conference, ConferenceKey, Input, ParticipantName, Proof,
};
use sdp::browser::BrowserOffer;
use tokio::sync::oneshot;

use super::end::BrowserEnd;
use crate::switchboard::Switchboard;
use crate::switchboard::call::Call;
use crate::switchboard::errors::PlaceError;
use crate::switchboard::seat::BrowserSeat;

/// A browser that wants to come in.
#[derive(Debug)]
pub struct BrowserJoin {
    /// Into this conference, as the database has it.
    pub conference: Conference,
    /// The name to show.
    pub name: Option<ParticipantName>,
    /// The call of the same person's phone.
    pub with: Option<CallSecret>,
    /// The same person's browser of before, whose place it takes.
    pub replaces: Option<CallSecret>,
    /// Who asks.
    pub client: ClientAddress,
    /// What its page has shown.
    pub proof: Proof,
    /// What it offers.
    pub offer: BrowserOffer,
}

/// A browser that has a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserJoined {
    /// What its page knows its call by.
    pub call: CallSecret,
    /// Our answer to its offer.
    pub answer: String,
    /// Names what the answer says of ICE, until a restart.
    pub ice_session: String,
}

/// Why a browser has no seat.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// The rules are against it, or the server is stopping.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The media engine has no room for it.
    #[error("the media engine has no room for it")]
    NoMedia,
}

impl Switchboard {
    /// Takes a browser in. One that has gone before it is told so is put out again: nobody else knows
    /// the secret by which it could leave.
    pub(in crate::switchboard) fn join_and_reply(
        &mut self,
        join: BrowserJoin,
        reply: oneshot::Sender<Result<BrowserJoined, JoinError>>,
    ) {
        let key = join.conference.key;
        if let Err(Ok(unheard)) = reply.send(self.seat_and_answer(join)) {
            let session = self.conferences.get(key).map(|active| &active.session);
            if let Some(call) = session.and_then(|session| session.call(unheard.call)) {
                tracing::info!(participant = %call.participant, "a browser went before its answer");
                self.advance(key, Input::HangUp { participant: call.participant });
            }
        }
    }

    fn seat_and_answer(&mut self, join: BrowserJoin) -> Result<BrowserJoined, JoinError> {
        let BrowserJoin { conference, name, with, replaces, client, proof, offer } = join;
        let replaces = replaces.or_else(|| self.heard_before(conference.key, &offer));
        let seat = BrowserSeat { conference, name, with, replaces, client, proof };
        let (id, call) = self.seat_browser(seat, Box::new(BrowserEnd::new(offer)))?;
        // What failed is over already, and its call gone.
        let end = self.calls.get_mut(&id).and_then(Call::browser_mut).ok_or(JoinError::NoMedia)?;
        end.secret = Some(call);
        let ice_session = end.ice.as_ref().map(|ice| ice.name().to_owned());
        let (answer, ice_session) = end.answer.take().zip(ice_session).ok_or(JoinError::NoMedia)?;
        Ok(BrowserJoined { call, answer, ice_session })
    }

    /// The call of a browser with the very same offer. Its credentials are drawn by chance, so that
    /// this can only be the same browser, which asks again because it got no answer.
    fn heard_before(&self, key: ConferenceKey, offer: &BrowserOffer) -> Option<CallSecret> {
        let calls = &self.conferences.get(key)?.calls;
        let ends = calls.values().filter_map(|id| self.calls.get(id)?.browser());
        ends.filter(|end| end.offer.remote() == offer.remote()).find_map(|end| end.secret)
    }
}
