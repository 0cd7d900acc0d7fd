//! Scenes before the room.

use super::*;
use crate::admission::Proof;
use crate::door::Door;
use crate::pin::Pin;
use crate::prompt::Prompt;
use crate::secret::ServerSecret;

fn secret() -> ServerSecret {
    ServerSecret::new([7; 32])
}

fn pin(text: &str) -> Pin {
    text.parse().unwrap()
}

fn scene(access: Access) -> Scene {
    Scene::with(access, Policy { press_1: false, secret: secret(), ..Policy::default() })
}

/// One in which those who are called press 1.
fn asking() -> Scene {
    Scene::with(Access::default(), Policy::default())
}

/// What is said, to whomever.
fn said(effects: &[Effect]) -> Vec<Prompt> {
    let prompts = effects.iter().filter_map(|effect| match effect {
        Effect::Say { prompt, .. } => Some(prompt.clone()),
        _ => None,
    });
    prompts.collect()
}

fn farewell(effects: &[Effect]) -> Option<Prompt> {
    effects.iter().find_map(|effect| match effect {
        Effect::Release { farewell, .. } => farewell.clone(),
        _ => None,
    })
}

fn joins(effects: &[Effect], id: ParticipantId) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Join { participant, .. } if *participant == id))
}

impl Scene {
    fn received(&mut self, participant: ParticipantId) -> Vec<Effect> {
        self.handle(Input::Received { participant })
    }

    /// One who was called, has picked up and is asked to press 1.
    fn asked(&mut self) -> ParticipantId {
        let (id, _) = self.call_me();
        self.progress(id, Progress::Answered);
        self.received(id);
        id
    }

    /// Looks at the PINs that were typed, as the switchboard does.
    fn check_pins(&mut self, effects: &[Effect]) -> Vec<Effect> {
        let mut followed = Vec::new();
        for effect in effects {
            let Effect::CheckPin { participant, pin } = effect else { continue };
            let conference = self.session.conference().clone();
            let source = crate::admission::Source::Withheld;
            let role = self.admission.check_pin(self.now, &conference, source, pin).ok();
            followed.extend(self.handle(Input::PinChecked { participant: *participant, role }));
        }
        followed
    }

    fn host(&mut self) -> ParticipantId {
        let (id, _) = self.browse_in(Role::Host);
        self.progress(id, Progress::Joined);
        id
    }

    fn browse_in(&mut self, role: Role) -> (ParticipantId, CallSecret) {
        let secret = self.draw();
        let conference = self.session.conference().clone();
        let client = IpAddr::from([192, 0, 2, 1]).into();
        let proof = Proof { is_host: role == Role::Host, ..Proof::default() };
        let source = crate::admission::Source::Client(client);
        let role = self.admission.identify(self.now, &conference, source, &proof).unwrap();
        let is_locked = self.session.activity().is_locked;
        let standing = Standing { role, is_locked, ..Standing::default() };
        let request = BrowserRequest { conference: &conference, client, replaces: false, standing };
        let load = self.session.load();
        let permit = self.admission.let_browser_in(self.now, request, load, load).unwrap();
        let arrival = Arrival::Browser { secret, name: None, role, with: None, replaces: None };
        (self.session.arrive(self.now, arrival, permit), secret)
    }
}

#[test]
fn whoever_is_called_hears_whose_conference_it_is_and_presses_1() {
    let mut scene = asking();
    let (id, _) = scene.call_me();
    let effects = scene.progress(id, Progress::Answered);
    assert!(effects.contains(&Effect::Receive { participant: id, held: false }), "{effects:?}");
    assert!(!joins(&effects, id));
    let effects = scene.received(id);
    assert_eq!(scene.state(id), Some("confirming"));
    assert_eq!(said(&effects), [Prompt::Invitation]);
    assert!(!joins(&scene.digits(id, "2#*6"), id), "only 1 will do");
    assert!(joins(&scene.digits(id, "1"), id));
    assert_eq!(scene.digits(id, "1"), [], "once is enough");
    scene.progress(id, Progress::Joined);
    assert_eq!(scene.state(id), Some("in"));
    assert!(!scene.session.participant(id).unwrap().muted);
}

#[test]
fn a_voicemail_box_never_gets_in_and_is_hung_up_with_a_goodbye() {
    let mut scene = asking();
    let id = scene.asked();
    assert_eq!(scene.progress(id, Progress::Joined), [], "not by itself");
    scene.handle(Input::Speaking { participant: id, speaking: true });
    assert_eq!(scene.state(id), Some("confirming"));
    scene.handle(Input::Told { participant: id });
    scene.wait(3);
    assert_eq!(said(&scene.handle(Input::Timeout)), [Prompt::Invitation], "said again");
    scene.wait(37);
    let effects = scene.handle(Input::Timeout);
    assert_eq!(release(&effects), Some((Ending::NotConfirmed, true)));
    assert_eq!(farewell(&effects), Some(Prompt::NotConfirmed));
    assert_eq!(records(&effects), [(id, Ending::NotConfirmed)]);
}

#[test]
fn off_hook_joins_at_once_where_the_conference_says_so() {
    let access = Access { press_1: Some(false), ..Access::default() };
    let mut scene = Scene::with(access, Policy::default());
    let (id, _) = scene.call_me();
    assert!(joins(&scene.progress(id, Progress::Answered), id));
}

#[test]
fn a_stranger_who_picks_up_the_phone_of_one_who_is_in_is_asked_all_the_same() {
    let mut scene = asking();
    let (_, browser) = scene.browsing();
    let (phone, _) = scene.call_me_with(Some(browser));
    let effects = scene.progress(phone, Progress::Answered);
    assert!(effects.contains(&Effect::Receive { participant: phone, held: false }));
}

#[test]
fn a_caller_types_the_pin_and_is_in() {
    let hash = secret().hash(&pin("2468"), [1; 16]);
    let mut scene = scene(Access { pin: Some(hash), ..Access::default() });
    let id = scene.dial_in();
    scene.effects();
    assert_eq!(said(&scene.received(id)), [Prompt::EnterPin]);
    assert_eq!(scene.state(id), Some("entering_pin"));
    let typed = scene.digits(id, "1111#");
    assert_eq!(said(&scene.check_pins(&typed)), [Prompt::WrongPin]);
    let typed = scene.digits(id, "2468#");
    let followed = scene.check_pins(&typed);
    assert!(joins(&followed, id), "{followed:?}");
    assert_eq!(scene.view(id).role, Role::Guest);
}

#[test]
fn after_three_wrong_pins_the_call_is_over() {
    let hash = secret().hash(&pin("2468"), [1; 16]);
    let mut scene = scene(Access { pin: Some(hash), ..Access::default() });
    let id = scene.dial_in();
    scene.received(id);
    scene.digits(id, "1#");
    let typed = scene.digits(id, "1111#");
    scene.check_pins(&typed);
    let typed = scene.digits(id, "2222#");
    let effects = scene.check_pins(&typed);
    assert_eq!(release(&effects), Some((Ending::WrongPin, true)));
    assert_eq!(farewell(&effects), Some(Prompt::TooManyPins));
}

#[test]
fn the_hosts_pin_makes_a_host_by_phone() {
    let hash = |text| Some(secret().hash(&pin(text), [1; 16]));
    let access =
        Access { pin: hash("2468"), host_pin: hash("13579"), lobby: true, ..Access::default() };
    let mut scene = scene(access);
    let id = scene.dial_in();
    scene.received(id);
    let typed = scene.digits(id, "13579#");
    assert!(joins(&scene.check_pins(&typed), id), "a host waits for nobody");
    assert_eq!(scene.view(id).role, Role::Host);
}

#[test]
fn all_wait_until_a_host_is_in() {
    let mut scene = scene(Access { waits_for_host: true, ..Access::default() });
    let phone = scene.dial_in();
    assert_eq!(said(&scene.received(phone)), [Prompt::AwaitHost]);
    let (browser, _) = scene.browse_in(Role::Guest);
    assert_eq!(said(&scene.received(browser)), [], "its page says so");
    assert_eq!(
        (scene.state(phone), scene.state(browser)),
        (Some("awaiting_host"), Some("awaiting_host"))
    );
    let (host, _) = scene.browse_in(Role::Host);
    assert!(joins(&scene.effects(), host));
    let effects = scene.progress(host, Progress::Joined);
    assert!(joins(&effects, phone) && joins(&effects, browser), "{effects:?}");
    scene.progress(phone, Progress::Joined);
    scene.handle(Input::HangUp { participant: host });
    let late = scene.dial_in();
    assert!(joins(&scene.effects(), late), "it has begun");
}

#[test]
fn a_host_admits_and_refuses_by_page_and_by_keys() {
    let mut scene = scene(Access { lobby: true, ..Access::default() });
    let host = scene.host();
    let people: Vec<_> = (0..4).map(|_| scene.dial_in()).collect();
    for &id in &people {
        let knocks = Effect::Play { participant: host, chime: Chime::Knock };
        assert!(scene.received(id).contains(&knocks), "who hosts by phone hears of it");
        assert_eq!(scene.state(id), Some("in_lobby"));
    }
    assert!(joins(&scene.handle(Input::Admit { participant: people[1] }), people[1]));
    let refused = scene.handle(Input::Remove { participant: people[0] });
    assert_eq!(release(&refused), Some((Ending::NotAdmitted, true)));
    assert_eq!(farewell(&refused), Some(Prompt::NotAdmitted));
    assert!(joins(&scene.digits(host, "*7"), people[2]), "who has waited longest");
    assert_eq!(release(&scene.digits(host, "*8")), Some((Ending::NotAdmitted, true)));
    assert_eq!(scene.digits(host, "*7"), [], "nobody is left");
}

#[test]
fn nobody_waits_in_a_lobby_for_ever() {
    let mut scene = scene(Access { lobby: true, ..Access::default() });
    let id = scene.dial_in();
    scene.received(id);
    scene.wait(Door::Lobby.time_max().as_secs() as i64);
    let effects = scene.handle(Input::Timeout);
    assert_eq!(release(&effects), Some((Ending::NotAdmitted, true)));
}

#[test]
fn a_page_that_is_loaded_again_needs_no_second_admission() {
    let mut scene = scene(Access { lobby: true, ..Access::default() });
    let (first, secret) = scene.browse_in(Role::Guest);
    scene.received(first);
    scene.handle(Input::Admit { participant: first });
    scene.progress(first, Progress::Joined);
    scene.effects();
    let (again, _) = scene.browse_as(None, Some(secret));
    assert!(joins(&scene.effects(), again));
}

#[test]
fn a_leg_that_never_gets_into_the_room_is_given_up() {
    let mut scene = asking();
    let id = scene.asked();
    scene.digits(id, "1");
    scene.wait(10);
    let effects = scene.handle(Input::Timeout);
    assert_eq!(release(&effects), Some((Ending::MediaLost, true)));
}

#[test]
fn one_who_hangs_up_before_a_door_is_told_nothing() {
    let mut scene = asking();
    let id = scene.asked();
    let effects = scene.handle(Input::Over { participant: id, ending: Ending::Left });
    assert_eq!((release(&effects), farewell(&effects)), (Some((Ending::Left, false)), None));
}
