//! The agent against single requests, against a full ICE agent by others, and against noise.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the other agent counts so"
)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use is::stun::{StunMessage, StunPacket};
use is::{Candidate, IceAgent, IceAgentEvent, IceCreds, Protocol};
use proptest::prelude::*;

use super::*;
use crate::stun::{
    self, Class, ICE_CONTROLLED, ICE_CONTROLLING, Key, Message, PRIORITY, Transaction,
    USE_CANDIDATE, USERNAME, Writer,
};

const CONSENT_TIMEOUT: Duration = Duration::from_secs(20);
const OTHER: u16 = 0x7ABC;

fn credentials(number: u8) -> Credentials {
    Credentials::new(3, 77, &[number; RANDOM_BYTES])
}

fn agent() -> Agent {
    Agent::new(&credentials(1), CONSENT_TIMEOUT, Duration::ZERO)
}

fn source(last: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], 40_000))
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A check with the attributes of a browser's, and more.
fn check(with: &Credentials, more: &[(u16, &[u8])]) -> Vec<u8> {
    let mut buffer = [0; 512];
    let username = format!("{}:theirs", with.ufrag);
    let mut writer = Writer::new(&mut buffer, Class::Request, Transaction([5; 12]))
        .attribute(USERNAME, username.as_bytes())
        .attribute(PRIORITY, &[1, 2, 3, 4]);
    for (kind, value) in more {
        writer = writer.attribute(*kind, value);
    }
    let length = writer.finish(Some(&Key::new(with.pwd.as_str().as_bytes()))).unwrap();
    buffer[..length].to_vec()
}

/// What a browser sends to keep its pair, or to nominate it.
fn keep(with: &Credentials) -> Vec<u8> {
    check(with, &[(ICE_CONTROLLING, &[9; 8])])
}

fn nominate(with: &Credentials) -> Vec<u8> {
    check(with, &[(ICE_CONTROLLING, &[9; 8]), (USE_CANDIDATE, &[])])
}

/// The agent's reply, and its answer.
fn ask(agent: &mut Agent, now: Duration, source: SocketAddr, request: &[u8]) -> (Reply, Vec<u8>) {
    let mut out = [0; ANSWER_BYTES_MAX];
    let reply = agent.handle(now, source, request, &mut out);
    let (Reply::Answer { length, .. } | Reply::Refused { length, .. }) = reply else {
        return (reply, Vec::new());
    };
    assert!(length <= request.len(), "{length} bytes for {}", request.len());
    (reply, out[..length].to_vec())
}

fn answered(agent: &mut Agent, now: Duration, source: SocketAddr, request: &[u8]) -> (bool, bool) {
    match ask(agent, now, source, request).0 {
        Reply::Answer { validated, nominated, .. } => (validated, nominated),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_check_is_answered_with_where_it_came_from() {
    let mut agent = agent();
    for from in
        [source(1), "[2001:db8::1]:9".parse().unwrap(), "[::ffff:1.2.3.4]:5".parse().unwrap()]
    {
        let (_, answer) = ask(&mut agent, at(1), from, &keep(&credentials(1)));
        let answer = Message::parse(&answer).unwrap();
        assert_eq!(answer.class(), Class::Success);
        assert_eq!(answer.transaction(), Transaction([5; 12]));
        assert_eq!(answer.mapped_address(), Some(canonical(from)));
        let key = Key::new(credentials(1).pwd.as_str().as_bytes());
        assert!(answer.verify(&key) && answer.has_fingerprint());
        assert!(agent.is_validated(from) && agent.is_validated(canonical(from)));
    }
    assert!(!agent.is_validated(source(2)));
}

#[test]
fn the_peer_chooses_the_address_and_may_choose_another() {
    let mut agent = agent();
    let (keep, nominate) = (keep(&credentials(1)), nominate(&credentials(1)));
    assert_eq!(agent.destination(), None);
    assert_eq!(answered(&mut agent, at(1), source(1), &keep), (true, false));
    assert_eq!((agent.selected(), agent.destination()), (None, Some(source(1))));
    assert_eq!(answered(&mut agent, at(2), source(2), &nominate), (true, true));
    assert_eq!(answered(&mut agent, at(3), source(2), &nominate), (false, false));
    assert_eq!(answered(&mut agent, at(4), source(1), &keep), (false, false));
    assert_eq!((agent.selected(), agent.destination()), (Some(source(2)), Some(source(2))));
    assert_eq!(answered(&mut agent, at(5), source(1), &nominate), (false, true));
    assert_eq!(agent.selected(), Some(source(1)));
}

#[test]
fn what_is_not_granted_is_refused() {
    let ours = credentials(1);
    let unsigned = {
        let mut buffer = [0; 128];
        let writer = Writer::new(&mut buffer, Class::Request, Transaction([5; 12]));
        let length =
            writer.attribute(USERNAME, ours.ufrag.as_str().as_bytes()).finish(None).unwrap();
        buffer[..length].to_vec()
    };
    let stranger = Credentials { pwd: credentials(2).pwd, ..ours };
    let controlled = check(&ours, &[(ICE_CONTROLLED, &[1; 8])]);
    let unknown = check(&ours, &[(OTHER, &[1]), (USE_CANDIDATE, &[])]);
    let cases = [
        (unsigned, Refusal::BadRequest, 400, false),
        (nominate(&stranger), Refusal::Unauthenticated, 401, false),
        (nominate(&credentials(2)), Refusal::Unauthenticated, 401, false),
        (controlled, Refusal::RoleConflict, 487, true),
        (unknown, Refusal::UnknownAttribute, 420, true),
    ];
    let mut agent = agent();
    for (request, expected, code, is_signed) in cases {
        let (reply, answer) = ask(&mut agent, at(1), source(1), &request);
        assert!(
            matches!(reply, Reply::Refused { refusal, .. } if refusal == expected),
            "{reply:?}"
        );
        let answer = Message::parse(&answer).unwrap();
        assert_eq!((answer.class(), answer.error_code()), (Class::Error, Some(code)));
        assert_eq!(answer.verify(&Key::new(ours.pwd.as_str().as_bytes())), is_signed);
        assert!(!agent.is_validated(source(1)) && agent.selected().is_none());
    }
    assert!(agent.consent_expired(CONSENT_TIMEOUT), "none of it is consent");
}

#[test]
fn what_asks_nothing_gets_nothing() {
    let mut agent = agent();
    for class in [Class::Indication, Class::Success, Class::Error] {
        let mut buffer = [0; 128];
        let length = Writer::new(&mut buffer, class, Transaction([5; 12])).finish(None).unwrap();
        let reply = ask(&mut agent, at(1), source(1), &buffer[..length]).0;
        assert_eq!(reply, Reply::Dropped(Dropped::NotARequest));
    }
    let bare = [&[0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42], [5; 12].as_slice()].concat();
    assert_eq!(ask(&mut agent, at(1), source(1), &bare).0, Reply::Dropped(Dropped::TooSmall));
    let noise = ask(&mut agent, at(1), source(1), &[0; 100]).0;
    assert_eq!(noise, Reply::Dropped(Dropped::Malformed(stun::Problem::Header)));
}

#[test]
fn after_a_restart_the_old_credentials_are_good_until_the_new_ones_are_used() {
    let mut agent = agent();
    assert_eq!(answered(&mut agent, at(1), source(1), &nominate(&credentials(1))), (true, true));
    agent.restart(&credentials(2));
    assert_eq!(answered(&mut agent, at(2), source(1), &keep(&credentials(1))), (false, false));
    // A second restart before the first one came to anything replaces it.
    agent.restart(&credentials(3));
    let refused = ask(&mut agent, at(3), source(2), &nominate(&credentials(2))).0;
    assert!(matches!(refused, Reply::Refused { refusal: Refusal::Unauthenticated, .. }));
    assert_eq!(answered(&mut agent, at(3), source(1), &keep(&credentials(1))), (false, false));
    assert_eq!(answered(&mut agent, at(4), source(2), &nominate(&credentials(3))), (true, true));
    assert_eq!(agent.selected(), Some(source(2)));
    assert!(agent.is_validated(source(1)), "what is on its way from there is still heard");
    let old = ask(&mut agent, at(5), source(1), &keep(&credentials(1))).0;
    assert!(matches!(old, Reply::Refused { refusal: Refusal::Unauthenticated, .. }), "{old:?}");
}

#[test]
fn consent_ends_with_the_checks() {
    let mut agent = agent();
    assert!(!agent.consent_expired(at(19)) && agent.consent_expired(at(20)));
    answered(&mut agent, at(30), source(1), &nominate(&credentials(1)));
    assert!(!agent.consent_expired(at(49)) && agent.consent_expired(at(50)));
    // The selected address fell silent, another one did not: that one is sent to now.
    answered(&mut agent, at(45), source(2), &keep(&credentials(1)));
    assert!(!agent.consent_expired(at(64)));
    assert_eq!(agent.selected(), Some(source(1)));
    assert_eq!(answered(&mut agent, at(50), source(2), &keep(&credentials(1))), (false, true));
    assert_eq!(agent.selected(), Some(source(2)));
}

#[test]
fn a_first_look_finds_the_user_fragment() {
    let ours = credentials(1);
    let found = Binding::peek(&nominate(&ours)).and_then(UserFragment::parse).unwrap();
    assert_eq!((found.worker(), found.slot()), (3, 77));
    let mut buffer = [0; 128];
    let length = Writer::new(&mut buffer, Class::Success, Transaction([5; 12]))
        .attribute(USERNAME, b"a:b")
        .finish(None)
        .unwrap();
    assert_eq!(Binding::peek(&buffer[..length]), None);
    assert_eq!(Binding::peek(b"noise"), None);
}

/// A browser's side by an implementation of others, with two networks, and the time.
struct Browser {
    ice: IceAgent,
    now: Duration,
    epoch: Instant,
    /// Where the nominated pair begins.
    nominated: Option<SocketAddr>,
    /// Addresses from which nothing comes through.
    cut_off: Vec<SocketAddr>,
}

impl Browser {
    const SERVER: ([u8; 4], u16) = ([198, 51, 100, 1], 3478);

    fn new(remote: &Credentials) -> Self {
        let epoch = Instant::now();
        let mut ice = IceAgent::new(IceCreds::new());
        ice.set_controlling(true);
        let mut browser = Self { ice, now: at(0), epoch, nominated: None, cut_off: Vec::new() };
        browser.add(source(1));
        browser.set_remote(remote);
        browser
    }

    fn add(&mut self, address: SocketAddr) {
        self.ice.add_local_candidate(Candidate::host(address, "udp").unwrap());
    }

    fn set_remote(&mut self, remote: &Credentials) {
        let creds = IceCreds { ufrag: remote.ufrag.to_string(), pass: remote.pwd.to_string() };
        self.ice.set_remote_credentials(creds);
        self.ice.add_remote_candidate(Candidate::host(Self::SERVER.into(), "udp").unwrap());
    }

    /// Lets time pass for both.
    fn run(&mut self, agent: &mut Agent, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(10);
            let now = self.epoch + self.now;
            self.ice.handle_timeout(now);
            while let Some(sent) = self.ice.poll_transmit() {
                if self.cut_off.contains(&sent.source) {
                    continue;
                }
                let (_, answer) = ask(agent, self.now, sent.source, &sent.contents);
                if let Ok(message) = StunMessage::parse(&answer) {
                    let (source, destination) = (sent.destination, sent.source);
                    let packet = StunPacket { proto: Protocol::Udp, source, destination, message };
                    self.ice.handle_packet(now, packet);
                }
            }
            while let Some(event) = self.ice.poll_event() {
                if let IceAgentEvent::NominatedSend { source, .. } = event {
                    self.nominated = Some(source);
                }
            }
        }
    }
}

#[test]
fn connects_with_a_full_agent_follows_it_and_is_restarted() {
    let mut agent = agent();
    let mut browser = Browser::new(&credentials(1));
    browser.run(&mut agent, at(2));
    assert_eq!((browser.nominated, agent.selected()), (Some(source(1)), Some(source(1))));
    browser.run(&mut agent, at(60));
    assert!(browser.ice.state().is_connected() && !agent.consent_expired(browser.now));

    // Its network changes: it restarts, from another address.
    agent.restart(&credentials(2));
    browser.cut_off.push(source(1));
    browser.ice.ice_restart(IceCreds::new(), false);
    browser.add(source(2));
    browser.set_remote(&credentials(2));
    browser.run(&mut agent, at(3));
    assert_eq!((browser.nominated, agent.selected()), (Some(source(2)), Some(source(2))));

    // It vanishes.
    browser.cut_off.push(source(2));
    browser.run(&mut agent, CONSENT_TIMEOUT + at(5));
    assert!(agent.consent_expired(browser.now));
}

/// A datagram that may be anything from noise to a good check.
fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let good =
        (1u8..4, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(number, a, b, c)| {
            let mut more: Vec<(u16, &[u8])> = Vec::new();
            more.extend(a.then_some((USE_CANDIDATE, [].as_slice())));
            more.extend(b.then_some((OTHER, [1, 2].as_slice())));
            more.extend(c.then_some((ICE_CONTROLLED, [1; 8].as_slice())));
            check(&credentials(number), &more)
        });
    let bent = (good.clone(), any::<prop::sample::Index>(), any::<u8>(), any::<bool>()).prop_map(
        |(mut datagram, at, byte, cut)| {
            let at = at.index(datagram.len());
            datagram[at] = byte;
            datagram.truncate(if cut { at } else { usize::MAX });
            datagram
        },
    );
    prop_oneof![3 => good, 2 => bent, 1 => any::<Vec<u8>>()]
}

proptest! {
    /// Whatever comes: no answer is larger than its request, only good checks validate and keep consent, and what
    /// is remembered is bounded.
    #[test]
    fn only_who_knows_the_password_has_an_effect(
        steps in prop::collection::vec((0u64..10, 0u8..20, datagram(), prop::bool::weighted(0.1)), 0..60),
    ) {
        let (mut agent, mut now) = (agent(), Duration::ZERO);
        let mut consented = now;
        for (seconds, last, datagram, restarts) in steps {
            now += at(seconds);
            if restarts {
                agent.restart(&credentials(last % 3 + 1));
            }
            let known = agent.is_validated(source(last));
            let selected = agent.selected();
            let reply = ask(&mut agent, now, source(last), &datagram).0;
            let is_good = matches!(reply, Reply::Answer { .. });
            if is_good {
                consented = now;
            }
            prop_assert_eq!(agent.is_validated(source(last)), known || is_good);
            prop_assert!(is_good || agent.selected() == selected);
            prop_assert!(agent.selected().is_none_or(|selected| agent.is_validated(selected)));
            let validated = (0..20).filter(|last| agent.is_validated(source(*last))).count();
            prop_assert!(validated <= ADDRESSES_MAX);
            prop_assert_eq!(agent.consent_expired(now + at(20)), true);
            prop_assert_eq!(agent.consent_expired(consented + at(19)), false);
        }
    }
}
