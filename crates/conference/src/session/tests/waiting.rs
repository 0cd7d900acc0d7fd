//! Scenes of those who come early, and of music.

use super::*;
use crate::prompt::Prompt;

/// A conference at half past one, and a clock at twenty-five past.
fn early(access: Access) -> Scene {
    minutes_before(5, access)
}

fn minutes_before(minutes: i64, access: Access) -> Scene {
    let mut scene = Scene::with(access, Policy { press_1: false, ..Policy::default() });
    let starts_at = scene.now + jiff::SignedDuration::from_mins(minutes);
    let schedule = Some(Schedule::new(starts_at, Zone::parse("UTC").unwrap()));
    let conference = Conference { schedule, ..scene.session.conference().clone() };
    scene.session = Session::new(conference, scene.admission.policy().clone());
    scene
}

impl Scene {
    /// Whether somebody would be let in now who dials in.
    fn let_in(&self, role: Role) -> Result<(), &'static str> {
        let has_begun = self.session.activity().has_begun;
        let standing = Standing { role, has_begun, ..Standing::default() };
        let (conference, load) = (self.session.conference(), self.session.load());
        let permit = self.admission.let_in(self.now, conference, standing, load, load);
        permit.map(drop).map_err(|refusal| refusal.code())
    }
}

fn said_to(effects: &[Effect], id: ParticipantId) -> Vec<Prompt> {
    let said = effects.iter().filter_map(|effect| match effect {
        Effect::Say { participant, prompt } if *participant == id => Some(prompt.clone()),
        _ => None,
    });
    said.collect()
}

fn joins(effects: &[Effect], id: ParticipantId) -> bool {
    effects.iter().any(|it| matches!(it, Effect::Join { participant, .. } if *participant == id))
}

fn music(effects: &[Effect]) -> Vec<(Place, bool)> {
    let music = effects.iter().filter_map(|effect| match effect {
        Effect::SetMusic { place, on } => Some((*place, *on)),
        _ => None,
    });
    music.collect()
}

#[test]
fn who_comes_early_waits_with_music_and_is_told_when_it_begins() {
    let mut scene = early(Access::default());
    let (phone, _) = scene.call_me();
    let effects = scene.progress(phone, Progress::Answered);
    assert!(effects.contains(&Effect::Receive { participant: phone, held: false }));
    let effects = scene.handle(Input::Received { participant: phone });
    assert_eq!(said_to(&effects, phone), [Prompt::AwaitStart]);
    assert_eq!(music(&effects), [(Place::Anteroom, true)]);
    let (browser, _) = scene.browse();
    scene.handle(Input::Received { participant: browser });
    assert_eq!([phone, browser].map(|id| scene.state(id)), [Some("awaiting_start"); 2]);

    scene.wait(299);
    assert_eq!(scene.handle(Input::Timeout), []);
    scene.wait(1);
    assert_eq!(scene.session.next_timeout(), Some(scene.now));
    let effects = scene.handle(Input::Timeout);
    assert!(joins(&effects, phone) && joins(&effects, browser), "{effects:?}");
    assert_eq!(music(&effects), [(Place::Anteroom, false)]);
    assert_eq!(said_to(&scene.progress(phone, Progress::Joined), phone), [Prompt::Begins]);
    assert_eq!(
        said_to(&scene.progress(browser, Progress::Joined), browser),
        [],
        "its page says so"
    );
}

#[test]
fn a_host_who_comes_begins_before_the_set_time() {
    let mut scene = early(Access::default());
    let (phone, _) = scene.call_me();
    scene.progress(phone, Progress::Answered);
    scene.handle(Input::Received { participant: phone });
    let host = scene.host_by_phone();
    assert_eq!(scene.state(host), Some("in"), "a host waits for no time");
    let effects = scene.progress(phone, Progress::Joined);
    assert_eq!(said_to(&effects, phone), [Prompt::Begins]);
    let (late, _) = scene.browse();
    assert_eq!(scene.state(late), Some("answered"));
    assert!(joins(&scene.effects(), late));
}

#[test]
fn a_host_has_it_begin_from_a_page_for_all_who_wait() {
    let mut scene = early(Access { waits_for_host: true, ..Access::default() });
    assert_eq!(scene.handle(Input::Begin), [], "nobody has come");
    let (phone, _) = scene.call_me();
    scene.progress(phone, Progress::Answered);
    scene.handle(Input::Received { participant: phone });
    assert_eq!(scene.state(phone), Some("awaiting_start"));
    let effects = scene.handle(Input::Begin);
    assert!(joins(&effects, phone), "{effects:?}");
    assert_eq!(said_to(&scene.progress(phone, Progress::Joined), phone), [Prompt::Begins]);
    let (late, _) = scene.browse();
    assert!(joins(&scene.effects(), late), "nobody waits any more");
    assert_eq!(scene.handle(Input::Begin), [], "it has begun");
}

#[test]
fn a_host_opens_it_for_all_long_before_its_time() {
    let mut scene = minutes_before(30, Access::default());
    assert_eq!(scene.let_in(Role::Guest), Err("not_open"));
    assert_eq!(scene.let_in(Role::Host), Ok(()));
    let host = scene.host_by_phone();
    assert_eq!(scene.let_in(Role::Guest), Ok(()));
    let effects = scene.handle(Input::HangUp { participant: host });
    let is_open = |effect: &Effect| match effect {
        Effect::Publish(Event::Conference(status)) => Some(status.open),
        _ => None,
    };
    assert_eq!(effects.iter().rev().find_map(is_open), Some(false), "{effects:?}");
    assert_eq!(scene.let_in(Role::Guest), Err("not_open"));
}

#[test]
fn whoever_is_alone_in_the_room_hears_music_until_somebody_comes() {
    let mut scene = Scene::new();
    let (first, _) = scene.browse();
    assert_eq!(music(&scene.progress(first, Progress::Joined)), [(Place::Room, true)]);
    let (second, _) = scene.browse();
    assert_eq!(music(&scene.progress(second, Progress::Joined)), [(Place::Room, false)]);
    let effects = scene.handle(Input::HangUp { participant: second });
    assert_eq!(music(&effects), [(Place::Room, true)]);
    let recording = RecordingId::from_random([1; 16]);
    let effects = scene.handle(Input::Record { recording, voices: false });
    assert_eq!(music(&effects), [(Place::Room, false)], "it would be all that is recorded");
    assert_eq!(
        music(&scene.handle(Input::HangUp { participant: first })),
        [],
        "the room is closed"
    );
    let (again, _) = scene.browse();
    assert_eq!(music(&scene.progress(again, Progress::Joined)), [(Place::Room, true)]);
}

#[test]
fn where_music_is_switched_off_there_is_none() {
    let policy = Policy { press_1: false, music: false, ..Policy::default() };
    let mut scene = Scene::with(Access { lobby: true, ..Access::default() }, policy);
    let (waiting, _) = scene.browse();
    assert_eq!(music(&scene.handle(Input::Received { participant: waiting })), []);
    scene.handle(Input::Admit { participant: waiting });
    assert_eq!(music(&scene.progress(waiting, Progress::Joined)), []);
}
