//! Nothing is allocated per datagram: an agent's whole life runs here under an allocator that refuses.
#![allow(clippy::unwrap_used, reason = "a failed call of a test's own is a failed test")]

use std::net::SocketAddr;
use std::time::Duration;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use webrtc::Datagram;
use webrtc::ice::{
    ANSWER_BYTES_MAX, Agent, Binding, Credentials, RANDOM_BYTES, Reply, UserFragment,
};
use webrtc::stun::{
    Class, ICE_CONTROLLED, ICE_CONTROLLING, Key, PRIORITY, Transaction, USE_CANDIDATE, USERNAME,
    Writer,
};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

fn credentials(number: u8) -> Credentials {
    Credentials::new(0, 1, &[number; RANDOM_BYTES])
}

fn check(with: &Credentials, attribute: u16, value: &[u8]) -> Vec<u8> {
    let mut buffer = [0; 256];
    let length = Writer::new(&mut buffer, Class::Request, Transaction([5; 12]))
        .attribute(USERNAME, format!("{}:theirs", with.ufrag).as_bytes())
        .attribute(PRIORITY, &[0; 4])
        .attribute(USE_CANDIDATE, &[])
        .attribute(attribute, value)
        .finish(Some(&Key::new(with.pwd.as_str().as_bytes())))
        .unwrap();
    buffer[..length].to_vec()
}

#[test]
fn an_agent_lives_without_allocation() {
    let (first, second) = (credentials(1), credentials(2));
    let stranger = Credentials { pwd: credentials(3).pwd, ..first };
    let mut agent = Agent::new(&first, Duration::from_secs(20), Duration::ZERO);
    let requests = [
        check(&first, ICE_CONTROLLING, &[9; 8]),
        check(&first, ICE_CONTROLLED, &[9; 8]),
        check(&first, 0x7FFF, &[9; 8]),
        check(&stranger, ICE_CONTROLLING, &[9; 8]),
        check(&first, ICE_CONTROLLING, &[9; 7]),
        b"noise".to_vec(),
        check(&second, ICE_CONTROLLING, &[9; 8]),
    ];
    let (answered, refused, dropped) = assert_no_alloc(|| {
        let mut counts = (0, 0, 0);
        let mut out = [0; ANSWER_BYTES_MAX];
        for round in 0..100_u16 {
            agent.restart(&second);
            let source = SocketAddr::from(([192, 0, 2, 1], round));
            let now = Duration::from_secs(round.into());
            for request in &requests {
                assert!(Datagram::of(request).is_none_or(|kind| kind == Datagram::Stun));
                let named = Binding::peek(request).and_then(UserFragment::parse);
                assert!(named.is_none_or(|fragment| fragment.slot() == 1));
                match agent.handle(now, source, request, &mut out) {
                    Reply::Answer { .. } => counts.0 += 1,
                    Reply::Refused { .. } => counts.1 += 1,
                    Reply::Dropped(_) => counts.2 += 1,
                }
            }
            assert!(agent.is_validated(source) && agent.selected() == Some(source));
            assert!(!agent.consent_expired(now));
            agent.restart(&first);
            agent.handle(now, source, &requests[0], &mut out);
        }
        counts
    });
    assert_eq!((answered, refused, dropped), (200, 300, 200));
}
