//! Who is heard: mute, speech, and how well a connection carries all that.

use jiff::{SignedDuration, Timestamp};

use super::Session;
use super::io::{Chime, Effect};
use crate::call::{MutedBy, Via};
use crate::ids::ParticipantId;
use crate::prompt::Prompt;
use crate::quality::Measured;
use crate::view::Event;
use crate::volume::Volume;

/// How often a person is told of the same echo.
const ECHO_HINT_PERIOD: SignedDuration = SignedDuration::from_secs(120);

/// The same for who is told by voice, on the phone: it is in the way of what the others say.
const ECHO_SAID_PERIOD: SignedDuration = SignedDuration::from_secs(300);

impl Session {
    pub(super) fn set_speaking(&mut self, id: ParticipantId, speaking: bool) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        // The mixer may be a moment behind a mute.
        let speaking = speaking && participant.has_voice();
        if participant.speaking != speaking {
            participant.speaking = speaking;
            self.publish(Event::Speaking { id, speaking });
        }
    }

    pub(super) fn tell_of_echo(&mut self, now: Timestamp, id: ParticipantId) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        let is_phone = participant.via != Via::Browser;
        let period = if is_phone { ECHO_SAID_PERIOD } else { ECHO_HINT_PERIOD };
        let told_of_late = |at| now.duration_since(at) < period;
        if participant.is_in() && !participant.echo_told_at.is_some_and(told_of_late) {
            participant.echo_told_at = Some(now);
            self.publish(Event::EchoFound { id });
            if is_phone {
                self.say(id, Prompt::Echo);
            }
        }
    }

    pub(super) fn measure(&mut self, now: Timestamp, id: ParticipantId, measured: Measured) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        if !participant.is_in() {
            return;
        }
        if let Some(quality) = participant.quality.take(now, measured) {
            self.publish(Event::Quality { id, quality });
        }
    }

    /// Mutes or unmutes a person, by whatever ways it is there.
    pub(super) fn set_muted(&mut self, id: ParticipantId, muted: bool, by: MutedBy) {
        let Some(participant) = self.participants.get(&id) else { return };
        let was_muted = participant.is_muted();
        if !was_muted && !muted {
            return;
        }
        // To be muted by a moderator is not undone by muting oneself.
        if was_muted && muted && by == MutedBy::Own {
            return;
        }
        if !muted
            && by == MutedBy::Host
            && let Some(browser) = self.browser_of(id)
        {
            return self.publish(Event::UnmuteAsked { id: browser });
        }
        for id in self.ways_of(id) {
            self.mute_one(id, muted.then_some(by), by);
        }
    }

    /// Turns a person's voice up or down for all others.
    pub(super) fn set_volume(&mut self, id: ParticipantId, volume: Volume) {
        for id in self.ways_of(id) {
            let Some(participant) = self.participants.get_mut(&id) else { continue };
            if participant.volume == volume {
                continue;
            }
            participant.volume = volume;
            let (view, is_in) = (participant.view(), participant.is_in());
            self.publish(Event::Participant(view));
            // Before that nobody hears it anyway.
            if is_in {
                self.effects.push_back(Effect::SetVolume { participant: id, volume });
            }
        }
    }

    fn mute_one(&mut self, id: ParticipantId, muted_by: Option<MutedBy>, by: MutedBy) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        if participant.muted_by == muted_by {
            return;
        }
        let (was_muted, muted) = (participant.is_muted(), muted_by.is_some());
        participant.muted_by = muted_by;
        participant.speaking &= !muted;
        let is_entering = participant.passage.is_entering;
        // Whoever clicks on the page sees it there.
        let by_click = participant.via == Via::Browser && by == MutedBy::Own;
        let hears_chime = participant.is_in() && !participant.held && !by_click;
        let view = participant.view();
        self.publish(Event::Participant(view));
        if was_muted == muted {
            return;
        }
        // Before that nobody hears it anyway: `Join` will say whether it is muted.
        if is_entering {
            self.effects.push_back(Effect::SetMuted { participant: id, muted });
        }
        if hears_chime {
            let chime = if muted { Chime::Muted } else { Chime::Unmuted };
            self.effects.push_back(Effect::Play { participant: id, chime });
        }
    }
}
