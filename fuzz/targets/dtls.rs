//! Any datagrams to an endpoint of DTLS: to a server that waits, to a client that began, or into the middle of a
//! handshake of two. The first byte chooses which, and after how many datagrams; then come records of two bytes of
//! length, one of time, and the datagram.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use webrtc::Datagram;
use webrtc::dtls::{Certificate, Epoch, Event, Handshake, Side};

/// The limit of what may wait to be sent, which is more than any flight has.
const OUTGOING_MAX: usize = 30;

static CERTIFICATE: LazyLock<Certificate> =
    LazyLock::new(|| Certificate::generate().expect("there is randomness"));

fuzz_target!(|data: &[u8]| {
    let Some((choice, records)) = data.split_first() else { return };
    let mut ends = [Side::Client, Side::Server].map(end);
    let exchanged = usize::from(choice >> 1) % 8;
    let is_server = usize::from(choice & 1);
    for turn in 0..exchanged {
        while let Some(datagram) = ends[turn % 2].poll_transmit() {
            ends[(turn + 1) % 2].handle_datagram(Duration::ZERO, &datagram);
        }
    }
    let victim = &mut ends[is_server];
    let (mut now, mut rest) = (Duration::ZERO, records);
    let mut ended = drain(victim);
    while let Some(([l0, l1, time], record)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*l0, *l1])).min(record.len());
        let (datagram, next) = record.split_at(length);
        rest = next;
        now += Duration::from_millis(20 * u64::from(*time));
        victim.handle_datagram(now, datagram);
        victim.handle_timeout(now);
        let before = ended;
        ended |= drain(victim);
        assert!(!before || victim.poll_timeout().is_none(), "who is done waits for nothing");
    }
});

fn end(side: Side) -> Handshake {
    let expected = vec![CERTIFICATE.fingerprint()];
    Handshake::new(side, &CERTIFICATE, expected, Epoch::new(Instant::now()), Duration::ZERO)
}

/// Takes all that an end has to say. Whether it is done.
fn drain(end: &mut Handshake) -> bool {
    let mut sent = 0;
    while let Some(datagram) = end.poll_transmit() {
        assert_eq!(Datagram::of(&datagram), Some(Datagram::Dtls));
        sent += 1;
    }
    assert!(sent <= OUTGOING_MAX, "{sent}");
    let mut is_done = false;
    while let Some(event) = end.poll_event() {
        assert!(!is_done, "nothing follows the end");
        is_done = matches!(event, Event::Closed | Event::Failed(_));
    }
    is_done
}
