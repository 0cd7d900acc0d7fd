//! The real page in a real browser: headless Chromium presses *Call me*.

use std::process::Command;

use serde_json::Value;
use sim::Speech;

use crate::support::PATIENCE;
use crate::support::baresip::{self, Baresip};
use crate::support::confab::{Confab, Options};
use crate::support::process::Process;
use crate::support::sipp;

const NUMBER: &str = "01 99 00 00 01";

/// Has a browser do what `page.mjs` says; gives what it saw.
fn browse(url: &str, options: &[&str]) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/page.mjs");
    let mut command = Command::new("node");
    command.arg(script).arg(url).arg(NUMBER).args(options);
    let mut browser = Process::start(command);
    let status = browser.wait(PATIENCE * 4);
    assert!(status.success(), "{}", browser.output());
    serde_json::from_str(&browser.output()).expect("what was seen")
}

#[test]
fn pressing_call_me_rings_a_phone_and_shows_every_step() {
    let callee = sipp::callee("uas_answer").with(&["-d", "1500"]).start();
    let confab = Confab::start(Options::trunk(callee.address()));
    let conference = confab.api().conference("In the browser");
    let guest = Baresip::start(baresip::Setup { says: Some(Speech::Cards), codec: "pcma" });
    guest.dial(&conference.code, confab.sip_udp());
    let seen = browse(&conference.url, &[]);
    let states: Vec<&str> =
        seen["states"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let mut steps = states.iter();
    for step in ["calling", "ringing", "answered", "in", "ended"] {
        assert!(steps.any(|state| *state == step), "no {step} in its place: {states:?}");
    }
    assert_eq!(seen["ending"], "left", "{seen}");
    assert_eq!(seen["complaints"], Value::Array(Vec::new()), "{seen}");
    callee.succeed();
}

#[test]
fn a_busy_phone_and_a_cancelled_call_are_named() {
    let busy = sipp::callee("uas_refuse").replace("STATUS", 486).start();
    let confab = Confab::start(Options::trunk(busy.address()));
    let seen = browse(&confab.api().conference("Busy").url, &[]);
    assert_eq!(seen["ending"], "busy", "{seen}");
    busy.succeed();
    drop(confab);

    let ringing = sipp::callee("uas_ring").start();
    let confab = Confab::start(Options::trunk(ringing.address()));
    let seen = browse(&confab.api().conference("Cancelled").url, &["--cancel"]);
    assert_eq!(seen["ending"], "cancelled", "{seen}");
    ringing.succeed();
}
