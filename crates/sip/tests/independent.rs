//! What we write, read by a parser that this project did not write (`rsipstack`).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::time::Duration;

use rsipstack::sip::{HeadersExt, SipMessage};
use sip::{CallId, Command, HangUp};
use support::peer::{Bench, OFFER, field, in_dialog, outside, response};

/// Reads a message and checks that the fields which make it part of a transaction and a dialog are understood alike.
fn read(text: &str) -> SipMessage {
    let message = SipMessage::try_from(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let (call_id, cseq, via) = match &message {
        SipMessage::Request(request) => (
            request.call_id_header().unwrap().to_string(),
            request.cseq_header().unwrap().to_string(),
            request.transaction_id().unwrap(),
        ),
        SipMessage::Response(response) => (
            response.call_id_header().unwrap().to_string(),
            response.cseq_header().unwrap().to_string(),
            response.transaction_id().unwrap(),
        ),
    };
    assert!(call_id.ends_with(field(text, "Call-ID")));
    assert!(cseq.ends_with(field(text, "CSeq")));
    assert!(field(text, "Via").contains(via.unwrap().value()));
    message
}

#[test]
fn requests_are_read_alike() {
    let mut bench = Bench::new();
    let invite = bench.dial().sent.remove(0);
    let SipMessage::Request(request) = read(&invite) else { panic!("{invite}") };
    assert_eq!(request.uri.user(), Some("+33612345678"));
    assert_eq!(request.body, OFFER.as_bytes());
    assert_eq!(request.typed_contact_headers().unwrap().len(), 1);
    let routes = "Record-Route: <sip:192.0.2.7;lr>, <sip:192.0.2.8;lr>\n";
    let ack = bench.receive(&response(&invite, "200 OK", "callee", routes, true)).sent.remove(0);
    let SipMessage::Request(ack) = read(&ack) else { panic!("{ack}") };
    assert_eq!(ack.typed_route_headers().unwrap().len(), 2);
    let hold = bench.command(Command::Offer(CallId(1), "v=0".into())).sent.remove(0);
    read(&hold);
    let bye = bench.command(Command::HangUp(CallId(1), HangUp::Cleared)).sent.remove(0);
    let SipMessage::Request(bye) = read(&bye) else { panic!("{bye}") };
    assert!(bye.reason_header().is_some());
}

#[test]
fn a_cancel_is_read_alike() {
    let mut bench = Bench::new();
    let invite = bench.dial().sent.remove(0);
    bench.receive(&response(&invite, "180 Ringing", "callee", "", false));
    read(&bench.command(Command::HangUp(CallId(1), HangUp::Stopping)).sent[0]);
}

#[test]
fn responses_are_read_alike() {
    let mut bench = Bench::new();
    let seen = bench.receive(&outside("INVITE", "inv", "", true));
    read(&seen.sent[0]);
    let call = seen.event().call();
    read(&bench.command(Command::Ring(call)).sent[0]);
    let ok = bench.command(Command::Answer(call, OFFER.into())).sent.remove(0);
    let SipMessage::Response(answer) = read(&ok) else { panic!("{ok}") };
    assert_eq!(answer.status_code.code(), 200);
    assert_eq!(answer.body, OFFER.as_bytes());
    bench.receive(&in_dialog("ACK", 1, &ok, "ack", "", false));
    for (cseq, method) in (2..).zip(["OPTIONS", "INFO", "REFER", "BYE"]) {
        read(&bench.receive(&in_dialog(method, cseq, &ok, method, "", false)).sent[0]);
    }
    read(&bench.receive(&outside("INVITE", "bad", "CSeq: 9 INVITE\n", true)).sent[0]);
    read(&bench.receive(&outside("INVITE", "ext", "Require: 100rel\n", true)).sent[0]);
    bench.pass(Duration::from_secs(1));
}
