//! Scenes of whispers, break-out rooms and volumes.

use super::*;
use crate::breakout::Breakout;
use crate::volume::Volume;

impl Scene {
    fn whisper(&mut self, host: ParticipantId, to: Option<ParticipantId>) -> Vec<Effect> {
        self.handle(Input::Whisper { participant: host, to })
    }

    fn send(&mut self, participant: ParticipantId, number: Option<u8>) -> Vec<Effect> {
        let breakout = number.and_then(Breakout::new);
        self.handle(Input::SetBreakout { participant, breakout })
    }
}

fn whispers(effects: &[Effect], by: ParticipantId, to: Option<ParticipantId>) -> bool {
    effects.contains(&Effect::Whisper { participant: by, to })
}

/// Where effects take whom.
fn moves(effects: &[Effect]) -> Vec<(ParticipantId, Option<Breakout>)> {
    let moved = |effect: &Effect| match effect {
        Effect::Move { participant, breakout, .. } => Some((*participant, *breakout)),
        _ => None,
    };
    effects.iter().filter_map(moved).collect()
}

#[test]
fn a_host_whispers_to_one_and_then_to_another() {
    let mut scene = Scene::new();
    let host = scene.host_by_phone();
    let (one, other) = (scene.called_in(), scene.called_in());
    assert!(whispers(&scene.whisper(host, Some(one)), host, Some(one)));
    assert_eq!(scene.view(host).whispers_to, Some(one));
    assert_eq!(scene.whisper(host, Some(one)), [], "it does already");
    let effects = scene.whisper(host, Some(other));
    assert!(whispers(&effects, host, Some(other)) && !whispers(&effects, host, None));
    assert!(whispers(&scene.whisper(host, None), host, None));
    assert_eq!((scene.view(host).whispers_to, scene.view(host).muted), (None, false));
    assert_eq!(scene.whisper(host, None), []);
}

#[test]
fn guests_do_not_whisper_and_nobody_whispers_to_itself_or_to_somebody_elsewhere() {
    let mut scene = Scene::new();
    let host = scene.host_by_phone();
    let (guest, away) = (scene.called_in(), scene.called_in());
    scene.send(away, Some(1));
    for (by, to) in [(guest, host), (host, host), (host, away), (host, ParticipantId::new(99))] {
        assert_eq!(scene.whisper(by, Some(to)), [], "{by} {to}");
    }
    let dialling = scene.dial_in();
    scene.effects();
    assert_eq!(scene.whisper(host, Some(dialling)), [], "it isn't in yet");
    let second = scene.host_by_phone();
    assert!(whispers(&scene.whisper(host, Some(guest)), host, Some(guest)));
    assert_eq!(scene.whisper(second, Some(guest)), [], "one listens to one");
}

#[test]
fn what_was_meant_for_one_is_not_said_to_all_when_that_one_goes() {
    let mut scene = Scene::new();
    let host = scene.host_by_phone();
    for hangs_up in [true, false] {
        let guest = scene.called_in();
        scene.whisper(host, Some(guest));
        let effects = match hangs_up {
            true => scene.handle(Input::HangUp { participant: guest }),
            false => scene.send(guest, Some(1)),
        };
        let muted = Effect::SetMuted { participant: host, muted: true };
        let muted_at = effects.iter().position(|effect| *effect == muted).unwrap();
        let ended = Effect::Whisper { participant: host, to: None };
        let ended_at = effects.iter().position(|effect| *effect == ended).unwrap();
        assert!(muted_at < ended_at, "never heard by all in between: {effects:?}");
        assert_eq!(scene.view(host).muted_by, Some(MutedBy::Own));
        scene.mute(host, false, MutedBy::Own);
    }
}

#[test]
fn a_person_is_whispered_to_where_it_hears() {
    let mut scene = Scene::new();
    let host = scene.host_by_phone();
    let (browser, secret) = scene.browsing();
    scene.whisper(host, Some(browser));
    let (phone, _) = scene.call_me_with(Some(secret));
    scene.pick_up(phone);
    assert_eq!(scene.view(host).whispers_to, None, "the browser rests now");
    scene.mute(host, false, MutedBy::Own);
    assert!(whispers(&scene.whisper(host, Some(browser)), host, Some(phone)));
}

#[test]
fn a_break_out_room_is_entered_and_left_by_all_ways_of_a_person() {
    let mut scene = Scene::new();
    let (browser, secret) = scene.browsing();
    let (phone, _) = scene.call_me_with(Some(secret));
    let room = Breakout::new(2);
    assert_eq!(moves(&scene.send(browser, Some(2))), [(browser, room)]);
    let joined = scene.pick_up(phone);
    assert_eq!(moves(&joined), [(phone, room)], "it comes where its person is");
    assert_eq!(scene.session.breakouts().collect::<Vec<_>>(), [room.unwrap(); 2]);
    assert_eq!(moves(&scene.send(browser, Some(2))), []);
    assert_eq!(moves(&scene.send(phone, None)), [(phone, None), (browser, None)]);
}

#[test]
fn a_page_that_is_loaded_again_finds_its_room_and_its_volume() {
    let mut scene = Scene::new();
    let (before, secret) = scene.browsing();
    scene.send(before, Some(1));
    let volume = Volume::new(-6).unwrap();
    let effects = scene.handle(Input::SetVolume { participant: before, volume });
    assert!(effects.contains(&Effect::SetVolume { participant: before, volume }));
    assert_eq!(scene.handle(Input::SetVolume { participant: before, volume }), []);
    let (again, _) = scene.browse_as(None, Some(secret));
    let effects = scene.progress(again, Progress::Joined);
    assert_eq!(moves(&effects), [(again, Breakout::new(1))]);
    assert!(effects.contains(&Effect::SetVolume { participant: again, volume }));
    assert_eq!(scene.view(again).volume_db, -6);
}

#[test]
fn all_are_brought_back_and_who_is_not_in_is_sent_nowhere() {
    let mut scene = Scene::new();
    let (one, other) = (scene.called_in(), scene.called_in());
    scene.called_in();
    let dialling = scene.dial_in();
    scene.effects();
    assert_eq!(scene.send(dialling, Some(1)), []);
    scene.send(one, Some(1));
    scene.send(other, Some(2));
    let told = scene.handle(Input::Gather);
    assert_eq!(moves(&told), [], "they may finish what they are saying");
    for id in [one, other] {
        assert!(told.contains(&Effect::Say { participant: id, prompt: Prompt::Gathering }));
    }
    let due = scene.now + jiff::SignedDuration::try_from(GATHERING_TIME).unwrap();
    assert_eq!(scene.session.activity().gathers_at, Some(due));
    assert_eq!(scene.session.next_timeout(), Some(due));
    scene.now = due;
    assert_eq!(moves(&scene.handle(Input::Timeout)), [(one, None), (other, None)]);
    assert_eq!(scene.session.activity().gathers_at, None);
    assert_eq!(scene.handle(Input::Gather), []);
}

#[test]
fn whoever_says_again_that_all_are_to_be_back_has_them_back_at_once() {
    let mut scene = Scene::new();
    let (one, other) = (scene.called_in(), scene.called_in());
    scene.send(one, Some(1));
    scene.send(other, Some(2));
    scene.handle(Input::Gather);
    scene.wait(1);
    assert_eq!(moves(&scene.handle(Input::Gather)), [(one, None), (other, None)]);
    assert_eq!(scene.session.activity().gathers_at, None);
}

#[test]
fn when_the_last_has_come_back_nobody_is_waited_for() {
    let mut scene = Scene::new();
    let (one, other) = (scene.called_in(), scene.called_in());
    scene.send(one, Some(1));
    scene.send(other, Some(1));
    scene.handle(Input::Gather);
    scene.send(one, None);
    assert!(scene.session.activity().gathers_at.is_some(), "the other is still away");
    scene.handle(Input::HangUp { participant: other });
    assert_eq!(scene.session.activity().gathers_at, None);
    assert_eq!(scene.session.next_timeout(), None);
}
