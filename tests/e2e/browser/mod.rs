//! *Join with this browser*, in real browsers: their microphones play recorded speech, and what comes out of
//! the conference is searched for it.

mod foreign;
mod host;
mod mute;
mod network;
mod permission;
mod phone_too;
mod story;
mod subscriber;
mod together;

use serde_json::{Value, json};

use crate::support::api::{Answer, Conference};
use crate::support::confab::Options;

/// A server that tells nobody that they are alone.
fn quiet_server() -> Options {
    Options::default().set("conferences.announce_alone", false).set("prompts.music", false)
}

/// As a host: mutes a participant, or lets it be heard, or asks it to.
fn set_muted(conference: &Conference, participant: &str, muted: bool) -> Answer {
    let path = format!("{}/participants/{participant}", conference.path());
    conference.api.request("PATCH", &path, Some(&json!({ "muted": muted })))
}

/// Who is in the conference.
fn people(conference: &Conference) -> Vec<Value> {
    conference.view()["participants"].as_array().cloned().unwrap_or_default()
}
