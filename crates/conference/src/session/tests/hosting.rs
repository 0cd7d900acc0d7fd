//! Scenes of hosts, and of what the keys of a phone do.

use super::*;
use crate::admission::Refusal;
use crate::prompt::{Called, Prompt};

fn scene(access: Access) -> Scene {
    Scene::with(access, Policy { press_1: false, ..Policy::default() })
}

impl Scene {
    /// One who is in by phone, as a host.
    pub(super) fn host_by_phone(&mut self) -> ParticipantId {
        let secret = self.draw();
        let number = PhoneNumber::parse("06 12 34 56 78", Country::DEFAULT).unwrap();
        let client = IpAddr::from([192, 0, 2, 1]).into();
        let conference = self.session.conference().clone();
        let standing = Standing { role: Role::Host, ..Standing::default() };
        let request = CallRequest {
            conference: &conference,
            number: &number,
            client,
            is_called: false,
            standing,
        };
        let load = self.session.load();
        let permit = self.admission.place_call(self.now, request, load, load).unwrap();
        let name = "Ada".parse().ok();
        let arrival = Arrival::CallMe { secret, number, name, role: Role::Host, browser: None };
        let id = self.session.arrive(self.now, arrival, permit);
        self.pick_up(id);
        id
    }
}

fn says(effects: &[Effect], prompt: Prompt) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Say { prompt: said, .. } if *said == prompt))
}

#[test]
fn a_locked_conference_takes_hosts_and_those_who_are_there() {
    let mut scene = scene(Access::default());
    let host = scene.host_by_phone();
    let effects = scene.digits(host, "*5");
    assert!(says(&effects, Prompt::Lock(true)));
    assert!(
        effects.iter().any(|effect| matches!(
            effect,
            Effect::Publish(Event::Conference(status)) if status.locked
        )),
        "{effects:?}"
    );
    let conference = scene.session.conference().clone();
    let load = scene.session.load();
    let is_locked = scene.session.activity().is_locked;
    let come = |role, is_there| {
        let standing = Standing { role, is_there, is_locked, ..Standing::default() };
        scene.admission.let_in(scene.now, &conference, standing, load, load).map(drop)
    };
    assert_eq!(come(Role::Guest, false), Err(Refusal::Locked));
    assert_eq!(come(Role::Host, false), Ok(()));
    assert_eq!(come(Role::Guest, true), Ok(()));
    assert!(says(&scene.digits(host, "*5"), Prompt::Lock(false)));
    assert!(!scene.session.activity().is_locked);
}

#[test]
fn the_lock_goes_with_the_last_who_leaves() {
    let mut scene = scene(Access::default());
    let host = scene.host_by_phone();
    scene.handle(Input::SetLocked { locked: true });
    let effects = scene.handle(Input::HangUp { participant: host });
    let last_two = &effects[effects.len() - 2..];
    assert!(
        matches!(last_two, [Effect::Publish(Event::Conference(status)), Effect::Rest] if !status.locked)
    );
}

#[test]
fn keys_of_a_phone_that_nobody_has_picked_up_do_nothing() {
    let mut scene = scene(Access::default());
    let (phone, _) = scene.call_me();
    scene.effects();
    assert_eq!(scene.digits(phone, "*6"), []);
    scene.progress(phone, Progress::Ringing);
    assert_eq!(scene.digits(phone, "*6*"), []);
    scene.pick_up(phone);
    assert_eq!(scene.digits(phone, "6"), [], "nothing is left of what was pressed before");
    assert!(!scene.view(phone).muted);
    scene.digits(phone, "*6");
    assert!(scene.view(phone).muted);
}

#[test]
fn what_is_a_hosts_is_no_guests() {
    let mut scene = scene(Access { lobby: true, ..Access::default() });
    let host = scene.host_by_phone();
    let guest = scene.dial_in();
    scene.handle(Input::Received { participant: guest });
    scene.handle(Input::Admit { participant: guest });
    scene.progress(guest, Progress::Joined);
    for keys in ["*1", "*4", "*5", "*8"] {
        let effects = scene.digits(guest, keys);
        assert!(says(&effects, Prompt::HostsOnly) && effects.len() == 1, "{keys} {effects:?}");
    }
    // What lets in as a host's key is about the guest itself as its own.
    assert_eq!(scene.digits(guest, "*7"), [Effect::AskName { participant: guest }]);
    scene.handle(Input::NameTaken { participant: guest, is_kept: false });
    assert!(says(&scene.digits(host, "*4"), Prompt::AllMuted));
    assert_eq!(scene.view(guest).muted_by, Some(MutedBy::Host));
    assert!(!scene.view(host).muted);
}

#[test]
fn what_is_done_on_a_page_is_heard_on_the_phones_that_it_is_about() {
    let mut scene = scene(Access::default());
    let (host, guest) = (scene.host_by_phone(), scene.called_in());
    let told = |effects: &[Effect], prompt: Prompt| {
        let to = |effect: &Effect| match effect {
            Effect::Say { participant, prompt: said } if *said == prompt => Some(*participant),
            _ => None,
        };
        effects.iter().filter_map(to).collect::<Vec<_>>()
    };
    let effects = scene.handle(Input::SetLocked { locked: true });
    assert_eq!(told(&effects, Prompt::Lock(true)), [host]);
    assert_eq!(scene.handle(Input::SetLocked { locked: true }), [], "it is already");
    let effects = scene.handle(Input::MuteAll);
    assert_eq!(told(&effects, Prompt::AllMuted), [host]);
    assert!(effects.contains(&Effect::Play { participant: guest, chime: Chime::Muted }));
    let effects = scene.handle(Input::SetHand { participant: guest, raised: true });
    assert_eq!(told(&effects, Prompt::Hand(true)), [guest]);
    let breakout = crate::breakout::Breakout::new(2);
    let effects = scene.handle(Input::SetBreakout { participant: guest, breakout });
    let prompt = Prompt::YouAreIn { breakout, is_recorded: false };
    assert_eq!(told(&effects, prompt), [guest]);
}

#[test]
fn a_hand_is_raised_and_lowered_for_all_to_see() {
    let mut scene = scene(Access::default());
    let id = scene.called_in();
    let effects = scene.digits(id, "*9");
    assert!(says(&effects, Prompt::Hand(true)));
    assert!(matches!(&effects[0], Effect::Publish(Event::Participant(view)) if view.hand));
    assert!(says(&scene.digits(id, "*9"), Prompt::Hand(false)));
    scene.handle(Input::SetHand { participant: id, raised: true });
    assert!(scene.view(id).hand);
    assert_eq!(scene.handle(Input::SetHand { participant: id, raised: true }), []);
}

#[test]
fn the_roll_is_called_by_name_or_the_end_of_the_number() {
    let mut scene = scene(Access::default());
    let host = scene.host_by_phone();
    let other = scene.called_in();
    scene.called_in();
    scene.dial_in();
    scene.mute(other, true, MutedBy::Own);
    assert!(says(&scene.digits(host, "*#"), Prompt::Count(3)), "who dials in isn't there yet");
    let called = |name: Option<&str>, is_muted| Called {
        said_name: None,
        name: name.map(str::to_owned),
        digits: Some("78".to_owned()),
        is_muted,
    };
    let roll = vec![called(Some("Ada"), false), called(None, true), called(None, false)];
    assert!(says(&scene.digits(other, "*2"), Prompt::RollCall(roll)));
    assert!(says(&scene.digits(host, "**"), Prompt::Keys(Role::Host)));
    assert!(says(&scene.digits(other, "*0"), Prompt::Keys(Role::Guest)));
}

#[test]
fn somebody_is_renamed_with_both_ways() {
    let mut scene = scene(Access::default());
    let (browser, secret) = scene.browsing();
    let (phone, _) = scene.call_me_with(Some(secret));
    scene.pick_up(phone);
    scene.handle(Input::Rename { participant: phone, name: "Grace".parse().unwrap() });
    assert_eq!(
        (scene.view(phone).label, scene.view(browser).label),
        ("Grace".into(), "Grace".into())
    );
}

#[test]
fn a_conference_that_ends_with_its_host_waits_a_moment_for_it() {
    let mut scene = scene(Access { ends_with_host: true, ..Access::default() });
    let host = scene.host_by_phone();
    let guest = scene.called_in();
    scene.handle(Input::Over { participant: host, ending: Ending::MediaLost });
    let again = scene.host_by_phone();
    scene.wait(60);
    scene.handle(Input::Timeout);
    assert_eq!(scene.state(guest), Some("in"), "it came back");
    scene.handle(Input::HangUp { participant: again });
    assert_eq!(scene.session.next_timeout(), Some(scene.now + HOST_RETURN_TIME));
    scene.wait(30);
    let effects = scene.handle(Input::Timeout);
    assert_eq!(records(&effects), [(guest, Ending::ConferenceEnded)]);
    assert_eq!(scene.session.conference().ended_at, None, "its URL works on");
    assert_eq!(scene.session.next_timeout(), None);
}

#[test]
fn one_in_which_no_host_was_has_none_to_end_with() {
    let mut scene = scene(Access { ends_with_host: true, ..Access::default() });
    let (one, other) = (scene.called_in(), scene.called_in());
    scene.handle(Input::HangUp { participant: one });
    assert_eq!((scene.session.next_timeout(), scene.state(other)), (None, Some("in")));
}
