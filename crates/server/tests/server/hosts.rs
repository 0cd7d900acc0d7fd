//! PINs, hosts, the lobby and the lock, and what a subscriber chooses of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use sdp::browser::{ClientOffer, IceCredentials};
use serde_json::{Value, json};
use sim::{Caller, Speech};

use super::support::{LOOPBACK, Reply, Server, bearer, config, request, send};

const CALLER_ID: &str = "+33199000042";

/// A conference to which this holds: its path, and its host's key.
async fn conference(server: &Server, access: Value) -> (String, String) {
    let body = json!({ "title": "Planning", "access": access });
    let created = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let view = created.json();
    let (url, key) = view["host_url"].as_str().unwrap().split_once("#host=").unwrap();
    assert_eq!((&view["url"], &view["role"]), (&json!(url), &json!("host")));
    (created.headers["location"].clone(), key.to_owned())
}

async fn tell_as(server: &Server, proof: &str, method: &str, path: &str, body: &Value) -> Reply {
    let body = body.to_string();
    send(server.address(), &request(method, path, &[&bearer(proof)], Some(&body))).await
}

/// Offers a browser of its own, with these headers.
async fn join(server: &Server, conference: &str, headers: &[&str]) -> Reply {
    static BROWSERS: AtomicUsize = AtomicUsize::new(1_000);
    let ufrag = BROWSERS.fetch_add(1, Ordering::Relaxed).to_string();
    let credentials = IceCredentials::new(ufrag, "a+password+of+24+letters");
    let offer = ClientOffer::new(credentials, format!("sha-256 {}", ["AB"; 32].join(":")));
    let headers: Vec<&str> =
        ["Content-Type: application/sdp"].into_iter().chain(headers.iter().copied()).collect();
    server.give("POST", &format!("{conference}/whip"), &headers, &offer.to_string()).await
}

/// The secret of a browser that was taken in.
fn secret_of(joined: &Reply) -> String {
    assert_eq!(joined.status, 201, "{}", joined.body);
    joined.headers["location"].rsplit('/').next().unwrap().to_owned()
}

async fn code_of(server: &Server, conference: &str) -> String {
    let view = server.ask("GET", conference).await.json();
    view["dial_in"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_pin_is_asked_for_on_the_page_and_guessing_is_stopped() {
    let server = Server::start(|_| {}).await;
    let (conference, key) =
        conference(&server, json!({ "pin": "2468", "host_pin": "13579" })).await;
    let view = server.ask("GET", &conference).await;
    assert_eq!(
        (&view.json()["access"]["pin"], &view.json()["role"]),
        (&json!(true), &json!("guest"))
    );
    assert!(
        !view.body.contains("2468") && !view.body.contains(&key) && !view.body.contains("host_url")
    );
    let refused = join(&server, &conference, &[]).await.problem(403, "pin_required");
    assert_eq!(refused["field"], "pin");
    for nonsense in ["Confab-Pin: 12", "Confab-Pin: \u{661}\u{662}\u{663}\u{664}"] {
        let refused = join(&server, &conference, &[nonsense]).await.problem(422, "invalid");
        assert_eq!(refused["field"], "pin");
    }
    for right in
        ["Confab-Pin: 24 68", "Confab-Pin: 13579", &bearer(&key), &bearer(super::support::TOKEN)]
    {
        secret_of(&join(&server, &conference, &[right]).await);
    }
    let roles = server.ask("GET", &conference).await.json()["participants"].clone();
    let roles: Vec<Value> =
        roles.as_array().unwrap().iter().map(|one| one["role"].clone()).collect();
    assert_eq!(roles, ["guest", "host", "host", "host"]);

    for _ in 0..conference::admission::WRONG_PINS_PER_SOURCE_MAX {
        join(&server, &conference, &["Confab-Pin: 9999"]).await.problem(403, "wrong_pin");
    }
    let locked = join(&server, &conference, &["Confab-Pin: 2468"]).await;
    assert!(locked.headers["retry-after"].parse::<u64>().unwrap() > 800);
    let right = locked.problem(429, "pin_locked");
    let wrong = join(&server, &conference, &["Confab-Pin: 9999"]).await.problem(429, "pin_locked");
    assert_eq!(right["title"], wrong["title"], "right and wrong are told alike");
    secret_of(&join(&server, &conference, &[&bearer(&key)]).await);
    server.stop().await;
}

#[tokio::test]
async fn a_pin_is_asked_for_before_a_phone_is_rung() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let (conference, _) = conference(&server, json!({ "pin": "2468" })).await;
    let calls = format!("{conference}/calls");
    let call = |pin: Value| json!({ "number": "01 99 00 00 11", "pin": pin });
    let refused = server.tell("POST", &calls, &call(Value::Null)).await;
    assert_eq!(refused.problem(403, "pin_required")["field"], "pin");
    server.tell("POST", &calls, &call(json!("1357"))).await.problem(403, "wrong_pin");
    assert_eq!(server.tell("POST", &calls, &call(json!("2468"))).await.status, 201);
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_caller_types_the_pin() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let (conference, _) = conference(&server, json!({ "pin": "2468", "host_pin": "13579" })).await;
    let code = code_of(&server, &conference).await;
    let mut events = server.events(&conference).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    for (keys, role) in [("1111#2468#", "guest"), ("13579#", "host")] {
        let connection = caller.dial(&code, CALLER_ID, Speech::ALL[0]).await.unwrap();
        events.until("participant", |p| p["state"] == "entering_pin").await;
        connection.conversation.press(keys);
        let joined = events.until("participant", |p| p["state"] == "in").await.data;
        assert_eq!(joined["role"], role);
        drop(connection);
        events.until("left", |left| left["ending"] == "left").await;
    }
    let guessing = caller.dial(&code, CALLER_ID, Speech::ALL[0]).await.unwrap();
    events.until("participant", |p| p["state"] == "entering_pin").await;
    guessing.conversation.press("1111#2222#3333#");
    events.until("left", |left| left["ending"] == "wrong_pin").await;
    caller.close().await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_host_lets_people_in_sends_them_away_and_locks_the_door() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let (conference, key) = conference(&server, json!({ "lobby": true })).await;
    let code = code_of(&server, &conference).await;
    let mut events = server.events(&conference).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    let first = caller.dial(&code, CALLER_ID, Speech::ALL[0]).await.unwrap();
    let waits = events.until("participant", |p| p["state"] == "in_lobby").await.data;
    let path = |id: &Value| format!("{conference}/participants/{}", id.as_str().unwrap());
    let change = json!({ "admitted": true, "name": "Ada" });
    let admitted = tell_as(&server, &key, "PATCH", &path(&waits["id"]), &change).await;
    assert_eq!(admitted.status, 200, "{}", admitted.body);
    let joined = events.until("participant", |p| p["state"] == "in").await.data;
    assert_eq!(joined["label"], "Ada");
    first.conversation.press("*9");
    events.until("participant", |p| p["hand"] == true).await;
    let lowered = json!({ "hand": false });
    assert_eq!(tell_as(&server, &key, "PATCH", &path(&waits["id"]), &lowered).await.status, 200);
    events.until("participant", |p| p["hand"] == false).await;

    let _second = caller.dial(&code, CALLER_ID, Speech::ALL[1]).await.unwrap();
    let waits = events.until("participant", |p| p["state"] == "in_lobby").await.data;
    let away = request("DELETE", &path(&waits["id"]), &[&bearer(&key)], None);
    assert_eq!(send(server.address(), &away).await.status, 204);
    events.until("left", |left| left["ending"] == "not_admitted").await;

    let change = json!({ "locked": true, "guests_muted": true });
    let room = tell_as(&server, &key, "PATCH", &format!("{conference}/room"), &change).await;
    assert_eq!((room.status, &room.json()["locked"]), (200, &json!(true)));
    events.until("conference", |status| status["locked"] == true).await;
    events.until("participant", |p| p["muted_by"] == "host").await;
    join(&server, &conference, &[]).await.problem(403, "conference_locked");
    secret_of(&join(&server, &conference, &[&bearer(&key)]).await);
    caller.close().await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn what_hosts_do_is_for_hosts() {
    let server = Server::start(|_| {}).await;
    let (conference, key) = conference(&server, json!({ "host_pin": "13579" })).await;
    let guest = secret_of(&join(&server, &conference, &[]).await);
    let host = secret_of(&join(&server, &conference, &["Confab-Pin: 13579"]).await);
    let (_, other_key) = self::conference(&server, json!({})).await;
    let (room, participant) =
        (format!("{conference}/room"), format!("{conference}/participants/p1"));
    let attempts = [
        ("PATCH", &room, json!({ "locked": true })),
        ("PATCH", &participant, json!({ "muted": true })),
        ("DELETE", &participant, json!({})),
    ];
    for (method, path, body) in &attempts {
        server.tell(method, path, body).await.problem(401, "token_missing");
        tell_as(&server, &other_key, method, path, body).await.problem(401, "token_unknown");
        tell_as(&server, &guest, method, path, body).await.problem(403, "not_host");
    }
    // Even who hosts doesn't choose for the subscriber.
    let change = json!({ "access": { "pin": null } });
    for proof in [&key, &host] {
        tell_as(&server, proof, "PATCH", &conference, &change).await.problem(401, "token_unknown");
    }
    for (proof, locked) in [(&key, true), (&host, false)] {
        let reply = tell_as(&server, proof, "PATCH", &room, &json!({ "locked": locked })).await;
        assert_eq!((reply.status, &reply.json()["locked"]), (200, &json!(locked)));
        let read = request("GET", &conference, &[&bearer(proof)], None);
        let seen = send(server.address(), &read).await.json();
        assert_eq!((&seen["role"], &seen["host_url"]), (&json!("host"), &Value::Null));
    }
    let (method, path, body) = &attempts[2];
    assert_eq!(tell_as(&server, &host, method, path, body).await.status, 204);
    server.stop().await;
}

#[tokio::test]
async fn everybody_mutes_and_names_themselves_and_raises_a_hand() {
    let server = Server::start(|_| {}).await;
    let (conference, _) = conference(&server, json!({})).await;
    let mut events = server.events(&conference).await;
    let call = format!("{conference}/calls/{}", secret_of(&join(&server, &conference, &[]).await));
    let change = json!({ "muted": true, "hand": true, "name": "Ada" });
    assert_eq!(server.tell("PATCH", &call, &change).await.json()["muted"], true);
    let is_so = |p: &Value| p["hand"] == true && p["muted_by"] == "self" && p["label"] == "Ada";
    events.until("participant", is_so).await;
    server.tell("PATCH", &call, &json!({})).await.problem(422, "invalid");
    let named = |name: String| json!({ "name": name });
    for bad in [String::new(), "x".repeat(10_000), "Ada\u{202E}".to_owned(), "A\u{0}".to_owned()] {
        let refused = server.tell("PATCH", &call, &named(bad)).await.problem(422, "invalid");
        assert_eq!(refused["field"], "name");
    }
    let markup = "<img src=x onerror=alert(1)>";
    assert_eq!(server.tell("PATCH", &call, &named(markup.to_owned())).await.status, 200);
    events.until("participant", |p| p["label"] == markup).await;
    server.stop().await;
}

#[tokio::test]
async fn what_is_chosen_anew_is_kept_and_reaches_those_who_are_there() {
    let server = Server::start(|_| {}).await;
    let (path, _) = conference(&server, json!({ "pin": "2468" })).await;
    let mut events = server.events(&path).await;
    secret_of(&join(&server, &path, &["Confab-Pin: 2468"]).await);
    let wrong = json!({ "access": { "pin": "12" } });
    let refused = server.tell_as_owner("PATCH", &path, &wrong).await.problem(422, "invalid");
    assert_eq!(refused["field"], "pin");
    let change = json!({ "title": "Review", "access": { "pin": "1357", "participants_max": 2 } });
    let changed = server.tell_as_owner("PATCH", &path, &change).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let told = events.until("details", |_| true).await.data;
    assert_eq!(
        (&told["title"], &told["access"]["participants_max"]),
        (&json!("Review"), &json!(2))
    );
    join(&server, &path, &["Confab-Pin: 2468"]).await.problem(403, "wrong_pin");
    secret_of(&join(&server, &path, &["Confab-Pin: 1357"]).await);
    join(&server, &path, &["Confab-Pin: 1357"]).await.problem(503, "conference_full");

    let directory = server.stop().await;
    let running = server::start(config(directory.path())).await.unwrap();
    let view = send(running.http_addr, &request("GET", &path, &[], None)).await.json();
    assert_eq!((&view["title"], &view["access"]["pin"]), (&json!("Review"), &json!(true)));
    running.stop().await;
}

#[tokio::test]
async fn where_voices_stand_is_a_conferences_own_or_else_as_configured() {
    let server = Server::start(|config| config.conferences.placement = true).await;
    let created =
        async |body: Value| server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    assert_eq!(created(json!({ "title": "As it is" })).await.json()["placement"], true);
    let body = json!({ "title": "In the middle", "placement": false });
    let reply = created(body).await;
    assert_eq!(reply.json()["placement"], false);
    let conference = reply.headers["location"].clone();
    let changed = server.tell_as_owner("PATCH", &conference, &json!({ "title": "Still" })).await;
    assert_eq!(changed.json()["placement"], false, "what isn't named stays");
    let body = json!({ "placement": true });
    assert_eq!(server.tell_as_owner("PATCH", &conference, &body).await.json()["placement"], true);
    assert_eq!(server.ask("GET", &conference).await.json()["placement"], true);
    let body = json!({ "placement": false });
    server.tell_as_owner("PATCH", &conference, &body).await;
    let body = json!({ "placement": null });
    let taken_back = server.tell_as_owner("PATCH", &conference, &body).await;
    assert_eq!(taken_back.json()["placement"], true, "as configured");
    let reply = server.tell_as_owner("PATCH", &conference, &json!({ "placement": "left" })).await;
    assert_eq!(reply.status, 422, "{}", reply.body);
    server.stop().await;
}
