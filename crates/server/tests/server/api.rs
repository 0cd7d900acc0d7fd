//! Conferences over the API.

use serde_json::{Value, json};

use super::support::Server;

const CONFERENCES: &str = "/api/v1/conferences";

fn in_an_hour() -> String {
    let now = jiff::Timestamp::now();
    (now + jiff::SignedDuration::from_hours(1)).to_string()
}

#[tokio::test]
async fn a_conference_is_created_read_listed_and_ended() {
    let server = Server::start(|_| {}).await;
    let body = json!({ "title": "  Weekly   planning " });
    let created = server.tell_as_owner("POST", CONFERENCES, &body).await;
    assert_eq!(created.status, 201);
    let view = created.json();
    let key = view["key"].as_str().unwrap();
    assert!(key.len() >= 26, "128 bits take 26 letters: {key}");
    assert_eq!(view["title"], "Weekly planning");
    assert_eq!(view["state"], "resting");
    assert_eq!(view["open"], true);
    assert_eq!(view["participants"], json!([]));
    assert_eq!(view["url"], format!("{}/c/{key}", server.running.public_url));
    assert_eq!(view["dial_in"]["code"].as_str().map(str::len), Some(8));

    let path = &created.headers["location"];
    assert_eq!(server.ask_as_owner("GET", path).await.json(), view);
    let seen = server.ask("GET", path).await.json();
    assert_eq!((&seen["title"], &seen["role"]), (&view["title"], &json!("guest")));
    let list = server.ask_as_owner("GET", CONFERENCES).await.json();
    assert_eq!(list["conferences"], json!([view]));

    assert_eq!(server.ask_as_owner("DELETE", path).await.status, 204);
    let ended = server.ask("GET", path).await.json();
    assert_eq!((&ended["state"], &ended["open"]), (&json!("ended"), &json!(false)));
    let call =
        server.tell("POST", &format!("{path}/calls"), &json!({ "number": "0612345678" })).await;
    assert_eq!(call.status, 503, "without a trunk nobody is called: {}", call.body);
    server.stop().await;
}

#[tokio::test]
async fn a_set_time_is_shown_and_keeps_the_conference_closed() {
    let server = Server::start(|_| {}).await;
    let body = json!({ "title": "Later", "starts_at": in_an_hour(), "time_zone": "Europe/Paris" });
    let view = server.tell_as_owner("POST", CONFERENCES, &body).await.json();
    assert_eq!(view["open"], false);
    assert_eq!(view["time_zone"], "Europe/Paris");
    let time = |field: &str| view[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time("starts_at").duration_since(time("opens_at")).as_secs(), 600, "the lead");
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_named_of_a_set_time_stays_when_another_part_changes() {
    let server = Server::start(|_| {}).await;
    let body = json!({ "title": "Weekly", "starts_at": "2027-07-01T09:30", "duration_min": 45,
        "time_zone": "Europe/Paris", "repetition": "FREQ=WEEKLY;COUNT=9",
        "except": ["2027-07-15", "2027-07-08"], "ends_after_min": 20, "remind_min": 60 });
    let created = server.tell_as_owner("POST", CONFERENCES, &body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let path = created.headers["location"].clone();
    let parts = ["starts_at", "ends_at", "time_zone", "repetition", "except", "ends_after_min"];
    let seen = |view: &Value| parts.map(|part| view[part].clone());
    let before = created.json();
    assert_eq!(
        seen(&before)[2..],
        [
            json!("Europe/Paris"),
            json!("FREQ=WEEKLY;COUNT=9"),
            json!(["2027-07-08", "2027-07-15"]),
            json!(20)
        ]
    );
    let change = async |change: Value| {
        let changed = server.tell_as_owner("PATCH", &path, &change).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        changed.json()
    };
    let reminded = change(json!({ "remind_min": 10 })).await;
    assert_eq!((seen(&reminded), &reminded["remind_min"]), (seen(&before), &json!(10)));
    let moved = change(json!({ "starts_at": "2027-07-01T10:00" })).await;
    assert_eq!(
        (&moved["starts_at"], &moved["ends_at"]),
        (&json!("2027-07-01T08:00:00Z"), &json!("2027-07-01T08:45:00Z")),
        "in the zone that it had, for as long as before"
    );
    assert_eq!(seen(&moved)[2..], seen(&before)[2..]);
    let nulls = json!({ "duration_min": null, "except": null, "ends_after_min": null });
    let taken_back = change(nulls).await;
    assert_eq!(taken_back["ends_at"], "2027-07-01T09:00:00Z", "an hour, as where nobody says");
    assert_eq!(seen(&taken_back)[4..], [json!([]), Value::Null]);
    let once = change(json!({ "repetition": null })).await;
    assert_eq!(once["repetition"], Value::Null);
    change(json!({ "starts_at": null })).await;
    let without = server.tell_as_owner("PATCH", &path, &json!({ "duration_min": 30 })).await;
    assert_eq!(without.problem(422, "invalid")["field"], "starts_at");
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_conference_is_said_at_its_field() {
    let server = Server::start(|_| {}).await;
    let field_of = async |body: Value| {
        let reply = server.tell_as_owner("POST", CONFERENCES, &body).await;
        reply.problem(422, "invalid")["field"].clone()
    };
    assert_eq!(field_of(json!({ "title": " " })).await, "title");
    assert_eq!(field_of(json!({ "title": "x".repeat(101) })).await, "title");
    assert_eq!(field_of(json!({ "title": "x", "starts_at": "soon" })).await, "starts_at");
    let nowhere = json!({ "title": "x", "starts_at": in_an_hour(), "time_zone": "Mars/Base" });
    assert_eq!(field_of(nowhere).await, "time_zone");
    assert_eq!(field_of(json!({ "title": "x", "dial_in_number": "12" })).await, "dial_in_number");
    assert_eq!(field_of(json!({ "title": 7 })).await, "title");
    assert_eq!(field_of(json!({ "title": "x", "colour": "red" })).await, "colour");
    assert_eq!(field_of(json!({})).await, Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn two_conferences_cannot_have_one_number() {
    let server = Server::start(|_| {}).await;
    let body = json!({ "title": "x", "dial_in_number": "01 99 00 00 99" });
    assert_eq!(server.tell_as_owner("POST", CONFERENCES, &body).await.status, 201);
    let second = server.tell_as_owner("POST", CONFERENCES, &body).await;
    assert_eq!(second.problem(409, "number_taken")["field"], "dial_in_number");
    server.stop().await;
}

#[tokio::test]
async fn long_lists_come_in_parts() {
    let server = Server::start(|_| {}).await;
    for _ in 0..3 {
        server.conference().await;
    }
    let first = server.ask_as_owner("GET", &format!("{CONFERENCES}?limit=2")).await.json();
    assert_eq!(first["conferences"].as_array().map(Vec::len), Some(2));
    assert_eq!(first["next_offset"], 2);
    let rest = server.ask_as_owner("GET", &format!("{CONFERENCES}?offset=2")).await.json();
    assert_eq!(rest["conferences"].as_array().map(Vec::len), Some(1));
    assert_eq!(rest["next_offset"], Value::Null);
    server.ask_as_owner("GET", &format!("{CONFERENCES}?limit=all")).await.problem(400, "invalid");
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let unknown = format!("{CONFERENCES}/{}", "0".repeat(26));
    for path in [
        "/api/v1/nothing",
        &unknown,
        &format!("{CONFERENCES}/short"),
        &format!("{unknown}/events"),
        &format!("{conference}/calls/{}", "0".repeat(26)),
        &format!("{conference}/calls/short"),
    ] {
        server.ask("GET", path).await.problem(404, "not_found");
    }
    server.ask_as_owner("DELETE", &unknown).await.problem(404, "not_found");
    let nobody = format!("{conference}/participants/p1");
    server.ask_as_owner("DELETE", &nobody).await.problem(404, "not_found");
    let muted = json!({ "muted": true });
    server.tell_as_owner("PATCH", &nobody, &muted).await.problem(404, "not_found");
    server.stop().await;
}

#[tokio::test]
async fn an_answer_to_the_wrong_method_names_the_right_ones() {
    let server = Server::start(|_| {}).await;
    let reply = server.ask("PUT", CONFERENCES).await;
    reply.problem(405, "method_not_allowed");
    assert!(reply.headers["allow"].contains("POST"), "{:?}", reply.headers);
    server.stop().await;
}
