//! The document of the API, held against the routes that there are and against every answer that the tests here get.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use super::support::{Reply, Server, TOKEN, bearer, request, send};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/api/openapi.json");

/// Pages for people, which aren't of the API.
const PAGES: [&str; 4] = ["/", "/assets/{*name}", "/sign-in", "/sign-in/{token}"];

/// An independent validator, in a process of its own: `jsonschema` of PyPI.
struct Validator {
    /// Ends when its standard input does.
    _process: Child,
    asked: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Validator {
    fn start() -> Validator {
        let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../mail/bin/python");
        assert!(python.exists(), "{} is not there: tools/setup.sh test", python.display());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/openapi.py");
        let mut process = Command::new(python)
            .args([script, DOCUMENT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let asked = process.stdin.take().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        let mut validator = Validator { _process: process, asked, said };
        assert_eq!(validator.next(), "ok", "the document is no OpenAPI document");
        validator
    }

    fn next(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// What is wrong with something, or `ok`.
    fn ask(&mut self, about: &Value) -> String {
        writeln!(self.asked, "{about}").unwrap();
        self.next()
    }
}

fn ask(about: &Value) -> String {
    static VALIDATOR: OnceLock<Mutex<Validator>> = OnceLock::new();
    let validator = VALIDATOR.get_or_init(|| Mutex::new(Validator::start()));
    validator.lock().unwrap_or_else(PoisonError::into_inner).ask(about)
}

/// Checks that an answer is as the document says.
pub(crate) fn hold(request: &str, reply: &Reply) {
    let line = request.lines().next().unwrap_or_default();
    let mut words = line.split(' ');
    let (Some(method), Some(path), Some("HTTP/1.1")) = (words.next(), words.next(), words.next())
    else {
        return;
    };
    // Chunks are of streams, of which the type alone is documented.
    let is_whole = !reply.headers.contains_key("transfer-encoding");
    let body = if is_whole { reply.body.as_str() } else { "…" };
    let kind = reply.headers.get("content-type");
    let about = json!({
        "method": method, "path": path, "status": reply.status, "type": kind, "body": body,
    });
    let said = ask(&about);
    assert_eq!(said, "ok", "{method} {path} isn't answered as {DOCUMENT} says: {about}");
}

/// Checks that something is as a schema of the document says.
pub(crate) fn hold_to(schema: &str, body: &Value) {
    assert_eq!(ask(&json!({ "schema": schema, "body": body })), "ok", "{schema}: {body}");
}

/// The paths of the document, each with its methods in capitals.
fn documented(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let methods = |item: &Value| {
        let keys = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
        keys.map(|key| key.to_uppercase()).collect()
    };
    let paths = document["paths"].as_object().unwrap();
    paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// The paths of all routes in the server's source.
fn routed() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            for route in source.split(".route(").skip(1) {
                let quoted = route.trim_start().strip_prefix('"').expect("a path as a literal");
                found.insert(quoted.split('"').next().unwrap().to_owned());
            }
        }
    }
    found
}

#[tokio::test]
async fn the_document_has_every_route_and_no_other() {
    let server = Server::start(|_| {}).await;
    let document = server.ask("GET", "/api/v1/openapi.json").await.json();
    let documented = documented(&document);
    let pages = PAGES.map(str::to_owned);
    let known: BTreeSet<String> = documented.keys().cloned().chain(pages).collect();
    assert_eq!(routed(), known);
    for (path, methods) in documented {
        let conference = server.conference().await;
        let key = conference.rsplit('/').next().unwrap();
        let path = path
            .replace("{key}", key)
            .replace("{id}", "1")
            .replace("{address}", "a@b.c")
            .replace("{file}", "mix");
        let refused = server.ask("PROPFIND", &path).await;
        assert_eq!(refused.status, 405, "{path}: {}", refused.body);
        let allowed: BTreeSet<String> =
            refused.headers["allow"].split(',').map(|method| method.trim().to_owned()).collect();
        let mut expected = methods;
        if expected.contains("GET") {
            expected.insert("HEAD".to_owned());
        }
        assert_eq!(allowed, expected, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn every_post_takes_an_idempotency_key() {
    let server = Server::start(|_| {}).await;
    let document = server.ask("GET", "/api/v1/openapi.json").await.json();
    let conference = server.conference().await;
    let key = conference.rsplit('/').next().unwrap();
    let reference = json!({ "$ref": "#/components/parameters/IdempotencyKey" });
    let mut posts = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(post) = item.get("post") else { continue };
        posts += 1;
        let documented = post["parameters"].as_array().is_some_and(|all| all.contains(&reference));
        assert!(documented, "{path} isn't said to take a key");
        let path = path.replace("{key}", key).replace("{id}", "1");
        let headers = [&bearer(TOKEN) as &str, "Idempotency-Key: \"\""];
        let reply = send(server.address(), &request("POST", &path, &headers, Some("{}"))).await;
        reply.problem(400, "idempotency_key_invalid");
    }
    assert!(posts > 10, "{posts}");
    server.stop().await;
}

#[test]
fn what_is_not_documented_is_found() {
    let answer = |path: &str, status: u16, kind: &str, body: &str| {
        ask(&json!({ "method": "GET", "path": path, "status": status, "type": kind, "body": body }))
    };
    let json = "application/json";
    assert_eq!(answer("/healthz", 200, json, "{\"status\":\"ok\",\"version\":\"1\"}"), "ok");
    for (path, status, kind, body) in [
        ("/healthz", 200, json, "{\"status\":\"ok\"}"),
        ("/healthz", 200, json, "{\"status\":\"ok\",\"version\":\"1\",\"more\":1}"),
        ("/healthz", 200, json, "{\"status\":\"ok\",\"version\":1}"),
        ("/healthz", 200, "text/html", "ok"),
        ("/healthz", 204, "", ""),
        ("/api/v1/nothing", 200, json, "{}"),
        ("/api/v1/urls", 400, json, "{}"),
        ("/api/v1/urls", 400, "application/problem+json", "{\"code\":\"invalid\"}"),
    ] {
        assert_ne!(answer(path, status, kind, body), "ok", "{path} {status} {kind} {body}");
    }
}
