//! A server on free ports of loopback, a client as plain as can be, and the simulated carrier.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use server::Running;
use server::config::{Config, Secret, Trunk};
use sim::Carrier;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::openapi;

/// The token that all servers here know.
pub(crate) const TOKEN: &str = "a-token-of-these-tests-alone";

pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Whatever takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A configuration with a new database, without trunks.
pub(crate) fn config(directory: &Path) -> Config {
    let free = SocketAddr::new(LOOPBACK, 0);
    let mut config = Config::default();
    config.http.listen = free;
    (config.sip.udp, config.sip.tcp) = (free, free);
    config.api.token = Some(Secret::new(TOKEN));
    config.database.path = directory.join("confab.db");
    config.media.listen = LOOPBACK;
    config.media.workers = 1;
    config.browser.port = 0;
    config.conferences.announce_alone = false;
    // Those of `waiting` are of it.
    config.prompts.music = false;
    // Most tests are of what happens in the room; `doors` has those of what is before it.
    config.calls.press_1 = false;
    config.shutdown.drain_s = 0;
    config
}

/// The simulated carrier as a trunk, by which calls go out and come in.
pub(crate) fn trunk(carrier: &Carrier) -> Trunk {
    Trunk {
        id: "simulated".to_owned(),
        address: carrier.address().to_string(),
        sources: vec![LOOPBACK.into()],
        ..Trunk::default()
    }
}

/// A running server and a client of it.
pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) directory: tempfile::TempDir,
}

impl Server {
    /// One whose configuration `change` has changed.
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Server {
        let directory = tempfile::tempdir().unwrap();
        let mut config = config(directory.path());
        change(&mut config);
        Server { running: server::start(config).await.unwrap(), directory }
    }

    /// One with the simulated carrier as its trunk.
    pub(crate) async fn with_carrier(change: impl FnOnce(&mut Config)) -> (Server, Carrier) {
        let carrier = Carrier::open(LOOPBACK).await.unwrap();
        let server = Server::start(|config| {
            config.sip.trunks = vec![trunk(&carrier)];
            change(config);
        })
        .await;
        (server, carrier)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.http_addr
    }

    /// A request without a body.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Reply {
        send(self.address(), &request(method, path, &[], None)).await
    }

    /// A request by the subscriber, without a body.
    pub(crate) async fn ask_as_owner(&self, method: &str, path: &str) -> Reply {
        send(self.address(), &request(method, path, &[&bearer(TOKEN)], None)).await
    }

    /// A request with these headers and a body of whatever type they say.
    pub(crate) async fn give(
        &self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: &str,
    ) -> Reply {
        let length = format!("Content-Length: {}", body.len());
        let headers: Vec<&str> = headers.iter().copied().chain([length.as_str()]).collect();
        send(self.address(), &(request(method, path, &headers, None) + body)).await
    }

    /// A request with a JSON body.
    pub(crate) async fn tell(&self, method: &str, path: &str, body: &Value) -> Reply {
        send(self.address(), &request(method, path, &[], Some(&body.to_string()))).await
    }

    /// A request by the subscriber, with a JSON body.
    pub(crate) async fn tell_as_owner(&self, method: &str, path: &str, body: &Value) -> Reply {
        let body = body.to_string();
        send(self.address(), &request(method, path, &[&bearer(TOKEN)], Some(&body))).await
    }

    /// A new conference; its path in the API.
    pub(crate) async fn conference(&self) -> String {
        let body = serde_json::json!({ "title": "Planning" });
        let reply = self.tell_as_owner("POST", "/api/v1/conferences", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.headers["location"].clone()
    }

    /// A new conference that starts so many seconds from now, with more of what the API takes; its path in the API.
    pub(crate) async fn conference_in(&self, seconds: i64, more: Value) -> String {
        let starts_at = Timestamp::from_second(Timestamp::now().as_second() + seconds).unwrap();
        let mut body =
            serde_json::json!({ "title": "Planning", "starts_at": starts_at.to_string() });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = self.tell_as_owner("POST", "/api/v1/conferences", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.headers["location"].clone()
    }

    /// Has a number called; the call's path and the call.
    pub(crate) async fn call(&self, conference: &str, number: &str) -> (String, Value) {
        let body = serde_json::json!({ "number": number });
        let reply = self.tell("POST", &format!("{conference}/calls"), &body).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        (reply.headers["location"].clone(), reply.json())
    }

    /// Asks for a call until `holds` is true of it.
    pub(crate) async fn call_until(&self, call: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let watch = async {
            loop {
                let view = self.ask("GET", call).await.json();
                if holds(&view) {
                    return view;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, watch).await.expect("the call never got so far")
    }

    /// Opens the event stream of a conference.
    pub(crate) async fn events(&self, conference: &str) -> Events {
        Events::open(self.address(), &format!("{conference}/events")).await
    }

    pub(crate) async fn stop(self) -> tempfile::TempDir {
        tokio::time::timeout(PATIENCE, self.running.stop()).await.expect("the server doesn't stop");
        self.directory
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// By name in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Checks that this is a problem of this status and code, and gives its body.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.body);
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.ends_with(['.', '…'])));
        problem
    }
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

pub(crate) fn request(method: &str, path: &str, headers: &[&str], body: Option<&str>) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: confab\r\nConnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    if let Some(body) = body {
        text.push_str("Content-Type: application/json\r\n");
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    } else {
        text.push_str("\r\n");
    }
    text
}

/// Sends a request as it is and reads until the server closes. What comes back has to be as the document of the API
/// says.
pub(crate) async fn send(address: SocketAddr, request: &str) -> Reply {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        // A reset after the answer is as good as an end.
        let _ = stream.read_to_end(&mut bytes).await;
        reply_of(&bytes)
    };
    let reply = tokio::time::timeout(PATIENCE, exchange).await.expect("no answer");
    openapi::hold(request, &reply);
    reply
}

pub(crate) fn reply_of(bytes: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no header: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    Reply { status, headers, body: body.to_owned() }
}

/// An event stream.
pub(crate) struct Events {
    reader: BufReader<TcpStream>,
    pub(crate) status: u16,
}

/// One event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) data: Value,
}

impl Events {
    pub(crate) async fn open(address: SocketAddr, path: &str) -> Events {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: confab\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).await.unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        Events { reader, status }
    }

    /// The next event; `None` when the server ended the stream.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("no event")
    }

    /// The next event of this name that `holds` is true of.
    pub(crate) async fn until(&mut self, name: &str, holds: impl Fn(&Value) -> bool) -> Event {
        loop {
            let event = self.next().await.expect("the stream ended");
            if event.name == name && holds(&event.data) {
                return event;
            }
        }
    }

    async fn read(&mut self) -> Option<Event> {
        let (mut id, mut name, mut data) = (0, String::new(), None);
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).await.unwrap_or(0) == 0 {
                return None;
            }
            // Between events are the sizes of chunks, which begin with none of these.
            match line.trim_end().split_once(':') {
                Some(("id", value)) => id = value.trim().parse().unwrap(),
                Some(("event", value)) => name = value.trim().to_owned(),
                Some(("data", value)) => data = Some(serde_json::from_str(value.trim()).unwrap()),
                _ if line.trim().is_empty() => {
                    if let Some(data) = data.take() {
                        return Some(Event { id, name, data });
                    }
                }
                _ => {}
            }
        }
    }
}

/// A time in a year that clocks in Paris never show: summer time begins on the last Sunday of March at two.
pub(crate) fn skipped(year: i16) -> String {
    let last = jiff::civil::date(year, 3, 31);
    let sunday = last.day() - last.weekday().to_sunday_zero_offset();
    format!("{year}-03-{sunday}T02:30")
}
