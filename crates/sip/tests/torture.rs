//! The torture messages of RFC 4475, each with what becomes of it at an endpoint that knows its sender as a trunk.
//!
//! The files are named as in the RFC. Where an element may choose, the choice is said beside the message.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use sip::SipEvent;
use support::peer::{Bench, PEER, field};

enum Fate {
    /// It becomes a call.
    Call,
    /// It gets this one response.
    Answer(u16),
    /// It is a response to nothing, or too broken to be answered.
    Silence,
}

use Fate::{Answer, Call, Silence};

macro_rules! torture {
    ($($section:literal $name:literal $fate:expr),* $(,)?) => {
        &[$(($section, $name, include_bytes!(concat!("torture/", $name, ".sip")), $fate)),*]
    };
}

const MESSAGES: &[(&str, &str, &[u8], Fate)] = torture![
    // Its To has a tag, of a dialog that we don't have.
    "3.1.1.1" "wsinv" Answer(481),
    "3.1.1.2" "intmeth" Answer(501),
    "3.1.1.3" "esc01" Call,
    "3.1.1.4" "escnull" Answer(405),
    "3.1.1.5" "esc02" Answer(501),
    "3.1.1.6" "lwsdisp" Answer(200),
    "3.1.1.7" "longreq" Call,
    "3.1.1.8" "dblreq" Answer(405),
    "3.1.1.9" "semiuri" Answer(200),
    "3.1.1.10" "transports" Answer(200),
    "3.1.1.11" "mpart01" Answer(405),
    "3.1.1.12" "unreason" Silence,
    "3.1.1.13" "noreason" Silence,
    // Its Via can't be read, so that nobody knows where an answer should go.
    "3.1.2.1" "badinv01" Silence,
    "3.1.2.2" "clerr" Answer(400),
    "3.1.2.3" "ncl" Answer(400),
    "3.1.2.4" "scalar02" Answer(400),
    "3.1.2.5" "scalarlg" Silence,
    "3.1.2.6" "quotbal" Answer(400),
    "3.1.2.7" "ltgtruri" Answer(400),
    "3.1.2.8" "lwsruri" Answer(400),
    "3.1.2.9" "lwsstart" Answer(400),
    "3.1.2.10" "trws" Answer(400),
    "3.1.2.11" "escruri" Answer(400),
    // We have no use for the Date.
    "3.1.2.12" "baddate" Call,
    // We are no registrar: what a REGISTER holds doesn't matter.
    "3.1.2.13" "regbadct" Answer(405),
    "3.1.2.14" "badaspec" Answer(400),
    // What is meant is clear.
    "3.1.2.15" "baddn" Answer(200),
    "3.1.2.16" "badvers" Answer(505),
    "3.1.2.17" "mismatch01" Answer(400),
    "3.1.2.18" "mismatch02" Answer(400),
    "3.1.2.19" "bigcode" Silence,
    "3.2.1" "badbranch" Answer(200),
    // Without From, To and Call-ID there is nothing to make a response of.
    "3.3.1" "insuf" Silence,
    "3.3.2" "unkscm" Answer(416),
    "3.3.3" "novelsc" Answer(416),
    "3.3.4" "unksm2" Answer(405),
    "3.3.5" "bext01" Answer(420),
    "3.3.6" "invut" Answer(415),
    "3.3.7" "regaut01" Answer(405),
    "3.3.8" "multi01" Answer(400),
    "3.3.9" "mcl01" Answer(400),
    "3.3.10" "bcast" Silence,
    // An endpoint takes what has come as far as it may go; only a proxy would refuse it.
    "3.3.11" "zeromf" Answer(200),
    "3.3.12" "cparam01" Answer(405),
    "3.3.13" "cparam02" Answer(405),
    "3.3.14" "regescrt" Answer(405),
    "3.3.15" "sdp01" Answer(406),
    "3.4.1" "inv2543" Call,
];

#[test]
fn each_message_meets_its_fate() {
    for (section, name, message, fate) in MESSAGES {
        let mut bench = Bench::new();
        let seen = bench.receive_bytes(PEER, message);
        let what = format!("{section} {name}: {seen:?}");
        match fate {
            Call => {
                assert!(
                    matches!(seen.event(), SipEvent::Incoming { offer: Some(_), .. }),
                    "{what}"
                );
                assert_eq!(seen.lines(), ["100 Trying"], "{what}");
            }
            Answer(status) => {
                assert_eq!(seen.sent.len(), 1, "{what}");
                assert!(seen.lines()[0].starts_with(&status.to_string()), "{what}");
                assert!(seen.events.is_empty(), "{what}");
            }
            Silence => assert!(seen.sent.is_empty() && seen.events.is_empty(), "{what}"),
        }
    }
}

#[test]
fn all_of_section_3_is_here() {
    assert_eq!(MESSAGES.len(), 49);
}

fn message(wanted: &str) -> &'static [u8] {
    MESSAGES.iter().find(|(_, name, ..)| *name == wanted).unwrap().2
}

#[test]
fn the_tortuous_invite_is_understood() {
    let mut bench = Bench::new();
    let seen = bench.receive_bytes(PEER, message("wsinv"));
    let from = field(&seen.sent[0], "From");
    assert_eq!(from, r#""J Rosenberg \\\"" <sip:jdrosen@example.com>;tag=98asjd8"#);
    assert_eq!(field(&seen.sent[0], "CSeq"), "9 INVITE");
    assert_eq!(field(&seen.sent[0], "To"), "<sip:vivekg@chair-dnrc.example.com>;tag=1918181833n");
    let hops = seen.sent[0].lines().filter(|line| line.starts_with("Via: ")).count();
    assert_eq!(hops, 3);
}

#[test]
fn escapes_are_decoded_for_people_and_kept_for_machines() {
    let mut bench = Bench::new();
    let seen = bench.receive_bytes(PEER, message("esc01"));
    let SipEvent::Incoming { from, to_user, .. } = seen.event() else { panic!("{seen:?}") };
    assert_eq!((from.user.as_str(), to_user.as_str()), ("I have spaces", "sips:user@example.com"));
    assert_eq!(field(&seen.sent[0], "To"), "<sip:%75se%72@example.com>");
}

#[test]
fn the_longest_request_keeps_all_its_hops() {
    let mut bench = Bench::new();
    let seen = bench.receive_bytes(PEER, message("longreq"));
    assert_eq!(seen.sent[0].lines().filter(|line| line.starts_with("Via: ")).count(), 34);
}

#[test]
fn every_prefix_of_every_message_is_survived() {
    let mut bench = Bench::new();
    for (_, _, message, _) in MESSAGES {
        for length in 0..message.len() {
            bench.receive_bytes(PEER, &message[..length]);
        }
    }
}
