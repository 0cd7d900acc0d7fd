//! The load tester against the real server, on a small scale: what it says of a server that is well, and of one that
//! refuses or hangs up.

use std::time::Duration;

use ::load::crowd::Order;
use ::load::destination::Reach;
use ::load::plan::{Codec, Kind, Plan, Request};
use ::load::report::{self, Origin};
use ::load::result::{Machine, RunResult};
use ::load::run::{RunError, RunSettings, run};
use ::load::stop::Stop;
use ::load::target::{SipRooms, Target, TargetError};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::confab::{Confab, Options, TOKEN};
use crate::support::sipp;

/// Most of the packets due come back on any machine: so much that nobody could say that sound doesn't flow. How many
/// exactly is a question for a quiet machine.
const RETURNED_MIN: f64 = 0.9;

fn settings(target: Target, request: Request) -> RunSettings {
    RunSettings {
        plan: Plan::new(request).expect("a plan"),
        order: Order::Rooms,
        target,
        rate_per_s: 20.0,
        reach: Reach::Loopback,
        pid: None,
        core: None,
        realtime: true,
    }
}

fn carry_out(settings: &RunSettings) -> Result<RunResult, RunError> {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(run(settings, &Stop::default(), &mut ()))
}

fn server() -> Confab {
    Confab::start_alone(
        Options::default().set("conferences.announce_alone", false).set("prompts.music", false),
    )
}

fn conferences_of(confab: &Confab, by_sip: bool) -> Target {
    let sip = by_sip.then(|| format!("sip:{}", confab.sip_udp()).parse().expect("a SIP URI"));
    Target::Api { url: confab.api().url(""), token: TOKEN.to_owned(), sip }
}

fn sip(address: impl std::fmt::Display) -> Target {
    let target = format!("sip:1000@{address}").parse().expect("a SIP URI");
    Target::Sip(SipRooms { target, first_room: 0, credentials: None })
}

/// Everybody is up, sound flows, and all hear all but themselves.
fn assert_well(result: &RunResult, legs: u64) {
    let calls = &result.calls;
    assert_eq!((calls.placed, calls.up, calls.failed), (legs, legs, 0), "{:?}", calls.failures);
    let measured = &result.measured;
    let returned = measured.returned();
    assert!(measured.packets.due > 0 && returned > RETURNED_MIN, "{returned} {measured:?}");
    let hearing = &measured.hearing;
    assert!(hearing.talkers_with_ears > 0 && hearing.chirps_heard > 0, "{hearing:?}");
    assert!(hearing.is_right(), "{hearing:?}");
    assert!(measured.latency_ms.p50 > 0.0, "{:?}", measured.latency_ms);
}

#[test]
fn phones_in_two_rooms_are_all_heard() {
    let confab = server();
    let request = Request {
        rooms: 2,
        legs_per_room: 6,
        talkers: 2,
        duration: Duration::from_secs(4),
        ..Request::default()
    };
    let target = conferences_of(&confab, true);
    let settings = RunSettings { pid: Some(confab.id()), ..settings(target, request) };
    let result = carry_out(&settings).expect("a run");
    assert_well(&result, 12);
    let server = result.server.as_ref().expect("the server's process is known");
    assert!(server.memory_bytes > 0 && server.media_cpu_percent.is_some(), "{server:?}");

    let json = serde_json::to_string(&result).expect("JSON");
    let json: Value = serde_json::from_str(&json).expect("JSON that can be read");
    assert_eq!(json["calls"]["up"], 12);
    assert_one_file(&report::run(&result, &Origin::now(Machine::this(None))));
    confab.wait_until_empty();
}

#[test]
fn browsers_are_all_heard() {
    let confab = server();
    let request = Request {
        legs_per_room: 6,
        talkers: 3,
        codec: Codec::Opus,
        kind: Kind::Browser,
        duration: Duration::from_secs(4),
        ..Request::default()
    };
    let result = carry_out(&settings(conferences_of(&confab, false), request)).expect("a run");
    assert_well(&result, 6);
    confab.wait_until_empty();
}

#[test]
fn nothing_leaves_the_machine_unless_it_is_said_that_it_may() {
    let refused = carry_out(&settings(sip("192.0.2.1:5060"), Request::default()));
    let error = refused.map(|_| ()).expect_err("a refusal");
    let is_typed = matches!(error, RunError::Target(TargetError::Destination(_)));
    assert!(is_typed && error.to_string().contains("--remote"), "{error}");
}

#[test]
fn calls_that_are_refused_or_end_early_are_counted_by_their_reason() {
    let request = Request {
        legs_per_room: 3,
        talkers: 1,
        codec: Codec::Pcma,
        duration: Duration::from_secs(2),
        ..Request::default()
    };
    let busy = sipp::callee("uas_refuse").with(&["-m", "3"]).replace("STATUS", 486).start();
    let result = carry_out(&settings(sip(busy.address()), request)).expect("a run");
    assert_eq!(result.calls.failures, [("SIP 486 Refused".to_owned(), 3)].into());
    assert!(!result.holds());
    busy.succeed();

    let fickle = sipp::callee("uas_hangs_up").with(&["-m", "3", "-d", "500"]).start();
    let result = carry_out(&settings(sip(fickle.address()), request)).expect("a run");
    assert_eq!(result.calls.up, 3);
    assert_eq!(result.calls.failures, [("ended early by the server".to_owned(), 3)].into());
    fickle.succeed();
}

/// A page that shows everything without asking anybody for anything.
fn assert_one_file(html: &str) {
    assert!(html.contains("<svg") && html.trim_end().ends_with("</html>"), "{html}");
    for asked in ["src=\"http", "href=\"http", "<link", "<script src", "@import", "url(http"] {
        assert!(!html.contains(asked), "the report asks for something elsewhere: {asked}");
    }
}
