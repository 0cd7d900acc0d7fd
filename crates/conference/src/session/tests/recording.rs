//! Scenes of sessions that are recorded.

use super::*;
use crate::ids::RecordingId;
use crate::prompt::Prompt;
use crate::recording::RecordingEnding;

const ID: RecordingId = RecordingId::from_random([3; 16]);

fn record(scene: &mut Scene) -> Vec<Effect> {
    scene.handle(Input::Record { recording: ID, voices: true })
}

fn says_to_all(effects: &[Effect], is_on: bool) -> bool {
    effects.contains(&Effect::SayToAll { prompt: Prompt::Recording(is_on) })
}

/// What the pages are shown last.
fn shown(effects: &[Effect]) -> Option<crate::RecordingView> {
    let status = effects.iter().rev().find_map(|effect| match effect {
        Effect::Publish(Event::Conference(status)) => Some(status.recording),
        _ => None,
    });
    status.flatten()
}

#[test]
fn everybody_hears_and_sees_that_it_begins_and_ends() {
    let mut scene = Scene::new();
    scene.browsing();
    let effects = record(&mut scene);
    assert!(effects.contains(&Effect::StartRecording { recording: ID, voices: true }));
    assert!(says_to_all(&effects, true));
    assert!(shown(&effects).is_some_and(|view| view.on && view.voices && view.since == scene.now));

    let (late, _) = scene.browse();
    let effects = scene.progress(late, Progress::Joined);
    let told = Effect::Say { participant: late, prompt: Prompt::Recording(true) };
    assert!(effects.contains(&told), "who comes later is told as well");

    let effects = scene.handle(Input::StopRecording);
    let ending = RecordingEnding::Stopped;
    assert_eq!(effects, [Effect::StopRecording { recording: ID, ending }]);
    let over = Input::RecordingOver { recording: ID, ending: RecordingEnding::Stopped };
    let effects = scene.handle(over.clone());
    assert!(says_to_all(&effects, false));
    assert!(shown(&effects).is_some_and(|view| !view.on));
    assert_eq!(scene.session.recording(), None);
    assert_eq!(scene.handle(over), [], "once");
    assert_eq!(scene.handle(Input::StopRecording), []);
}

#[test]
fn one_is_made_at_a_time_and_none_of_an_empty_room() {
    let mut scene = Scene::new();
    scene.call_me();
    scene.effects();
    assert_eq!(record(&mut scene), [], "it only rings");
    scene.browsing();
    record(&mut scene);
    let other = RecordingId::from_random([4; 16]);
    assert_eq!(scene.handle(Input::Record { recording: other, voices: false }), []);
    assert_eq!(scene.session.recording(), Some(ID));
    let over = Input::RecordingOver { recording: other, ending: RecordingEnding::Failed };
    assert_eq!(scene.handle(over), [], "another's end is none of this one");
}

#[test]
fn what_goes_wrong_is_shown() {
    let mut scene = Scene::new();
    scene.browsing();
    record(&mut scene);
    let lost = Duration::from_millis(1_500);
    let effects = scene.handle(Input::RecordingLost { recording: ID, lost });
    assert!(shown(&effects).is_some_and(|view| view.on && view.lost_ms == 1_500));
    let over = Input::RecordingOver { recording: ID, ending: RecordingEnding::DiskFull };
    let effects = scene.handle(over);
    let shown = shown(&effects).unwrap();
    assert_eq!((shown.ending, shown.lost_ms), (Some(RecordingEnding::DiskFull), 1_500));
    assert!(says_to_all(&effects, false));
    assert!(!record(&mut scene).is_empty(), "another try");
}

#[test]
fn it_ends_with_the_last_who_leaves() {
    let mut scene = Scene::new();
    let (id, _) = scene.browsing();
    record(&mut scene);
    let effects = scene.handle(Input::HangUp { participant: id });
    let ending = RecordingEnding::EverybodyLeft;
    let stop = Effect::StopRecording { recording: ID, ending };
    let stop = effects.iter().position(|it| *it == stop);
    let rest = effects.iter().position(|it| *it == Effect::Rest);
    assert!(stop.unwrap() < rest.unwrap(), "{effects:?}");
    assert!(!says_to_all(&effects, false), "nobody is there");
    assert_eq!(scene.session.activity().recording, None);
}
