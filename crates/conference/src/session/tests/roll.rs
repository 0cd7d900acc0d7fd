//! Scenes of a host by phone who goes through those who are there.

use super::*;
use crate::breakout::Breakout;
use crate::prompt::Prompt;

/// What is said to somebody, the last of it.
fn said_to(effects: &[Effect], id: ParticipantId) -> Option<Prompt> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Say { participant, prompt } if *participant == id => Some(prompt.clone()),
        _ => None,
    })
}

fn you_are_in(breakout: Option<Breakout>) -> Prompt {
    Prompt::YouAreIn { breakout, is_recorded: false }
}

impl Scene {
    /// Presses keys; what is said of the last.
    fn keys(&mut self, host: ParticipantId, keys: &str) -> Option<Prompt> {
        said_to(&self.digits(host, keys), host)
    }

    /// What was said is over, and no key is pressed.
    fn pass(&mut self, host: ParticipantId) -> Option<Prompt> {
        self.handle(Input::Told { participant: host });
        assert!(self.session.next_timeout() > Some(self.now), "there is time for a key");
        self.wait(3);
        said_to(&self.handle(Input::Timeout), host)
    }

    /// A host, and two guests by phone.
    fn three() -> (Self, ParticipantId, ParticipantId, ParticipantId) {
        let mut scene = Self::new();
        let host = scene.host_by_phone();
        let (one, other) = (scene.called_in(), scene.called_in());
        (scene, host, one, other)
    }

    /// Who is called, and whether that is the first of so many.
    fn call_of(&self, id: ParticipantId, count: Option<usize>) -> Option<Prompt> {
        let called = self.session.participants.get(&id).map(Participant::called)?;
        Some(Prompt::RollCalls { count, called })
    }
}

#[test]
fn each_is_called_in_turn_with_time_for_a_key() {
    let (mut scene, host, one, other) = Scene::three();
    assert_eq!(scene.keys(host, "*2"), scene.call_of(host, Some(3)));
    assert_eq!(scene.pass(host), scene.call_of(one, None));
    scene.handle(Input::HangUp { participant: one });
    assert_eq!(scene.keys(host, "#"), scene.call_of(other, None), "the key is faster");
    assert_eq!(scene.pass(host), Some(Prompt::RollIsOver));
    assert_eq!(scene.keys(host, "6"), None, "the keys mean nothing any more");
    assert!(matches!(scene.keys(other, "*2"), Some(Prompt::RollCall(all)) if all.len() == 2));
    assert_eq!(scene.keys(other, "8"), None, "guests act on nobody");
}

#[test]
fn what_is_done_on_the_page_is_done_by_a_key() {
    let (mut scene, host, one, _) = Scene::three();
    scene.handle(Input::SetHand { participant: one, raised: true });
    scene.keys(host, "*2#");
    assert_eq!(scene.keys(host, "6"), Some(Prompt::Muted(true)));
    assert_eq!(scene.view(one).muted_by, Some(MutedBy::Host));
    assert_eq!(scene.keys(host, "6"), Some(Prompt::Muted(false)));
    assert_eq!(scene.keys(host, "9"), Some(Prompt::Hand(false)));
    assert!(!scene.view(one).hand);
    assert_eq!(scene.keys(host, "33"), Some(Prompt::Louder(true)));
    assert_eq!(scene.keys(host, "1"), Some(Prompt::Louder(false)));
    assert_eq!(scene.view(one).volume_db, 3);
    assert_eq!(scene.keys(host, "3333"), Some(Prompt::NotPossible), "no louder than that");
    assert_eq!(scene.view(one).volume_db, 12);
    assert_eq!(scene.keys(host, "0"), Some(Prompt::RollKeys));
    assert_eq!(scene.keys(host, "4"), Some(Prompt::NotPossible));
    assert_eq!(scene.keys(host, "*6"), None, "a star begins a command as ever");
    assert!(scene.view(host).muted && !scene.view(one).muted);
    let effects = scene.digits(host, "8");
    assert_eq!(said_to(&effects, host), Some(Prompt::Removed));
    assert_eq!(records(&effects), [(one, Ending::Removed)]);
    assert_eq!(scene.keys(host, "6"), Some(Prompt::NotPossible), "it is gone");
}

#[test]
fn one_is_sent_to_a_break_out_room_and_brought_back() {
    let (mut scene, host, one, other) = Scene::three();
    scene.keys(host, "*2#");
    assert_eq!(scene.keys(host, "2"), Some(Prompt::WhichRoom));
    let effects = scene.digits(host, "7");
    let seven = Breakout::new(7);
    assert_eq!(said_to(&effects, host), Some(Prompt::SentTo(seven)));
    assert_eq!(said_to(&effects, one), Some(you_are_in(seven)), "it hears where it is");
    assert_eq!(scene.view(one).breakout, seven);
    assert_eq!(scene.keys(host, "2#"), Some(Prompt::NotPossible));
    assert_eq!(scene.keys(host, "20"), Some(Prompt::SentTo(None)));
    assert_eq!(scene.view(one).breakout, None);

    for id in [one, other] {
        scene.handle(Input::SetBreakout { participant: id, breakout: seven });
    }
    assert_eq!(scene.keys(one, "*3"), Some(you_are_in(None)), "by itself");
    let effects = scene.digits(host, "*3");
    assert_eq!(said_to(&effects, host), Some(Prompt::Gathering));
    assert_eq!(said_to(&effects, other), Some(Prompt::Gathering));
    let effects = scene.digits(host, "*3");
    assert_eq!(said_to(&effects, host), Some(Prompt::Gathered), "said again, it is at once");
    assert_eq!(said_to(&effects, other), Some(you_are_in(None)));
    assert_eq!((scene.view(one).breakout, scene.view(other).breakout), (None, None));
    assert_eq!(scene.keys(host, "*3"), Some(you_are_in(None)), "nobody is away");

    scene.handle(Input::Record { recording: RecordingId::from_random([1; 16]), voices: false });
    let effects = scene.handle(Input::SetBreakout { participant: one, breakout: seven });
    let aside = Prompt::YouAreIn { breakout: seven, is_recorded: true };
    assert_eq!(said_to(&effects, one), Some(aside), "the conference is, and not this room");
}

#[test]
fn the_roll_waits_while_a_host_whispers_to_the_one_who_was_called() {
    let (mut scene, host, one, other) = Scene::three();
    scene.keys(host, "*2");
    assert_eq!(scene.keys(host, "5"), Some(Prompt::NotPossible), "to itself");
    assert_eq!(scene.keys(host, "8"), Some(Prompt::NotPossible), "of itself");
    scene.keys(host, "#");
    assert_eq!(scene.keys(host, "5"), Some(Prompt::Whispering(true)));
    assert_eq!(scene.view(host).whispers_to, Some(one));
    scene.handle(Input::Told { participant: host });
    scene.wait(60);
    assert_eq!(scene.handle(Input::Timeout), []);
    assert_eq!(scene.keys(host, "5"), Some(Prompt::Whispering(false)));
    scene.keys(host, "5");
    assert_eq!(scene.keys(host, "#"), scene.call_of(other, None));
    assert_eq!(scene.view(host).whispers_to, None, "on with the next ends it");
}

#[test]
fn a_recording_is_begun_and_ended_by_keys() {
    let (mut scene, host, one, _) = Scene::three();
    assert_eq!(scene.keys(one, "*1"), Some(Prompt::HostsOnly));
    let effects = scene.digits(host, "*1");
    assert_eq!(effects, [Effect::PrepareRecording { participant: host }]);
    let effects = scene.handle(Input::NotRecorded { participant: host });
    assert_eq!(said_to(&effects, host), Some(Prompt::NotPossible));
    let recording = RecordingId::from_random([1; 16]);
    scene.handle(Input::Record { recording, voices: false });
    let ending = RecordingEnding::Stopped;
    assert_eq!(scene.digits(host, "*1"), [Effect::StopRecording { recording, ending }]);
}
