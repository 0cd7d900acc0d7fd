//! Those who join by browser.

use super::*;

#[test]
fn a_browser_is_answered_connects_and_is_in() {
    let mut scene = Scene::new();
    let (id, secret) = scene.browse();
    let effects = scene.effects();
    assert!(
        matches!(&effects[..], [
            Effect::Publish(Event::Conference(_)),
            Effect::Publish(Event::Participant(view)),
            Effect::Answer { .. },
            Effect::Join { muted: false, held: false, .. },
        ] if view.state == "answered" && view.via == Via::Browser && view.label == "Guest"),
        "{effects:?}"
    );
    let effects = scene.progress(id, Progress::Joined);
    assert_eq!(chimes(&effects), [Chime::Entry]);
    let call = scene.session.call(secret).unwrap();
    assert_eq!((call.participant, call.via, call.number), (id, Via::Browser, None));
    let load = scene.session.load();
    assert_eq!((load.participants, load.browsers, load.outbound_calls), (1, 1, 0));
}

#[test]
fn a_browser_that_never_connects_is_given_up() {
    let mut scene = Scene::new();
    let (id, secret) = scene.browse();
    scene.effects();
    assert_eq!(scene.session.next_timeout(), Some(scene.now + CONNECT_TIME_MAX));
    scene.wait(20);
    let effects = scene.handle(Input::Timeout);
    assert_eq!(release(&effects), Some((Ending::NotConnected, true)));
    assert_eq!(records(&effects), [(id, Ending::NotConnected)]);
    assert!(chimes(&effects).is_empty(), "nobody knew of it");
    assert_eq!(scene.session.call(secret).unwrap().state, CallState::Ended(Ending::NotConnected));
}

#[test]
fn a_browser_leaves_is_lost_or_is_closed() {
    let mut scene = Scene::new();
    let [left, lost, closed] = [(); 3].map(|()| scene.browsing().0);
    let effects = scene.handle(Input::HangUp { participant: left });
    assert_eq!(release(&effects), Some((Ending::Left, true)));
    let effects = scene.handle(Input::MediaLost { participant: lost });
    assert_eq!(release(&effects), Some((Ending::MediaLost, true)));
    let effects = scene.handle(Input::Over { participant: closed, ending: Ending::Left });
    assert_eq!(release(&effects), Some((Ending::Left, false)));
    assert!(!scene.session.is_active());
}

#[test]
fn nobody_opens_anothers_microphone() {
    let mut scene = Scene::new();
    let (id, _) = scene.browsing();
    assert_eq!(scene.mute(id, false, MutedBy::Host), [], "it is open");
    let effects = scene.mute(id, true, MutedBy::Host);
    assert!(effects.contains(&Effect::SetMuted { participant: id, muted: true }));
    assert!(effects.contains(&Effect::Play { participant: id, chime: Chime::Muted }));
    let asked = scene.mute(id, false, MutedBy::Host);
    assert_eq!(asked, [Effect::Publish(Event::UnmuteAsked { id })]);
    assert_eq!(scene.view(id).muted_by, Some(MutedBy::Host));
    scene.mute(id, false, MutedBy::Own);
    assert!(!scene.view(id).muted);
}

#[test]
fn who_clicks_hears_no_chime() {
    let mut scene = Scene::new();
    let (id, _) = scene.browsing();
    let effects = scene.mute(id, true, MutedBy::Own);
    assert!(
        matches!(
            &effects[..],
            [Effect::Publish(Event::Participant(_)), Effect::SetMuted { muted: true, .. },]
        ),
        "{effects:?}"
    );
}

#[test]
fn a_browser_comes_again_and_nobody_notices() {
    let mut scene = Scene::new();
    let (_other, (before, secret)) = (scene.called_in(), scene.browsing());
    scene.mute(before, true, MutedBy::Host);
    let (id, _) = scene.browse_as(None, Some(secret));
    let effects = scene.effects();
    assert_eq!(release(&effects), Some((Ending::Replaced, true)));
    assert_eq!(records(&effects), [(before, Ending::Replaced)]);
    assert!(effects.contains(&Effect::Join { participant: id, muted: true, held: false }));
    assert_eq!(scene.view(id).muted_by, Some(MutedBy::Host));
    let joined = scene.progress(id, Progress::Joined);
    assert!(chimes(&[effects, joined].concat()).is_empty());
    let left = scene.handle(Input::HangUp { participant: id });
    assert_eq!(chimes(&left), [Chime::Exit], "now the person is gone");
}

#[test]
fn the_others_hear_of_one_who_came_again_and_failed() {
    let mut scene = Scene::new();
    let (_other, (_, secret)) = (scene.called_in(), scene.browsing());
    scene.browse_as(None, Some(secret));
    scene.effects();
    scene.wait(20);
    assert_eq!(chimes(&scene.handle(Input::Timeout)), [Chime::Exit]);
}

#[test]
fn what_is_not_there_is_not_replaced() {
    let mut scene = Scene::new();
    let (gone, secret) = scene.browsing();
    scene.handle(Input::HangUp { participant: gone });
    let (_, phone) = scene.call_me();
    scene.effects();
    for unfit in [secret, phone, CallSecret::from_random([99; 16])] {
        assert!(!scene.session.has_browser(unfit));
        let (id, _) = scene.browse_as(None, Some(unfit));
        assert!(records(&scene.effects()).is_empty());
        assert_eq!(chimes(&scene.progress(id, Progress::Joined)), [Chime::Entry]);
    }
}

#[test]
fn a_name_is_kept_over_a_reload() {
    let mut scene = Scene::new();
    let (_, secret) = scene.browse();
    let mut named = |name: Option<&str>, replaces| {
        let secret = scene.draw();
        let conference = scene.session.conference().clone();
        let client = IpAddr::from([192, 0, 2, 1]).into();
        let request = BrowserRequest {
            conference: &conference,
            client,
            replaces: true,
            standing: Standing::default(),
        };
        let load = scene.session.load();
        let permit = scene.admission.let_browser_in(scene.now, request, load, load).unwrap();
        let name = name.map(|name| name.parse().unwrap());
        let arrival = Arrival::Browser {
            secret,
            name,
            role: Role::Guest,
            with: None,
            replaces: Some(replaces),
        };
        let id = scene.session.arrive(scene.now, arrival, permit);
        (secret, scene.session.participant(id).unwrap().label)
    };
    let (second, label) = named(Some("Anna"), secret);
    assert_eq!(label, "Anna");
    let (third, label) = named(None, second);
    assert_eq!(label, "Anna");
    assert_eq!(named(Some("Anna B"), third).1, "Anna B");
}
