//! Records of calls, as JSON and as CSV, which an independent reader reads.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::support::{Reply, Server, bearer, request, send};

const BUSY: &str = "01 99 00 00 10";
const RECORDS: &str = "/api/v1/call-records";

/// Reads CSV as Python's `csv` module does.
fn rows(csv: &str) -> Vec<Value> {
    let script = "import csv, io, json, sys\n\
        text = sys.stdin.buffer.read().decode()\n\
        print(json.dumps(list(csv.DictReader(io.StringIO(text, newline='')))))";
    let mut python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(csv.as_bytes()).unwrap();
    serde_json::from_slice(&python.wait_with_output().unwrap().stdout).unwrap()
}

/// The whole body, chunks and all.
fn unchunked(reply: &Reply) -> String {
    let (mut rest, mut text) = (reply.body.as_str(), String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        text.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    text
}

async fn busy_calls(server: &Server, title: &str, count: usize) -> String {
    let body = json!({ "title": title });
    let created = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    let conference = created.headers["location"].clone();
    for _ in 0..count {
        let (call, _) = server.call(&conference, BUSY).await;
        server.call_until(&call, |call| call["state"] == "ended").await;
    }
    conference.rsplit('/').next().unwrap().to_owned()
}

/// The records, once so many have been written.
pub(super) async fn records(server: &Server, query: &str, count: usize) -> Vec<Value> {
    for _ in 0..200 {
        let list = server.ask_as_owner("GET", &format!("{RECORDS}?{query}")).await.json();
        let calls = list["calls"].as_array().unwrap().clone();
        if calls.len() >= count {
            return calls;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("there are not {count} records");
}

#[tokio::test]
async fn records_are_listed_in_parts_and_as_csv() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let hostile = "=HYPERLINK(\"http://evil.example\";\"x\"), \"quoted\"";
    let one = busy_calls(&server, hostile, 2).await;
    let two = busy_calls(&server, "Planning", 1).await;
    let calls = records(&server, "", 3).await;
    assert_eq!((&calls[0]["conference"], &calls[2]["conference"]), (&json!(one), &json!(two)));
    assert_eq!((&calls[0]["ending"], &calls[0]["via"]), (&json!("busy"), &json!("call_me")));
    assert_eq!((&calls[0]["answered_at"], &calls[0]["duration_s"]), (&Value::Null, &json!(0)));
    assert_eq!(calls[0]["number"], "+33199000010", "the operator's token sees it whole");

    let part = server.ask_as_owner("GET", &format!("{RECORDS}?limit=2")).await.json();
    assert_eq!(part["calls"].as_array().unwrap()[..], calls[..2]);
    let next = part["next"].as_str().unwrap();
    let part = server.ask_as_owner("GET", &format!("{RECORDS}?limit=2&after={next}")).await.json();
    assert_eq!((&part["calls"], &part["next"]), (&json!([calls[2]]), &Value::Null));
    let of_one = records(&server, &format!("conference={two}"), 1).await;
    assert_eq!(of_one, calls[2..]);
    let from = calls[2]["began_at"].as_str().unwrap();
    assert_eq!(records(&server, &format!("from={from}"), 1).await, calls[2..]);
    assert_eq!(records(&server, &format!("until={from}"), 2).await, calls[..2]);
    assert_eq!(records(&server, "everybody=true", 3).await, calls);

    let csv = server.ask_as_owner("GET", &format!("{RECORDS}.csv")).await;
    assert!(csv.headers["content-type"].starts_with("text/csv"), "{:?}", csv.headers);
    let rows = rows(&unchunked(&csv));
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["title"], format!("'{hostile}"), "no formula");
    for field in ["conference", "participant", "number", "began_at", "ended_at", "ending"] {
        assert_eq!(rows[2][field], calls[2][field], "{field}");
    }
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn records_are_their_subscribers_own() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let key = busy_calls(&server, "Planning", 1).await;
    records(&server, "", 1).await;
    let store = store::Store::open(&server.directory.path().join("confab.db")).await.unwrap();
    let now = jiff::Timestamp::now();
    store.create_subscriber("Bert", &store::TokenHash::of("berts-token"), now).await.unwrap();
    store.close().await;
    let ask = async |query: &str| {
        let path = format!("{RECORDS}?{query}");
        send(server.address(), &request("GET", &path, &[&bearer("berts-token")], None)).await
    };
    assert_eq!(ask("").await.json(), json!({ "calls": [], "next": null }));
    ask(&format!("conference={key}")).await.problem(404, "not_found");
    ask("everybody=true").await.problem(403, "not_operator");
    ask("subscriber=1").await.problem(403, "not_operator");
    ask("from=yesterday").await.problem(422, "invalid");
    ask("after=here").await.problem(422, "invalid");
    ask("nonsense=1").await.problem(400, "invalid");
    server.ask("GET", RECORDS).await.problem(401, "token_missing");
    server.stop().await;
    carrier.close().await;
}
