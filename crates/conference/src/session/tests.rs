//! Scenes of single sessions; `tests/any_order` checks the invariants over random ones.

mod browser;
mod change;
mod doors;
mod hosting;
mod names;
mod person;
mod recording;
mod roll;
mod rooms;
mod waiting;

use std::net::IpAddr;
use std::time::Duration;

use super::*;
use crate::access::{Access, Role};
use crate::admission::{Admission, BrowserRequest, CallRequest, Standing};
use crate::call::MutedBy;
use crate::country::Country;
use crate::ids::{ConferenceKey, DialInCode, RecordingId, SubscriberId};
use crate::phone::PhoneNumber;
use crate::quality::{Measured, Rating};
use crate::recording::RecordingEnding;
use crate::schedule::{Schedule, Zone};
use crate::secret::ServerSecret;
use crate::view::ConferenceState;

/// A session, its admission and a clock.
struct Scene {
    session: Session,
    admission: Admission,
    now: Timestamp,
    secrets: u8,
}

impl Scene {
    fn new() -> Self {
        // Most scenes are of what happens in the room; those of `doors` are of what is before it.
        Self::with(Access::default(), Policy { press_1: false, ..Policy::default() })
    }

    fn with(access: Access, policy: Policy) -> Self {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let conference = Conference {
            key: ConferenceKey::from_random([1; 16]),
            subscriber: SubscriberId::new(1),
            title: "Planning".parse().unwrap(),
            schedule: None,
            dial_in_code: DialInCode::from_random([1; 8]),
            dial_in_number: None,
            access,
            placement: None,
            created_at: now,
            ended_at: None,
        };
        let session = Session::new(conference, policy.clone());
        Self { session, admission: Admission::new(policy), now, secrets: 0 }
    }

    fn wait(&mut self, seconds: i64) {
        self.now += jiff::SignedDuration::from_secs(seconds);
    }

    fn call_me(&mut self) -> (ParticipantId, CallSecret) {
        self.call_me_with(None)
    }

    /// Rings a phone for the person who has this browser.
    fn call_me_with(&mut self, browser: Option<CallSecret>) -> (ParticipantId, CallSecret) {
        let secret = self.draw();
        let number = PhoneNumber::parse("06 12 34 56 78", Country::DEFAULT).unwrap();
        let client = IpAddr::from([192, 0, 2, 1]).into();
        let conference = self.session.conference().clone();
        let is_called = browser.is_some_and(|browser| self.session.is_called(browser));
        let request = CallRequest {
            conference: &conference,
            number: &number,
            client,
            is_called,
            standing: Standing::default(),
        };
        let load = self.session.load();
        let permit = self.admission.place_call(self.now, request, load, load).unwrap();
        let arrival = Arrival::CallMe { secret, number, name: None, role: Role::Guest, browser };
        (self.session.arrive(self.now, arrival, permit), secret)
    }

    fn draw(&mut self) -> CallSecret {
        self.secrets += 1;
        CallSecret::from_random([self.secrets; 16])
    }

    fn browse(&mut self) -> (ParticipantId, CallSecret) {
        self.browse_as(None, None)
    }

    /// Joins by browser, as the person who has this phone or had that browser.
    fn browse_as(
        &mut self,
        with: Option<CallSecret>,
        replaces: Option<CallSecret>,
    ) -> (ParticipantId, CallSecret) {
        let secret = self.draw();
        let conference = self.session.conference().clone();
        let request = BrowserRequest {
            conference: &conference,
            client: IpAddr::from([192, 0, 2, 1]).into(),
            replaces: replaces.is_some_and(|replaced| self.session.has_browser(replaced)),
            standing: Standing::default(),
        };
        let load = self.session.load();
        let permit = self.admission.let_browser_in(self.now, request, load, load).unwrap();
        let arrival = Arrival::Browser { secret, name: None, role: Role::Guest, with, replaces };
        (self.session.arrive(self.now, arrival, permit), secret)
    }

    /// One whose browser is in.
    fn browsing(&mut self) -> (ParticipantId, CallSecret) {
        let (id, secret) = self.browse();
        self.progress(id, Progress::Joined);
        (id, secret)
    }

    /// Lets a phone that rings be picked up.
    fn pick_up(&mut self, phone: ParticipantId) -> Vec<Effect> {
        self.progress(phone, Progress::Answered);
        self.progress(phone, Progress::Joined)
    }

    fn mute(&mut self, participant: ParticipantId, muted: bool, by: MutedBy) -> Vec<Effect> {
        self.handle(Input::SetMuted { participant, muted, by })
    }

    fn view(&self, id: ParticipantId) -> ParticipantView {
        self.session.participant(id).unwrap()
    }

    fn dial_in(&mut self) -> ParticipantId {
        let load = self.session.load();
        let (conference, standing) = (self.session.conference(), Standing::default());
        let permit = self.admission.let_in(self.now, conference, standing, load, load).unwrap();
        self.session.arrive(self.now, Arrival::DialIn { caller: None }, permit)
    }

    fn handle(&mut self, input: Input) -> Vec<Effect> {
        self.session.handle(self.now, input);
        self.effects()
    }

    fn progress(&mut self, participant: ParticipantId, progress: Progress) -> Vec<Effect> {
        self.handle(Input::Progress { participant, progress })
    }

    fn digits(&mut self, participant: ParticipantId, digits: &str) -> Vec<Effect> {
        digits.chars().flat_map(|digit| self.handle(Input::Digit { participant, digit })).collect()
    }

    fn effects(&mut self) -> Vec<Effect> {
        std::iter::from_fn(|| self.session.poll_effect()).collect()
    }

    /// One who was called and is in.
    fn called_in(&mut self) -> ParticipantId {
        let (id, _) = self.call_me();
        self.progress(id, Progress::Answered);
        self.progress(id, Progress::Joined);
        id
    }

    fn state(&self, id: ParticipantId) -> Option<&'static str> {
        self.session.participant(id).map(|view| view.state)
    }
}

/// The chimes that all hear.
fn chimes(effects: &[Effect]) -> Vec<Chime> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Announce(chime) => Some(*chime),
            _ => None,
        })
        .collect()
}

fn records(effects: &[Effect]) -> Vec<(ParticipantId, Ending)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Record(record) => Some((record.participant, record.ending)),
            _ => None,
        })
        .collect()
}

/// How the one who leaves here is released: the ending, and whether a call has to be hung up.
fn release(effects: &[Effect]) -> Option<(Ending, bool)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Release { ending, hang_up, .. } => Some((*ending, *hang_up)),
        _ => None,
    })
}

#[test]
fn a_click_becomes_a_participant() {
    let mut scene = Scene::new();
    let (id, _) = scene.call_me();
    let effects = scene.effects();
    assert!(
        matches!(&effects[..], [
            Effect::Publish(Event::Conference(status)),
            Effect::Publish(Event::Participant(view)),
            Effect::Dial { participant, number, .. },
        ] if status.state == ConferenceState::Active
            && view.state == "calling" && view.label == number.masked() && *participant == id),
        "{effects:?}"
    );

    let effects = scene.progress(id, Progress::Ringing);
    assert!(
        matches!(&effects[..], [Effect::Publish(Event::Participant(v))] if v.state == "ringing")
    );
    let effects = scene.progress(id, Progress::Answered);
    assert!(matches!(&effects[..], [
        Effect::Publish(Event::Participant(v)),
        Effect::Join { muted: false, held: false, .. },
    ] if v.state == "answered"));
    let effects = scene.progress(id, Progress::Joined);
    assert!(matches!(&effects[..], [
        Effect::Publish(Event::Participant(v)),
        Effect::Announce(Chime::Entry),
        // Nobody else is there yet.
        Effect::SetMusic { place: Place::Room, on: true },
    ] if v.state == "in" && v.joined_at == Some(scene.now)));
}

#[test]
fn a_caller_is_answered_and_taken_in() {
    let mut scene = Scene::new();
    let id = scene.dial_in();
    let effects = scene.effects();
    assert!(matches!(&effects[2..], [Effect::Answer { .. }, Effect::Join { .. }]), "{effects:?}");
    scene.progress(id, Progress::Joined);
    let view = scene.session.participant(id).unwrap();
    assert_eq!((view.state, view.label.as_str(), view.via), ("in", "Phone caller", Via::DialIn));
    assert_eq!(scene.session.load().outbound_calls, 0);
}

#[test]
fn hanging_up_the_phone_ends_with_everything_said_once() {
    let mut scene = Scene::new();
    let id = scene.called_in();
    scene.effects();
    let effects = scene.handle(Input::Over { participant: id, ending: Ending::Left });
    assert!(
        matches!(&effects[..], [
            Effect::Release { ending: Ending::Left, hang_up: false, .. },
            Effect::Publish(Event::Left { ending: Ending::Left, .. }),
            Effect::Record(_),
            Effect::Publish(Event::Conference(status)),
            Effect::Rest,
        ] if status.state == ConferenceState::Resting),
        "{effects:?}"
    );
    assert_eq!(scene.handle(Input::Over { participant: id, ending: Ending::Left }), []);
    assert_eq!(scene.session.load(), Load::default());
}

#[test]
fn the_others_hear_somebody_leave() {
    let mut scene = Scene::new();
    let (anna, _ben) = (scene.called_in(), scene.called_in());
    let effects = scene.handle(Input::HangUp { participant: anna });
    assert!(effects.contains(&Effect::Announce(Chime::Exit)));
    assert!(!effects.contains(&Effect::Rest));
}

#[test]
fn one_who_was_never_in_leaves_unheard() {
    let mut scene = Scene::new();
    let (_anna, (ben, _)) = (scene.called_in(), scene.call_me());
    let effects = scene.handle(Input::Over { participant: ben, ending: Ending::Busy });
    assert!(!effects.contains(&Effect::Announce(Chime::Exit)));
    assert_eq!(records(&effects), [(ben, Ending::Busy)]);
}

#[test]
fn hanging_up_cancels_before_the_answer_and_leaves_after() {
    let mut scene = Scene::new();
    let (anna, _) = scene.call_me();
    scene.progress(anna, Progress::Ringing);
    let cancelled = scene.handle(Input::HangUp { participant: anna });
    assert_eq!(release(&cancelled), Some((Ending::Cancelled, true)));
    let (ben, _) = scene.call_me();
    scene.progress(ben, Progress::Answered);
    let left = scene.handle(Input::HangUp { participant: ben });
    assert_eq!(release(&left), Some((Ending::Left, true)));
}

#[test]
fn an_answer_that_crosses_a_cancel_changes_nothing() {
    let mut scene = Scene::new();
    let (id, _) = scene.call_me();
    scene.handle(Input::HangUp { participant: id });
    assert_eq!(scene.progress(id, Progress::Answered), []);
}

#[test]
fn star_six_mutes_and_unmutes_with_a_chime() {
    let mut scene = Scene::new();
    let id = scene.called_in();
    scene.handle(Input::Speaking { participant: id, speaking: true });
    let effects = scene.digits(id, "*6");
    assert!(
        matches!(&effects[..], [
            Effect::Publish(Event::Participant(view)),
            Effect::SetMuted { muted: true, .. },
            Effect::Play { chime: Chime::Muted, .. },
        ] if view.muted && !view.speaking),
        "{effects:?}"
    );
    let effects = scene.digits(id, "*6");
    assert!(effects.contains(&Effect::Play { participant: id, chime: Chime::Unmuted }));
}

#[test]
fn one_muted_while_it_rings_joins_muted() {
    let mut scene = Scene::new();
    let (id, _) = scene.call_me();
    scene.effects();
    let effects = scene.mute(id, true, MutedBy::Own);
    assert!(matches!(&effects[..], [Effect::Publish(_)]), "no leg yet: {effects:?}");
    let effects = scene.progress(id, Progress::Answered);
    assert!(effects.contains(&Effect::Join { participant: id, muted: true, held: false }));
    assert_eq!(scene.mute(id, true, MutedBy::Own), []);
}

#[test]
fn the_muted_and_the_absent_do_not_speak() {
    let mut scene = Scene::new();
    let (ringing, _) = scene.call_me();
    scene.effects();
    assert_eq!(scene.handle(Input::Speaking { participant: ringing, speaking: true }), []);
    let id = scene.called_in();
    let said = scene.handle(Input::Speaking { participant: id, speaking: true });
    assert_eq!(said, [Effect::Publish(Event::Speaking { id, speaking: true })]);
    assert_eq!(scene.handle(Input::Speaking { participant: id, speaking: true }), [], "known");
    scene.mute(id, true, MutedBy::Own);
    assert_eq!(scene.handle(Input::Speaking { participant: id, speaking: true }), []);
}

#[test]
fn whose_device_echoes_is_told_of_it_now_and_then() {
    let mut scene = Scene::new();
    let (ringing, _) = scene.call_me();
    scene.effects();
    assert_eq!(scene.handle(Input::EchoFound { participant: ringing }), []);
    let id = scene.called_in();
    let told = [
        Effect::Publish(Event::EchoFound { id }),
        Effect::Say { participant: id, prompt: Prompt::Echo },
    ];
    assert_eq!(scene.handle(Input::EchoFound { participant: id }), told);
    scene.wait(299);
    assert_eq!(scene.handle(Input::EchoFound { participant: id }), [], "five minutes ago");
    scene.wait(2);
    assert_eq!(scene.handle(Input::EchoFound { participant: id }), told);

    let (id, _) = scene.browsing();
    let told = [Effect::Publish(Event::EchoFound { id })];
    assert_eq!(scene.handle(Input::EchoFound { participant: id }), told, "its page says so");
    scene.wait(60);
    assert_eq!(scene.handle(Input::EchoFound { participant: id }), [], "a minute ago");
    scene.wait(61);
    assert_eq!(scene.handle(Input::EchoFound { participant: id }), told);
}

#[test]
fn moderators_remove_and_lost_media_is_hung_up() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.called_in(), scene.called_in());
    let removed = scene.handle(Input::Remove { participant: anna });
    assert_eq!(release(&removed), Some((Ending::Removed, true)));
    let is_told = |effect: &Effect| {
        matches!(effect, Effect::Release { farewell: Some(Prompt::YouWereRemoved), .. })
    };
    assert!(removed.iter().any(is_told), "it isn't cut off without a word");
    let lost = scene.handle(Input::MediaLost { participant: ben });
    assert_eq!(release(&lost), Some((Ending::MediaLost, true)));
}

#[test]
fn ending_the_conference_puts_everybody_out_for_good() {
    let mut scene = Scene::new();
    let (anna, (ben, _)) = (scene.called_in(), scene.call_me());
    scene.effects();
    let effects = scene.handle(Input::End);
    let expected = [(anna, Ending::ConferenceEnded), (ben, Ending::ConferenceEnded)];
    assert_eq!(records(&effects), expected);
    assert!(!effects.contains(&Effect::Announce(Chime::Exit)), "all leave together");
    let last_two = &effects[effects.len() - 2..];
    assert!(matches!(last_two, [Effect::Publish(Event::Conference(status)), Effect::Rest]
        if status.state == ConferenceState::Ended && !status.open));
    assert_eq!(scene.handle(Input::End), [], "once is enough");
}

#[test]
fn ending_an_empty_conference_tells_the_pages() {
    let mut scene = Scene::new();
    let effects = scene.handle(Input::End);
    assert!(matches!(&effects[..], [Effect::Publish(Event::Conference(status))]
        if status.state == ConferenceState::Ended));
}

#[test]
fn stopping_the_server_ends_calls_but_not_the_conference() {
    let mut scene = Scene::new();
    let id = scene.called_in();
    let effects = scene.handle(Input::Stop);
    assert_eq!(records(&effects), [(id, Ending::ServerStopped)]);
    assert_eq!(scene.session.conference().ended_at, None);
}

#[test]
fn a_session_that_rested_serves_the_next_arrival() {
    let mut scene = Scene::new();
    let first = scene.called_in();
    assert!(scene.handle(Input::HangUp { participant: first }).contains(&Effect::Rest));
    let (second, _) = scene.call_me();
    assert_ne!(first, second, "ids are not used twice");
    assert!(matches!(&scene.effects()[..], [Effect::Publish(Event::Conference(status)), ..]
        if status.state == ConferenceState::Active));
}

#[test]
fn a_call_that_the_trunk_forgot_is_given_up() {
    let mut scene = Scene::new();
    let (id, _) = scene.call_me();
    scene.effects();
    assert_eq!(scene.handle(Input::Timeout), [], "not due");
    let due = scene.session.next_timeout().unwrap();
    assert_eq!(due, scene.now + (Policy::default().ring_time + RING_GRACE));
    scene.wait(70);
    let effects = scene.handle(Input::Timeout);
    assert_eq!(release(&effects), Some((Ending::NoAnswer, true)));
    assert_eq!(records(&effects), [(id, Ending::NoAnswer)]);
    assert_eq!(scene.session.next_timeout(), None);
}

#[test]
fn an_answered_call_that_never_joins_is_hung_up() {
    let mut scene = Scene::new();
    let id = scene.dial_in();
    scene.wait(9);
    scene.handle(Input::Timeout);
    assert_eq!(scene.state(id), Some("answered"));
    scene.wait(1);
    assert_eq!(release(&scene.handle(Input::Timeout)), Some((Ending::MediaLost, true)));
}

#[test]
fn one_who_is_in_may_stay_for_ever() {
    let mut scene = Scene::new();
    let id = scene.called_in();
    assert_eq!(scene.session.next_timeout(), None);
    scene.wait(1_000_000);
    scene.handle(Input::Timeout);
    assert_eq!(scene.state(id), Some("in"));
}

#[test]
fn a_room_that_ends_by_its_set_time_puts_everybody_out() {
    let mut scene = Scene::new();
    let schedule = Schedule::new(scene.now, Zone::utc()).lasting(Duration::from_secs(1800));
    let schedule = schedule.unwrap().ending_after(Duration::from_secs(600)).unwrap();
    scene.session.conference.schedule = Some(schedule);
    let anna = scene.called_in();
    scene.wait(2399);
    assert_eq!(scene.handle(Input::Timeout), [], "not yet");
    scene.wait(1);
    assert_eq!(scene.session.next_timeout(), Some(scene.now));
    let effects = scene.handle(Input::Timeout);
    assert_eq!(records(&effects), [(anna, Ending::ConferenceEnded)]);
    assert_eq!(release(&effects), Some((Ending::ConferenceEnded, true)));
    assert_eq!(scene.session.next_timeout(), None);
    assert_eq!(scene.session.conference().ended_at, None, "it may be set again");
}

#[test]
fn a_page_can_ask_for_its_call_also_a_moment_too_late() {
    let mut scene = Scene::new();
    let (id, secret) = scene.call_me();
    assert_eq!(scene.session.call(secret).unwrap().state, CallState::Calling);
    scene.handle(Input::Over { participant: id, ending: Ending::Busy });
    let call = scene.session.call(secret).unwrap();
    assert_eq!(call.state, CallState::Ended(Ending::Busy));
    assert_eq!(call.number.as_deref(), Some("+33 • •• •• •• 78"));
    assert_eq!(scene.session.call(CallSecret::from_random([99; 16])), None);
}

#[test]
fn ended_calls_are_not_remembered_without_bound() {
    let mut scene = Scene::new();
    scene.admission = Admission::new(Policy {
        calls_per_client_hour_max: 1000,
        calls_per_conference_hour_max: 1000,
        ..Policy::default()
    });
    let (_, first) = scene.call_me();
    scene.handle(Input::Stop);
    for _ in 0..ENDED_CALLS_MAX {
        scene.call_me();
        scene.handle(Input::Stop);
    }
    assert_eq!(scene.session.call(first), None);
    assert_eq!(scene.session.ended_calls.len(), ENDED_CALLS_MAX);
}

#[test]
fn the_record_has_the_whole_story() {
    let mut scene = Scene::new();
    let began_at = scene.now;
    let (id, secret) = scene.call_me();
    scene.wait(5);
    let answered_at = scene.now;
    scene.progress(id, Progress::Answered);
    scene.wait(60);
    let effects = scene.handle(Input::Over { participant: id, ending: Ending::Left });
    let record = effects.iter().find_map(|effect| match effect {
        Effect::Record(record) => Some(record),
        _ => None,
    });
    let record = record.unwrap();
    assert_eq!(record.conference, scene.session.conference().key);
    assert_eq!((record.secret, record.via, record.with), (Some(secret), Via::CallMe, None));
    assert_eq!(record.number.as_ref().map(PhoneNumber::e164), Some("+33612345678"));
    assert_eq!((record.began_at, record.answered_at), (began_at, Some(answered_at)));
    assert_eq!((record.ended_at, record.ending), (scene.now, Ending::Left));
}

#[test]
fn everybody_sees_who_muted_somebody() {
    let mut scene = Scene::new();
    let id = scene.called_in();
    scene.mute(id, true, MutedBy::Own);
    assert_eq!(scene.view(id).muted_by, Some(MutedBy::Own));
    let effects = scene.mute(id, true, MutedBy::Host);
    assert!(
        matches!(&effects[..], [Effect::Publish(Event::Participant(view))]
            if view.muted_by == Some(MutedBy::Host)),
        "only seen: {effects:?}"
    );
    assert_eq!(scene.mute(id, true, MutedBy::Own), [], "the moderator's word stays");
    scene.digits(id, "*6");
    assert_eq!(scene.view(id).muted_by, None);
}

#[test]
fn a_moderator_opens_the_line_of_a_phone() {
    let mut scene = Scene::new();
    let id = scene.called_in();
    scene.mute(id, true, MutedBy::Own);
    let effects = scene.mute(id, false, MutedBy::Host);
    assert!(effects.contains(&Effect::SetMuted { participant: id, muted: false }));
}

#[test]
fn quality_is_shown_of_those_who_are_in() {
    let mut scene = Scene::new();
    let measured = Measured {
        mos: 4.3,
        loss: 0.0,
        loss_out: None,
        jitter: Duration::from_millis(3),
        round_trip: None,
    };
    let (ringing, _) = scene.call_me();
    scene.effects();
    assert_eq!(scene.handle(Input::Quality { participant: ringing, measured }), []);
    let id = scene.called_in();
    let shown = scene.handle(Input::Quality { participant: id, measured });
    let quality = scene.view(id).quality.unwrap();
    assert_eq!(quality.rating(), Rating::Good);
    assert_eq!(shown, [Effect::Publish(Event::Quality { id, quality })]);
    scene.wait(10);
    assert_eq!(scene.handle(Input::Quality { participant: id, measured }), [], "nothing new");
}
