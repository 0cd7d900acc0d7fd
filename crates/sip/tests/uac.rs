//! Outbound calls against a peer whose every message is written by hand.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::time::Duration;

use sip::{CallId, Command, Credentials, EndCause, HangUp, SipEvent};
use support::peer::{Bench, OFFER, field, from_callee, response};

const CALL: CallId = CallId(1);
const SECOND: Duration = Duration::from_secs(1);

/// Dials; returns the INVITE.
fn dialled(bench: &mut Bench) -> String {
    bench.dial().sent.remove(0)
}

/// Dials and is answered; returns the INVITE.
fn answered(bench: &mut Bench) -> String {
    let invite = dialled(bench);
    let seen = bench.receive(&response(&invite, "200 OK", "callee", "", true));
    assert!(matches!(seen.event(), SipEvent::Answered { .. }), "{seen:?}");
    invite
}

fn assert_ended(event: &SipEvent, expected: &EndCause) {
    let SipEvent::Ended { cause, .. } = event else { panic!("{event:?}") };
    assert_eq!(cause, expected);
}

#[test]
fn the_invite_is_what_carriers_expect() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    assert!(invite.starts_with("INVITE sip:+33612345678@192.0.2.2:5060;user=phone SIP/2.0\r\n"));
    assert!(field(&invite, "From").starts_with("<sip:+33123456789@192.0.2.2>;tag="));
    assert_eq!(field(&invite, "To"), "<sip:+33612345678@192.0.2.2:5060;user=phone>");
    assert_eq!(field(&invite, "CSeq"), "1 INVITE");
    assert_eq!(field(&invite, "Contact"), "<sip:confab@192.0.2.1:5060>");
    assert_eq!(field(&invite, "Max-Forwards"), "70");
    assert_eq!(field(&invite, "Allow"), "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO");
    assert!(field(&invite, "User-Agent").starts_with("Confab/"));
    assert!(field(&invite, "Via").starts_with("SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK"));
    assert!(invite.ends_with(OFFER));
}

#[test]
fn ringing_is_told_with_and_without_early_media() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    assert!(bench.receive(&response(&invite, "100 Trying", "", "", false)).events.is_empty());
    let seen = bench.receive(&response(&invite, "180 Ringing", "callee", "", false));
    assert!(matches!(seen.event(), SipEvent::Ringing { sdp: None, .. }));
    let seen = bench.receive(&response(&invite, "183 Session Progress", "callee", "", true));
    assert!(matches!(seen.event(), SipEvent::Ringing { sdp: Some(_), .. }));
    // The answer may come in a reliable-looking 183 only; it holds for the 200 without a body.
    let seen = bench.receive(&response(&invite, "200 OK", "callee", "", false));
    assert!(matches!(seen.event(), SipEvent::Answered { sdp, .. } if sdp == OFFER));
}

#[test]
fn an_answer_is_acknowledged_each_time_it_comes() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    let answer = response(&invite, "200 OK", "callee", "", true);
    let ack = bench.receive(&answer).sent.remove(0);
    assert!(ack.starts_with("ACK sip:gw@192.0.2.2:5060 SIP/2.0\r\n"));
    assert_eq!(field(&ack, "CSeq"), "1 ACK");
    assert_ne!(field(&ack, "Via"), field(&invite, "Via"));
    let again = bench.receive(&answer);
    assert_eq!((again.sent, again.events.len()), (vec![ack], 0));
}

#[test]
fn refusals_are_acknowledged_and_told() {
    for (status, reason) in
        [(486, "Busy Here"), (603, "Decline"), (404, "Nobody here"), (302, "Moved")]
    {
        let mut bench = Bench::new();
        let invite = dialled(&mut bench);
        let seen =
            bench.receive(&response(&invite, &format!("{status} {reason}"), "callee", "", false));
        assert_ended(seen.event(), &EndCause::Rejected { status, reason: reason.into() });
        let ack = &seen.sent[0];
        assert!(ack.starts_with("ACK sip:+33612345678@192.0.2.2:5060;user=phone SIP/2.0\r\n"));
        assert_eq!(field(ack, "Via"), field(&invite, "Via"));
        assert!(field(ack, "To").ends_with(";tag=callee"));
        assert_eq!(bench.stats().calls, 0);
    }
}

#[test]
fn a_silent_trunk_is_unreachable() {
    let mut bench = Bench::new();
    bench.dial();
    let seen = bench.pass(33 * SECOND);
    assert_eq!(seen.sent.len(), 6);
    assert_ended(seen.event(), &EndCause::Unreachable);
}

#[test]
fn a_cancel_waits_for_a_provisional() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    let seen = bench.command(Command::HangUp(CALL, HangUp::Cleared));
    assert_ended(seen.event(), &EndCause::Local);
    assert!(seen.sent.is_empty());
    let cancel =
        bench.receive(&response(&invite, "180 Ringing", "callee", "", false)).sent.remove(0);
    assert!(cancel.starts_with("CANCEL sip:+33612345678@192.0.2.2:5060;user=phone SIP/2.0\r\n"));
    assert_eq!(field(&cancel, "Via"), field(&invite, "Via"));
    assert_eq!(field(&cancel, "CSeq"), "1 CANCEL");
    assert!(field(&cancel, "Reason").starts_with("Q.850;cause=16"));
    bench.receive(&response(&cancel, "200 OK", "callee", "", false));
    let seen = bench.receive(&response(&invite, "487 Request Terminated", "callee", "", false));
    assert_eq!(seen.lines().len(), 1);
    assert!(seen.events.is_empty());
    assert_eq!(bench.stats().calls, 0);
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    bench.receive(&response(&invite, "180 Ringing", "callee", "", false));
    let seen = bench.command(Command::HangUp(CALL, HangUp::Normal));
    assert!(seen.sent[0].starts_with("CANCEL "));
    let seen = bench.receive(&response(&invite, "200 OK", "callee", "", true));
    assert!(seen.sent[0].starts_with("ACK ") && seen.sent[1].starts_with("BYE "), "{seen:?}");
    assert!(seen.events.is_empty());
    bench.receive(&response(&seen.sent[1], "200 OK", "callee", "", false));
    assert_eq!(bench.stats().calls, 0);
    bench.pass(60 * SECOND);
    assert_eq!(bench.stats().transactions, 0);
}

#[test]
fn it_rings_no_longer_than_allowed() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    bench.receive(&response(&invite, "180 Ringing", "callee", "", false));
    let seen = bench.pass(59 * SECOND);
    assert!(seen.events.is_empty() && seen.sent.is_empty());
    let seen = bench.pass(SECOND);
    assert_ended(seen.event(), &EndCause::RingTimeout);
    assert!(seen.sent[0].starts_with("CANCEL "));
    // A peer that answers neither the CANCEL nor the INVITE is given up.
    bench.pass(40 * SECOND);
    assert_eq!((bench.stats().calls, bench.stats().transactions), (0, 0));
}

#[test]
fn only_the_first_of_two_forks_that_answer_is_kept() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    for tag in ["desk", "mobile"] {
        let seen = bench.receive(&response(&invite, "180 Ringing", tag, "", false));
        assert!(matches!(seen.event(), SipEvent::Ringing { .. }));
    }
    let seen = bench.receive(&response(&invite, "200 OK", "mobile", "", true));
    assert!(matches!(seen.event(), SipEvent::Answered { .. }));
    let seen = bench.receive(&response(&invite, "200 OK", "desk", "", true));
    assert!(seen.events.is_empty());
    assert!(seen.sent[0].starts_with("ACK ") && field(&seen.sent[0], "To").ends_with("tag=desk"));
    assert!(seen.sent[1].starts_with("BYE ") && field(&seen.sent[1], "To").ends_with("tag=desk"));
    let again = bench.receive(&response(&invite, "200 OK", "desk", "", true));
    assert_eq!(again.sent, [seen.sent[0].clone()]);
    assert_eq!(bench.stats().calls, 1);
}

#[test]
fn the_callee_hangs_up() {
    let mut bench = Bench::new();
    let invite = answered(&mut bench);
    let bye = from_callee("BYE", 1, &invite, "callee", "bye", "", false);
    let seen = bench.receive(&bye);
    assert_ended(seen.event(), &EndCause::Remote);
    assert_eq!(seen.lines(), ["200 OK"]);
    assert_eq!(bench.receive(&bye).lines(), ["200 OK"], "a retransmission is answered again");
    assert_eq!(bench.stats().calls, 0);
}

#[test]
fn the_dialog_follows_record_routes_and_new_targets() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    let routes = "Record-Route: <sip:192.0.2.7;lr>, <sip:192.0.2.8;lr>\n";
    let ack = bench.receive(&response(&invite, "200 OK", "callee", routes, true));
    assert_eq!(ack.to[0].to_string(), "192.0.2.8:5060");
    let route = |message: &str| -> Vec<String> {
        let lines = message.lines().filter_map(|line| line.strip_prefix("Route: "));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(route(&ack.sent[0]), ["<sip:192.0.2.8;lr>", "<sip:192.0.2.7;lr>"]);
    let update = from_callee("UPDATE", 5, &invite, "callee", "upd", "", false);
    let seen = bench.receive(&update.replace("<sip:gw@192.0.2.2:5060>", "<sip:moved@192.0.2.77>"));
    assert_eq!(seen.lines(), ["200 OK"]);
    let bye = bench.command(Command::HangUp(CALL, HangUp::Normal)).sent.remove(0);
    assert!(bye.starts_with("BYE sip:moved@192.0.2.77 SIP/2.0\r\n"), "{bye}");
    assert_eq!(field(&bye, "CSeq"), "2 BYE");
}

#[test]
fn a_strict_router_finds_itself_in_the_request_uri() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    let seen = bench.receive(&response(
        &invite,
        "200 OK",
        "callee",
        "Record-Route: <sip:192.0.2.9>\n",
        true,
    ));
    assert!(seen.sent[0].starts_with("ACK sip:192.0.2.9 SIP/2.0\r\n"));
    assert_eq!(field(&seen.sent[0], "Route"), "<sip:gw@192.0.2.2:5060>");
    assert_eq!(seen.to[0].to_string(), "192.0.2.9:5060");
}

/// A bench whose trunk wants credentials.
fn with_credentials() -> Bench {
    Bench::with(|settings| {
        settings.trunks[0].credentials =
            Some(Credentials { username: "confab".into(), password: "secret".into(), realm: None });
    })
}

const CHALLENGE: &str =
    "Digest realm=\"carrier\", nonce=\"n1\", algorithm=MD5, qop=\"auth,auth-int\"";

#[test]
fn challenges_are_answered_once() {
    for (status, name, answer) in [
        ("401 Unauthorized", "WWW-Authenticate", "Authorization"),
        ("407 Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization"),
    ] {
        let mut bench = with_credentials();
        let invite = dialled(&mut bench);
        let challenge = format!("{name}: {CHALLENGE}\n");
        let seen = bench.receive(&response(&invite, status, "x", &challenge, false));
        assert!(seen.sent[0].starts_with("ACK ") && seen.events.is_empty());
        let second = &seen.sent[1];
        assert_eq!(field(second, "CSeq"), "2 INVITE");
        assert_eq!(field(second, "Call-ID"), field(&invite, "Call-ID"));
        assert_eq!(field(second, "From"), field(&invite, "From"));
        assert_ne!(field(second, "Via"), field(&invite, "Via"));
        let credentials = field(second, answer);
        assert!(credentials.contains("username=\"confab\"") && credentials.contains("nc=00000001"));
        assert!(credentials.contains("uri=\"sip:+33612345678@192.0.2.2:5060;user=phone\""));
        assert!(!credentials.contains("secret"));
        // The same challenge again: the password is wrong.
        let seen = bench.receive(&response(second, status, "x", &challenge, false));
        assert!(matches!(seen.event(), SipEvent::Ended { cause: EndCause::Rejected { .. }, .. }));
    }
}

#[test]
fn a_stale_nonce_is_replaced_and_later_requests_go_on_counting() {
    let mut bench = with_credentials();
    let invite = dialled(&mut bench);
    let first = format!("Proxy-Authenticate: {CHALLENGE}\n");
    let second = bench.receive(&response(&invite, "407 Auth", "x", &first, false)).sent.remove(1);
    let stale = format!("Proxy-Authenticate: {}, stale=true\n", CHALLENGE.replace("n1", "n2"));
    let third = bench.receive(&response(&second, "407 Auth", "x", &stale, false)).sent.remove(1);
    assert!(field(&third, "Proxy-Authorization").contains("nonce=\"n2\""));
    let seen = bench.receive(&response(&third, "200 OK", "callee", "", true));
    assert!(field(&seen.sent[0], "Proxy-Authorization").contains("nc=00000001"), "the ACK repeats");
    let bye = bench.command(Command::HangUp(CALL, HangUp::Normal)).sent.remove(0);
    assert!(field(&bye, "Proxy-Authorization").contains("nc=00000002"));
    // The BYE is challenged too, with yet another nonce.
    let fresh = format!("Proxy-Authenticate: {}\n", CHALLENGE.replace("n1", "n3"));
    let seen = bench.receive(&response(&bye, "407 Auth", "x", &fresh, false));
    assert!(field(&seen.sent[0], "Proxy-Authorization").contains("nonce=\"n3\""), "{seen:?}");
    bench.receive(&response(&seen.sent[0], "200 OK", "x", "", false));
    assert_eq!(bench.stats().calls, 0);
}

#[test]
fn the_strongest_challenge_that_is_known_comes_first() {
    let mut bench = with_credentials();
    let invite = dialled(&mut bench);
    let challenges = format!(
        "WWW-Authenticate: {}\nWWW-Authenticate: {}\nWWW-Authenticate: {CHALLENGE}\n",
        CHALLENGE.replace("MD5", "SHA-512-256"),
        CHALLENGE.replace("MD5", "SHA-256"),
    );
    let seen = bench.receive(&response(&invite, "401 Unauthorized", "x", &challenges, false));
    assert!(field(&seen.sent[1], "Authorization").contains("algorithm=SHA-256"));
}

#[test]
fn without_credentials_a_challenge_is_a_refusal() {
    let mut bench = Bench::new();
    let invite = dialled(&mut bench);
    let challenge = format!("WWW-Authenticate: {CHALLENGE}\n");
    let seen = bench.receive(&response(&invite, "401 Unauthorized", "x", &challenge, false));
    assert_ended(seen.event(), &EndCause::Rejected { status: 401, reason: "Unauthorized".into() });
}

#[test]
fn our_offer_is_answered_refused_or_tried_again() {
    let mut bench = Bench::new();
    answered(&mut bench);
    let offer = Command::Offer(CALL, "v=0 hold".into());
    let reinvite = bench.command(offer.clone()).sent.remove(0);
    assert!(reinvite.starts_with("INVITE sip:gw@192.0.2.2:5060 SIP/2.0\r\n"));
    assert_eq!(field(&reinvite, "CSeq"), "2 INVITE");
    let seen = bench.receive(&response(&reinvite, "200 OK", "", "", true));
    assert!(matches!(seen.event(), SipEvent::OfferAnswered { sdp, .. } if sdp == OFFER));
    assert_eq!(field(&seen.sent[0], "CSeq"), "2 ACK");

    let reinvite = bench.command(offer.clone()).sent.remove(0);
    let seen = bench.receive(&response(&reinvite, "488 Not Acceptable Here", "", "", false));
    assert!(matches!(seen.event(), SipEvent::OfferRefused { status: 488, .. }));

    let reinvite = bench.command(offer.clone()).sent.remove(0);
    let seen = bench.receive(&response(&reinvite, "491 Request Pending", "", "", false));
    assert!(seen.events.is_empty());
    // We began the call: between 2.1 and 4 seconds.
    assert!(bench.pass(2 * SECOND).sent.is_empty());
    let seen = bench.pass(2 * SECOND);
    assert!(seen.sent[0].starts_with("INVITE ") && field(&seen.sent[0], "CSeq") == "5 INVITE");

    let seen = bench.receive(&response(&seen.sent[0], "481 Gone", "", "", false));
    assert_ended(seen.event(), &EndCause::Lost);
}

#[test]
fn both_sides_offer_at_once() {
    let mut bench = Bench::new();
    let invite = answered(&mut bench);
    bench.command(Command::Offer(CALL, "v=0 hold".into()));
    let seen = bench.receive(&from_callee("INVITE", 1, &invite, "callee", "re", "", true));
    assert_eq!(seen.lines(), ["491 Request Pending"]);
    assert!(seen.events.is_empty());
}
