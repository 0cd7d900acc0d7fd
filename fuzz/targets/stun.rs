//! Any datagrams to an agent of ICE, in virtual time. Records of two bytes of length, one of time, one of source, and
//! the datagram. A datagram is taken as it is, or, where the time is odd, as a check that was signed as it should be.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::net::SocketAddr;
use std::time::Duration;
use webrtc::ice::{
    ADDRESSES_MAX, ANSWER_BYTES_MAX, Agent, Binding, Credentials, Reply, UserFragment,
};
use webrtc::stun::{Class, Key, Message, Transaction, USERNAME, Writer};

fuzz_target!(|data: &[u8]| {
    let ours = Credentials::new(1, 2, &[3; 26]);
    let mut agent = Agent::new(&ours, Duration::from_secs(20), Duration::ZERO);
    let (mut now, mut rest) = (Duration::ZERO, data);
    while let Some(([l0, l1, time, last], record)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*l0, *l1])).min(record.len());
        let (datagram, next) = record.split_at(length);
        rest = next;
        now += Duration::from_millis(100 * u64::from(*time));
        let source = SocketAddr::from(([192, 0, 2, *last], 5_000));
        let known = agent.is_validated(source);
        let is_good = if time % 2 == 1 {
            ask(&mut agent, now, source, &signed(&ours, datagram))
        } else {
            ask(&mut agent, now, source, datagram)
        };
        assert_eq!(agent.is_validated(source), known || is_good);
    }
    let validated = (0..=255)
        .filter(|last| agent.is_validated(SocketAddr::from(([192, 0, 2, *last], 5_000))))
        .count();
    assert!(validated <= ADDRESSES_MAX);
});

/// Whether the agent found it good. Its answer is a message, and no larger than what it answers.
fn ask(agent: &mut Agent, now: Duration, source: SocketAddr, datagram: &[u8]) -> bool {
    let _ = Binding::peek(datagram).and_then(UserFragment::parse);
    let mut out = [0; ANSWER_BYTES_MAX];
    let reply = agent.handle(now, source, datagram, &mut out);
    if let Reply::Answer { length, .. } | Reply::Refused { length, .. } = reply {
        assert!(length <= datagram.len());
        let answer = Message::parse(&out[..length]).expect("what is written can be read");
        assert_ne!(answer.class(), Class::Request);
    }
    matches!(reply, Reply::Answer { .. })
}

/// A check with attributes cut out of `data`: a type, a length, a value.
fn signed(with: &Credentials, data: &[u8]) -> Vec<u8> {
    let mut buffer = vec![0; data.len() + 256];
    let mut writer = Writer::new(&mut buffer, Class::Request, Transaction([5; 12]))
        .attribute(USERNAME, format!("{}:theirs", with.ufrag).as_bytes());
    let mut rest = data;
    while let Some(([k0, k1, length], value)) = rest.split_first_chunk() {
        let (value, next) = value.split_at(usize::from(*length).min(value.len()));
        writer = writer.attribute(u16::from_be_bytes([*k0, *k1]), value);
        rest = next;
    }
    let key = Key::new(with.pwd.as_str().as_bytes());
    let length = writer.finish(Some(&key)).unwrap_or_default();
    buffer.truncate(length);
    buffer
}
