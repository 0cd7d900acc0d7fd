//! People who are there by phone and by browser.

use super::*;

/// Somebody by browser whose phone rings, besides somebody else.
fn with_ringing_phone() -> (Scene, ParticipantId, ParticipantId) {
    let mut scene = Scene::new();
    scene.called_in();
    let (browser, secret) = scene.browsing();
    let (phone, _) = scene.call_me_with(Some(secret));
    scene.effects();
    (scene, browser, phone)
}

/// The same, when it was picked up.
fn with_phone() -> (Scene, ParticipantId, ParticipantId) {
    let (mut scene, browser, phone) = with_ringing_phone();
    scene.pick_up(phone);
    (scene, browser, phone)
}

fn set_held(participant: ParticipantId, held: bool) -> Effect {
    Effect::SetHeld { participant, held }
}

#[test]
fn the_phone_takes_the_sound_from_the_browser_and_gives_it_back() {
    let (mut scene, browser, phone) = with_ringing_phone();
    assert_eq!(scene.view(phone).with, Some(browser));
    assert!(!scene.view(browser).held, "while it rings the browser sounds");
    scene.handle(Input::Speaking { participant: browser, speaking: true });
    scene.progress(phone, Progress::Answered);
    let effects = scene.progress(phone, Progress::Joined);
    assert!(effects.contains(&set_held(browser, true)));
    assert!(chimes(&effects).is_empty(), "the others know the person");
    let view = scene.view(browser);
    assert!(view.held && !view.speaking);
    let said = scene.handle(Input::Speaking { participant: browser, speaking: true });
    assert_eq!(said, [], "the mixer was late");

    let effects = scene.handle(Input::Over { participant: phone, ending: Ending::Left });
    assert!(effects.contains(&set_held(browser, false)));
    assert!(chimes(&effects).is_empty(), "the person is still there");
    assert!(!scene.view(browser).held);
    let effects = scene.handle(Input::HangUp { participant: browser });
    assert_eq!(chimes(&effects), [Chime::Exit]);
}

#[test]
fn a_browser_that_comes_second_is_silent_from_the_start() {
    let mut scene = Scene::new();
    let (phone, secret) = scene.call_me();
    scene.pick_up(phone);
    let (browser, _) = scene.browse_as(Some(secret), None);
    let effects = scene.effects();
    assert!(effects.contains(&Effect::Join { participant: browser, muted: false, held: true }));
    assert_eq!(scene.view(phone).with, Some(browser));
    assert!(chimes(&scene.progress(browser, Progress::Joined)).is_empty());
    let effects = scene.handle(Input::MediaLost { participant: phone });
    assert!(effects.contains(&set_held(browser, false)));
}

#[test]
fn a_phone_that_is_picked_up_while_the_browser_connects() {
    let mut scene = Scene::new();
    let (phone, secret) = scene.call_me();
    let (browser, _) = scene.browse_as(Some(secret), None);
    let effects = scene.effects();
    assert!(effects.contains(&Effect::Join { participant: browser, muted: false, held: false }));
    let effects = scene.pick_up(phone);
    assert!(effects.contains(&set_held(browser, true)));
    assert_eq!(chimes(&effects), [Chime::Entry]);
    assert!(chimes(&scene.progress(browser, Progress::Joined)).is_empty());
}

#[test]
fn an_unanswered_phone_leaves_the_browser_as_it_was() {
    let (mut scene, browser, phone) = with_ringing_phone();
    let effects = scene.handle(Input::Over { participant: phone, ending: Ending::Busy });
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::SetHeld { .. })));
    assert!(chimes(&effects).is_empty());
    assert_eq!(scene.state(browser), Some("in"));
}

#[test]
fn the_phone_stays_when_the_browser_leaves() {
    let (mut scene, browser, phone) = with_phone();
    let effects = scene.handle(Input::HangUp { participant: browser });
    assert!(chimes(&effects).is_empty());
    assert_eq!(records(&effects), [(browser, Ending::Left)]);
    assert_eq!((scene.state(phone), scene.view(phone).with), (Some("in"), None));
    let effects = scene.handle(Input::HangUp { participant: phone });
    assert_eq!(chimes(&effects), [Chime::Exit]);
    let record = effects.iter().find_map(|effect| match effect {
        Effect::Record(record) => Some(record),
        _ => None,
    });
    assert_eq!(record.unwrap().with, Some(browser), "the record knows whose phone it was");
}

#[test]
fn a_mute_of_one_is_a_mute_of_both() {
    let (mut scene, browser, phone) = with_phone();
    let effects = scene.mute(browser, true, MutedBy::Own);
    for id in [browser, phone] {
        assert!(effects.contains(&Effect::SetMuted { participant: id, muted: true }));
    }
    let heard = |chime| Effect::Play { participant: phone, chime };
    assert!(effects.contains(&heard(Chime::Muted)), "in the ear that listens");
    assert!(!effects.contains(&Effect::Play { participant: browser, chime: Chime::Muted }));

    let effects = scene.digits(phone, "*6");
    assert!(effects.contains(&Effect::SetMuted { participant: browser, muted: false }));
    assert!(effects.contains(&heard(Chime::Unmuted)));
    scene.mute(phone, true, MutedBy::Host);
    assert_eq!(scene.view(browser).muted_by, Some(MutedBy::Host));
}

#[test]
fn who_comes_second_is_muted_like_the_first() {
    let mut scene = Scene::new();
    let (browser, secret) = scene.browsing();
    scene.mute(browser, true, MutedBy::Own);
    let (phone, _) = scene.call_me_with(Some(secret));
    assert_eq!(scene.view(phone).muted_by, Some(MutedBy::Own));
    scene.effects();
    let effects = scene.progress(phone, Progress::Answered);
    assert!(effects.contains(&Effect::Join { participant: phone, muted: true, held: false }));
}

#[test]
fn a_person_who_has_a_browser_is_asked_to_unmute() {
    let (mut scene, browser, phone) = with_phone();
    scene.mute(phone, true, MutedBy::Host);
    for id in [phone, browser] {
        let effects = scene.mute(id, false, MutedBy::Host);
        assert_eq!(effects, [Effect::Publish(Event::UnmuteAsked { id: browser })]);
    }
    assert!(scene.view(phone).muted);
}

#[test]
fn a_person_is_removed_whole() {
    for by_phone in [false, true] {
        let (mut scene, browser, phone) = with_phone();
        let participant = if by_phone { phone } else { browser };
        let effects = scene.handle(Input::Remove { participant });
        let mut removed = records(&effects);
        removed.sort_unstable_by_key(|(id, _)| *id);
        assert_eq!(removed, [(browser, Ending::Removed), (phone, Ending::Removed)]);
        assert_eq!(chimes(&effects), [Chime::Exit]);
        assert!(!effects.contains(&set_held(browser, false)), "not for an instant");
    }
}

#[test]
fn a_browser_that_comes_again_keeps_its_phone() {
    let mut scene = Scene::new();
    let (_, secret) = scene.browsing();
    let (phone, phone_secret) = scene.call_me_with(Some(secret));
    scene.pick_up(phone);
    let (second, second_secret) = scene.browse_as(None, Some(secret));
    assert!(scene.effects().contains(&Effect::Join {
        participant: second,
        muted: false,
        held: true
    }));
    assert_eq!(scene.view(phone).with, Some(second));
    assert!(scene.session.is_called(second_secret));
    // Another tab that knows of the phone only: one person has one browser.
    let (third, _) = scene.browse_as(Some(phone_secret), None);
    assert_eq!(records(&scene.effects()), [(second, Ending::Replaced)]);
    assert_eq!(scene.view(phone).with, Some(third));
}

#[test]
fn one_browser_has_one_phone() {
    let mut scene = Scene::new();
    let (browser, secret) = scene.browsing();
    let (first, _) = scene.call_me_with(Some(secret));
    assert!(scene.session.is_called(secret), "admission is to refuse a second");
    scene.handle(Input::HangUp { participant: first });
    assert!(!scene.session.is_called(secret));
    let (second, _) = scene.call_me_with(Some(secret));
    assert_eq!(scene.view(second).with, Some(browser));
}

#[test]
fn the_secret_of_another_kind_of_call_ties_nobody() {
    let mut scene = Scene::new();
    let (_, phone) = scene.call_me();
    let (_, browser) = scene.browse();
    let (other_phone, _) = scene.call_me_with(Some(phone));
    let (other_browser, _) = scene.browse_as(Some(browser), None);
    assert_eq!(scene.view(other_phone).with, None);
    assert_eq!(scene.view(other_browser).with, None);
    assert!(records(&scene.effects()).is_empty());
}

#[test]
fn both_are_counted() {
    let (scene, ..) = with_phone();
    let load = scene.session.load();
    assert_eq!((load.participants, load.browsers, load.outbound_calls), (3, 1, 2));
}
