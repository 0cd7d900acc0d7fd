//! What brings people to a conference: badge, QR codes, calendar file.

use serde_json::json;

use crate::support::{Reply, Server, skipped};

const UNKNOWN: &str = "/c/00000000000000000000000000";

/// The page of a conference, from its path in the API.
fn page(conference: &str) -> String {
    conference.replace("/api/v1/conferences/", "/c/")
}

async fn with_set_time(server: &Server) -> String {
    // Two years ahead is as far as a set time may be: next March is within.
    let year = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year() + 1;
    let body = json!({
        "title": "A; B, C", "starts_at": format!("{year}-03-04T14:30"), "time_zone": "Europe/Paris",
        "duration_min": 45, "repetition": "FREQ=WEEKLY;COUNT=8", "except": [format!("{year}-03-11")],
    });
    let reply = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.headers["location"].clone()
}

fn assert_no_cookie(reply: &Reply) {
    assert!(!reply.headers.contains_key("set-cookie"), "{:?}", reply.headers);
}

#[tokio::test]
async fn a_badge_is_for_pages_elsewhere() {
    let server = Server::start(|_| {}).await;
    let page = page(&server.conference().await);
    let badge = server.ask("GET", &format!("{page}/badge.svg")).await;
    assert_eq!(badge.status, 200, "{}", badge.body);
    assert_eq!(badge.headers["content-type"], "image/svg+xml");
    assert_eq!(badge.headers["cache-control"], "public, max-age=15");
    assert_eq!(badge.headers["cross-origin-resource-policy"], "cross-origin");
    assert!(badge.headers["content-security-policy"].contains("style-src 'unsafe-inline'"));
    assert_no_cookie(&badge);
    assert!(badge.body.contains("Click to join") && badge.body.contains("prefers-color-scheme"));
    let dark = server.ask("GET", &format!("{page}/badge.svg?theme=dark")).await;
    assert!(!dark.body.contains("prefers-color-scheme"));
    let later = with_set_time(&server).await.replace("/api/v1/conferences/", "/c/");
    let later = server.ask("GET", &format!("{later}/badge.svg")).await;
    assert!(later.body.contains(" 4 Mar, 14:30 CET"), "{}", later.body);
    server.stop().await;
}

#[tokio::test]
async fn a_badge_says_when_the_conference_is_on() {
    let (server, _carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    server.call(&conference, "01 99 00 00 01").await;
    let badge = server.ask("GET", &format!("{}/badge.svg", page(&conference))).await;
    assert!(badge.body.contains("On now"), "{}", badge.body);
    server.stop().await;
}

#[tokio::test]
async fn a_calendar_file_has_the_set_time() {
    let server = Server::start(|_| {}).await;
    let conference = with_set_time(&server).await;
    let view = server.ask("GET", &conference).await.json();
    assert_eq!(view["repeats_text"], "every week, 8 times");
    let file = server.ask("GET", &format!("{}/conference.ics", page(&conference))).await;
    assert_eq!(file.status, 200, "{}", file.body);
    assert_eq!(file.headers["content-type"], "text/calendar; charset=utf-8");
    assert!(file.headers["content-disposition"].starts_with("attachment"));
    for line in
        ["SUMMARY:A\\; B\\, C\r\n", "RRULE:FREQ=WEEKLY;COUNT=8\r\n", "TZID:Europe/Paris\r\n"]
    {
        assert!(file.body.contains(line), "{}", file.body);
    }
    let without = page(&server.conference().await);
    let none = server.ask("GET", &format!("{without}/conference.ics")).await;
    none.problem(409, "no_set_time");
    server.stop().await;
}

#[tokio::test]
async fn there_are_many_ways_to_bring_others() {
    let server = Server::start(|_| {}).await;
    let conference = with_set_time(&server).await;
    let url = server.ask("GET", &conference).await.json()["url"].as_str().unwrap().to_owned();
    let ways = server.ask("GET", &format!("{conference}/sharing")).await.json();
    assert!(ways["mailto"].as_str().unwrap().starts_with("mailto:?subject=Invitation%3A%20A%3B"));
    assert_eq!(ways["calendar_url"], format!("{url}/conference.ics"));
    let html = ways["badge_html"].as_str().unwrap();
    assert!(html.contains(&format!("src=\"{url}/badge.svg\"")), "{html}");
    server.stop().await;
}

#[tokio::test]
async fn set_times_are_refused_at_their_fields() {
    let server = Server::start(|_| {}).await;
    let year = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year() + 1;
    let monday = format!("{year}-06-02T10:00");
    for (field, change) in [
        ("repetition", json!({ "repetition": "FREQ=HOURLY" })),
        ("starts_at", json!({ "repetition": "FREQ=MONTHLY;BYMONTHDAY=31" })),
        ("except", json!({ "repetition": "FREQ=DAILY", "except": ["Christmas"] })),
        ("duration_min", json!({ "duration_min": 0 })),
        ("ends_after_min", json!({ "ends_after_min": 100_000 })),
        ("starts_at", json!({ "starts_at": "2019-01-01T10:00" })),
        ("starts_at", json!({ "starts_at": skipped(year), "time_zone": "Europe/Paris" })),
    ] {
        let mut body = json!({ "title": "x", "starts_at": monday });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
        assert_eq!(reply.problem(422, "invalid")["field"], field, "{body}");
    }
    server.stop().await;
}

#[tokio::test]
async fn unknown_urls_are_all_answered_alike() {
    let server = Server::start(|_| {}).await;
    for path in ["badge.svg", "qr.svg", "qr.png", "conference.ics"] {
        let unknown = server.ask("GET", &format!("{UNKNOWN}/{path}")).await;
        let malformed = server.ask("GET", &format!("/c/x/{path}")).await;
        unknown.problem(404, "not_found");
        assert_eq!(unknown.body, malformed.body, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn codes_are_images() {
    let server = Server::start(|_| {}).await;
    let page = page(&server.conference().await);
    let svg = server.ask("GET", &format!("{page}/qr.svg")).await;
    assert!(svg.body.starts_with("<svg") && svg.headers["content-type"] == "image/svg+xml");
    let png = server.ask("GET", &format!("{page}/qr.png")).await;
    assert!(png.body.starts_with("\u{fffd}PNG") && png.headers["content-type"] == "image/png");
    server.stop().await;
}
