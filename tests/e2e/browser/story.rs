//! The whole of it, with clients that this project did not write: somebody signs up by mail, makes a conference, invites
//! by mail, and records it; the invited leaves a number and is called at the set time.

use std::path::Path;
use std::process::Command;

use audio::Rate;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim::Speech;
use tempfile::TempDir;

use super::quiet_server;
use crate::support::baresip::{Baresip, Setup};
use crate::support::browser::Browser;
use crate::support::confab::{Confab, Options, quoted};
use crate::support::mail::Mailbox;
use crate::support::sound;

/// How far ahead the set time is when those come who are to be there: enough to get ready.
const SOON: SignedDuration = SignedDuration::from_secs(15);

/// How far ahead it is when people are reminded: less than the hour that is chosen for that.
const REMINDED: SignedDuration = SignedDuration::from_mins(50);

#[test]
fn from_signing_up_by_mail_to_the_call_at_the_set_time_and_its_recording() {
    let mailbox = Mailbox::open();
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    let options = Options { trunk: Some(phone.sip()), has_test_clock: true, ..quiet_server() }
        .set("mail.smtp_url", quoted(&mailbox.smtp_url()))
        .set("mail.from", quoted("Confab <confab@example.com>"))
        .set("subscribers.sign_up", true)
        .set("calls.press_1", true);
    let confab = Confab::start(options);

    let mut anna = Browser::chromium(Some(Speech::Amiable));
    sign_up(&mut anna, &confab, &mailbox);
    let url = plan(&mut anna);
    anna.click("[data-action='invite']");
    anna.ask(&json!(["fill", "#invite-to", "Bert <bert@example.com>"]));
    anna.click("#invite-send");
    anna.wait_visible("#invited [data-address='bert@example.com']");
    let event = mailbox.letter("bert@example.com", "Invitation: Planning").event();
    assert_eq!((&event["method"], &event["sequence"]), (&json!("REQUEST"), &json!(0)));
    let ways = event["ways"].as_array().expect("ways in");
    let invited_to = ways.iter().filter_map(Value::as_str).find(|way| way.starts_with("http"));
    assert_eq!(invited_to, Some(url.as_str()));

    let mut bert = Browser::chromium(None);
    bert.open(&url);
    bert.wait_visible("#later[data-state='offered']");
    bert.picture("30-not-open-yet");
    bert.ask(&json!(["fill", "#later-number", "01 99 00 00 01"]));
    bert.ask(&json!(["fill", "#later-name", "Bert"]));
    bert.click("#call-later");
    bert.wait_visible("#later[data-state='booked']");

    let starts_at = move_by_a_day(&mut anna, &url);
    let event = mailbox.letter("bert@example.com", "Changed: Planning").event();
    assert_eq!(
        (&event["sequence"], &event["start"]),
        (&json!(1), &json!(starts_at.as_second() as f64))
    );

    // Days pass.
    confab.put_ahead(until(starts_at - REMINDED));
    assert_eq!(mailbox.letter("bert@example.com", "Reminder: Planning").link("/c/"), url);
    let ahead = until(starts_at - SOON);
    confab.put_ahead(ahead);
    bert.open(&url);
    bert.wait_visible("#later[data-state='booked']");
    anna.join(&url, "Anna");
    let bert_row = "[data-via='call_me']";
    anna.wait_visible(&format!("{bert_row}[data-state='confirming']"));
    assert!(Timestamp::now() + ahead >= starts_at, "it rings before the set time");
    phone.press("1");
    anna.wait_visible(&format!("{bert_row}[data-state='in']"));
    anna.wait_heard(Speech::Cards);
    phone.wait_heard(Speech::Amiable);
    bert.wait_visible("#later[data-state='called']");
    anna.picture("31-called-at-the-set-time");

    let recording = record(&mut anna, &phone);
    for speech in [Speech::Cards, Speech::Amiable] {
        let found = sound::find_by_seconds(speech, &recording, Rate::Hz16000);
        assert!(found.is_heard(), "{speech:?} in the recording: {found:?}");
    }
    assert_eq!(anna.complaints(), json!([]));
    assert_eq!(bert.complaints(), json!([]));
}

/// Signs up by a link that comes by mail.
fn sign_up(anna: &mut Browser, confab: &Confab, mailbox: &Mailbox) {
    anna.open(&confab.api().url("/sign-in"));
    anna.ask(&json!(["fill", "#mail", "anna@example.com"]));
    anna.ask(&json!(["fill", "#name", "Anna Lima"]));
    anna.click(".sign-in form button");
    let letter = mailbox.letter("anna@example.com", "Sign in");
    anna.open(&letter.link("/sign-in/"));
    anna.click("#sign-in");
    anna.wait_visible("#account");
}

/// How long it is until then.
fn until(time: Timestamp) -> Duration {
    time.duration_since(Timestamp::now()).try_into().expect("a time to come")
}

/// Makes a conference in two days, of which people are reminded an hour before; its URL.
fn plan(anna: &mut Browser) -> String {
    anna.ask(&json!(["fill", "#title", "Planning"]));
    anna.click("#scheduled");
    anna.wait_until(
        "(() => {
            const later = new Date(Date.now() + 2 * 86_400_000).toISOString();
            document.querySelector('#time-zone').value = 'Europe/Paris';
            document.querySelector('#starts-at').value = later.slice(0, 14) + '30';
            document.querySelector('#remind').value = '60';
            return true;
        })()",
    );
    anna.click("#create");
    anna.wait_visible("#created");
    anna.picture("29-planned");
    let url = anna.wait_until("document.querySelector('#created-url').value");
    url.as_str().expect("a URL").to_owned()
}

/// Moves the set time, as programs do that a subscriber has.
fn move_by_a_day(anna: &mut Browser, url: &str) -> Timestamp {
    let later = Timestamp::now() + SignedDuration::from_hours(3 * 24);
    let starts_at = Timestamp::from_second(later.as_second()).expect("a time");
    let key = url.rsplit('/').next().expect("a key");
    let status = anna.wait_until(&format!(
        "fetch('/api/v1/conferences/{key}', {{
            method: 'PATCH',
            headers: {{ 'Content-Type': 'application/json' }},
            body: JSON.stringify({{ starts_at: '{starts_at}', time_zone: 'Europe/Paris' }}),
        }}).then(({{ status }}) => status)"
    ));
    assert_eq!(status, 200);
    starts_at
}

/// Records on the page until each has heard the other, downloads that, and decodes it by `opusdec`: 16 kHz.
fn record(anna: &mut Browser, phone: &Baresip) -> Vec<f32> {
    anna.click("#record");
    anna.wait_visible("#recording-sign[data-on='true']");
    anna.wait_heard_again(Speech::Cards);
    phone.wait_heard_again(Speech::Amiable);
    anna.click("#record");
    anna.wait_visible("#recordings [data-state='over']");
    let file = anna.wait_until(
        "(async () => {
            const list = await fetch(location.pathname.replace('/c/', '/api/v1/conferences/') + '/recordings');
            const { recordings: [{ url }] } = await list.json();
            const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
            return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
        })()",
    );
    let file = STANDARD.decode(file.as_str().expect("a file")).expect("base64");
    let directory = TempDir::new().expect("a directory");
    let (opus, wav) = (directory.path().join("mix.ogg"), directory.path().join("mix.wav"));
    std::fs::write(&opus, file).expect("a written file");
    decode(&opus, &wav);
    sound::read_growing_wav(&wav)
}

fn decode(opus: &Path, wav: &Path) {
    let mut command = Command::new("opusdec");
    let output = command.args(["--quiet", "--rate", "16000"]).arg(opus).arg(wav).output();
    let output = output.expect("opusdec of opus-tools");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
