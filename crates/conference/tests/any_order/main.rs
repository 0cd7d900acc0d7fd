//! Whatever happens to a session in whatever order, its invariants hold: checked over random
//! histories by a page that follows the events and a keeper that follows the effects.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panic")]

mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use conference::session::GATHERING_TIME;
use conference::*;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json, to_value};

use self::world::World;

/// Something that happens in a random history.
#[derive(Debug, Clone)]
enum Step {
    /// For the person whose browser came so many arrivals ago, if any did.
    CallMe {
        browser: Option<u64>,
        role: Role,
    },
    DialIn,
    /// By the person whose phone, or whose browser before, came so many arrivals ago.
    Browse {
        with: Option<u64>,
        replaces: Option<u64>,
        role: Role,
    },
    /// An input for the one who came so many arrivals ago, there or not; 0 is the latest.
    Input {
        back: u64,
        input: Input,
    },
    Wait {
        seconds: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (back(), role()).prop_map(|(browser, role)| Step::CallMe { browser, role }),
        4 => Just(Step::DialIn),
        4 => (back(), back(), role())
            .prop_map(|(with, replaces, role)| Step::Browse { with, replaces, role }),
        50 => (0u64..5, input()).prop_map(|(back, input)| Step::Input { back, input }),
        2 => (0i64..90).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

/// Sometimes one of the last arrivals, fit or not.
fn back() -> impl Strategy<Value = Option<u64>> {
    prop::option::of(0u64..4)
}

fn role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::Guest, Role::Guest, Role::Host])
}

/// Who may come in: each door is there or not.
fn access() -> impl Strategy<Value = Access> {
    (any::<[bool; 6]>(), prop::option::of(1usize..6)).prop_map(|(chosen, participants_max)| {
        let [pin, lobby, waits_for_host, ends_with_host, press_1, announces_names] = chosen;
        let hash = ServerSecret::new([0; 32]).hash(&"2468".parse().unwrap(), [1; 16]);
        Access {
            pin: pin.then_some(hash),
            host_pin: None,
            lobby,
            waits_for_host,
            ends_with_host,
            press_1: Some(press_1),
            announces_names,
            participants_max,
        }
    })
}

fn input() -> impl Strategy<Value = Input> {
    // Whom it is about is said later, when it is known who came.
    let participant = ParticipantId::new(0);
    let progress =
        prop::sample::select(vec![Progress::Ringing, Progress::Answered, Progress::Joined]);
    let ending = prop::sample::select(Ending::ALL.to_vec());
    let digit = prop::sample::select("**651247893#0A\u{0}🕭".chars().collect::<Vec<_>>());
    let name = prop::sample::select(vec!["Ada", "Grace"]);
    let tape = prop::sample::select([1, 2].map(|n| RecordingId::from_random([n; 16])).to_vec());
    let tape_ending = prop::sample::select(RecordingEnding::ALL.to_vec());
    prop_oneof![
        12 => Just(Input::Received { participant }),
        4 => Just(Input::Told { participant }),
        4 => prop::option::of(role())
            .prop_map(move |role| Input::PinChecked { participant, role }),
        8 => any::<bool>().prop_map(move |is_kept| Input::NameTaken { participant, is_kept }),
        4 => Just(Input::Admit { participant }),
        1 => any::<bool>().prop_map(|locked| Input::SetLocked { locked }),
        1 => Just(Input::MuteAll),
        1 => Just(Input::Begin),
        1 => access().prop_map(|access| Input::Change { conference: Box::new(planned(access)) }),
        2 => any::<bool>().prop_map(move |raised| Input::SetHand { participant, raised }),
        2 => (-24i8..=12).prop_map(move |db| {
            Input::SetVolume { participant, volume: Volume::new(db).unwrap() }
        }),
        4 => prop::option::of(0u64..5).prop_map(move |back| {
            Input::Whisper { participant, to: back.map(ParticipantId::new) }
        }),
        3 => prop::option::of(1u8..3).prop_map(move |number| {
            Input::SetBreakout { participant, breakout: number.and_then(Breakout::new) }
        }),
        1 => Just(Input::Gather),
        1 => name
            .prop_map(move |name| Input::Rename { participant, name: name.parse().unwrap() }),
        20 => progress.prop_map(move |progress| Input::Progress { participant, progress }),
        8 => any::<bool>().prop_map(move |speaking| Input::Speaking { participant, speaking }),
        16 => digit.prop_map(move |digit| Input::Digit { participant, digit }),
        4 => (any::<bool>(), prop::sample::select(vec![MutedBy::Own, MutedBy::Host]))
            .prop_map(move |(muted, by)| Input::SetMuted { participant, muted, by }),
        4 => measured().prop_map(move |measured| Input::Quality { participant, measured }),
        2 => Just(Input::EchoFound { participant }),
        2 => ending.prop_map(move |ending| Input::Over { participant, ending }),
        1 => Just(Input::MediaLost { participant }),
        1 => Just(Input::HangUp { participant }),
        1 => Just(Input::Remove { participant }),
        4 => (tape.clone(), any::<bool>())
            .prop_map(|(recording, voices)| Input::Record { recording, voices }),
        1 => Just(Input::StopRecording),
        1 => Just(Input::NotRecorded { participant }),
        1 => tape.clone()
            .prop_map(|recording| Input::RecordingLost { recording, lost: Duration::from_secs(1) }),
        2 => (tape, tape_ending)
            .prop_map(|(recording, ending)| Input::RecordingOver { recording, ending }),
        1 => Just(Input::Stop),
        1 => Just(Input::Timeout),
    ]
}

fn measured() -> impl Strategy<Value = Measured> {
    (any::<f32>(), 0.0f32..1.0, 0u64..500).prop_map(|(mos, loss, round_trip_ms)| Measured {
        mos,
        loss,
        loss_out: None,
        jitter: Duration::ZERO,
        round_trip: Some(Duration::from_millis(round_trip_ms)),
    })
}

/// The input, about this participant.
fn about(id: ParticipantId, mut input: Input) -> Input {
    match &mut input {
        Input::Progress { participant, .. }
        | Input::Speaking { participant, .. }
        | Input::Digit { participant, .. }
        | Input::SetMuted { participant, .. }
        | Input::Quality { participant, .. }
        | Input::EchoFound { participant }
        | Input::Over { participant, .. }
        | Input::Received { participant }
        | Input::Told { participant }
        | Input::PinChecked { participant, .. }
        | Input::NameTaken { participant, .. }
        | Input::NotRecorded { participant }
        | Input::Admit { participant }
        | Input::SetHand { participant, .. }
        | Input::Rename { participant, .. }
        | Input::SetVolume { participant, .. }
        | Input::SetBreakout { participant, .. }
        | Input::MediaLost { participant }
        | Input::HangUp { participant }
        | Input::Remove { participant } => *participant = id,
        Input::Whisper { participant, to } => {
            *participant = id;
            // To one who came a while before, or later; sometimes to itself.
            *to =
                to.map(|back| ParticipantId::new((id.number() + 2).saturating_sub(back.number())));
        }
        Input::SetLocked { .. }
        | Input::MuteAll
        | Input::Begin
        | Input::Gather
        | Input::Change { .. }
        | Input::Record { .. }
        | Input::StopRecording
        | Input::RecordingLost { .. }
        | Input::RecordingOver { .. }
        | Input::End
        | Input::Stop
        | Input::Timeout => {}
    }
    input
}

/// The conference of all histories, to which this holds.
fn planned(access: Access) -> Conference {
    Conference {
        key: ConferenceKey::from_random([1; 16]),
        subscriber: SubscriberId::new(1),
        title: "Planning".parse().unwrap(),
        schedule: None,
        dial_in_code: DialInCode::from_random([1; 8]),
        dial_in_number: None,
        access,
        placement: None,
        created_at: beginning(),
        ended_at: None,
    }
}

fn beginning() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// What a page knows: a snapshot, and the events since. It reads JSON only, as a browser does.
#[derive(Debug, Default)]
struct Page {
    status: Value,
    details: Value,
    participants: BTreeMap<String, Value>,
}

impl Page {
    fn follow(&mut self, event: &Event) {
        let data = to_value(event).unwrap();
        let id = data["id"].as_str().unwrap_or_default().to_owned();
        match event.name() {
            "conference" => self.status = data,
            "details" => self.details = data,
            "participant" => {
                self.participants.insert(id, data);
            }
            "speaking" => {
                let participant = self.participants.get_mut(&id).expect("speaks but isn't there");
                participant["speaking"] = data["speaking"].clone();
            }
            "quality" => {
                let participant = self.participants.get_mut(&id).expect("it isn't there");
                participant["quality"] = data;
                participant["quality"].as_object_mut().unwrap().remove("id");
            }
            "echo_found" => assert!(self.participants.contains_key(&id), "whose echo?"),
            "unmute_asked" => {
                let participant = &self.participants[&id];
                assert_eq!(participant["via"], "browser", "asked on what page?");
                assert_eq!(participant["muted"], true, "there is nothing to ask");
            }
            "left" => {
                self.participants.remove(&id).expect("left but wasn't there");
            }
            other => panic!("an event that no page knows: {other}"),
        }
    }
}

struct House {
    session: Session,
    admission: Admission,
    now: Timestamp,
    arrivals: u8,
    secrets: BTreeMap<ParticipantId, CallSecret>,
    page: Page,
    world: World,
    /// Nobody was in, or is, as a host.
    was_never_hosted: bool,
    /// Those whom a host, or the owner from outside, has let in.
    admitted: BTreeSet<ParticipantId>,
}

impl House {
    fn new(access: Access) -> Self {
        let policy = Policy { participants_per_conference_max: 6, ..Policy::default() };
        Self {
            session: Session::new(planned(access), policy.clone()),
            admission: Admission::new(policy),
            now: beginning(),
            arrivals: 0,
            secrets: BTreeMap::new(),
            page: Page::default(),
            world: World::default(),
            was_never_hosted: true,
            admitted: BTreeSet::new(),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::CallMe { browser, role } => self.call_me(browser, role),
            Step::DialIn => self.dial_in(),
            Step::Browse { with, replaces, role } => self.browse(with, replaces, role),
            Step::Input { back, input } => {
                match input {
                    Input::Admit { .. } => drop(self.admitted.insert(self.came(back))),
                    // Whoever came in before a host was asked for stays in, and a host may begin from a page.
                    Input::Change { .. } | Input::Begin => self.was_never_hosted = false,
                    _ => {}
                }
                self.session.handle(self.now, about(self.came(back), input));
            }
            Step::Wait { seconds } => {
                self.now += SignedDuration::from_secs(seconds);
                if self.session.next_timeout().is_some_and(|due| due <= self.now) {
                    self.session.handle(self.now, Input::Timeout);
                }
            }
        }
        while let Some(effect) = self.session.poll_effect() {
            self.world.carry_out(&effect);
            if let Effect::Publish(event) = &effect {
                self.page.follow(event);
            }
        }
        let there = self.session.participants();
        let is_hosted = there.iter().any(|view| view.role == Role::Host && view.state == "in");
        self.was_never_hosted &= !is_hosted;
        self.check();
    }

    /// The one who came so many arrivals ago.
    fn came(&self, back: u64) -> ParticipantId {
        ParticipantId::new((self.world.begun.len() as u64).saturating_sub(back))
    }

    /// Its secret, if it has one.
    fn secret(&self, back: Option<u64>) -> Option<CallSecret> {
        self.secrets.get(&self.came(back?)).copied()
    }

    fn draw(&mut self) -> CallSecret {
        self.arrivals = self.arrivals.wrapping_add(1);
        CallSecret::from_random([self.arrivals; 16])
    }

    /// How somebody stands who has proved this role.
    fn standing(&self, role: Role) -> Standing {
        let activity = self.session.activity();
        Standing {
            role,
            is_there: false,
            is_locked: activity.is_locked,
            has_begun: activity.has_begun,
        }
    }

    fn call_me(&mut self, browser: Option<u64>, role: Role) {
        let browser = self.secret(browser);
        let conference = self.session.conference().clone();
        let number = PhoneNumber::from_e164("+33612345678").unwrap();
        let client = IpAddr::from([192, 0, 2, 1]).into();
        // Admission isn't told of a call that the browser has: the session holds without that.
        let standing = self.standing(role);
        let request = CallRequest {
            conference: &conference,
            number: &number,
            client,
            is_called: false,
            standing,
        };
        let load = self.session.load();
        let Ok(permit) = self.admission.place_call(self.now, request, load, load) else { return };
        let secret = self.draw();
        let name = "Anna".parse().ok();
        let arrival = Arrival::CallMe { secret, number, name, role, browser };
        let id = self.session.arrive(self.now, arrival, permit);
        self.secrets.insert(id, secret);
    }

    fn browse(&mut self, with: Option<u64>, replaces: Option<u64>, role: Role) {
        let (with, replaces) = (self.secret(with), self.secret(replaces));
        let conference = self.session.conference().clone();
        let request = BrowserRequest {
            conference: &conference,
            client: IpAddr::from([192, 0, 2, 1]).into(),
            replaces: replaces.is_some_and(|replaced| self.session.has_browser(replaced)),
            standing: self.standing(role),
        };
        let load = self.session.load();
        let permit = self.admission.let_browser_in(self.now, request, load, load);
        let Ok(permit) = permit else { return };
        let secret = self.draw();
        let arrival = Arrival::Browser { secret, name: None, role, with, replaces };
        let id = self.session.arrive(self.now, arrival, permit);
        self.secrets.insert(id, secret);
    }

    fn dial_in(&mut self) {
        let load = self.session.load();
        let conference = self.session.conference();
        let standing = self.standing(Role::Guest);
        if let Ok(permit) = self.admission.let_in(self.now, conference, standing, load, load) {
            self.session.arrive(self.now, Arrival::DialIn { caller: None }, permit);
        }
    }

    fn check(&self) {
        self.check_page();
        self.check_gathering();
        self.check_people();
        let there = self.session.participants().len();
        assert_eq!(self.world.begun.len(), self.world.released.len() + there);
        assert_eq!(self.world.released, self.world.left);
        assert_eq!(self.world.released, self.world.recorded);
        assert!(there <= self.admission.policy().participants_per_conference_max);
        for view in self.session.participants() {
            self.check_way(&view);
            assert!(!view.speaking || (view.state == "in" && !view.muted && !view.held));
            assert_eq!(view.muted, view.muted_by.is_some());
            if let Some(muted) = self.world.muted.get(&view.id) {
                assert_eq!(*muted, view.muted, "the world and the page disagree");
                assert_eq!(self.world.held[&view.id], view.held, "the world and the page disagree");
            }
            assert_eq!(self.world.whispers.get(&view.id).copied(), view.whispers_to);
            let is_host_in = view.state == "in" && view.role == Role::Host && !view.held;
            assert!(view.whispers_to.is_none() || is_host_in, "whispers, and is no host");
            if view.state == "in" {
                let moved = self.world.breakouts.get(&view.id).copied().flatten();
                assert_eq!(moved, view.breakout, "the world and the page disagree");
            }
            let halfway = view.state != "in";
            assert!(!halfway || self.session.next_timeout().is_some(), "halfway, for ever");
        }
    }

    /// Whoever is away is brought back in time, where that was said, and it is said while somebody is away alone.
    fn check_gathering(&self) {
        let Some(gathers_at) = self.session.activity().gathers_at else { return };
        assert!(self.session.breakouts().next().is_some(), "nobody is away");
        assert!(
            self.session.next_timeout().is_some_and(|due| due <= gathers_at),
            "it is forgotten"
        );
        let latest = self.now + SignedDuration::try_from(GATHERING_TIME).unwrap();
        assert!(gathers_at <= latest, "that is too long");
    }

    /// Nobody is in who was not put there, and nobody before the room who was not put there.
    fn check_way(&self, view: &ParticipantView) {
        let is_at_door = Door::ALL.iter().any(|door| door.as_str() == view.state);
        assert!(view.state != "in" || self.world.joined.contains(&view.id), "in by itself");
        assert!(!is_at_door || self.world.received.contains(&view.id), "stands nowhere");
        let is_lonely_guest = view.role == Role::Guest
            && view.via == Via::DialIn
            && !self.admitted.contains(&view.id);
        let (waits, asks) =
            (self.was_never_hosted, self.session.conference().access.waits_for_host);
        assert!(!(asks && waits && is_lonely_guest && view.state == "in"), "in before a host");
    }

    /// Those who are there by phone and by browser.
    fn check_people(&self) {
        let there = self.session.participants();
        let phones: BTreeMap<_, _> =
            there.iter().filter_map(|view| Some((view.with?, view))).collect();
        let tied = there.iter().filter(|view| view.with.is_some()).count();
        assert_eq!(phones.len(), tied, "a browser with two phones");
        for (browser, phone) in &phones {
            assert_eq!(phone.via, Via::CallMe);
            let browser = self.session.participant(*browser).expect("one with nobody");
            assert_eq!(browser.via, Via::Browser);
            assert_eq!(browser.muted_by, phone.muted_by, "both are muted alike");
        }
        for view in &there {
            let is_on_the_phone = phones.get(&view.id).is_some_and(|phone| phone.state == "in");
            assert_eq!(view.held, is_on_the_phone, "one person is heard by one way");
        }
    }

    /// The page, by events alone, shows what a new snapshot would.
    fn check_page(&self) {
        let policy = self.admission.policy();
        let conference = self.session.conference();
        let snapshot = to_value(ConferenceView::new(
            conference,
            Some(&self.session),
            policy,
            "https://confab.example",
            self.now,
        ))
        .unwrap();
        let by_id: BTreeMap<String, Value> = snapshot["participants"]
            .as_array()
            .unwrap()
            .iter()
            .map(|view| (view["id"].as_str().unwrap().to_owned(), view.clone()))
            .collect();
        assert_eq!(self.page.participants, by_id);
        if !self.page.details.is_null() {
            assert_eq!(self.page.details["access"], snapshot["access"]);
            assert_eq!(self.page.details["title"], snapshot["title"]);
        }
        if !self.page.status.is_null() {
            let status = json!({
                "state": snapshot["state"],
                "open": snapshot["open"],
                "opens_at": snapshot["opens_at"],
                "locked": snapshot["locked"],
                "gathers_at": snapshot["gathers_at"],
                "recording": snapshot["recording"],
            });
            assert_eq!(self.page.status, status);
        }
    }
}

proptest! {
    #[test]
    fn invariants_hold_in_any_order(
        access in access(),
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let mut house = House::new(access);
        for step in steps {
            house.take(step);
        }
        house.take(Step::Input { back: 0, input: Input::End });
        prop_assert_eq!(house.session.load(), Load::default());
        prop_assert!(house.world.begun.is_empty() || house.world.is_resting);
        prop_assert_eq!(house.session.next_timeout(), None);
        prop_assert_eq!(&house.page.status["state"], "ended");
        house.take(Step::CallMe { browser: None, role: Role::Host });
        house.take(Step::DialIn);
        house.take(Step::Browse { with: None, replaces: Some(0), role: Role::Host });
        prop_assert!(!house.session.is_active(), "an ended conference lets nobody in");
    }

    #[test]
    fn time_alone_frees_whoever_is_halfway(
        access in access(),
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut house = House::new(access);
        for step in steps {
            house.take(step);
        }
        while let Some(due) = house.session.next_timeout() {
            house.now = house.now.max(due);
            house.take(Step::Input { back: 0, input: Input::Timeout });
        }
        prop_assert!(house.session.participants().iter().all(|view| view.state == "in"));
    }
}
