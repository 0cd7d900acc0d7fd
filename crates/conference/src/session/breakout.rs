//! Break-out rooms: who is sent into one hears, and is heard by, those in there, until it comes back.
//!
//! They belong to the conference: whoever is in one is in it, shows on its pages, and leaves as everybody does.

use std::time::Duration;

use jiff::Timestamp;

use super::Session;
use super::io::Effect;
use super::participant::Participant;
use crate::access::Role;
use crate::breakout::Breakout;
use crate::call::Via;
use crate::ids::ParticipantId;
use crate::prompt::Prompt;
use crate::view::Event;

/// How long those in break-out rooms have to finish what they are saying before they are brought back.
pub const GATHERING_TIME: Duration = Duration::from_secs(10);

impl Session {
    /// Sends a person who is in to a break-out room, or with `None` back, by whatever ways it is there.
    pub(super) fn set_breakout(&mut self, id: ParticipantId, breakout: Option<Breakout>) {
        let is_in = |id: &ParticipantId| self.participants.get(id).is_some_and(Participant::is_in);
        let ways: Vec<_> = self.ways_of(id).collect();
        if !ways.iter().any(is_in) {
            return;
        }
        for id in ways {
            self.leave_whispers(id);
            let Some(participant) = self.participants.get_mut(&id) else { continue };
            if participant.breakout == breakout {
                continue;
            }
            participant.breakout = breakout;
            participant.is_naming = false;
            let (view, is_in) = (participant.view(), participant.is_in());
            let is_phone = participant.via != Via::Browser;
            self.publish(Event::Participant(view));
            if is_in {
                self.take_there(id);
            }
            if is_phone {
                self.tell_where(id);
            }
        }
    }

    /// Has everybody brought back in a moment, and those know who are away. Who says so again wants it at once.
    pub(super) fn gather(&mut self, now: Timestamp) {
        let away = self.away();
        if away.is_empty() {
            return;
        }
        if self.gathers_at.is_some() {
            return self.gather_at_once(now);
        }
        self.gathers_at = Some(now.saturating_add(GATHERING_TIME).unwrap_or(Timestamp::MAX));
        self.publish_status(now);
        let is_phone = |id: &ParticipantId| {
            self.participants.get(id).is_some_and(|one| one.via != Via::Browser)
        };
        let phones: Vec<_> = away.into_iter().filter(is_phone).collect();
        for id in phones {
            self.say(id, Prompt::Gathering);
        }
    }

    /// Brings everybody back whose time is over.
    pub(super) fn gathering_due(&mut self, now: Timestamp) {
        if self.gathers_at.is_some_and(|at| at <= now) {
            self.gather_at_once(now);
        }
    }

    /// There is nobody to be brought back any more, if so.
    pub(super) fn review_gathering(&mut self, now: Timestamp) {
        if self.gathers_at.is_some() && self.away().is_empty() {
            self.gathers_at = None;
            // One that is at rest has said so itself.
            if self.is_active() {
                self.publish_status(now);
            }
        }
    }

    /// Hosts on the phone who were here all along are told; whoever comes back is told where it is.
    fn gather_at_once(&mut self, now: Timestamp) {
        let stayed =
            |one: &&Participant| one.hosts() && one.via != Via::Browser && one.breakout.is_none();
        let hosts: Vec<_> = self.participants.values().filter(stayed).map(|one| one.id).collect();
        for id in self.away() {
            self.set_breakout(id, None);
        }
        self.review_gathering(now);
        for host in hosts {
            self.say(host, Prompt::Gathered);
        }
    }

    /// Somebody wants to be back, and says so by phone; a host who is in no break-out room wants all back.
    pub(super) fn go_back(&mut self, now: Timestamp, id: ParticipantId) {
        let Some(participant) = self.participants.get(&id) else { return };
        match (participant.breakout, participant.role) {
            (Some(_), _) => self.set_breakout(id, None),
            (None, Role::Host) if !self.away().is_empty() => {
                let is_told = self.gathers_at.is_none();
                self.gather(now);
                if is_told {
                    self.say(id, Prompt::Gathering);
                }
            }
            (None, _) => self.tell_where(id),
        }
    }

    /// Tells somebody where it is.
    fn tell_where(&mut self, id: ParticipantId) {
        let breakout = self.participants.get(&id).and_then(|one| one.breakout);
        let is_recorded = self.recording().is_some();
        self.say(id, Prompt::YouAreIn { breakout, is_recorded });
    }

    fn away(&self) -> Vec<ParticipantId> {
        let away = |one: &&Participant| one.breakout.is_some();
        self.participants.values().filter(away).map(|one| one.id).collect()
    }

    /// Has the leg of somebody who is in be where its participant is.
    pub(super) fn take_there(&mut self, id: ParticipantId) {
        if let Some(participant) = self.participants.get(&id) {
            let (breakout, muted) = (participant.breakout, participant.is_muted());
            self.effects.push_back(Effect::Move { participant: id, breakout, muted });
        }
    }

    /// Those break-out rooms in which somebody is.
    pub fn breakouts(&self) -> impl Iterator<Item = Breakout> {
        self.participants.values().filter_map(|participant| participant.breakout)
    }
}
