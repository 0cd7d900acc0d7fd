//! Inbound calls against a peer whose every message is written by hand.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::time::Duration;

use sip::{CallId, Command, EndCause, HangUp, Rejection, SipEvent};
use support::peer::{Bench, OFFER, field, in_dialog, outside};

const SECOND: Duration = Duration::from_secs(1);
const ANSWER: &str = "v=0 answer";

/// An INVITE comes in; returns its call.
fn called(bench: &mut Bench) -> CallId {
    let seen = bench.receive(&outside("INVITE", "inv", "", true));
    assert_eq!(seen.lines(), ["100 Trying"]);
    let SipEvent::Incoming { call, from, to_user, offer, .. } = seen.event() else {
        panic!("{seen:?}")
    };
    assert_eq!((from.user.as_str(), to_user.as_str()), ("+33698765432", "1234"));
    assert_eq!(offer.as_deref(), Some(OFFER.as_bytes()));
    *call
}

/// An INVITE comes in, is answered and acknowledged; returns its call and our 200.
fn talking(bench: &mut Bench) -> (CallId, String) {
    let call = called(bench);
    let ok = bench.command(Command::Answer(call, ANSWER.into())).sent.remove(0);
    assert!(bench.receive(&in_dialog("ACK", 1, &ok, "ack", "", false)).sent.is_empty());
    (call, ok)
}

fn assert_ended(event: &SipEvent, expected: &EndCause) {
    let SipEvent::Ended { cause, .. } = event else { panic!("{event:?}") };
    assert_eq!(cause, expected);
}

#[test]
fn a_call_rings_and_is_answered() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    let ringing = bench.command(Command::Ring(call)).sent.remove(0);
    assert!(ringing.starts_with("SIP/2.0 180 Ringing\r\n"));
    let early = bench.command(Command::Progress(call, "v=0 early".into())).sent.remove(0);
    assert!(early.starts_with("SIP/2.0 183 Session Progress\r\n") && early.ends_with("v=0 early"));
    let ok = bench.command(Command::Answer(call, ANSWER.into())).sent.remove(0);
    assert_eq!(field(&ok, "To"), field(&ringing, "To"));
    assert!(field(&ok, "To").starts_with("<sip:1234@192.0.2.1>;tag="));
    assert_eq!(field(&ok, "Contact"), "<sip:confab@192.0.2.1:5060>");
    assert!(field(&ok, "Allow").contains("UPDATE") && field(&ok, "Server").starts_with("Confab/"));
    assert_eq!(field(&ok, "Content-Type"), "application/sdp");
    assert!(ok.ends_with(ANSWER));
}

#[test]
fn a_retransmitted_invite_gets_the_last_response_again() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    let invite = outside("INVITE", "inv", "", true);
    assert_eq!(bench.receive(&invite).lines(), ["100 Trying"]);
    bench.command(Command::Ring(call));
    let seen = bench.receive(&invite);
    assert_eq!((seen.lines(), seen.events.len()), (vec!["180 Ringing"], 0));
}

#[test]
fn ringing_is_repeated_before_proxies_lose_patience() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    bench.command(Command::Ring(call));
    assert!(bench.pass(59 * SECOND).sent.is_empty());
    assert_eq!(bench.pass(62 * SECOND).lines(), ["180 Ringing", "180 Ringing"]);
}

#[test]
fn an_answer_is_repeated_until_its_ack_and_then_the_call_ends() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    let ok = bench.command(Command::Answer(call, ANSWER.into())).sent.remove(0);
    let seen = bench.pass(31 * SECOND);
    assert!(
        seen.sent.len() >= 9 && seen.sent.iter().all(|again| *again == ok),
        "{:?}",
        seen.lines()
    );
    let seen = bench.pass(2 * SECOND);
    assert_ended(seen.event(), &EndCause::AckTimeout);
    assert!(seen.sent.last().unwrap().starts_with("BYE sip:gw@192.0.2.2:5060 SIP/2.0\r\n"));
    bench.pass(40 * SECOND);
    assert_eq!((bench.stats().calls, bench.stats().transactions), (0, 0));
}

#[test]
fn an_ack_ends_the_repetition() {
    let mut bench = Bench::new();
    talking(&mut bench);
    assert!(bench.pass(100 * SECOND).sent.is_empty());
    assert_eq!((bench.stats().calls, bench.stats().transactions), (1, 0));
}

#[test]
fn a_caller_cancels() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    bench.command(Command::Ring(call));
    let seen = bench.receive(&outside("CANCEL", "inv", "", false));
    assert_eq!(seen.lines(), ["200 OK", "487 Request Terminated"]);
    assert_eq!(field(&seen.sent[0], "To"), field(&seen.sent[1], "To"), "one tag for both");
    assert_ended(seen.event(), &EndCause::Cancelled);
    let ack = outside("ACK", "inv", "", false);
    assert!(bench.receive(&ack).sent.is_empty());
    assert_eq!(bench.stats().calls, 0);
    bench.pass(40 * SECOND);
    assert_eq!(bench.stats().transactions, 0);
}

#[test]
fn a_cancel_after_the_answer_changes_nothing() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    let ok = bench.command(Command::Answer(call, ANSWER.into())).sent.remove(0);
    let seen = bench.receive(&outside("CANCEL", "inv", "", false));
    assert_eq!((seen.lines(), seen.events.len()), (vec!["200 OK"], 0));
    assert_eq!(field(&seen.sent[0], "To"), field(&ok, "To"), "one tag for both");
    assert_eq!(bench.receive(&outside("CANCEL", "unknown", "", false)).lines().len(), 1);
}

#[test]
fn a_refusal_is_repeated_until_its_ack() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    let rejection = Rejection { status: 503, retry_after: Some(7 * SECOND) };
    let seen = bench.command(Command::Reject(call, rejection));
    assert_eq!(field(&seen.sent[0], "Retry-After"), "7");
    assert_ended(seen.event(), &EndCause::Local);
    assert_eq!(bench.pass(2 * SECOND).lines().len(), 2);
    bench.receive(&outside("ACK", "inv", "", false));
    assert!(bench.pass(40 * SECOND).sent.is_empty());
    assert_eq!(bench.stats().transactions, 0);
}

#[test]
fn our_bye_waits_for_the_ack() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    let ok = bench.command(Command::Answer(call, ANSWER.into())).sent.remove(0);
    let seen = bench.command(Command::HangUp(call, HangUp::Normal));
    assert_ended(seen.event(), &EndCause::Local);
    assert!(seen.sent.is_empty());
    let seen = bench.receive(&in_dialog("ACK", 1, &ok, "ack", "", false));
    assert!(seen.sent[0].starts_with("BYE "));
}

#[test]
fn a_bye_before_the_ack_ends_the_call() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    let ok = bench.command(Command::Answer(call, ANSWER.into())).sent.remove(0);
    let seen = bench.receive(&in_dialog("BYE", 2, &ok, "bye", "", false));
    assert_ended(seen.event(), &EndCause::Remote);
    assert!(bench.pass(40 * SECOND).sent.is_empty());
}

#[test]
fn a_bye_before_the_answer_ends_the_call_too() {
    let mut bench = Bench::new();
    let call = called(&mut bench);
    let ringing = bench.command(Command::Ring(call)).sent.remove(0);
    let seen = bench.receive(&in_dialog("BYE", 2, &ringing, "bye", "", false));
    assert_eq!(seen.lines(), ["200 OK", "487 Request Terminated"]);
    assert_ended(seen.event(), &EndCause::Cancelled);
}

#[test]
fn byes_that_cross_are_both_answered() {
    let mut bench = Bench::new();
    let (call, ok) = talking(&mut bench);
    assert!(bench.command(Command::HangUp(call, HangUp::Normal)).sent[0].starts_with("BYE "));
    let seen = bench.receive(&in_dialog("BYE", 2, &ok, "bye", "", false));
    assert_eq!((seen.lines(), seen.events.len()), (vec!["200 OK"], 0));
}

#[test]
fn hold_resume_and_refresh_by_reinvite() {
    let mut bench = Bench::new();
    let (call, ok) = talking(&mut bench);
    let seen = bench.receive(&in_dialog("INVITE", 2, &ok, "re", "", true));
    assert_eq!(seen.lines(), ["100 Trying"]);
    assert!(matches!(seen.event(), SipEvent::Offer { sdp: Some(_), .. }));
    let held = bench.command(Command::AcceptOffer(call, "v=0 held".into())).sent.remove(0);
    assert!(held.ends_with("v=0 held"));
    // Another one before the ACK has to wait.
    let early = bench.receive(&in_dialog("INVITE", 3, &ok, "early", "", true));
    assert!(
        early.sent[0].starts_with("SIP/2.0 500 ") && early.sent[0].contains("\r\nRetry-After: ")
    );
    bench.receive(&in_dialog("ACK", 3, &ok, "early", "", false));
    bench.receive(&in_dialog("ACK", 2, &ok, "ack2", "", false));
    let seen = bench.receive(&in_dialog("INVITE", 4, &ok, "re2", "", true));
    assert!(matches!(seen.event(), SipEvent::Offer { .. }));
    let seen = bench.command(Command::RefuseOffer(call, 488));
    assert_eq!(seen.lines(), ["488 Not Acceptable Here"]);
    bench.receive(&in_dialog("ACK", 4, &ok, "re2", "", false));
    bench.pass(100 * SECOND);
    assert_eq!((bench.stats().calls, bench.stats().transactions), (1, 0));
}

#[test]
fn the_peer_takes_back_its_reinvite() {
    let mut bench = Bench::new();
    let (call, ok) = talking(&mut bench);
    bench.receive(&in_dialog("INVITE", 2, &ok, "re", "", true));
    let seen = bench.receive(&in_dialog("CANCEL", 2, &ok, "re", "", false));
    assert_eq!(seen.lines(), ["200 OK", "487 Request Terminated"]);
    assert!(bench.command(Command::AcceptOffer(call, ANSWER.into())).sent.is_empty());
    assert_eq!(bench.stats().calls, 1);
}

#[test]
fn updates_refresh_and_change_the_session() {
    let mut bench = Bench::new();
    let (call, ok) = talking(&mut bench);
    let seen = bench.receive(&in_dialog("UPDATE", 2, &ok, "u1", "", false));
    assert_eq!((seen.lines(), seen.events.len()), (vec!["200 OK"], 0));
    let seen = bench.receive(&in_dialog("UPDATE", 3, &ok, "u2", "", true));
    assert!(matches!(seen.event(), SipEvent::Offer { sdp: Some(_), .. }) && seen.sent.is_empty());
    let seen = bench.command(Command::AcceptOffer(call, ANSWER.into()));
    assert!(seen.sent[0].starts_with("SIP/2.0 200 OK\r\n") && seen.sent[0].ends_with(ANSWER));
    assert!(bench.pass(2 * SECOND).sent.is_empty(), "an UPDATE has no ACK to wait for");
}

#[test]
fn an_invite_without_an_offer_is_offered_one() {
    let mut bench = Bench::new();
    let seen = bench.receive(&outside("INVITE", "late", "", false));
    let SipEvent::Incoming { call, offer: None, .. } = *seen.event() else { panic!("{seen:?}") };
    let ok = bench.command(Command::Answer(call, "v=0 our offer".into())).sent.remove(0);
    let seen = bench.receive(&in_dialog("ACK", 1, &ok, "ack", "", true));
    assert!(matches!(seen.event(), SipEvent::AckAnswer { sdp, .. } if sdp == OFFER));
}

#[test]
fn an_offer_that_is_never_answered_makes_no_call() {
    let mut bench = Bench::new();
    let call = bench.receive(&outside("INVITE", "late", "", false)).event().call();
    let ok = bench.command(Command::Answer(call, "v=0 our offer".into())).sent.remove(0);
    let seen = bench.receive(&in_dialog("ACK", 1, &ok, "ack", "", false));
    assert!(matches!(
        seen.event(),
        SipEvent::Ended { cause: EndCause::Rejected { status: 488, .. }, .. }
    ));
    assert!(seen.sent[0].starts_with("BYE "));
}

#[test]
fn requests_out_of_order_are_refused() {
    let mut bench = Bench::new();
    let (_, ok) = talking(&mut bench);
    bench.receive(&in_dialog("OPTIONS", 10, &ok, "o1", "", false));
    let seen = bench.receive(&in_dialog("BYE", 9, &ok, "old", "", false));
    assert_eq!(seen.lines(), ["500 Server Internal Error"]);
    assert_eq!(bench.stats().calls, 1);
}

#[test]
fn every_method_has_an_answer() {
    let mut bench = Bench::new();
    let (_, ok) = talking(&mut bench);
    let in_call = [
        ("OPTIONS", "200 OK"),
        ("INFO", "200 OK"),
        ("MESSAGE", "405 Method Not Allowed"),
        ("NOTIFY", "405 Method Not Allowed"),
        ("REFER", "405 Method Not Allowed"),
        ("PRACK", "405 Method Not Allowed"),
        ("SUBSCRIBE", "405 Method Not Allowed"),
        ("FROBNICATE", "501 Not Implemented"),
    ];
    for (cseq, (method, expected)) in (2..).zip(in_call) {
        let seen = bench.receive(&in_dialog(method, cseq, &ok, method, "", false));
        assert_eq!(seen.lines(), [expected], "{method}");
    }
    let outside_any = [
        ("OPTIONS", "200 OK"),
        ("REGISTER", "405 Method Not Allowed"),
        ("BYE", "481 Call/Transaction Does Not Exist"),
        ("invite", "501 Not Implemented"),
    ];
    for (method, expected) in outside_any {
        let seen = bench.receive(&outside(method, &format!("out{method}"), "", false));
        assert_eq!(seen.lines(), [expected], "{method}");
    }
    let seen = bench.receive(&outside("OPTIONS", "opt", "", false));
    assert_eq!(field(&seen.sent[0], "Accept"), "application/sdp");
    assert!(field(&seen.sent[0], "Allow").starts_with("INVITE, "));
}

#[test]
fn requests_of_unknown_dialogs_are_told_so() {
    let mut bench = Bench::new();
    let (_, ok) = talking(&mut bench);
    for method in ["INVITE", "BYE", "UPDATE", "INFO"] {
        let request =
            in_dialog(method, 2, &ok, method, "", false).replace(";tag=caller", ";tag=other");
        assert_eq!(
            bench.receive(&request).lines(),
            ["481 Call/Transaction Does Not Exist"],
            "{method}"
        );
    }
    assert!(bench.receive(&in_dialog("ACK", 2, &ok, "a", "", false)).sent.is_empty());
    assert_eq!(bench.stats().calls, 1);
}

#[test]
fn what_we_lack_is_named() {
    let mut bench = Bench::new();
    let seen = bench.receive(&outside("INVITE", "req", "Require: 100rel, foo\n", true));
    assert_eq!(seen.lines(), ["420 Bad Extension"]);
    assert_eq!(field(&seen.sent[0], "Unsupported"), "100rel, foo");
    let isup = outside("INVITE", "ct", "", true).replace("application/sdp", "application/isup");
    assert_eq!(bench.receive(&isup).lines(), ["415 Unsupported Media Type"]);
    let zip = outside("INVITE", "ce", "Content-Encoding: gzip\n", true);
    assert_eq!(bench.receive(&zip).lines(), ["415 Unsupported Media Type"]);
    assert_eq!(bench.stats().calls, 0);
}

#[test]
fn the_same_invite_by_two_ways_is_one_call() {
    let mut bench = Bench::new();
    called(&mut bench);
    let other_way = outside("INVITE", "inv", "", true).replacen("z9hG4bKinv", "z9hG4bKother", 1);
    assert_eq!(bench.receive(&other_way).lines(), ["482 Loop Detected"]);
    assert_eq!(bench.stats().calls, 1);
}

#[test]
fn at_its_limit_of_calls_the_endpoint_says_when_to_come_back() {
    let mut bench = Bench::with(|settings| settings.limits.calls_max = 1);
    called(&mut bench);
    let seen = bench.receive(&outside("INVITE", "two", "", true));
    assert_eq!(seen.lines(), ["503 Service Unavailable"]);
    assert_eq!(field(&seen.sent[0], "Retry-After"), "10");
    let seen = bench.dial();
    assert_ended(seen.event(), &EndCause::Refused);
    assert_eq!(bench.stats().over_limit, 2);
}

#[test]
fn at_its_limit_of_transactions_nothing_more_is_remembered() {
    let mut bench = Bench::with(|settings| settings.limits.transactions_max = 10);
    for count in 0..100 {
        let seen = bench.receive(&outside("OPTIONS", &format!("o{count}"), "", false));
        let expected = if count < 10 { "200 OK" } else { "503 Service Unavailable" };
        assert_eq!(seen.lines(), [expected]);
    }
    assert_eq!((bench.stats().transactions, bench.stats().over_limit), (10, 90));
}

#[test]
fn record_routes_are_copied_and_followed() {
    let mut bench = Bench::new();
    let routes = "Record-Route: <sip:192.0.2.7;lr>\nRecord-Route: <sip:192.0.2.8;lr>\n";
    let call = bench.receive(&outside("INVITE", "rr", routes, true)).event().call();
    let ok = bench.command(Command::Answer(call, ANSWER.into())).sent.remove(0);
    assert!(
        ok.contains("Record-Route: <sip:192.0.2.7;lr>\r\nRecord-Route: <sip:192.0.2.8;lr>\r\n")
    );
    bench.receive(&in_dialog("ACK", 1, &ok, "ack", "", false));
    let bye = bench.command(Command::HangUp(call, HangUp::Cleared));
    assert_eq!(bye.to[0].to_string(), "192.0.2.7:5060");
    assert!(bye.sent[0].contains("Route: <sip:192.0.2.7;lr>\r\nRoute: <sip:192.0.2.8;lr>\r\n"));
    assert!(field(&bye.sent[0], "Reason").contains("cause=16"));
}

#[test]
fn a_telephone_uri_and_an_asserted_identity_are_understood() {
    let mut bench = Bench::with(|settings| settings.trunks[0].asserted_identity = true);
    let asserted = "P-Asserted-Identity: \"Ann\" <tel:+1-202-555-0100>\n";
    let invite = outside("INVITE", "tel", asserted, true)
        .replace("sip:1234@192.0.2.1 SIP", "tel:+33-1-23 SIP");
    let seen = bench.receive(&invite);
    let SipEvent::Incoming { from, to_user, .. } = seen.event() else { panic!("{seen:?}") };
    assert_eq!((from.user.as_str(), from.display.as_deref()), ("+12025550100", Some("Ann")));
    assert_eq!(to_user, "+33123");
}

#[test]
fn a_shutdown_ends_all_calls_and_takes_no_more() {
    let mut bench = Bench::new();
    let (_, _) = talking(&mut bench);
    let bye = bench.command(Command::Shutdown);
    assert_ended(bye.event(), &EndCause::Local);
    assert!(bye.sent[0].starts_with("BYE ") && !bench.core.is_shut_down());
    assert_eq!(
        bench.receive(&outside("INVITE", "n", "", true)).lines(),
        ["503 Service Unavailable"]
    );
    bench.receive(&support::peer::response(&bye.sent[0], "200 OK", "", "", false));
    assert!(bench.core.is_shut_down());
}

#[test]
fn a_reinvite_without_an_offer_is_offered_one() {
    let mut bench = Bench::new();
    let (call, ok) = talking(&mut bench);
    let seen = bench.receive(&in_dialog("INVITE", 2, &ok, "re", "", false));
    assert!(matches!(seen.event(), SipEvent::Offer { sdp: None, .. }));
    bench.command(Command::AcceptOffer(call, "v=0 our offer".into()));
    let seen = bench.receive(&in_dialog("ACK", 2, &ok, "ack2", "", true));
    assert!(matches!(seen.event(), SipEvent::AckAnswer { sdp, .. } if sdp == OFFER));
}

#[test]
fn a_call_that_nobody_answers_does_not_stay() {
    let mut bench = Bench::new();
    called(&mut bench);
    assert!(bench.pass(179 * SECOND).events.is_empty());
    let seen = bench.pass(SECOND);
    assert_eq!(seen.lines(), ["480 Temporarily Unavailable"]);
    assert_ended(seen.event(), &EndCause::RingTimeout);
}

#[test]
fn a_key_may_come_by_info() {
    let mut bench = Bench::new();
    let (call, ok) = talking(&mut bench);
    let bodies = [
        ("application/dtmf-relay", "Signal= 1\r\nDuration= 160\r\n", Some('1')),
        ("application/dtmf-relay", "duration=100\r\nSIGNAL=#", Some('#')),
        ("application/dtmf; x=y", "*", Some('*')),
        ("application/dtmf", "10", Some('*')),
        ("application/dtmf-relay", "Signal=", None),
        ("application/vnd.other", "1", None),
    ];
    for (number, (media_type, body, expected)) in (2..).zip(bodies) {
        let more = format!("Content-Type: {media_type}\nContent-Length: {}\n", body.len());
        let branch = format!("info{number}");
        let info = in_dialog("INFO", number, &ok, &branch, &more, false);
        let info = info.replace("Content-Length: 0\n", "").trim_end().to_owned() + "\n\n" + body;
        let seen = bench.receive(&info);
        let status = if expected.is_some() { "200 OK" } else { "415 Unsupported Media Type" };
        assert_eq!(seen.lines(), [status], "{body}");
        let told = seen.events.first().map(|event| match event {
            SipEvent::Digit { call: of, digit } if *of == call => *digit,
            other => panic!("{other:?}"),
        });
        assert_eq!(told, expected, "{body}");
    }
}
