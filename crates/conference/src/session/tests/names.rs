//! Scenes of names that are said before the room.

use super::*;
use crate::breakout::Breakout;
use crate::door::Door;
use crate::prompt::Prompt;

fn scene() -> Scene {
    let access = Access { announces_names: true, ..Access::default() };
    Scene::with(access, Policy { press_1: false, ..Policy::default() })
}

fn announced(effects: &[Effect]) -> Vec<(ParticipantId, bool)> {
    let names = effects.iter().filter_map(|effect| match effect {
        Effect::AnnounceName { participant, comes } => Some((*participant, *comes)),
        _ => None,
    });
    names.collect()
}

impl Scene {
    /// One who has dialled in, and is asked for its name.
    fn asked_for_name(&mut self) -> ParticipantId {
        let id = self.dial_in();
        let effects = self.handle(Input::Received { participant: id });
        assert!(effects.contains(&Effect::AskName { participant: id }), "{effects:?}");
        id
    }

    fn name_taken(&mut self, participant: ParticipantId, is_kept: bool) -> Vec<Effect> {
        self.handle(Input::NameTaken { participant, is_kept })
    }

    /// One who has said its name and is in.
    fn named(&mut self) -> (ParticipantId, Vec<Effect>) {
        let id = self.asked_for_name();
        self.name_taken(id, true);
        let effects = self.progress(id, Progress::Joined);
        (id, effects)
    }
}

#[test]
fn callers_say_their_name_and_are_announced_by_it_as_they_come_and_go() {
    let mut scene = scene();
    let (first, effects) = scene.named();
    assert_eq!(announced(&effects), [], "nobody is there to hear it");
    let (second, effects) = scene.named();
    assert_eq!(announced(&effects), [(second, true)]);
    let entry = effects.iter().position(|one| *one == Effect::Announce(Chime::Entry)).unwrap();
    let name = effects.iter().position(|one| matches!(one, Effect::AnnounceName { .. })).unwrap();
    assert!(entry < name, "the chime goes first");
    scene.handle(Input::Digit { participant: first, digit: '*' });
    let effects = scene.handle(Input::Digit { participant: first, digit: '2' });
    let roll = effects.iter().find_map(|effect| match effect {
        Effect::Say { prompt: Prompt::RollCall(called), .. } => Some(called.clone()),
        _ => None,
    });
    let names: Vec<_> = roll.unwrap().into_iter().map(|called| called.said_name).collect();
    assert_eq!(names, [Some(first), Some(second)]);
    let effects = scene.handle(Input::HangUp { participant: second });
    assert_eq!(announced(&effects), [(second, false)]);
    let name = effects.iter().position(|one| matches!(one, Effect::AnnounceName { .. })).unwrap();
    let release = effects.iter().position(|one| matches!(one, Effect::Release { .. })).unwrap();
    assert!(name < release, "while there is a name to be said");
}

#[test]
fn who_was_asked_for_a_name_is_not_asked_again_whatever_is_chosen_meanwhile() {
    let mut scene = scene();
    let id = scene.asked_for_name();
    let with = |scene: &Scene, access| Conference { access, ..scene.session.conference().clone() };
    let lobby = with(&scene, Access { lobby: true, ..Access::default() });
    let effects = scene.handle(Input::Change { conference: Box::new(lobby) });
    assert!(effects.contains(&Effect::EndName { participant: id }), "{effects:?}");
    assert_eq!(scene.view(id).state, Door::Lobby.as_str());
    let names = with(&scene, Access { announces_names: true, ..Access::default() });
    let effects = scene.handle(Input::Change { conference: Box::new(names) });
    assert!(!effects.contains(&Effect::AskName { participant: id }), "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Join { .. })), "{effects:?}");
}

#[test]
fn a_name_comes_after_the_pin_and_before_whatever_is_waited_for() {
    let access = Access { announces_names: true, lobby: true, ..Access::default() };
    let mut scene = Scene::with(access, Policy::default());
    let (id, _) = scene.call_me();
    scene.progress(id, Progress::Answered);
    scene.handle(Input::Received { participant: id });
    assert_eq!(scene.view(id).state, Door::Confirm.as_str());
    let effects = scene.handle(Input::Digit { participant: id, digit: '1' });
    assert!(effects.contains(&Effect::AskName { participant: id }));
    assert_eq!(scene.view(id).state, Door::Name.as_str());
    let effects = scene.name_taken(id, true);
    assert_eq!(scene.view(id).state, Door::Lobby.as_str());
    let prompt = Prompt::AwaitAdmission;
    assert!(effects.contains(&Effect::Say { participant: id, prompt }));
    assert!(!effects.contains(&Effect::EndName { participant: id }), "it is over already");
}

#[test]
fn who_says_nothing_goes_on_without_a_name_and_the_hash_key_ends_one() {
    let mut scene = scene();
    scene.named();
    let id = scene.asked_for_name();
    scene.wait(10);
    assert_eq!(scene.handle(Input::Told { participant: id }), []);
    assert_eq!(scene.handle(Input::Digit { participant: id, digit: '5' }), []);
    let effects = scene.handle(Input::Digit { participant: id, digit: '#' });
    assert_eq!(effects, [Effect::EndName { participant: id }]);
    let effects = scene.name_taken(id, false);
    assert!(effects.contains(&Effect::Join { participant: id, muted: false, held: false }));
    let effects = scene.progress(id, Progress::Joined);
    assert!(effects.contains(&Effect::Announce(Chime::Entry)) && announced(&effects).is_empty());
}

#[test]
fn browsers_are_not_asked_nor_is_the_phone_of_somebody_who_is_in_by_browser() {
    let mut scene = scene();
    let (_, secret) = scene.browsing();
    let (phone, _) = scene.call_me_with(Some(secret));
    let effects = scene.pick_up(phone);
    assert_eq!(scene.view(phone).state, "in");
    assert!(announced(&effects).is_empty());
}

#[test]
fn names_of_a_crowd_do_not_hold_the_room() {
    let mut scene = scene();
    scene.named();
    let heard = |scene: &mut Scene| announced(&scene.named().1).len();
    let first: Vec<_> = (0..6).map(|_| heard(&mut scene)).collect();
    assert_eq!(first, [1, 1, 1, 0, 0, 0]);
    scene.wait(31);
    assert_eq!(heard(&mut scene), 1);
}

#[test]
fn names_are_bounded() {
    let access = Access { announces_names: true, ..Access::default() };
    let policy = Policy {
        press_1: false,
        participants_per_conference_max: 2 * NAMES_MAX,
        ..Policy::default()
    };
    let mut scene = Scene::with(access, policy);
    for _ in 0..NAMES_MAX {
        scene.named();
    }
    let id = scene.dial_in();
    assert_eq!(scene.view(id).state, "answered");
    let effects = scene.progress(id, Progress::Joined);
    assert!(effects.contains(&Effect::Announce(Chime::Entry)), "{effects:?}");
}

#[test]
fn where_names_are_wanted_no_more_whoever_is_being_asked_goes_on() {
    let mut scene = scene();
    let id = scene.asked_for_name();
    let mut conference = scene.session.conference().clone();
    conference.access.announces_names = false;
    let effects = scene.handle(Input::Change { conference: Box::new(conference) });
    let of = |wanted: &Effect| effects.iter().position(|effect| effect == wanted).unwrap();
    let (end, join) = (
        of(&Effect::EndName { participant: id }),
        of(&Effect::Join { participant: id, muted: false, held: false }),
    );
    assert!(end < join);
    let effects = scene.name_taken(id, true);
    assert_eq!(effects, [Effect::Publish(Event::Participant(scene.view(id)))], "it is kept");
}

/// Somebody presses `*7` in the room, and is asked.
fn asks_anew(scene: &mut Scene, id: ParticipantId) {
    let effects = scene.digits(id, "*7");
    assert!(effects.contains(&Effect::AskName { participant: id }), "{effects:?}");
}

#[test]
fn whoever_is_in_says_the_name_anew_and_comes_back() {
    let mut scene = Scene::new();
    let (first, second) = (scene.called_in(), scene.called_in());
    assert!(!scene.view(second).said_name);
    asks_anew(&mut scene, second);
    assert_eq!(scene.digits(second, "*6*9"), [], "it isn't there to be heard");
    assert_eq!(scene.digits(second, "#"), [Effect::EndName { participant: second }]);
    let effects = scene.name_taken(second, true);
    let back = Effect::Move { participant: second, breakout: None, muted: false };
    let told = Effect::Say { participant: second, prompt: Prompt::Named(Some(second)) };
    let of = |wanted: &Effect| effects.iter().position(|effect| effect == wanted).unwrap();
    assert!(of(&back) < of(&told));
    assert!(scene.view(second).said_name && announced(&effects).is_empty());
    let effects = scene.digits(first, "*2");
    let called = |effect: &Effect| match effect {
        Effect::Say { prompt: Prompt::RollCall(called), .. } => {
            Some(called.iter().map(|one| one.said_name).collect::<Vec<_>>())
        }
        _ => None,
    };
    assert_eq!(effects.iter().find_map(called).unwrap(), [None, Some(second)]);

    asks_anew(&mut scene, second);
    let effects = scene.name_taken(second, false);
    let told = Effect::Say { participant: second, prompt: Prompt::Named(None) };
    assert!(effects.contains(&back) && effects.contains(&told));
    assert!(scene.view(second).said_name, "the former stays");
}

#[test]
fn a_host_says_its_own_name_anew_as_the_roll_calls_it_and_nobody_elses() {
    let mut scene = Scene::new();
    let (host, guest) = (scene.host_by_phone(), scene.called_in());
    assert_eq!(scene.digits(host, "*7"), [], "nobody is in the lobby");
    scene.digits(host, "*2");
    assert!(scene.digits(host, "7").contains(&Effect::AskName { participant: host }));
    scene.name_taken(host, true);
    scene.digits(host, "*2#");
    let effects = scene.digits(host, "7");
    let refused = Effect::Say { participant: host, prompt: Prompt::NotPossible };
    assert_eq!(effects, [refused], "{guest} is called");
}

#[test]
fn who_is_taken_elsewhere_says_its_name_no_more_and_nobody_whispers_to_it_meanwhile() {
    let mut scene = Scene::new();
    let (host, id) = (scene.host_by_phone(), scene.called_in());
    asks_anew(&mut scene, id);
    let effects = scene.handle(Input::Whisper { participant: host, to: Some(id) });
    assert_eq!(effects, []);
    let breakout = Breakout::new(1);
    let effects = scene.handle(Input::SetBreakout { participant: id, breakout });
    assert!(effects.contains(&Effect::Move { participant: id, breakout, muted: false }));
    let where_it_is = Prompt::YouAreIn { breakout, is_recorded: false };
    assert!(effects.contains(&Effect::Say { participant: id, prompt: where_it_is }));
    assert_eq!(scene.name_taken(id, false), [], "it is there already");
}
