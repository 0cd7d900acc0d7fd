//! *Call me*: the server calls phones that sipp plays.

use crate::support::api::{Conference, Events};
use crate::support::confab::{Confab, Options};
use crate::support::sipp::{self, Sipp};

const NUMBER: &str = "01 99 00 00 01";

/// A server whose carrier is a sipp scenario, and a conference there.
struct Call {
    confab: Confab,
    conference: Conference,
    events: Events,
}

fn server_for(callee: &Sipp, options: Options) -> Call {
    let confab = Confab::start(Options { trunk: Some(callee.address()), ..options });
    let conference = confab.api().conference("Call me");
    let events = conference.events();
    Call { confab, conference, events }
}

#[test]
fn a_phone_rings_is_answered_and_hung_up() {
    let callee = sipp::callee("uas_answer").with(&["-d", "500"]).start();
    let mut call = server_for(&callee, Options::default());
    let path = call.conference.call(NUMBER);
    call.events.wait_for("ringing");
    call.events.wait_for("in");
    let view = call.conference.view();
    let label = view["participants"][0]["label"].as_str().unwrap();
    assert!(label.contains('•') && label.ends_with("01"), "{label}");
    assert_eq!(call.conference.api.delete(&path).status, 204);
    call.events.wait_for("left");
    callee.succeed();
    call.confab.wait_until_empty();
}

#[test]
fn a_phone_that_is_put_down_has_left() {
    let callee = sipp::callee("uas_hangs_up").with(&["-d", "500"]).start();
    let mut call = server_for(&callee, Options::default());
    let path = call.conference.call(NUMBER);
    call.events.wait_for("in");
    call.events.wait_for("left");
    callee.succeed();
    let answer = call.conference.api.get(&path);
    assert_eq!((answer.status, &answer.body["ending"]), (200, &"left".into()));
    call.confab.wait_until_empty();
}

#[test]
fn a_phone_presses_1_by_info_and_is_in() {
    let callee = sipp::callee("uas_presses_1").with(&["-d", "1000"]).start();
    let mut call = server_for(&callee, Options::default().set("calls.press_1", true));
    call.conference.call(NUMBER);
    call.events.wait_for("confirming");
    call.events.wait_for("in");
    call.events.wait_for("left");
    callee.succeed();
    call.confab.wait_until_empty();
}

#[test]
fn refusals_have_names() {
    for (status, ending) in [
        (486, "busy"),
        (603, "declined"),
        (404, "not_reachable"),
        (480, "no_answer"),
        (503, "trunk_failed"),
    ] {
        let callee = sipp::callee("uas_refuse").replace("STATUS", status).start();
        let mut call = server_for(&callee, Options::default());
        call.conference.call(NUMBER);
        let left = call.events.wait("an ending", |event| event.name == "left");
        assert_eq!(left.data["ending"], ending, "{status}");
        callee.succeed();
        call.confab.wait_until_empty();
    }
}

#[test]
fn nobody_answers_within_the_ring_time() {
    let callee = sipp::callee("uas_ring").start();
    let mut call = server_for(&callee, Options::default().set("calls.ring_time_s", 5));
    call.conference.call(NUMBER);
    call.events.wait_for("ringing");
    call.events.wait_for("no_answer");
    callee.succeed();
}

#[test]
fn a_ringing_phone_is_cancelled() {
    let callee = sipp::callee("uas_ring").start();
    let mut call = server_for(&callee, Options::default());
    let path = call.conference.call(NUMBER);
    call.events.wait_for("ringing");
    call.conference.api.delete(&path);
    call.events.wait_for("cancelled");
    callee.succeed();
    call.confab.wait_until_empty();
}

#[test]
fn a_phone_answers_while_it_is_cancelled() {
    let callee = sipp::callee("uas_cancel_race").start();
    let mut call = server_for(&callee, Options::default());
    let path = call.conference.call(NUMBER);
    call.events.wait_for("ringing");
    call.conference.api.delete(&path);
    call.events.wait_for("cancelled");
    callee.succeed();
    call.confab.wait_until_empty();
}

#[test]
fn carriers_signal_in_their_own_ways() {
    for scenario in ["uas_early_media", "uas_forked", "uas_record_route"] {
        let callee = sipp::callee(scenario).with(&["-d", "500"]).start();
        let mut call = server_for(&callee, Options::default());
        let path = call.conference.call(NUMBER);
        call.events.wait_for("ringing");
        call.events.wait_for("in");
        call.conference.api.delete(&path);
        callee.succeed();
        call.confab.wait_until_empty();
    }
}

#[test]
fn the_carriers_challenges_are_answered() {
    for scenario in ["uas_challenge", "uas_challenge_proxy"] {
        let callee = sipp::callee(scenario).start();
        let lines = "username = \"confab\"\npassword = \"open sesame\"\n";
        let options = Options { trunk_lines: lines, ..Options::default() };
        let mut call = server_for(&callee, options);
        let path = call.conference.call(NUMBER);
        call.events.wait_for("in");
        call.conference.api.delete(&path);
        callee.succeed();
    }
}

#[test]
fn a_carrier_that_is_not_there_is_a_trunk_that_failed() {
    let nobody = sipp::callee("uas_ring").start();
    let address = nobody.address();
    drop(nobody);
    let confab = Confab::start(Options::trunk(address));
    let conference = confab.api().conference("Nobody");
    let mut events = conference.events();
    conference.call(NUMBER);
    events.wait_long("the trunk's failure", |event| event.progress() == Some("trunk_failed"));
    confab.wait_until_empty();
}

#[test]
fn numbers_outside_the_allowed_prefixes_are_never_called() {
    let confab = Confab::start(Options::default());
    let conference = confab.api().conference("No fraud");
    let path = format!("{}/calls", conference.path());
    let body = serde_json::json!({ "number": "+1 202 555 0123" });
    let answer = confab.guest_api().post(&path, body);
    assert!((400..500).contains(&answer.status), "{}", answer.body);
    assert_eq!(answer.body["field"], "number", "{}", answer.body);
    assert_eq!(confab.metric("confab_calls"), 0.0);
}
