//! Callers that sipp plays dial in.

use crate::support::confab::{Confab, Options};
use crate::support::sipp;

const NO_PAUSE: [&str; 2] = ["-d", "300"];

#[test]
fn a_caller_dials_the_code_over_udp_and_over_tcp() {
    let confab = Confab::start(Options::default());
    let conference = confab.api().conference("By phone");
    let mut events = conference.events();
    sipp::caller("uac_call", confab.sip_udp(), &conference.code).with(&NO_PAUSE).start().succeed();
    events.wait_for("in");
    events.wait_for("left");
    sipp::caller("uac_call", confab.sip_tcp(), &conference.code)
        .with(&["-d", "300", "-t", "t1"])
        .start()
        .succeed();
    events.wait_for("in");
    events.wait_for("left");
    confab.wait_until_empty();
}

#[test]
fn a_caller_is_shown_masked_and_by_phone() {
    let confab = Confab::start(Options::default());
    let conference = confab.api().conference("By phone");
    let mut events = conference.events();
    let caller = sipp::caller("uac_call", confab.sip_udp(), &conference.code);
    let caller = caller.with(&["-d", "1000"]).start();
    let seen = events.wait_for("in").data;
    assert_eq!(seen["via"], "dial_in");
    assert_eq!(seen["label"], "+33 • •• •• •• 78");
    assert!(!confab.log().contains("612345678"), "a whole number is in the log");
    caller.succeed();
}

#[test]
fn an_unknown_code_is_not_found() {
    let confab = Confab::start(Options::default());
    sipp::caller("uac_refused", confab.sip_udp(), "00000000")
        .replace("STATUS", 404)
        .start()
        .succeed();
}

#[test]
fn a_stranger_is_refused_whatever_is_dialled() {
    let options = Options { trunk_lines: "sources = [\"203.0.113.0/24\"]\n", ..Options::default() };
    let confab = Confab::start(options);
    let conference = confab.api().conference("Not for strangers");
    for dialled in [conference.code.as_str(), "00000000"] {
        sipp::caller("uac_refused", confab.sip_udp(), dialled)
            .replace("STATUS", 403)
            .start()
            .succeed();
    }
    confab.wait_until_empty();
}

#[test]
fn a_caller_proves_who_it_is_by_digest() {
    let lines = "sources = []\ninbound_username = \"desk\"\ninbound_password = \"open sesame\"\n";
    let confab = Confab::start(Options { trunk_lines: lines, ..Options::default() });
    let conference = confab.api().conference("By password");
    let uri = format!("{}@{}", conference.code, confab.sip_udp());
    let known = ["-d", "300", "-au", "desk", "-ap", "open sesame", "-auth_uri", &uri];
    sipp::caller("uac_digest", confab.sip_udp(), &conference.code).with(&known).start().succeed();
    let wrong = ["-au", "desk", "-ap", "open barley", "-auth_uri", &uri];
    sipp::caller("uac_digest_refused", confab.sip_udp(), &conference.code)
        .with(&wrong)
        .start()
        .succeed();
}

#[test]
fn a_full_server_says_when_to_try_again() {
    let confab = Confab::start(Options::default().set("sip.calls_max", 1));
    let conference = confab.api().conference("Small");
    let mut events = conference.events();
    let first = sipp::caller("uac_call", confab.sip_udp(), &conference.code);
    let first = first.with(&["-d", "3000"]).start();
    events.wait_for("in");
    sipp::caller("uac_busy_server", confab.sip_udp(), &conference.code).start().succeed();
    first.succeed();
}

#[test]
fn a_caller_holds_resumes_and_refreshes() {
    let confab = Confab::start(Options::default());
    let conference = confab.api().conference("On hold");
    sipp::caller("uac_hold", confab.sip_udp(), &conference.code).start().succeed();
    confab.wait_until_empty();
}

#[test]
fn a_caller_leaves_the_offer_to_the_server() {
    let confab = Confab::start(Options::default());
    let conference = confab.api().conference("Late offer");
    let mut events = conference.events();
    let caller = sipp::caller("uac_late_offer", confab.sip_udp(), &conference.code);
    let caller = caller.with(&["-d", "3000"]).start();
    events.wait_for("in");
    events.wait("the caller speaks", |event| event.data["speaking"] == true);
    caller.succeed();
    confab.wait_until_empty();
}

#[test]
fn a_caller_cancels_too_late() {
    let confab = Confab::start(Options::default());
    let conference = confab.api().conference("Too late");
    sipp::caller("uac_cancel", confab.sip_udp(), &conference.code).start().succeed();
    confab.wait_until_empty();
}

#[test]
fn what_belongs_to_no_call_is_answered() {
    let confab = Confab::start(Options::default());
    sipp::caller("uac_options", confab.sip_udp(), "anybody").start().succeed();
}
