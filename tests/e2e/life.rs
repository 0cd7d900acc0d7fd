//! The server's own life: how it starts, stops and starts again.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::confab::{Confab, Options};
use crate::support::process::Process;
use crate::support::{PATIENCE, sipp};

fn run(arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_confab"));
    command.args(arguments);
    let mut process = Process::start(command);
    let status = process.wait(PATIENCE * 2);
    (status.success(), process.output())
}

#[test]
fn the_demo_plays_itself() {
    let (works, output) = run(&["demo", "--once", "--log", "error"]);
    assert!(works, "{output}");
    let report: Value = serde_json::from_str(&output).expect("a report");
    assert_eq!(report["ok"], true);
    assert!(report["total_ms"].as_u64().unwrap() < 20_000, "{output}");
    assert_eq!(report["hearing"].as_array().unwrap().len(), 2);
}

#[test]
fn help_names_the_commands_and_the_layers_of_configuration() {
    let (works, help) = run(&["--help"]);
    assert!(works);
    for word in ["serve", "demo", "Configuration", "confab.toml"] {
        assert!(help.contains(word), "{help}");
    }
}

#[test]
fn a_bad_configuration_names_the_key_the_value_and_what_is_allowed() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("bad.toml");
    fs::write(&file, "[calls]\nring_time_s = 4000\n").unwrap();
    let (works, output) = run(&["serve", "--config", file.to_str().unwrap()]);
    assert!(!works);
    for word in ["calls.ring_time_s", "4000", "from 5 to 180"] {
        assert!(output.contains(word), "{output}");
    }
}

#[test]
fn sigterm_ends_calls_with_bye_and_exits_with_0() {
    let callee = sipp::callee("uas_answer").with(&["-d", "200"]).start();
    let mut confab = Confab::start(Options::trunk(callee.address()));
    let conference = confab.api().conference("Until the end");
    let mut events = conference.events();
    conference.call("01 99 00 00 01");
    events.wait_for("in");
    confab.terminate();
    events.wait_for("server_stopped");
    callee.succeed();
    let status = confab.stop();
    assert_eq!(status.code(), Some(0), "{}", confab.log());
}

#[test]
fn conferences_survive_a_restart() {
    let confab = Confab::start(Options::default());
    let next_week = jiff::Timestamp::now().as_second() + 7 * 24 * 3600;
    let starts_at = jiff::Timestamp::from_second(next_week).unwrap().to_string();
    let body = json!({ "title": "Later", "starts_at": starts_at, "time_zone": "Europe/Paris" });
    let created = confab.api().post("/api/v1/conferences", body);
    assert_eq!(created.status, 201, "{}", created.body);
    let path = format!("/api/v1/conferences/{}", created.body["key"].as_str().unwrap());
    assert!(created.location.is_some_and(|location| location.ends_with(&path)));

    let confab = confab.restart();
    let view = confab.guest_api().get(&path).body;
    for field in ["title", "starts_at", "time_zone", "dial_in"] {
        assert_eq!(view[field], created.body[field], "{view}");
    }
    assert_eq!(view["open"], false);
    assert_eq!(view["state"], "resting");
    let too_early =
        confab.guest_api().post(&format!("{path}/calls"), json!({ "number": "01 99 00 00 01" }));
    assert_eq!(too_early.body["code"], "not_open", "{}", too_early.body);
}

#[test]
fn ending_a_conference_ends_its_calls() {
    let callee = sipp::callee("uas_answer").with(&["-d", "200"]).start();
    let confab = Confab::start(Options::trunk(callee.address()));
    let conference = confab.api().conference("Over");
    let mut events = conference.events();
    conference.call("01 99 00 00 01");
    events.wait_for("in");
    assert_eq!(confab.guest_api().delete(&conference.path()).status, 401);
    assert_eq!(confab.api().delete(&conference.path()).status, 204);
    events.wait_for("conference_ended");
    callee.succeed();
    assert_eq!(conference.view()["state"], "ended");
    confab.wait_until_empty();
}
