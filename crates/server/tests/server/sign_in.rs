//! Signing in and out, and what is kept from other sites' pages.

use serde_json::{Value, json};
use server::config::Config;

use super::support::{Reply, Server, request, send};

const ANNA: &str = "anna@example.com";

/// What a browser says of a request by a page of ours, and by another's.
const OWN: &str = "Sec-Fetch-Site: same-origin";
const FOREIGN: &str = "Sec-Fetch-Site: cross-site";

/// A server with a subscriber, and the number of that.
async fn server_with_anna(change: impl FnOnce(&mut Config)) -> (Server, i64) {
    let server = Server::start(change).await;
    let body = json!({ "mail": ANNA, "name": "Anna" });
    let created = server.tell_as_owner("POST", "/api/v1/subscribers", &body).await.json();
    (server, created["subscribers"][0]["id"].as_i64().unwrap())
}

/// The path of a link that signs somebody in.
async fn link(server: &Server, subscriber: i64) -> String {
    let path = format!("/api/v1/subscribers/{subscriber}/sign-in-link");
    let link = server.ask_as_owner("POST", &path).await;
    assert_eq!(link.status, 201, "{}", link.body);
    let url = link.json()["url"].as_str().unwrap().to_owned();
    url.strip_prefix(&server.running.public_url).unwrap().to_owned()
}

/// Follows a link; the cookie, as a header.
async fn sign_in(server: &Server, subscriber: i64) -> String {
    let path = link(server, subscriber).await;
    let pressed = send(server.address(), &request("POST", &path, &[OWN], None)).await;
    assert_eq!((pressed.status, pressed.headers["location"].as_str()), (303, "/"));
    cookie(&pressed)
}

fn cookie(reply: &Reply) -> String {
    let set = &reply.headers["set-cookie"];
    assert!(set.contains("; Path=/; ") && set.contains("; HttpOnly; SameSite=Lax"), "{set}");
    format!("Cookie: {}", set.split(';').next().unwrap())
}

async fn ask(server: &Server, method: &str, path: &str, headers: &[&str]) -> Reply {
    send(server.address(), &request(method, path, headers, None)).await
}

async fn tell(server: &Server, method: &str, path: &str, headers: &[&str], body: Value) -> Reply {
    send(server.address(), &request(method, path, headers, Some(&body.to_string()))).await
}

#[tokio::test]
async fn a_link_signs_in_once_and_looking_at_it_uses_nothing_up() {
    let (server, anna) = server_with_anna(|_| {}).await;
    let path = link(&server, anna).await;
    // Links are followed from pages of others: a mailbox, most often.
    for from in [OWN, FOREIGN] {
        let page = ask(&server, "GET", &path, &[from]).await;
        assert_eq!((page.status, page.headers["referrer-policy"].as_str()), (200, "same-origin"));
        assert!(!page.headers.contains_key("set-cookie"));
    }
    let pressed = ask(&server, "POST", &path, &[OWN]).await;
    let cookie = cookie(&pressed);
    let again = ask(&server, "POST", &path, &[OWN]).await;
    assert_eq!(again.headers["location"], "/sign-in#expired");
    assert!(!again.headers.contains_key("set-cookie"));

    let me = ask(&server, "GET", "/api/v1/session", &[&cookie]).await.json();
    assert_eq!((&me["name"], &me["mail"]), (&json!("Anna"), &json!(ANNA)));
    let ways = ask(&server, "GET", "/api/v1/sign-in", &[&cookie]).await;
    assert_eq!(ways.json()["signed_in"]["id"], anna);
    assert!(ways.headers.contains_key("set-cookie"), "the browser keeps it longer, too");
    let ways = ask(&server, "GET", "/api/v1/sign-in", &[]).await.json();
    assert_eq!(ways["signed_in"], Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn a_subscriber_has_conferences_without_a_token() {
    let (server, anna) = server_with_anna(|_| {}).await;
    let cookie = sign_in(&server, anna).await;
    let own = [cookie.as_str(), OWN];
    let body = json!({ "title": "Planning" });
    let made = tell(&server, "POST", "/api/v1/conferences", &own, body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = made.headers["location"].clone();

    let later = json!({ "title": "Retrospective", "starts_at": "2027-07-01T09:30",
        "time_zone": "Europe/Paris", "duration_min": 45, "repetition": "FREQ=WEEKLY" });
    let changed = tell(&server, "PATCH", &path, &own, later).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.json()["title"], "Retrospective");
    assert_eq!(changed.json()["starts_at"], "2027-07-01T07:30:00Z");
    let renamed = tell(&server, "PATCH", &path, &own, json!({ "title": "Review" })).await.json();
    assert_eq!(renamed["starts_at"], "2027-07-01T07:30:00Z", "not said, not changed");
    let open = tell(&server, "PATCH", &path, &own, json!({ "starts_at": null })).await.json();
    assert_eq!((&open["title"], &open["starts_at"]), (&json!("Review"), &Value::Null));
    for (bad, field) in [
        (json!({ "title": "" }), "title"),
        (json!({ "title": "x".repeat(10_000) }), "title"),
        (json!({ "title": "\u{202E}gnipoh" }), "title"),
        (json!({ "starts_at": "yesterday" }), "starts_at"),
    ] {
        let reply = tell(&server, "PATCH", &path, &own, bad).await;
        assert_eq!(reply.problem(422, "invalid")["field"], field);
    }

    let rotated = ask(&server, "POST", &format!("{path}/rotation"), &own).await;
    assert_eq!(rotated.status, 201, "{}", rotated.body);
    let new = rotated.json()["key"].as_str().unwrap().to_owned();
    assert_eq!(rotated.json()["title"], "Review");
    ask(&server, "GET", &path, &[]).await.problem(404, "not_found");
    let unknown =
        ask(&server, "GET", &format!("/api/v1/conferences/{}", "0".repeat(26)), &[]).await;
    let former = ask(&server, "GET", &path, &[]).await;
    assert_eq!(former.body, unknown.body, "a former URL is like an unknown one");
    let listed = ask(&server, "GET", "/api/v1/conferences", &own).await.json();
    assert_eq!(listed["conferences"][0]["key"], new.as_str());
    let ended = ask(&server, "DELETE", &format!("/api/v1/conferences/{new}"), &own).await;
    assert_eq!(ended.status, 204);
    server.stop().await;
}

#[tokio::test]
async fn sessions_end_here_or_everywhere() {
    let (server, anna) = server_with_anna(|_| {}).await;
    let cookies =
        [sign_in(&server, anna).await, sign_in(&server, anna).await, sign_in(&server, anna).await];
    let is_in =
        async |cookie: &str| ask(&server, "GET", "/api/v1/session", &[cookie]).await.status == 200;
    let out = ask(&server, "DELETE", "/api/v1/session", &[&cookies[0], OWN]).await;
    assert_eq!(out.status, 204);
    assert!(out.headers["set-cookie"].contains("Max-Age=0"));
    assert!(!is_in(&cookies[0]).await && is_in(&cookies[1]).await);
    let out = ask(&server, "DELETE", "/api/v1/sessions", &[&cookies[1], OWN]).await;
    assert_eq!(out.status, 204);
    assert!(!is_in(&cookies[1]).await && !is_in(&cookies[2]).await);
    let none = ask(&server, "GET", "/api/v1/session", &[&cookies[2]]).await;
    none.problem(401, "not_signed_in");
    let directory = server.stop().await;
    let stored = std::fs::read(directory.path().join("confab.db")).unwrap();
    for cookie in &cookies {
        let secret = cookie.rsplit('=').next().unwrap().as_bytes();
        assert!(!stored.windows(secret.len()).any(|window| window == secret), "only hashes are");
    }
}

#[tokio::test]
async fn other_sites_pages_do_nothing_in_a_subscribers_name() {
    let (server, anna) = server_with_anna(|_| {}).await;
    let cookie = sign_in(&server, anna).await;
    let body = || json!({ "title": "Forged" });
    let conferences = "/api/v1/conferences";
    for origin in [FOREIGN, "Sec-Fetch-Site: same-site", "Origin: https://evil.example", "X: y"] {
        let headers = [cookie.as_str(), origin];
        let forged = tell(&server, "POST", conferences, &headers, body()).await;
        forged.problem(403, "foreign_origin");
        ask(&server, "DELETE", "/api/v1/sessions", &headers).await.problem(403, "foreign_origin");
    }
    let by_origin = [cookie.as_str(), "Origin: http://confab"];
    assert_eq!(tell(&server, "POST", conferences, &by_origin, body()).await.status, 201);
    let listed = ask(&server, "GET", conferences, &[&cookie, FOREIGN]).await;
    listed.problem(403, "foreign_origin");

    let conference = server.conference().await;
    let events = format!("{conference}/events");
    for origin in [FOREIGN, "Origin: https://evil.example"] {
        ask(&server, "GET", &events, &[origin]).await.problem(403, "foreign_origin");
    }
    let path = link(&server, anna).await;
    ask(&server, "POST", &path, &[FOREIGN]).await.problem(403, "foreign_origin");
    assert_eq!(ask(&server, "POST", &path, &[OWN]).await.status, 303, "it is not used up");
    server.stop().await;
}

#[tokio::test]
async fn who_is_signed_in_is_the_host_of_their_own_conferences_and_other_sites_pages_are_not() {
    let (server, anna) = server_with_anna(|_| {}).await;
    let cookie = sign_in(&server, anna).await;
    let new = json!({ "title": "Mine", "access": { "pin": "2468" } });
    let created = tell(&server, "POST", "/api/v1/conferences", &[&cookie, OWN], new).await;
    let conference = created.headers["location"].clone();
    let seen = ask(&server, "GET", &conference, &[&cookie, OWN]).await.json();
    assert_eq!((&seen["role"], &seen["host_url"]), (&json!("host"), &created.json()["host_url"]));
    let room = format!("{conference}/room");
    let lock = || json!({ "locked": true });
    assert_eq!(tell(&server, "PATCH", &room, &[&cookie, OWN], lock()).await.status, 200);
    let forged = tell(&server, "PATCH", &room, &[&cookie, FOREIGN], lock()).await;
    forged.problem(403, "foreign_origin");
    let others = server.conference().await;
    let attempt = tell(&server, "PATCH", &format!("{others}/room"), &[&cookie, OWN], lock()).await;
    attempt.problem(403, "not_host");

    // Whoever's page it is may have a browser join, but not in the subscriber's name.
    let offer = super::whip::offer().to_string();
    let join = async |headers: &[&str]| {
        let headers = [&["Content-Type: application/sdp"], headers].concat();
        server.give("POST", &format!("{conference}/whip"), &headers, &offer).await
    };
    join(&[&cookie, FOREIGN]).await.problem(403, "pin_required");
    assert_eq!(join(&[&cookie, OWN]).await.status, 201);
    let seen = ask(&server, "GET", &conference, &[&cookie, FOREIGN]).await.json();
    assert_eq!(
        (&seen["role"], &seen["participants"][0]["role"]),
        (&json!("guest"), &json!("host"))
    );
    server.stop().await;
}

#[tokio::test]
async fn over_https_the_cookie_is_for_this_host_alone() {
    let url = "https://meet.example.com";
    let (server, anna) =
        server_with_anna(|config| config.http.public_url = Some(url.to_owned())).await;
    let path = link(&server, anna).await;
    let pressed = ask(&server, "POST", &path, &["Origin: https://meet.example.com"]).await;
    let set = &pressed.headers["set-cookie"];
    assert!(set.starts_with("__Host-confab=") && set.ends_with("; Secure"), "{set}");
    server.stop().await;
}

#[tokio::test]
async fn bad_addresses_and_a_server_without_mail_are_told() {
    let server = Server::start(|_| {}).await;
    for bad in ["", "anna", "a@b", "a@example.com\nBcc: x@example.com", "a b@example.com"] {
        let wish = json!({ "mail": bad });
        let reply = tell(&server, "POST", "/api/v1/sign-in", &[], wish).await;
        assert_eq!(reply.problem(422, "invalid")["field"], "mail", "{bad:?}");
    }
    let wish = json!({ "mail": ANNA, "name": "\u{202E}" });
    let reply = tell(&server, "POST", "/api/v1/sign-in", &[], wish).await;
    assert_eq!(reply.problem(422, "invalid")["field"], "name");
    let reply = tell(&server, "POST", "/api/v1/sign-in", &[], json!({ "mail": ANNA })).await;
    reply.problem(503, "no_mail");
    let form = "Content-Type: application/x-www-form-urlencoded";
    let reply = server.give("POST", "/sign-in", &[form], "mail=anna%40example.com&name=").await;
    assert_eq!(reply.headers["location"], "/sign-in#no-mail");
    server.stop().await;
}

#[tokio::test]
async fn who_guesses_urls_gets_one_answer_and_soon_none() {
    let server = Server::start(|config| {
        config.http.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let conference = server.conference().await;
    let from = async |client: &str, path: &str| {
        let header = format!("X-Forwarded-For: {client}");
        send(server.address(), &request("GET", path, &[&header], None)).await
    };
    let mut answers = Vec::new();
    for guess in 0..conference::sign_in::MISSES_PER_CLIENT_MINUTE_MAX {
        let path = format!("/api/v1/conferences/{guess:026}");
        answers.push(from("192.0.2.1", &path).await);
    }
    assert!(answers.iter().all(|answer| answer.status == 404 && answer.body == answers[0].body));
    let right = from("192.0.2.1", &conference).await;
    right.problem(429, "too_many_guesses");
    assert!(right.headers["retry-after"].parse::<u64>().unwrap() <= 60);
    let wrong = from("192.0.2.1", &format!("/api/v1/conferences/{}", "0".repeat(26))).await;
    assert_eq!(wrong.body, right.body, "right and wrong are told alike");
    assert_eq!(from("192.0.2.1", "/c/0").await.status, 429);
    assert_eq!(from("192.0.2.2", &conference).await.status, 200, "another client");
    server.stop().await;
}
