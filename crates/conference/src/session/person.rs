//! One person, there by phone and by browser at once.
//!
//! Somebody who is in by browser may have the page ring a phone, and somebody on the phone may join
//! by browser besides. The two are two participants, each with a leg, a call and a record of its
//! own, and one person to the others: the phone's view names the browser, they are muted and
//! removed together, and one chime tells that they came and that they went. While the phone is in,
//! the browser has no sound, or each would echo in the other. Hanging up one leaves the other.

use super::Session;
use super::io::{Arrival, Effect};
use super::participant::Participant;
use crate::call::Via;
use crate::ids::{CallSecret, ParticipantId};
use crate::view::Event;

/// Who of those that are there is the same person as a newcomer.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Ties {
    /// For a browser: its phone.
    phone: Option<ParticipantId>,
    /// For a phone: its browser.
    browser: Option<ParticipantId>,
    /// For a browser: the one whose place it takes.
    pub(super) replaced: Option<ParticipantId>,
    /// For a browser: another one that had its phone.
    pub(super) ousted: Option<ParticipantId>,
}

impl Session {
    /// Whether `secret` is of a browser that is there.
    #[must_use]
    pub fn has_browser(&self, secret: CallSecret) -> bool {
        self.by_secret(secret, Via::Browser).is_some()
    }

    /// Whether the person whose browser goes by `secret` has a phone already, be it ringing.
    #[must_use]
    pub fn is_called(&self, secret: CallSecret) -> bool {
        self.by_secret(secret, Via::Browser).is_some_and(|browser| self.phone_of(browser).is_some())
    }

    pub(super) fn ties_of(&self, arrival: &Arrival) -> Ties {
        match *arrival {
            Arrival::CallMe { browser, .. } => Ties {
                browser: browser
                    .and_then(|secret| self.by_secret(secret, Via::Browser))
                    .filter(|browser| self.phone_of(*browser).is_none()),
                ..Ties::default()
            },
            Arrival::DialIn { .. } => Ties::default(),
            Arrival::Browser { with, replaces, .. } => {
                let replaced = replaces.and_then(|secret| self.by_secret(secret, Via::Browser));
                let phone = with
                    .and_then(|secret| self.by_secret(secret, Via::CallMe))
                    .or_else(|| self.phone_of(replaced?));
                let ousted = phone.and_then(|phone| self.participants.get(&phone)?.browser);
                let ousted = ousted.filter(|ousted| Some(*ousted) != replaced);
                Ties { phone, browser: None, replaced, ousted }
            }
        }
    }

    /// Makes a newcomer, who is not in the table yet, one with those it belongs to.
    pub(super) fn tie(&mut self, newcomer: &mut Participant, ties: Ties) {
        for id in [ties.replaced, ties.ousted].into_iter().flatten() {
            let Some(before) = self.participants.get_mut(&id) else { continue };
            newcomer.muted_by = before.muted_by;
            newcomer.is_known |= before.is_known;
            newcomer.hand = before.hand;
            newcomer.volume = before.volume;
            newcomer.breakout = before.breakout;
            newcomer.comes_with(before);
            // The newcomer will be heard leaving, not this one.
            before.is_known = false;
            if newcomer.name.is_none() {
                newcomer.name.clone_from(&before.name);
            }
        }
        if let Some(browser) = ties.browser.and_then(|id| self.participants.get(&id)) {
            newcomer.muted_by = browser.muted_by;
            newcomer.volume = browser.volume;
            newcomer.breakout = browser.breakout;
            newcomer.comes_with(browser);
            newcomer.set_browser(Some(browser.id));
        }
        if let Some(phone) = ties.phone.and_then(|id| self.participants.get_mut(&id)) {
            newcomer.muted_by = phone.muted_by;
            newcomer.volume = phone.volume;
            newcomer.breakout = phone.breakout;
            newcomer.comes_with(phone);
            newcomer.held = phone.is_in();
            phone.set_browser(Some(newcomer.id));
        }
    }

    /// Shows what [`tie`](Self::tie) has changed about those who were there before.
    pub(super) fn show_tie(&mut self, ties: Ties) {
        if let Some(view) = ties.phone.and_then(|id| self.participant(id)) {
            self.publish(Event::Participant(view));
        }
    }

    /// The browser of a person, given either of its ways.
    pub(super) fn browser_of(&self, id: ParticipantId) -> Option<ParticipantId> {
        let participant = self.participants.get(&id)?;
        if participant.via == Via::Browser { Some(id) } else { participant.browser }
    }

    /// The other way by which the same person is there.
    pub(super) fn other_way_of(&self, id: ParticipantId) -> Option<ParticipantId> {
        let participant = self.participants.get(&id)?;
        participant.browser.or_else(|| self.phone_of(id))
    }

    /// Each way by which the person is there, beginning with this one.
    pub(super) fn ways_of(&self, id: ParticipantId) -> impl Iterator<Item = ParticipantId> + use<> {
        [Some(id), self.other_way_of(id)].into_iter().flatten()
    }

    /// Whether the others know that the person is there by its other way.
    pub(super) fn is_known_otherwise(&self, id: ParticipantId) -> bool {
        let other = self.other_way_of(id).and_then(|other| self.participants.get(&other));
        other.is_some_and(|other| other.is_known)
    }

    /// Takes the sound from a browser whose person is in by phone, or gives it back.
    pub(super) fn set_held(&mut self, browser: ParticipantId, held: bool) {
        let Some(participant) = self.participants.get_mut(&browser) else { return };
        if participant.held == held {
            return;
        }
        self.leave_whispers(browser);
        let Some(participant) = self.participants.get_mut(&browser) else { return };
        participant.held = held;
        participant.speaking &= !held;
        let view = participant.view();
        self.effects.push_back(Effect::SetHeld { participant: browser, held });
        self.publish(Event::Participant(view));
    }

    /// One way of a person is gone; the other stays. What that changes for it.
    pub(super) fn part(&mut self, gone: &Participant) {
        if let Some(browser) = gone.browser {
            return self.set_held(browser, false);
        }
        let phone = self.phone_of(gone.id).and_then(|id| self.participants.get_mut(&id));
        if let Some(phone) = phone {
            phone.set_browser(None);
            let view = phone.view();
            self.publish(Event::Participant(view));
        }
    }

    /// The phone of the person whose browser this is.
    fn phone_of(&self, browser: ParticipantId) -> Option<ParticipantId> {
        let mut there = self.participants.values();
        there.find(|participant| participant.browser == Some(browser)).map(|phone| phone.id)
    }

    fn by_secret(&self, secret: CallSecret, via: Via) -> Option<ParticipantId> {
        let mut there = self.participants.values();
        there
            .find(|participant| participant.secret == Some(secret) && participant.via == via)
            .map(|participant| participant.id)
    }
}
