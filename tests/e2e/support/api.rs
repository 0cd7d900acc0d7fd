//! The HTTP API as a program outside would use it, and the stream of events.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use super::PATIENCE;

/// A client of the API.
#[derive(Clone)]
pub struct Api {
    base: String,
    token: Option<&'static str>,
    agent: Agent,
}

/// An answer: its status, a header's reader, and its body as JSON (null when there is none).
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub location: Option<String>,
}

impl Api {
    pub fn new(server: SocketAddr, token: Option<&'static str>) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).build();
        Self { base: format!("http://{server}"), token, agent: config.into() }
    }

    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let response = self.send(method, path, body);
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let location = header("location");
        let status = response.status().as_u16();
        let text = response.into_body().read_to_string().expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, body, location }
    }

    /// The whole URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, None)
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.request("POST", path, Some(&body))
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path, None)
    }

    /// A page's text.
    pub fn text(&self, path: &str) -> String {
        let mut response = self.send("GET", path, None);
        assert_eq!(response.status().as_u16(), 200, "{path}");
        response.body_mut().read_to_string().expect("a body")
    }

    /// Creates a conference.
    pub fn conference(&self, title: &str) -> Conference {
        self.conference_with(title, json!({}))
    }

    /// Creates a conference into which this lets people.
    pub fn conference_with(&self, title: &str, access: Value) -> Conference {
        let new = json!({ "title": title, "access": access });
        let answer = self.post("/api/v1/conferences", new);
        assert_eq!(answer.status, 201, "{}", answer.body);
        Conference::new(self.clone(), &answer.body)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let result = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string()).expect("a request"))
            }
            None => self.agent.run(request.body(()).expect("a request")),
        };
        result.unwrap_or_else(|e| panic!("{method} {path}: {e}"))
    }
}

/// A conference, and what can be done about it.
pub struct Conference {
    pub api: Api,
    pub key: String,
    pub url: String,
    /// The host's own.
    pub host_url: String,
    /// What a caller dials to get in.
    pub code: String,
}

impl Conference {
    fn new(api: Api, view: &Value) -> Self {
        let text = |pointer: &str| {
            let value = view.pointer(pointer).and_then(Value::as_str);
            value.unwrap_or_else(|| panic!("no {pointer} in {view}")).to_owned()
        };
        let (url, host_url) = (text("/url"), text("/host_url"));
        Self { api, key: text("/key"), url, host_url, code: text("/dial_in/code") }
    }

    pub fn path(&self) -> String {
        format!("/api/v1/conferences/{}", self.key)
    }

    pub fn view(&self) -> Value {
        self.api.get(&self.path()).body
    }

    /// Has a number rung; gives the call's path.
    pub fn call(&self, number: &str) -> String {
        let answer = self.api.post(&format!("{}/calls", self.path()), json!({ "number": number }));
        assert_eq!(answer.status, 201, "{}", answer.body);
        let id = answer.body["id"].as_str().expect("an id");
        format!("{}/calls/{id}", self.path())
    }

    /// Follows the conference from now on.
    pub fn events(&self) -> Events {
        Events::follow(&self.api, &self.path())
    }
}

/// An event of a conference's stream.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub data: Value,
}

impl Event {
    /// A participant's new state, or the name of its ending.
    pub fn progress(&self) -> Option<&str> {
        match self.name.as_str() {
            "participant" => self.data["state"].as_str(),
            "left" => self.data["ending"].as_str(),
            _ => None,
        }
    }
}

/// A conference's stream of events (server-sent events).
pub struct Events {
    received: Receiver<Event>,
    /// Everything that came so far, for messages.
    seen: Vec<Event>,
}

impl Events {
    fn follow(api: &Api, path: &str) -> Self {
        let response = api.send("GET", &format!("{path}/events"), None);
        assert_eq!(response.status().as_u16(), 200);
        let (sender, received) = channel();
        thread::spawn(move || {
            let reader = BufReader::new(response.into_body().into_reader());
            let mut name = String::new();
            let mut data = String::new();
            for line in reader.lines().map_while(Result::ok) {
                if let Some(value) = line.strip_prefix("event:") {
                    name = value.trim().to_owned();
                } else if let Some(value) = line.strip_prefix("data:") {
                    data.push_str(value.trim());
                } else if line.is_empty() && !data.is_empty() {
                    let data = serde_json::from_str(&std::mem::take(&mut data)).expect("JSON");
                    let name = std::mem::take(&mut name);
                    if sender.send(Event { name, data }).is_err() {
                        return;
                    }
                }
            }
        });
        let mut events = Self { received, seen: Vec::new() };
        events.wait("the first snapshot", |event| event.name == "snapshot");
        events
    }

    /// Waits for the next event that fits; those before it are passed over.
    pub fn wait(&mut self, what: &str, fits: impl Fn(&Event) -> bool) -> Event {
        self.wait_for_as_long_as(PATIENCE, what, fits)
    }

    /// As [`wait`](Self::wait), for what takes as long as SIP's own timers: 32 s and more.
    pub fn wait_long(&mut self, what: &str, fits: impl Fn(&Event) -> bool) -> Event {
        self.wait_for_as_long_as(PATIENCE * 3, what, fits)
    }

    fn wait_for_as_long_as(
        &mut self,
        patience: Duration,
        what: &str,
        fits: impl Fn(&Event) -> bool,
    ) -> Event {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.received.recv_timeout(left) {
                Ok(event) => {
                    self.seen.push(event.clone());
                    if fits(&event) {
                        return event;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no {what} in {:#?}", self.seen),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the stream ended without {what}: {:#?}", self.seen)
                }
            }
        }
    }

    /// Waits until some participant comes to this state or ending.
    pub fn wait_for(&mut self, progress: &str) -> Event {
        self.wait(progress, |event| event.progress() == Some(progress))
    }
}
