//! What others send that they have no right to: it is dropped and counted, nothing that was not asked for comes
//! back, and nobody else notices.

use std::net::UdpSocket;
use std::time::Duration;

use sim::Speech;
use sim::browser::{Browser, BrowserError, Intruder, Join};
use sim::correlate::Match;
use tokio::time::interval;
use webrtc::dtls::Certificate;
use webrtc::stun::{self, Class, Key, Transaction, Writer};

use super::{dropped, guest, hears, quiet_server, rounds, run, talkers, wait_until_gone};
use crate::support::confab::Confab;
use crate::support::eventually;

/// Packets of the flood.
const FLOOD: usize = 1_000_000;

/// How long the flood lasts at least: several rounds of what the talkers say, however fast the machine is.
const FLOOD_TIME: Duration = Duration::from_secs(25);

/// Datagrams of each smaller attack.
const VOLLEY: usize = 1_000;

/// How many packets a forged one is ahead of the last true one.
const AHEAD: u16 = 500;

#[test]
fn a_million_packets_of_others_do_not_disturb_anybody() {
    let confab = Confab::start_alone(quiet_server());
    let conference = confab.api().conference("Under attack");
    run(async {
        let (ann, ben) = talkers(&conference).await;
        let attacker = ann.intruder().expect("a way by UDP");
        forget(&[&ann, &ben]);

        let last = attacker.last_sound();
        for _ in 0..VOLLEY {
            attacker.send(&last).await.expect("a socket");
        }
        let volleys = FLOOD / VOLLEY;
        let mut pace = interval(FLOOD_TIME / volleys as u32);
        for _ in 0..volleys {
            pace.tick().await;
            // What is behind the stream would count as replayed, whatever is in it.
            let garbage = forged(&attacker.last_sound(), AHEAD);
            for _ in 0..VOLLEY {
                attacker.send(&garbage).await.expect("a socket");
            }
        }
        eventually("replayed and forged packets are counted", || {
            let replayed = dropped(&confab, "srtp_replayed");
            let forged = dropped(&confab, "srtp_forged");
            // Of a flood, the system throws away what nobody takes from it in time.
            (replayed > VOLLEY as f64 / 2.0 && forged > FLOOD as f64 / 10.0).then_some(())
        });
        for (listener, speech) in [(&ann, Speech::Cards), (&ben, Speech::Amiable)] {
            let heard = rounds(listener, speech);
            // The flood takes the machine's time from everybody, this test's ears too.
            assert!(heard.get(heard.len() / 2).is_some_and(Match::is_heard), "{heard:?}");
        }
        forget(&[&ann, &ben]);
        hears(&ann, Speech::Cards).await;
        hears(&ben, Speech::Amiable).await;
        ann.leave().await.expect("a way out");
        ben.leave().await.expect("a way out");
    });
    wait_until_gone(&confab);
}

#[test]
fn strangers_get_no_more_than_they_send() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Strangers");
    run(async {
        let (ann, ben) = talkers(&conference).await;
        let insider = ann.intruder().expect("a way by UDP");
        let stranger = Stranger::new(&insider);
        let (check, sound) = (insider.last_check(), insider.last_sound());
        let before = ["stun", "dtls", "stranger"].map(|reason| dropped(&confab, reason));

        // Checks that somebody saw and changed, or made up; a handshake; sound; and nothing but noise.
        let mut changed = check.clone();
        if let Some(last) = changed.last_mut() {
            *last ^= 1;
        }
        stranger.send(&changed);
        stranger.send(&unsigned(&check));
        stranger.send(&signed_with_a_guess(&check));
        stranger.send(&client_hello());
        stranger.send(&sound);
        stranger.send(&forged(&sound, AHEAD));
        stranger.send(&[0xFF; 100]);
        stranger.send(&[]);

        eventually("what strangers send is counted", || {
            let after = ["stun", "dtls", "stranger"].map(|reason| dropped(&confab, reason));
            after.iter().zip(before).all(|(after, before)| *after > before).then_some(())
        });
        stranger.got_no_more_than_it_sent();
        forget(&[&ann, &ben]);
        hears(&ann, Speech::Cards).await;
        hears(&ben, Speech::Amiable).await;
    });
}

#[test]
fn who_has_another_certificate_than_it_said_does_not_come_in() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Impostor");
    let mut events = conference.events();
    run(async {
        let (ann, ben) = talkers(&conference).await;
        let other = Certificate::generate().expect("a certificate").fingerprint();
        let impostor = guest(&conference, "Eve").saying(Speech::IllDisposed);
        let impostor = Join { claims: Some(other.to_string()), ..impostor };
        let impostor = Browser::join(impostor).await.expect("a session");
        let left = events.wait("the impostor's end", |event| event.name == "left");
        assert_eq!(left.data["ending"], "not_connected", "{}", left.data);
        drop(impostor);
        forget(&[&ann, &ben]);
        hears(&ben, Speech::Amiable).await;
        assert!(ann.find(Speech::IllDisposed).is_not_heard());
        assert!(ben.find(Speech::IllDisposed).is_not_heard());
    });
}

#[test]
fn an_offer_that_cannot_be_used_is_told_why() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Garbage");
    run(async {
        let nonsense =
            Join { claims: Some("sha-1 nonsense".to_owned()), ..guest(&conference, "Eve") };
        let refused = Browser::join(nonsense).await.map(drop);
        assert!(
            matches!(&refused, Err(BrowserError::Refused { status: 400..500, detail }) if detail.contains("fingerprint")),
            "{refused:?}"
        );
    });
    wait_until_gone(&confab);
}

fn forget(browsers: &[&Browser]) {
    browsers.iter().for_each(|browser| browser.forget());
}

/// A packet of sound so far ahead of `packet`, which says something else.
fn forged(packet: &[u8], ahead: u16) -> Vec<u8> {
    let mut forged = packet.to_vec();
    if let [_, _, high, low, .., last] = forged.as_mut_slice() {
        let sequence = u16::from_be_bytes([*high, *low]).wrapping_add(ahead);
        [*high, *low] = sequence.to_be_bytes();
        *last ^= 1;
    }
    forged
}

/// The USERNAME of a check.
fn username(check: &[u8]) -> Vec<u8> {
    let check = stun::Message::parse(check).expect("a check");
    check.username().expect("a name").to_vec()
}

/// A check for the same peer, without a signature.
fn unsigned(check: &[u8]) -> Vec<u8> {
    written(check, None)
}

/// A check for the same peer, signed with another password.
fn signed_with_a_guess(check: &[u8]) -> Vec<u8> {
    written(check, Some(&Key::new(b"a password that is wrong")))
}

fn written(check: &[u8], key: Option<&Key>) -> Vec<u8> {
    let mut buffer = [0; 512];
    let length = Writer::new(&mut buffer, Class::Request, Transaction([7; 12]))
        .attribute(stun::USERNAME, &username(check))
        .attribute(stun::PRIORITY, &[1; 4])
        .attribute(stun::USE_CANDIDATE, &[])
        .finish(key)
        .expect("room for a check");
    buffer[..length].to_vec()
}

/// The first datagram of a handshake, whose answer would be much larger.
fn client_hello() -> Vec<u8> {
    use webrtc::dtls::{Epoch, Handshake, Side};
    let certificate = Certificate::generate().expect("a certificate");
    let epoch = Epoch::new(std::time::Instant::now());
    let expected = vec![certificate.fingerprint()];
    let mut client = Handshake::new(Side::Client, &certificate, expected, epoch, Duration::ZERO);
    client.poll_transmit().expect("a hello")
}

/// Somebody at an address that the server doesn't know.
struct Stranger {
    socket: UdpSocket,
    sent: std::cell::RefCell<Vec<usize>>,
}

impl Stranger {
    fn new(insider: &Intruder) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.connect(insider.remote()).expect("an address");
        socket.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
        Self { socket, sent: Vec::new().into() }
    }

    fn send(&self, datagram: &[u8]) {
        self.socket.send(datagram).expect("a socket");
        self.sent.borrow_mut().push(datagram.len());
    }

    /// Each answer is to one datagram, and none is larger than what it answers; so the largest answers are set
    /// against the largest datagrams.
    fn got_no_more_than_it_sent(&self) {
        let mut received = Vec::new();
        let mut buffer = [0; 2048];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            received.push(length);
        }
        let mut sent = self.sent.borrow().clone();
        sent.sort_unstable();
        received.sort_unstable();
        let pairs = received.iter().rev().zip(sent.iter().rev());
        assert!(received.len() <= 3, "only checks are answered: {received:?}");
        assert!(pairs.into_iter().all(|(got, gave)| got <= gave), "{received:?} for {sent:?}");
        assert!(received.iter().all(|length| *length <= 48), "{received:?}");
    }
}
