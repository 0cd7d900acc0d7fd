//! Scenes of conferences that their subscriber changes while people are in.

use super::*;
use crate::schedule::SetTime;

impl Scene {
    /// Changes the conference, and gives what follows.
    fn change(&mut self, change: impl FnOnce(&mut Conference)) -> Vec<Effect> {
        let mut conference = self.session.conference().clone();
        change(&mut conference);
        self.handle(Input::Change { conference: Box::new(conference) })
    }

    fn waits_in_lobby(&mut self) -> ParticipantId {
        let id = self.dial_in();
        self.handle(Input::Received { participant: id });
        assert_eq!(self.state(id), Some("in_lobby"));
        id
    }
}

fn scene(access: Access) -> Scene {
    Scene::with(access, Policy { press_1: false, ..Policy::default() })
}

#[test]
fn a_change_is_told_with_all_there_is_to_see_of_it() {
    let mut scene = scene(Access::default());
    scene.called_in();
    let effects = scene.change(|conference| {
        conference.title = "Review".parse().unwrap();
        conference.access.lobby = true;
    });
    let [Effect::Publish(Event::Details(details)), Effect::Publish(Event::Conference(_))] =
        effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert_eq!((details.title.as_str(), details.access.lobby), ("Review", true));
}

#[test]
fn who_waits_for_what_is_not_asked_any_more_goes_on_and_who_is_in_stays() {
    let mut scene = scene(Access { lobby: true, ..Access::default() });
    let waiting = scene.waits_in_lobby();
    let effects = scene.change(|conference| conference.access.lobby = false);
    let joins = Effect::Join { participant: waiting, muted: false, held: false };
    assert!(effects.contains(&joins), "{effects:?}");
    scene.progress(waiting, Progress::Joined);
    scene.change(|conference| conference.access.lobby = true);
    assert_eq!(scene.state(waiting), Some("in"));
    scene.waits_in_lobby();
}

#[test]
fn a_new_set_time_says_anew_when_the_room_ends() {
    let mut scene = scene(Access::default());
    let guest = scene.called_in();
    assert_eq!(scene.session.next_timeout(), None);
    let (start, now) = (scene.now.to_string(), scene.now);
    let set = |ends_after_min| {
        let set = SetTime {
            start: &start,
            zone: Some("Europe/Paris"),
            duration_min: Some(30),
            ends_after_min,
            ..SetTime::default()
        };
        set.read(now).unwrap()
    };
    scene.change(|conference| conference.schedule = Some(set(Some(5))));
    let due = scene.now + jiff::SignedDuration::from_mins(35);
    assert_eq!(scene.session.next_timeout(), Some(due));
    scene.change(|conference| conference.schedule = Some(set(None)));
    assert_eq!((scene.session.next_timeout(), scene.state(guest)), (None, Some("in")));
}

#[test]
fn what_has_ended_is_not_changed_any_more() {
    let mut scene = scene(Access::default());
    scene.handle(Input::End);
    assert_eq!(scene.change(|conference| conference.title = "Review".parse().unwrap()), []);
    assert!(scene.session.conference().ended_at.is_some());
}

#[test]
fn the_page_of_a_call_may_do_what_its_participant_may() {
    let mut scene = scene(Access::default());
    let (id, secret) = scene.browse();
    assert_eq!(scene.session.role_of(secret), Some(Role::Guest));
    assert_eq!(scene.session.role_of(CallSecret::from_random([99; 16])), None);
    scene.handle(Input::HangUp { participant: id });
    assert_eq!(scene.session.role_of(secret), None, "it is gone");
}
