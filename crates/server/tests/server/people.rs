//! People who are in a conference by browser, by phone, or by both.

use sdp::browser::{ClientOffer, IceCredentials};
use serde_json::{Value, json};

use super::support::{Events, Server};

/// Answered at once; both talk.
const ANNA: &str = "+33 1 99 00 00 00";
const BERT: &str = "+33 1 99 00 00 01";

/// A browser that has its answer: its secret, and its participant.
async fn browser(server: &Server, conference: &str, query: &str) -> (String, Value) {
    let credentials = IceCredentials::new("fJ3a", "a+password+of+24+letters");
    let offer = ClientOffer::new(credentials, format!("sha-256 {}", ["AB"; 32].join(":")));
    let path = format!("{conference}/whip{query}");
    let sdp = "Content-Type: application/sdp";
    let reply = server.give("POST", &path, &[sdp], &offer.to_string()).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let secret = reply.headers["location"].rsplit('/').next().unwrap().to_owned();
    let call = server.ask("GET", &format!("{conference}/calls/{secret}")).await.json();
    (secret, call["participant"].clone())
}

/// A phone for the person who has that browser, picked up: its call's path and its participant.
async fn phone(server: &Server, conference: &str, browser: &str) -> (String, Value) {
    let body = json!({ "number": ANNA, "browser": browser });
    let reply = server.tell("POST", &format!("{conference}/calls"), &body).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let call = reply.headers["location"].clone();
    server.call_until(&call, |call| call["state"] == "in").await;
    (call, reply.json()["participant"].clone())
}

/// What a page is told of this participant, when `field` becomes `value`.
async fn until(events: &mut Events, id: &Value, field: &str, value: Value) -> Value {
    let is_so = |told: &Value| told["id"] == *id && told[field] == value;
    events.until("participant", is_so).await.data
}

#[tokio::test]
async fn a_phone_takes_the_sound_from_its_persons_browser() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let mut events = server.events(&conference).await;
    let (secret, mine) = browser(&server, &conference, "?name=Anna").await;
    let told = until(&mut events, &mine, "state", json!("answered")).await;
    assert_eq!((&told["via"], &told["label"]), (&json!("browser"), &json!("Anna")));
    assert_eq!((&told["with"], &told["held"]), (&Value::Null, &json!(false)));

    let (call, phone) = phone(&server, &conference, &secret).await;
    until(&mut events, &phone, "with", mine.clone()).await;
    until(&mut events, &mine, "held", json!(true)).await;
    let again = json!({ "number": BERT, "browser": secret });
    let again = server.tell("POST", &format!("{conference}/calls"), &again).await;
    again.problem(429, "already_called");

    assert_eq!(server.ask("DELETE", &call).await.status, 204);
    until(&mut events, &mine, "held", json!(false)).await;
    assert_eq!(events.until("left", |_| true).await.data["id"], phone);
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn one_person_is_muted_and_removed_as_one() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let (secret, mine) = browser(&server, &conference, "").await;
    let (_, phone) = phone(&server, &conference, &secret).await;
    let mut events = server.events(&conference).await;

    carrier.party(ANNA).unwrap().press("*6");
    for id in [&phone, &mine] {
        let told = until(&mut events, id, "muted", json!(true)).await;
        assert_eq!(told["muted_by"], "self");
    }
    let path = |id: &Value| format!("{conference}/participants/{}", id.as_str().unwrap());
    let reply = server.tell_as_owner("PATCH", &path(&phone), &json!({ "muted": false })).await;
    assert_eq!(reply.json()["muted"], true, "nobody opens another's microphone");
    let asked = events.until("unmute_asked", |_| true).await;
    assert_eq!(asked.data, json!({ "id": mine }));

    let own = format!("{conference}/calls/{secret}");
    server.tell("PATCH", &own, &json!({ "muted": false })).await;
    until(&mut events, &phone, "muted", json!(false)).await;
    server.tell_as_owner("PATCH", &path(&mine), &json!({ "muted": true })).await;
    assert_eq!(until(&mut events, &mine, "muted", json!(true)).await["muted_by"], "host");

    assert_eq!(server.ask_as_owner("DELETE", &path(&phone)).await.status, 204);
    for _ in 0..2 {
        assert_eq!(events.until("left", |_| true).await.data["ending"], "removed");
    }
    assert_eq!(server.ask("GET", &own).await.json()["ending"], "removed");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_page_that_is_loaded_again_takes_its_own_place() {
    let (server, carrier) =
        Server::with_carrier(|config| config.conferences.participants_max = 2).await;
    let conference = server.conference().await;
    let (first, before) = browser(&server, &conference, "?name=Anna").await;
    let (_, phone) = phone(&server, &conference, &first).await;
    let mut events = server.events(&conference).await;
    let (_, after) = browser(&server, &conference, &format!("?replaces={first}")).await;
    let told = until(&mut events, &after, "state", json!("answered")).await;
    assert_eq!((&told["label"], &told["held"]), (&json!("Anna"), &json!(true)));
    until(&mut events, &phone, "with", after).await;
    let left = events.until("left", |_| true).await;
    assert_eq!(left.data, json!({ "id": before, "ending": "replaced" }));
    let ended = server.ask("GET", &format!("{conference}/calls/{first}")).await.json();
    assert_eq!((&ended["ending"], &ended["via"]), (&json!("replaced"), &json!("browser")));
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_browser_joins_besides_a_phone_that_is_in() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let (call, placed) = server.call(&conference, ANNA).await;
    server.call_until(&call, |call| call["state"] == "in").await;
    let secret = call.rsplit('/').next().unwrap();
    let (_, mine) = browser(&server, &conference, &format!("?call={secret}")).await;
    let view = server.ask("GET", &conference).await.json();
    let people = view["participants"].as_array().unwrap();
    let find = |id: &Value| people.iter().find(|one| one["id"] == *id).unwrap();
    assert_eq!(find(&placed["participant"])["with"], mine);
    assert_eq!(find(&mine)["held"], true);
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn the_id_of_a_browser_is_checked_but_may_have_ended() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let path = format!("{conference}/calls");
    let nonsense = json!({ "number": ANNA, "browser": "nonsense" });
    let refused = server.tell("POST", &path, &nonsense).await.problem(422, "invalid");
    assert_eq!(refused["field"], "browser");
    let (secret, _) = browser(&server, &conference, "").await;
    assert_eq!(server.ask("DELETE", &format!("{path}/{secret}")).await.status, 204);
    let (_, alone) = phone(&server, &conference, &secret).await;
    let view = server.ask("GET", &conference).await.json();
    assert_eq!(
        (&view["participants"][0]["id"], &view["participants"][0]["with"]),
        (&alone, &Value::Null)
    );
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn the_quality_of_a_phones_line_is_told() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let mut events = server.events(&conference).await;
    let (_, placed) = server.call(&conference, ANNA).await;
    let told = events.until("quality", |_| true).await.data;
    assert_eq!(told["id"], placed["participant"]);
    assert_eq!(told["rating"], "good", "{told}");
    assert!(told["mos"].as_f64().unwrap() > 4.0, "{told}");
    let view = server.ask("GET", &conference).await.json();
    assert_eq!(view["participants"][0]["quality"]["rating"], "good");
    server.stop().await;
    carrier.close().await;
}
