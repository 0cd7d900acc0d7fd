//! Programs that are told of what happens: a real one, which isn't ours and counts HMACs by itself.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use server::config::Config;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::openapi;
use super::support::{LOOPBACK, Server, bearer, config, request, send, trunk};

const PATIENCE: Duration = Duration::from_secs(30);

/// Answers after a moment, and talks.
const ANSWERS: &str = "01 99 00 00 01";

/// Is busy.
const BUSY: &str = "01 99 00 00 10";

/// What is told of a call that is answered and hung up, with nobody else there.
const VISIT: [&str; 4] =
    ["conference.active", "participant.joined", "participant.left", "conference.resting"];

/// A program in a process of its own.
struct Receiver {
    process: Child,
    keys: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Receiver {
    /// One on a port; any free one if it is 0.
    async fn start(port: u16) -> Receiver {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/receiver.py");
        let mut command = Command::new("python3");
        command.args(["-u", script, &port.to_string()]).stdin(Stdio::piped());
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let keys = process.stdin.take().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = said.next_line().await.unwrap().expect("a port").parse().unwrap();
        Receiver { process, keys, said, port }
    }

    /// Tells it what notices are signed with.
    async fn knows(&mut self, key: &str) {
        self.keys.write_all(format!("{key}\n").as_bytes()).await.unwrap();
        assert_eq!(self.said.next_line().await.unwrap().as_deref(), Some("ready"));
    }

    /// What it is told next.
    async fn told(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.said.next_line()).await;
        let line = line.expect("nothing is told").unwrap().expect("it ended");
        let told: Value = serde_json::from_str(&line).unwrap();
        openapi::hold_to("Notice", &told["body"]);
        told
    }

    /// The kinds of what it is told next.
    async fn kinds(&mut self, count: usize) -> Vec<String> {
        let mut kinds = Vec::new();
        for _ in 0..count {
            kinds.push(self.told().await["body"]["type"].as_str().unwrap().to_owned());
        }
        kinds
    }

    async fn stop(mut self) -> u16 {
        self.process.kill().await.unwrap();
        self.port
    }
}

fn reaches_loopback(config: &mut Config) {
    config.webhooks.networks = vec!["127.0.0.0/8".parse().unwrap()];
    config.webhooks.retry_wait_s = 1;
}

/// An endpoint at that program; its path in the API.
async fn webhook(server: &Server, port: u16, for_everybody: bool) -> String {
    let url = format!("http://127.0.0.1:{port}/hook?for=confab");
    let body = json!({ "url": url, "for_everybody": for_everybody });
    let created = server.tell_as_owner("POST", "/api/v1/webhooks", &body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!((created.json()["url"].as_str(), created.json().get("secret")), (Some(&*url), None));
    created.headers["location"].clone()
}

async fn visit(server: &Server, conference: &str) {
    let (call, _) = server.call(conference, ANSWERS).await;
    server.call_until(&call, |call| call["state"] == "in").await;
    assert_eq!(server.ask("DELETE", &call).await.status, 204);
}

#[tokio::test]
async fn programs_are_told_of_a_recording_that_can_be_had() {
    let mut receiver = Receiver::start(0).await;
    let (server, carrier) = Server::with_carrier(reaches_loopback).await;
    webhook(&server, receiver.port, false).await;
    let conference = server.conference().await;
    let (call, _) = server.call(&conference, ANSWERS).await;
    server.call_until(&call, |call| call["state"] == "in").await;
    let switch = format!("{conference}/recording");
    for on in [true, false] {
        let switched = server.tell_as_owner("PUT", &switch, &json!({ "on": on })).await;
        assert_eq!(switched.status, 200, "{}", switched.body);
    }
    assert_eq!(receiver.kinds(2).await, VISIT[..2]);
    let told = receiver.told().await;
    assert_eq!(told["body"]["type"], "recording.ready");
    let recording = &told["body"]["data"]["recording"];
    assert_eq!(recording["ending"], "stopped");
    let path = format!("{conference}/recordings/{}", recording["id"].as_str().unwrap());
    let had = server.ask_as_owner("GET", &path).await.json();
    assert_eq!((&had["id"], &had["ending"]), (&recording["id"], &recording["ending"]));
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn programs_are_told_in_order_and_each_notice_is_signed() {
    let mut receiver = Receiver::start(0).await;
    let (server, carrier) = Server::with_carrier(reaches_loopback).await;
    let path = webhook(&server, receiver.port, false).await;
    let key = server.ask_as_owner("GET", &path).await.json()["secret"].clone();
    receiver.knows(key.as_str().unwrap()).await;
    let conference = server.conference().await;
    visit(&server, &conference).await;

    let first = receiver.told().await;
    assert_eq!(first["headers"]["webhook-signature"], first["expected"]);
    assert_eq!(
        (&first["path"], &first["body"]["type"]),
        (&json!("/hook?for=confab"), &json!(VISIT[0]))
    );
    let key = conference.rsplit('/').next().unwrap();
    assert_eq!(first["body"]["data"], json!({ "conference": key, "title": "Planning" }));
    let joined = receiver.told().await;
    assert_eq!(joined["headers"]["webhook-signature"], joined["expected"]);
    assert_ne!(joined["headers"]["webhook-id"], first["headers"]["webhook-id"]);
    let left = receiver.told().await;
    assert_eq!(
        (&joined["body"]["type"], &left["body"]["type"]),
        (&json!(VISIT[1]), &json!(VISIT[2]))
    );
    let (who, gone) =
        (&joined["body"]["data"]["participant"], &left["body"]["data"]["participant"]);
    assert_eq!((&who["id"], &gone["ending"]), (&gone["id"], &json!("left")));
    assert!(!gone["label"].as_str().unwrap().contains("99 00"), "the number is masked: {gone}");
    assert_eq!(receiver.kinds(1).await, [VISIT[3]]);

    let (busy, _) = server.call(&conference, BUSY).await;
    server.call_until(&busy, |call| call["state"] == "ended").await;
    assert_eq!(receiver.kinds(1).await, ["conference.active"]);
    let failed = receiver.told().await;
    assert_eq!(failed["body"]["type"], "call.failed");
    assert_eq!(failed["body"]["data"]["participant"]["ending"], "busy");
    let rotated = server.ask_as_owner("POST", &format!("{conference}/rotation")).await;
    let now = format!("/api/v1/conferences/{}", rotated.json()["key"].as_str().unwrap());
    assert_eq!(server.ask_as_owner("DELETE", &now).await.status, 204);
    let rest = ["conference.resting", "conference.rotated", "conference.ended"];
    assert_eq!(receiver.kinds(3).await, rest);

    let notices = server.ask_as_owner("GET", &format!("{path}/notices?limit=3")).await.json();
    assert_eq!(notices["notices"][0]["type"], "conference.ended");
    assert_eq!(
        (&notices["notices"][2]["state"], &notices["next_offset"]),
        (&json!("sent"), &json!(3))
    );
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_program_that_was_down_is_told_all_in_order_whatever_restarts_meanwhile() {
    let receiver = Receiver::start(0).await;
    let (server, carrier) = Server::with_carrier(reaches_loopback).await;
    let path = webhook(&server, receiver.port, true).await;
    let port = receiver.stop().await;
    let conference = server.conference().await;
    visit(&server, &conference).await;
    let directory = server.stop().await;

    let mut again = config(directory.path());
    again.sip.trunks = vec![trunk(&carrier)];
    reaches_loopback(&mut again);
    let server = Server { running: server::start(again).await.unwrap(), directory };
    visit(&server, &conference).await;
    let tried = async {
        loop {
            let notices = server.ask_as_owner("GET", &format!("{path}/notices")).await.json();
            let notices = notices["notices"].as_array().unwrap().clone();
            let first = notices.last().unwrap();
            if notices.len() == 8 && first["tries"].as_i64().unwrap() > 0 {
                assert!(first["reason"].as_str().unwrap().starts_with("It can't be reached"));
                assert!(
                    notices[..7].iter().all(|later| later["tries"] == 0),
                    "one waits for another"
                );
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, tried).await.expect("nothing is tried");
    let mut receiver = Receiver::start(port).await;
    assert_eq!(receiver.kinds(8).await, [VISIT, VISIT].concat());
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn webhooks_lead_nowhere_inside() {
    let server = Server::start(|_| {}).await;
    for (url, why) in [
        ("https://127.0.0.1/hook", "127.0.0.1 is not a public address, and nothing is sent there."),
        ("https://localhost:8443/", " is not a public address, and nothing is sent there."),
        ("https://169.254.169.254/latest/meta-data/", "169.254.169.254 is not a public address"),
        ("https://[fd00:ec2::254]/", "fd00:ec2::254 is not a public address"),
        ("http://1.1.1.1/", "The URL has to begin with https://."),
        ("https://user:secret@1.1.1.1/", "This is not a URL that can be sent to"),
        ("file:///etc/passwd", "This is not a URL that can be sent to"),
    ] {
        let refused =
            server.tell_as_owner("POST", "/api/v1/webhooks", &json!({ "url": url })).await;
        let problem = refused.problem(422, "invalid");
        assert_eq!(problem["field"], "url");
        assert!(problem["detail"].as_str().unwrap().contains(why), "{url}: {problem}");
    }
    let none = server.ask_as_owner("GET", "/api/v1/webhooks").await.json();
    assert_eq!(none, json!({ "webhooks": [] }));
    server.stop().await;
}

#[tokio::test]
async fn webhooks_are_their_subscribers_own() {
    let server = Server::start(reaches_loopback).await;
    let path = webhook(&server, 9, true).await;
    let store = store::Store::open(&server.directory.path().join("confab.db")).await.unwrap();
    let now = jiff::Timestamp::now();
    store.create_subscriber("Bert", &store::TokenHash::of("berts-token"), now).await.unwrap();
    store.close().await;
    let berts = bearer("berts-token");
    let ask = async |method: &str, path: &str| {
        send(server.address(), &request(method, path, &[&berts], None)).await
    };
    ask("GET", &path).await.problem(404, "not_found");
    ask("DELETE", &path).await.problem(404, "not_found");
    ask("GET", &format!("{path}/notices")).await.problem(404, "not_found");
    let body = json!({ "url": format!("http://{LOOPBACK}:9/"), "for_everybody": true }).to_string();
    let all = request("POST", "/api/v1/webhooks", &[&berts], Some(&body));
    send(server.address(), &all).await.problem(403, "not_operator");
    server.ask("GET", "/api/v1/webhooks").await.problem(401, "token_missing");
    assert_eq!(server.ask_as_owner("DELETE", &path).await.status, 204);
    server.ask_as_owner("GET", &path).await.problem(404, "not_found");
    let url = json!({ "url": "http://127.0.0.1:9/" });
    for _ in 0..store::WEBHOOKS_MAX {
        assert_eq!(server.tell_as_owner("POST", "/api/v1/webhooks", &url).await.status, 201);
    }
    let full = server.tell_as_owner("POST", "/api/v1/webhooks", &url).await;
    full.problem(409, "too_many_webhooks");
    server.stop().await;
}
