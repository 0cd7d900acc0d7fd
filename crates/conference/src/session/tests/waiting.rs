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

/// Half an hour before it begins and twenty minutes before guests may come; hosts have a PIN.
fn closed(access: Access) -> Scene {
    let host_pin = Some(ServerSecret::new([0; 32]).hash(&"1357".parse().unwrap(), [1; 16]));
    minutes_before(30, Access { host_pin, ..access })
}

impl Scene {
    /// One who has dialled in before guests may come, and what it is told.
    fn too_early(&mut self) -> (ParticipantId, Vec<Prompt>) {
        let id = self.dial_in();
        assert_eq!(self.state(id), Some("answered"));
        let effects = self.handle(Input::Received { participant: id });
        assert_eq!(self.state(id), Some("too_early"));
        (id, said_to(&effects, id))
    }
}

#[test]
fn a_caller_who_is_far_too_early_opens_it_by_the_hosts_pin() {
    let mut scene = closed(Access::default());
    assert_eq!(scene.let_in(Role::Guest), Ok(()), "it is asked for a PIN");
    let (host, said) = scene.too_early();
    let Some(Prompt::TooEarly { starts, now }) = said.first() else { panic!("{said:?}") };
    assert_eq!((starts.timestamp() - now.timestamp()).get_seconds(), 30 * 60);
    let (other, _) = scene.too_early();
    let effects = scene.digits(host, "1357#");
    let pin = "1357".parse().unwrap();
    assert_eq!(effects, [Effect::CheckPin { participant: host, pin }]);
    let checked = Input::PinChecked { participant: host, role: Some(Role::Host) };
    assert!(joins(&scene.handle(checked), host));
    let effects = scene.progress(host, Progress::Joined);
    assert!(joins(&effects, other), "it is open to all: {effects:?}");
    let is_open = |it: &Effect| matches!(it, Effect::Publish(Event::Conference(it)) if it.open);
    assert!(effects.iter().any(is_open));
}

#[test]
fn a_caller_who_is_far_too_early_is_told_again_and_then_sent_away() {
    let mut scene = closed(Access::default());
    let (id, said) = scene.too_early();
    scene.wait(20);
    assert_eq!(scene.handle(Input::Told { participant: id }), []);
    scene.wait(10);
    assert_eq!(said_to(&scene.handle(Input::Timeout), id).len(), said.len());
    scene.wait(30);
    assert_eq!(scene.session.next_timeout(), Some(scene.now));
    let effects = scene.handle(Input::Timeout);
    let farewell = Some(Prompt::TryLater);
    let (participant, ending) = (id, Ending::NotAdmitted);
    let release = Effect::Release { participant, ending, hang_up: true, farewell };
    assert!(effects.contains(&release), "{effects:?}");
    assert!(!scene.session.is_active());
}

#[test]
fn neither_the_pin_of_guests_nor_wrong_ones_open_it() {
    let hash = ServerSecret::new([0; 32]).hash(&"2468".parse().unwrap(), [1; 16]);
    let mut scene = closed(Access { pin: Some(hash), ..Access::default() });
    let (id, _) = scene.too_early();
    let checked = |role| Input::PinChecked { participant: id, role };
    let effects = scene.handle(checked(Some(Role::Guest)));
    assert!(matches!(said_to(&effects, id)[..], [Prompt::TooEarly { .. }]), "{effects:?}");
    for _ in 1..WRONG_PINS_PER_CALL_MAX {
        assert_eq!(said_to(&scene.handle(checked(None)), id), [Prompt::WrongPin]);
    }
    assert_eq!(release(&scene.handle(checked(None))), Some((Ending::WrongPin, true)));
}

#[test]
fn whoever_is_being_asked_for_the_hosts_pin_waits_on_when_guests_may_come_meanwhile() {
    let mut scene = closed(Access::default());
    scene.wait(20 * 60 - 30);
    let (id, _) = scene.too_early();
    scene.wait(60);
    let effects = scene.handle(Input::Timeout);
    assert_eq!(said_to(&effects, id), [Prompt::AwaitStart]);
    assert_eq!(scene.state(id), Some("awaiting_start"));
}

#[test]
fn where_hosts_have_no_pin_callers_are_not_let_in_before_the_time() {
    assert_eq!(minutes_before(30, Access::default()).let_in(Role::Guest), Err("not_open"));
}
