//! `confab demo --once`: the main job without a person.

use std::time::Duration;

use serde_json::json;
use sim::phone::Conversation;
use tokio::time::{sleep, timeout};

use super::client::{self, Events};
use super::report::Report;
use super::stage::Stage;
use super::{Args, DemoError};

/// How long everything may take.
const LIMIT: Duration = Duration::from_secs(19);

/// Who is rung. They ring one and two seconds, and say different things in different codecs.
const NUMBERS: [&str; 2] = ["01 99 00 00 01", "01 99 00 00 02"];

/// How often it is asked whether one hears the other.
const LISTEN_EVERY: Duration = Duration::from_millis(200);

pub(super) async fn run(args: &Args) -> Result<(), DemoError> {
    let mut report = Report::begin();
    let played = timeout(LIMIT, play(args, &mut report)).await;
    let result = played.unwrap_or_else(|_| {
        let step = report.steps.last().map_or("nothing", |step| step.step);
        Err(DemoError::TooLate { step, limit: LIMIT })
    });
    println!("{}", report.end(result.as_ref().err().map(ToString::to_string)));
    result
}

/// A call that was placed.
struct Call {
    /// Its path in the API.
    path: String,
    /// Its participant's id.
    participant: String,
    /// Its number as the page shows it.
    masked: String,
}

async fn play(args: &Args, report: &mut Report) -> Result<(), DemoError> {
    let stage = Stage::set(args).await?;
    report.done("server_started", None);
    let conference = stage.conference("Demo").await?;
    report.url = Some(conference.url.clone());
    report.done("conference_created", None);
    let mut events = stage.client.events(&conference.path).await?;
    events.next().await?;
    report.done("events_followed", None);

    let mut calls = Vec::new();
    for number in NUMBERS {
        let path = format!("{}/calls", conference.path);
        let answer = stage.client.post(&path, &json!({ "number": number })).await?;
        let call = Call {
            path: format!("{path}/{}", client::text(&answer, "/id")?),
            participant: client::text(&answer, "/participant")?,
            masked: client::text(&answer, "/number")?,
        };
        report.done("call_placed", Some(&call.masked));
        calls.push(call);
    }
    follow(&mut events, &calls, report).await?;
    hear(&stage, &calls, report).await?;
    for call in &calls {
        stage.client.delete(&call.path).await?;
    }
    leave(&mut events, &calls, report).await?;
    stage.strike().await;
    report.done("server_stopped", None);
    Ok(())
}

/// Waits until everybody is in.
async fn follow(events: &mut Events, calls: &[Call], report: &mut Report) -> Result<(), DemoError> {
    let mut waited_for: Vec<&Call> = calls.iter().collect();
    while !waited_for.is_empty() {
        let event = events.next().await?;
        let Some(call) = calls.iter().find(|call| event.data["id"] == *call.participant) else {
            continue;
        };
        match (event.name.as_str(), event.data["state"].as_str()) {
            ("participant", Some("ringing")) => once(report, "ringing", call),
            ("participant", Some("answered")) => once(report, "answered", call),
            ("participant", Some("in")) => {
                once(report, "in_conference", call);
                waited_for.retain(|waited| waited.participant != call.participant);
            }
            ("left", _) => {
                let ending = event.data["ending"].as_str().unwrap_or("unknown").to_owned();
                return Err(DemoError::CallEnded { number: call.masked.clone(), ending });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Notes a step of a call the first time that it is seen.
fn once(report: &mut Report, step: &'static str, call: &Call) {
    let known = report
        .steps
        .iter()
        .any(|done| done.step == step && done.number.as_deref() == Some(call.masked.as_str()));
    if !known {
        report.done(step, Some(&call.masked));
    }
}

/// Waits until each hears the other, and checks that nobody hears themselves.
async fn hear(stage: &Stage, calls: &[Call], report: &mut Report) -> Result<(), DemoError> {
    let first = talking(stage, NUMBERS[0]).await;
    let second = talking(stage, NUMBERS[1]).await;
    let pairs = [(&first, &second), (&second, &first)];
    for ((listener, talker), call) in pairs.into_iter().zip(calls) {
        let other = loop {
            let found = listener.find(talker.says());
            if found.is_heard() {
                break found;
            }
            sleep(LISTEN_EVERY).await;
        };
        report.done("hears_the_other", Some(&call.masked));
        let own = listener.find(listener.says());
        report.hears(&call.masked, other, own);
        if !own.is_not_heard() {
            let number = call.masked.clone();
            return Err(DemoError::HearsItself { number, score: own.score });
        }
    }
    Ok(())
}

/// The phone at a number, which talks in the moment in which its call is answered.
async fn talking(stage: &Stage, number: &str) -> Conversation {
    loop {
        if let Some(phone) = stage.carrier.party(&e164(number)) {
            return phone;
        }
        sleep(LISTEN_EVERY).await;
    }
}

/// Waits until everybody has left.
async fn leave(events: &mut Events, calls: &[Call], report: &mut Report) -> Result<(), DemoError> {
    let mut left = 0;
    while left < calls.len() {
        let event = events.next().await?;
        let call = calls.iter().find(|call| event.data["id"] == *call.participant);
        if let (Some(call), "left") = (call, event.name.as_str()) {
            report.done("left", Some(&call.masked));
            left += 1;
        }
    }
    Ok(())
}

/// A French number as the carrier gets it.
fn e164(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    format!("+33{}", digits.trim_start_matches('0'))
}
