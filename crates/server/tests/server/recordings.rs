//! A conference is recorded: everybody hears and sees it, and the subscriber has the files.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use audio::Rate;
use audio::resample::Resampler;
use serde_json::{Value, json};
use server::prompts::{Language, Prompts, Word};
use sim::Carrier;
use sim::correlate::{self, NOT_HEARD};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{Server, TOKEN, bearer, request, send};

/// Both are answered at once and talk.
const ANNA: &str = "+33 1 99 00 00 00";
const BERT: &str = "+33 1 99 00 00 01";

/// More than an excerpt of speech takes, said from whatever point of it on.
const SECONDS: f64 = 14.0;

/// How far off a second of sound is looked for in another file: a quarter of one.
const AROUND_SAMPLES: usize = 2_000;

/// A conference that Anna is in, by phone.
async fn with_anna() -> (Server, Carrier, String) {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let (call, _) = server.call(&conference, ANNA).await;
    server.call_until(&call, |call| call["state"] == "in").await;
    (server, carrier, conference)
}

async fn switch(server: &Server, conference: &str, body: Value) -> super::support::Reply {
    server.tell_as_owner("PUT", &format!("{conference}/recording"), &body).await
}

/// Waits until a condition holds that nobody is told of.
async fn until<F: Future<Output = bool>>(holds: impl Fn() -> F) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("it never came to that");
}

/// A file, as bytes.
async fn download(server: &Server, path: &str, headers: &[&str]) -> (String, Vec<u8>) {
    let token = bearer(TOKEN);
    let headers: Vec<&str> = headers.iter().copied().chain([token.as_str()]).collect();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(request("GET", path, &headers, None).as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8_lossy(&bytes[..head]).to_lowercase(), bytes.split_off(head + 4))
}

/// What `opusdec` makes of a file, at 8 kHz.
fn played(directory: &Path, file: &[u8]) -> Vec<f32> {
    let path = directory.join("downloaded.ogg");
    std::fs::write(&path, file).unwrap();
    let decoded = Command::new("opusdec")
        .args(["--quiet", "--float", "--force-wav"])
        .arg(path)
        .arg("-")
        .output();
    let wav = decoded.expect("opusdec, of Debian's opus-tools").stdout;
    let data = wav.windows(4).position(|four| four == b"data").unwrap() + 8;
    let samples = wav[data..].chunks_exact(4);
    let samples: Vec<f32> =
        samples.map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    let mut narrow = vec![0.0; samples.len() / 6];
    Resampler::new(Rate::Hz48000, Rate::Hz8000).process(&samples, &mut narrow);
    narrow
}

#[tokio::test]
async fn what_is_said_is_in_the_file_of_the_mix_and_of_each_voice() {
    let (server, carrier, conference) = with_anna().await;
    let mut events = server.events(&conference).await;
    let started = switch(&server, &conference, json!({"on": true, "voices": true})).await;
    assert_eq!(started.status, 200, "{}", started.body);
    assert_eq!((&started.json()["on"], &started.json()["voices"]), (&json!(true), &json!(true)));
    events.until("conference", |status| status["recording"]["on"] == true).await;
    let again = switch(&server, &conference, json!({"on": true})).await;
    again.problem(409, "already_recording");

    let (bert, _) = server.call(&conference, BERT).await;
    server.call_until(&bert, |call| call["state"] == "in").await;
    let list = format!("{conference}/recordings");
    let listed = server.ask_as_owner("GET", &list).await.json();
    let one = &listed["recordings"][0];
    assert_eq!((&one["ended_at"], &one["ending"]), (&Value::Null, &Value::Null));
    let path = format!("{list}/{}", one["id"].as_str().unwrap());
    server.ask_as_owner("DELETE", &path).await.problem(409, "still_recording");
    let mix = one["url"].as_str().unwrap().to_owned();
    // It can be heard while it grows: a page a second.
    let directory = tempfile::tempdir().unwrap();
    until(|| async {
        let (_, file) = download(&server, &mix, &[]).await;
        played(directory.path(), &file).len() as f64 > SECONDS * 8000.0
    })
    .await;
    assert_eq!(switch(&server, &conference, json!({"on": false})).await.status, 200);
    let over = events.until("conference", |status| status["recording"]["on"] == false).await;
    assert_eq!(over.data["recording"]["ending"], "stopped");
    until(|| async { !server.ask_as_owner("GET", &path).await.json()["ended_at"].is_null() }).await;

    let view = server.ask_as_owner("GET", &path).await.json();
    assert!(
        view["duration_s"].as_f64().unwrap() > SECONDS && view["bytes"].as_u64() > Some(10_000)
    );
    assert!(view["expires_at"].is_string(), "{view}");
    let heard = |file: &[u8]| played(directory.path(), file);
    let mixed = heard(&download(&server, &mix, &[]).await.1);
    let voices = view["voices"].as_array().unwrap();
    assert_eq!(voices.len(), 2, "{view}");
    for (voice, number) in voices.iter().zip([ANNA, BERT]) {
        assert!(voice["label"].as_str().unwrap().contains('•'), "masked: {voice}");
        // A second and a half of it: a busy machine may leave a tick out of longer ones.
        let said =
            carrier.party(number).unwrap().says().samples(Rate::Hz8000)[8_000..20_000].to_vec();
        let alone = heard(&download(&server, voice["url"].as_str().unwrap(), &[]).await.1);
        assert!(alone.len().abs_diff(mixed.len()) < 8, "{} {}", alone.len(), mixed.len());
        let alone = correlate::find(&said, &alone);
        // It is said again and again: it has to be in the mix at the very time at which it was found.
        let around = alone.lag_samples.saturating_sub(AROUND_SAMPLES);
        let until = (alone.lag_samples + said.len() + AROUND_SAMPLES).min(mixed.len());
        let mixed = correlate::find(&said, &mixed[around..until]);
        assert!(alone.is_heard() && mixed.score > NOT_HEARD, "{number}: {alone:?}, {mixed:?}");
        let apart = alone.lag_samples.abs_diff(around + mixed.lag_samples);
        assert!(apart < 16, "each at its time: {alone:?}, {mixed:?}");
    }
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn everybody_hears_that_it_is_recorded_also_who_comes_later() {
    let (server, carrier, conference) = with_anna().await;
    assert_eq!(switch(&server, &conference, json!({"on": true})).await.status, 200);
    let (bert, placed) = server.call(&conference, BERT).await;
    server.call_until(&bert, |call| call["state"] == "in").await;
    let prompts = Prompts::load(None).unwrap();
    let announced = |word| prompts.say(Language::En, &[word]).samples().to_vec();
    let hears = |number: &str, words: &[f32]| {
        let heard = carrier.party(number).unwrap().heard();
        correlate::find(words, &heard).is_heard()
    };
    let began = announced(Word::Recording);
    until(|| async { hears(ANNA, &began) && hears(BERT, &began) }).await;
    // Break-out rooms aren't recorded, which is said there, and hear what is said to all.
    let participant =
        format!("{conference}/participants/{}", placed["participant"].as_str().unwrap());
    let sent = server.tell_as_owner("PATCH", &participant, &json!({ "breakout": 1 })).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let aside = announced(Word::NotRecordedHere);
    until(|| async { hears(BERT, &aside) }).await;
    assert_eq!(switch(&server, &conference, json!({"on": false})).await.status, 200);
    let ended = announced(Word::NotRecording);
    until(|| async { hears(ANNA, &ended) && hears(BERT, &ended) }).await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn parts_of_a_file_are_served_and_it_can_be_deleted() {
    let (server, carrier, conference) = with_anna().await;
    let started = switch(&server, &conference, json!({"on": true})).await;
    assert_eq!(started.status, 200, "{}", started.body);
    let list = format!("{conference}/recordings");
    let listed = server.ask_as_owner("GET", &list).await.json();
    let path = format!("{list}/{}", listed["recordings"][0]["id"].as_str().unwrap());
    // The last who leaves ends it.
    let call = server.ask("GET", &conference).await.json()["participants"][0]["id"].clone();
    let out = format!("{conference}/participants/{}", call.as_str().unwrap());
    assert_eq!(server.ask_as_owner("DELETE", &out).await.status, 204);
    until(|| async {
        server.ask_as_owner("GET", &path).await.json()["ending"] == "everybody_left"
    })
    .await;

    let mix = format!("{path}/mix.ogg");
    let (head, whole) = download(&server, &mix, &[]).await;
    assert!(head.starts_with("http/1.1 200") && head.contains("content-type: audio/ogg"), "{head}");
    assert!(head.contains("accept-ranges: bytes") && head.contains("filename=\"planning-"));
    assert!(whole.starts_with(b"OggS"));
    let (head, part) = download(&server, &mix, &["Range: bytes=28-35"]).await;
    assert!(head.starts_with("http/1.1 206"), "{head}");
    assert!(head.contains(&format!("content-range: bytes 28-35/{}", whole.len())));
    assert_eq!(part, b"OpusHead");
    let (head, _) = download(&server, &mix, &["Range: bytes=99999999-"]).await;
    assert!(head.starts_with("http/1.1 416"), "{head}");

    for nothing in ["../confab.db", "voice-1.ogg", "..%2F..%2Fconfab.db"] {
        let reply = server.ask_as_owner("GET", &format!("{path}/{nothing}")).await;
        assert_eq!(reply.status, 404, "{nothing}");
    }
    server.ask("GET", &mix).await.problem(401, "token_missing");
    server.ask("DELETE", &path).await.problem(401, "token_missing");
    assert_eq!(server.ask_as_owner("DELETE", &path).await.status, 204);
    server.ask_as_owner("GET", &path).await.problem(404, "not_found");
    server.ask_as_owner("GET", &mix).await.problem(404, "not_found");
    let directory = server.stop().await;
    let left = std::fs::read_dir(directory.path().join("recordings")).unwrap().count();
    assert_eq!(left, 0, "its files are gone");
    carrier.close().await;
}

#[tokio::test]
async fn a_host_by_phone_starts_and_stops_by_keys_what_the_page_shows() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let body = json!({ "title": "Planning" });
    let view = server.tell_as_owner("POST", "/api/v1/conferences", &body).await.json();
    let conference = format!("/api/v1/conferences/{}", view["key"].as_str().unwrap());
    let key = view["host_url"].as_str().unwrap().split_once("#host=").unwrap().1;
    let mut events = server.events(&conference).await;
    let body = json!({ "number": ANNA }).to_string();
    let call = request("POST", &format!("{conference}/calls"), &[&bearer(key)], Some(&body));
    assert_eq!(send(server.address(), &call).await.status, 201);
    events.until("participant", |one| one["state"] == "in").await;
    let anna = carrier.party(ANNA).unwrap();
    anna.press("*1");
    events.until("conference", |status| status["recording"]["on"] == true).await;
    let metrics = server.ask("GET", "/metrics").await.body;
    assert!(metrics.contains("confab_recordings 1\n"), "{metrics}");
    anna.press("*1");
    events.until("conference", |status| status["recording"]["on"] == false).await;
    let list = server.ask_as_owner("GET", &format!("{conference}/recordings")).await.json();
    assert_eq!(list["recordings"].as_array().unwrap().len(), 1, "{list}");
    let metrics = server.ask("GET", "/metrics").await.body;
    let ended = "confab_recordings_ended_total{ending=\"stopped\"} 1\n";
    assert!(metrics.contains("confab_recordings 0\n") && metrics.contains(ended), "{metrics}");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn what_cannot_be_recorded_is_said() {
    let (server, carrier) = Server::with_carrier(|config| config.recording.at_once_max = 1).await;
    let conference = server.conference().await;
    let on = json!({"on": true});
    switch(&server, &conference, on.clone()).await.problem(409, "nobody_in");
    assert_eq!(switch(&server, &conference, json!({"on": false})).await.json(), Value::Null);
    let path = format!("{conference}/recording");
    server.tell("PUT", &path, &on).await.problem(401, "token_missing");
    let listed = server.ask_as_owner("GET", &format!("{conference}/recordings")).await.json();
    assert_eq!(listed["recordings"], json!([]), "what didn't begin isn't listed");
    for number in [ANNA, BERT] {
        let conference = server.conference().await;
        let (call, _) = server.call(&conference, number).await;
        server.call_until(&call, |call| call["state"] == "in").await;
        let reply = switch(&server, &conference, on.clone()).await;
        if number == ANNA {
            assert_eq!(reply.status, 200, "{}", reply.body);
        } else {
            reply.problem(503, "too_many_recordings");
        }
    }
    server.stop().await;
    carrier.close().await;

    let (server, carrier) =
        Server::with_carrier(|config| config.recording.free_mb_min = 1_000_000_000).await;
    let conference = server.conference().await;
    switch(&server, &conference, on).await.problem(507, "disk_full");
    server.stop().await;
    carrier.close().await;
}
