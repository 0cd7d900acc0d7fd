//! Whispers, break-out rooms and volumes, as far as people on the phone hear them.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use server::config::Config;
use server::prompts::{Language, Prompts, Word};
use sim::carrier::Carrier;
use sim::correlate;
use sim::phone::Conversation;

use super::hearing::{hears, until};
use super::support::{Reply, Server, bearer, request, send};

/// Answered at once, and one and two seconds later; all talk.
const NUMBERS: [&str; 3] = ["+33 1 99 00 00 00", "+33 1 99 00 00 01", "+33 1 99 00 00 02"];

/// Is called and never answers.
const RINGS_ON: &str = "+33 1 99 00 00 11";

/// More calls than keep a worker too busy for another one.
const BUSY_MAX: usize = 60;

/// How long nothing is heard of somebody who isn't heard.
const SILENCE: Duration = Duration::from_secs(2);

/// A conference of a host and two guests on the phone.
struct Scene {
    server: Server,
    carrier: Carrier,
    path: String,
    key: String,
    /// The paths of their calls.
    calls: Vec<String>,
    participants: Vec<String>,
}

impl Scene {
    async fn new() -> Scene {
        let mut scene = Scene::open(|_| {}).await;
        scene.call(&NUMBERS).await;
        scene
    }

    /// One whose room spans two workers: the last guest is on another one than the others.
    async fn spanning() -> Scene {
        let mut scene = Scene::open(|config| {
            config.media.workers = 2;
            // Some thirty calls are as much as one of them will bear.
            config.media.load_max = 0.05;
            let limits = &mut config.calls;
            limits.ringing_per_conference_max = BUSY_MAX;
            limits.per_client_per_hour_max = 2 * BUSY_MAX;
        })
        .await;
        scene.call(&NUMBERS[..2]).await;
        for _ in 0..BUSY_MAX {
            if scene.metrics().await.contains("confab_media_rooms{worker=\"1\"} 1\n") {
                break;
            }
            scene.dial(RINGS_ON, false).await;
        }
        scene.call(&NUMBERS[2..]).await;
        let metrics = scene.metrics().await;
        for line in ["confab_media_legs{worker=\"0\"} 2\n", "confab_media_legs{worker=\"1\"} 1\n"] {
            assert!(metrics.contains(line), "{line} in {metrics}");
        }
        scene
    }

    /// A conference without anybody.
    async fn open(change: impl FnOnce(&mut Config)) -> Scene {
        let (server, carrier) = Server::with_carrier(change).await;
        let body = json!({ "title": "Rooms" });
        let view = server.tell_as_owner("POST", "/api/v1/conferences", &body).await.json();
        let path = format!("/api/v1/conferences/{}", view["key"].as_str().unwrap());
        let key = view["host_url"].as_str().unwrap().split_once("#host=").unwrap().1.to_owned();
        Scene { server, carrier, path, key, calls: Vec::new(), participants: Vec::new() }
    }

    /// Calls some more, of whom the very first is the host, and waits until they are in.
    async fn call(&mut self, numbers: &[&str]) {
        let first = self.calls.len();
        for (index, number) in (first..).zip(numbers) {
            let call = self.dial(number, index == 0).await;
            self.calls.push(call.headers["location"].clone());
            self.participants.push(call.json()["participant"].as_str().unwrap().to_owned());
        }
        for call in &self.calls[first..] {
            self.server.call_until(call, |call| call["state"] == "in").await;
        }
    }

    async fn dial(&self, number: &str, is_host: bool) -> Reply {
        let body = json!({ "number": number }).to_string();
        let proof = bearer(&self.key);
        let headers: &[&str] = if is_host { &[&proof] } else { &[] };
        let call = request("POST", &format!("{}/calls", self.path), headers, Some(&body));
        let call = send(self.server.address(), &call).await;
        assert_eq!(call.status, 201, "{}", call.body);
        call
    }

    async fn metrics(&self) -> String {
        self.server.ask("GET", "/metrics").await.body
    }

    async fn tell_as_host(&self, path: &str, change: Value) -> Reply {
        let change = change.to_string();
        let request = request("PATCH", path, &[&bearer(&self.key)], Some(&change));
        send(self.server.address(), &request).await
    }

    /// Has the call of one whisper to another.
    async fn whisper(&self, from: usize, to: usize) -> Reply {
        let change = json!({ "whispers_to": self.participants[to] });
        self.server.tell("PATCH", &self.calls[from], &change).await
    }

    /// Sends one to a break-out room.
    async fn send_to(&self, who: usize, room: u8) {
        let path = format!("{}/participants/{}", self.path, self.participants[who]);
        let sent = self.tell_as_host(&path, json!({ "breakout": room })).await;
        assert_eq!((sent.status, &sent.json()["breakout"]), (200, &json!(room)));
    }

    fn phone(&self, who: usize) -> Conversation {
        self.carrier.party(NUMBERS[who]).unwrap()
    }

    /// Waits until one hears another from now on.
    async fn hears(&self, listener: usize, speaker: usize) {
        let (listener, said) = (self.phone(listener), self.phone(speaker).says());
        listener.forget();
        let heard = async {
            while !listener.find(said).is_heard() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(30), heard).await;
        assert!(heard.is_ok(), "{said:?} isn't heard");
    }

    /// Checks that one doesn't hear another, once what was on its way has arrived.
    async fn hears_nothing_of(&self, listener: usize, speaker: usize) {
        let (listener, said) = (self.phone(listener), self.phone(speaker).says());
        tokio::time::sleep(SILENCE / 2).await;
        listener.forget();
        tokio::time::sleep(SILENCE).await;
        let found = listener.find(said);
        assert!(!found.is_heard(), "{said:?}: {found:?}");
    }

    async fn end(self) {
        self.server.stop().await;
        self.carrier.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whispers_to_one_and_the_others_do_not_hear_it() {
    let scene = Scene::new().await;
    scene.hears(2, 0).await;
    let whispers = scene.whisper(0, 1).await;
    assert_eq!(whispers.status, 200, "{}", whispers.body);
    scene.hears(1, 0).await;
    scene.hears(1, 2).await;
    scene.hears_nothing_of(2, 0).await;
    let seen = scene.server.ask("GET", &scene.path).await.json();
    assert_eq!(seen["participants"][0]["whispers_to"], scene.participants[1].as_str());

    scene.whisper(1, 2).await.problem(403, "not_host");
    let itself = scene.whisper(0, 0).await.problem(409, "cannot_whisper");
    assert_eq!(itself["field"], "whispers_to");
    let nobody = json!({ "whispers_to": "somebody" });
    scene.server.tell("PATCH", &scene.calls[0], &nobody).await.problem(422, "invalid");
    let aloud = json!({ "whispers_to": null });
    assert_eq!(scene.server.tell("PATCH", &scene.calls[0], &aloud).await.status, 200);
    scene.hears(2, 0).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whispers_to_whoever_is_on_another_worker() {
    let scene = Scene::spanning().await;
    let whispers = scene.whisper(0, 2).await;
    assert_eq!(whispers.status, 200, "{}", whispers.body);
    scene.hears(2, 0).await;
    scene.hears_nothing_of(1, 0).await;
    scene.hears(1, 2).await;
    let aloud = json!({ "whispers_to": null });
    assert_eq!(scene.server.tell("PATCH", &scene.calls[0], &aloud).await.status, 200);
    scene.hears(1, 0).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_a_break_out_room_hears_those_in_there_until_all_are_brought_back() {
    let scene = Scene::new().await;
    scene.send_to(1, 2).await;
    scene.send_to(2, 2).await;
    scene.hears(1, 2).await;
    scene.hears_nothing_of(1, 0).await;
    scene.whisper(0, 1).await.problem(409, "cannot_whisper");

    // Who was sent there may come back; everybody is brought back by a host.
    let elsewhere = json!({ "breakout": 1 });
    scene.server.tell("PATCH", &scene.calls[1], &elsewhere).await.problem(422, "invalid");
    let back = json!({ "breakout": null });
    assert_eq!(scene.server.tell("PATCH", &scene.calls[1], &back).await.status, 200);
    scene.hears(1, 0).await;
    let mut events = scene.server.events(&scene.path).await;
    let room =
        scene.tell_as_host(&format!("{}/room", scene.path), json!({ "gathered": true })).await;
    assert_eq!(room.json()["participants"][2]["breakout"], 2, "not without a word");
    let due = room.json()["gathers_at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let words = [Word::Gathering];
    let told = Prompts::load(None).unwrap().say(Language::En, &words).samples().to_vec();
    until(|| hears(&scene.carrier, NUMBERS[2], &told)).await;
    let back = |one: &Value| one["id"] == scene.participants[2] && one["breakout"].is_null();
    events.until("participant", back).await;
    assert!(Timestamp::now() >= due, "it was told another time");
    events.until("conference", |status| status["gathers_at"].is_null()).await;
    scene.hears(2, 0).await;
    let rooms = scene.server.ask("GET", "/metrics").await.body;
    assert!(rooms.contains("confab_legs 3\n"), "{rooms}");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_is_told_so_alone_and_hung_up() {
    let scene = Scene::new().await;
    let mut events = scene.server.events(&scene.path).await;
    let path = format!("{}/participants/{}", scene.path, scene.participants[2]);
    let removal = request("DELETE", &path, &[&bearer(&scene.key)], None);
    let (stays, goes) = (scene.phone(0), scene.phone(2));
    stays.forget();
    goes.forget();
    assert_eq!(send(scene.server.address(), &removal).await.status, 204);
    assert_eq!(events.until("left", |_| true).await.data["ending"], "removed");
    let words = [Word::YouWereRemoved];
    let told = Prompts::load(None).unwrap().say(Language::En, &words).samples().to_vec();
    until(|| correlate::find(&told, &goes.heard()).is_heard()).await;
    assert!(!hears(&scene.carrier, NUMBERS[0], &told), "the others hear it, too");
    let hung_up = async {
        while !scene.server.ask("GET", "/metrics").await.body.contains("confab_legs 2\n") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), hung_up).await.expect("it is still there");
    assert!(!goes.find(stays.says()).is_heard(), "it hears the room");
    scene.end().await;
}

#[tokio::test]
async fn volumes_and_rooms_have_bounds() {
    let server = Server::start(|_| {}).await;
    let participant = format!("{}/participants/p1", server.conference().await);
    for (change, field) in [
        (json!({ "volume_db": 13 }), "volume_db"),
        (json!({ "volume_db": -25 }), "volume_db"),
        (json!({ "breakout": 0 }), "breakout"),
        (json!({ "breakout": 13 }), "breakout"),
    ] {
        let refused = server.tell_as_owner("PATCH", &participant, &change).await;
        assert_eq!(refused.problem(422, "invalid")["field"], field, "{change}");
    }
    let fits = json!({ "volume_db": -6 });
    server.tell_as_owner("PATCH", &participant, &fits).await.problem(404, "not_found");
    server.stop().await;
}
