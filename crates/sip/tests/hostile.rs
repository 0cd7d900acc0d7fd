//! An endpoint that is thrown anything at: nothing panics, and nothing that it remembers is without a limit or an end.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::time::Duration;

use proptest::prelude::*;
use sip::{CallId, Command, HangUp, Rejection, SipEvent};
use support::peer::{Bench, OFFER, PEER, from_callee, in_dialog, outside, response};

/// What the peer, the owner and the clock may do, in any order.
#[derive(Debug, Clone)]
enum Act {
    Invite,
    Cancel,
    InDialog(&'static str, u32, bool),
    Respond(&'static str, bool),
    Callee(&'static str, bool),
    Own(u8),
    Pass(u64),
    Garbled(usize, u8),
}

fn act() -> impl Strategy<Value = Act> {
    let method = prop::sample::select(vec![
        "INVITE", "ACK", "BYE", "UPDATE", "CANCEL", "OPTIONS", "INFO", "PRACK",
    ]);
    let status = prop::sample::select(vec![
        "100 Trying",
        "180 Ringing",
        "183 Progress",
        "200 OK",
        "401 Auth",
        "407 Auth",
        "481 Gone",
        "486 Busy",
        "487 Cancelled",
        "491 Pending",
        "503 Later",
        "603 No",
    ]);
    prop_oneof![
        Just(Act::Invite),
        Just(Act::Cancel),
        (method.clone(), 0..5_u32, any::<bool>()).prop_map(|(m, n, sdp)| Act::InDialog(m, n, sdp)),
        (status, any::<bool>()).prop_map(|(status, sdp)| Act::Respond(status, sdp)),
        (method, any::<bool>()).prop_map(|(m, sdp)| Act::Callee(m, sdp)),
        (0..9_u8).prop_map(Act::Own),
        (0..40_000_u64).prop_map(Act::Pass),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Act::Garbled(at, byte)),
    ]
}

/// The story of one bench: the last of each kind of message, to be answered or continued.
struct Story {
    bench: Bench,
    ours: Vec<String>,
    answer: Option<String>,
    call: Option<CallId>,
    ended: Vec<CallId>,
    branch: u32,
}

impl Story {
    fn play(&mut self, act: &Act) {
        let seen = match act {
            Act::Invite => self.bench.receive(&outside("INVITE", "inv", "", true)),
            Act::Cancel => self.bench.receive(&outside("CANCEL", "inv", "", false)),
            Act::InDialog(method, number, sdp) => {
                let Some(answer) = self.answer.clone() else { return };
                let branch = self.next_branch();
                self.bench.receive(&in_dialog(method, *number, &answer, &branch, "", *sdp))
            }
            Act::Respond(status, sdp) => {
                let Some(request) = self.ours.last().cloned() else { return };
                let challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\n";
                self.bench.receive(&response(&request, status, "callee", challenge, *sdp))
            }
            Act::Callee(method, sdp) => {
                let Some(invite) = self.ours.first().cloned() else { return };
                let branch = self.next_branch();
                self.bench.receive(&from_callee(
                    method,
                    self.branch,
                    &invite,
                    "callee",
                    &branch,
                    "",
                    *sdp,
                ))
            }
            Act::Own(what) => {
                let call = if what % 2 == 0 { CallId(1) } else { self.call.unwrap_or(CallId(1)) };
                self.bench.command(own(*what, call))
            }
            Act::Pass(ms) => self.bench.pass(Duration::from_millis(*ms)),
            Act::Garbled(at, byte) => {
                let mut data =
                    outside("INVITE", "inv", "", true).replace('\n', "\r\n").into_bytes();
                let at = at % data.len();
                data[at] = *byte;
                self.bench.receive_bytes(PEER, &data)
            }
        };
        self.note(seen);
    }

    fn note(&mut self, seen: support::peer::Seen) {
        for event in &seen.events {
            assert!(!self.ended.contains(&event.call()), "{event:?} after the end");
            match event {
                SipEvent::Incoming { call, .. } => self.call = Some(*call),
                SipEvent::Ended { call, .. } => self.ended.push(*call),
                _ => {}
            }
        }
        for text in seen.sent {
            if !text.starts_with("SIP/2.0") {
                self.ours.push(text);
            } else if text.contains("CSeq: 1 INVITE") && !text.starts_with("SIP/2.0 100") {
                self.answer = Some(text);
            }
        }
    }

    fn next_branch(&mut self) -> String {
        self.branch += 1;
        format!("b{}", self.branch)
    }
}

fn own(what: u8, call: CallId) -> Command {
    match what {
        0 | 1 => Command::HangUp(call, HangUp::Normal),
        2 | 3 => Command::Offer(call, OFFER.into()),
        4 => Command::Ring(call),
        5 => Command::Answer(call, OFFER.into()),
        6 => Command::RefuseOffer(call, 488),
        7 => Command::AcceptOffer(call, OFFER.into()),
        _ => Command::Reject(call, Rejection::status(486)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_happens_every_call_ends_once_and_nothing_stays(acts in proptest::collection::vec(act(), 0..40)) {
        let bench = Bench::with(|settings| {
            settings.trunks[0].credentials = Some(sip::Credentials {
                username: "u".into(),
                password: "p".into(),
                realm: None,
            });
        });
        let (ours, ended) = (Vec::new(), Vec::new());
        let mut story = Story { bench, ours, answer: None, call: None, ended, branch: 0 };
        let dialled = story.bench.dial();
        story.note(dialled);
        for act in &acts {
            story.play(act);
        }
        // In the end the owner hangs up, and the peer says nothing more.
        let last = story.bench.command(Command::Shutdown);
        story.note(last);
        let last = story.bench.pass(Duration::from_secs(300));
        story.note(last);
        let stats = story.bench.stats();
        prop_assert_eq!((stats.calls, stats.transactions), (0, 0));
        prop_assert!(story.ended.contains(&CallId(1)));
        prop_assert!(story.call.is_none_or(|call| story.ended.contains(&call)));
    }
}
