//! Joining by browser, as far as it is HTTP (RFC 9725).

use sdp::browser::{ClientAnswer, ClientOffer, IceCredentials, TrickleFragment};
use serde_json::json;

use super::support::{Reply, Server};

const SDP: &str = "Content-Type: application/sdp";
const FRAGMENT: &str = "Content-Type: application/trickle-ice-sdpfrag";

fn credentials(ufrag: &str) -> IceCredentials {
    IceCredentials::new(ufrag, "a-password-of-24-letters".replace('-', "+"))
}

/// What a browser offers whose user fragment is `ufrag`.
fn offer_of(ufrag: &str) -> ClientOffer {
    ClientOffer::new(credentials(ufrag), format!("sha-256 {}", ["AB"; 32].join(":")))
}

/// What a browser offers.
pub(crate) fn offer() -> ClientOffer {
    offer_of("fJ3a")
}

async fn join(server: &Server, conference: &str, query: &str) -> Reply {
    let path = format!("{conference}/whip{query}");
    server.give("POST", &path, &[SDP], &offer().to_string()).await
}

/// A joined browser's session: where it is, and its entity tag.
async fn joined(server: &Server, conference: &str) -> (String, String) {
    let reply = join(server, conference, "").await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    (reply.headers["location"].clone(), reply.headers["etag"].clone())
}

fn fragment(ufrag: &str) -> String {
    let ice = Some(credentials(ufrag));
    TrickleFragment { mid: Some("0".to_owned()), ice, ..TrickleFragment::default() }.to_string()
        + "a=candidate:1 1 udp 2113937151 192.0.2.9 50000 typ host\r\n"
}

async fn patch(server: &Server, session: &str, etag: Option<&str>, body: &str) -> Reply {
    let if_match = etag.map(|etag| format!("If-Match: {etag}"));
    let headers: Vec<&str> = [FRAGMENT].into_iter().chain(if_match.as_deref()).collect();
    server.give("PATCH", session, &headers, body).await
}

#[tokio::test]
async fn an_offer_makes_a_session_that_is_a_call_like_others() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let reply = join(&server, &conference, "?name=Anna%20B.").await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    assert_eq!(reply.headers["content-type"], "application/sdp");
    assert_eq!(reply.headers["cache-control"], "no-store");
    let etag = &reply.headers["etag"];
    assert!(etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    let secret = reply.headers["location"].strip_prefix(&format!("{conference}/whip/")).unwrap();

    let answer = ClientAnswer::parse(reply.body.as_bytes()).unwrap();
    assert!(answer.ice_lite);
    let ports: Vec<u16> = answer.candidates.iter().map(|candidate| candidate.port).collect();
    assert!(ports.contains(&server.running.browser_addrs[0][0].port()), "{ports:?}");

    let call = format!("{conference}/calls/{secret}");
    let view = server.ask("GET", &call).await.json();
    assert_eq!((&view["state"], &view["via"]), (&json!("answered"), &json!("browser")));
    let people = server.ask("GET", &conference).await.json()["participants"].clone();
    assert_eq!((&people[0]["label"], &people[0]["id"]), (&json!("Anna B."), &view["participant"]));
    assert_eq!(server.tell("PATCH", &call, &json!({ "muted": true })).await.json()["muted"], true);

    assert_eq!(server.ask("DELETE", &reply.headers["location"]).await.status, 200);
    assert_eq!(server.ask("DELETE", &reply.headers["location"]).await.status, 200, "once more");
    assert_eq!(server.ask("GET", &call).await.json()["ending"], "left");
    server.stop().await;
}

#[tokio::test]
async fn an_offer_that_nothing_comes_of_is_told_why() {
    let server = Server::start(|_| {}).await;
    let path = format!("{}/whip", server.conference().await);
    let whole = offer().to_string();
    let without = |start: &str| -> String {
        let lines = whole.lines().filter(|line| !line.starts_with(start));
        lines.map(|line| format!("{line}\r\n")).collect()
    };
    let refused = [
        ("hello".to_owned(), 400, "offer_unreadable"),
        (String::new(), 400, "offer_unreadable"),
        (whole.replace("m=audio", "m=video"), 422, "offer_without_audio"),
        (whole.replace("opus/48000/2", "G729/8000"), 422, "offer_without_opus"),
        (without("a=ice-ufrag"), 422, "offer_ice_credentials"),
        (without("a=fingerprint"), 422, "offer_fingerprint"),
        (without("a=rtcp-mux"), 422, "offer_without_rtcp_mux"),
        (whole.replace("setup:actpass", "setup:passive"), 422, "offer_setup"),
    ];
    for (offer, status, code) in refused {
        server.give("POST", &path, &[SDP], &offer).await.problem(status, code);
    }
    let large = whole + &"a=x\r\n".repeat(5000);
    server.give("POST", &path, &[SDP], &large).await.problem(413, "too_large");
    let health = server.ask("GET", path.trim_end_matches("/whip")).await.json();
    assert_eq!(health["participants"], json!([]), "nobody came of it");
    server.stop().await;
}

#[tokio::test]
async fn a_body_of_another_type_is_refused_with_the_right_one() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let json = "Content-Type: application/json";
    let reply = server.give("POST", &format!("{conference}/whip"), &[json], "{}").await;
    reply.problem(415, "unsupported_media_type");
    assert_eq!(reply.headers["accept-post"], "application/sdp");
    let (session, etag) = joined(&server, &conference).await;
    let if_match = format!("If-Match: {etag}");
    let reply = server.give("PATCH", &session, &[SDP, &if_match], &fragment("fJ3a")).await;
    reply.problem(415, "unsupported_media_type");
    assert_eq!(reply.headers["accept-patch"], "application/trickle-ice-sdpfrag");
    server.stop().await;
}

#[tokio::test]
async fn who_comes_is_checked_at_its_field() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let long = format!("?name={}", "x".repeat(61));
    for (query, field) in [
        (long.as_str(), "name"),
        ("?name=a%00b", "name"),
        ("?call=nonsense", "call"),
        ("?replaces=nonsense", "replaces"),
    ] {
        let reply = join(&server, &conference, query).await;
        assert_eq!(reply.problem(422, "invalid")["field"], field, "{query}");
    }
    join(&server, &conference, "?name=a&name=b").await.problem(400, "invalid");
    assert_eq!(join(&server, &conference, "?name=&colour=blue").await.status, 201);
    server.stop().await;
}

#[tokio::test]
async fn browsers_are_admitted_as_phones_are() {
    let server = Server::start(|config| config.conferences.participants_max = 2).await;
    let nowhere = "/api/v1/conferences/aaaaaaaaaaaaaaaaaaaaaaaaaa";
    join(&server, nowhere, "").await.problem(404, "not_found");

    let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let body = json!({ "title": "Later", "starts_at": tomorrow.to_string() });
    let later = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    let early = join(&server, &later.headers["location"], "").await;
    early.problem(409, "not_open");
    assert!(early.headers.contains_key("retry-after"));

    let conference = server.conference().await;
    let path = format!("{conference}/whip");
    let as_another =
        async |ufrag: &str| server.give("POST", &path, &[SDP], &offer_of(ufrag).to_string()).await;
    assert_eq!(as_another("anna").await.status, 201);
    assert_eq!(as_another("bert").await.status, 201);
    let full = as_another("carl").await;
    full.problem(503, "conference_full");
    assert!(full.headers.contains_key("retry-after"));

    assert_eq!(server.ask_as_owner("DELETE", &conference).await.status, 204);
    join(&server, &conference, "").await.problem(410, "conference_ended");
    server.stop().await;
}

#[tokio::test]
async fn who_got_no_answer_and_asks_again_is_there_once() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let (first, _) = joined(&server, &conference).await;
    let (second, etag) = joined(&server, &conference).await;
    assert_ne!(first, second);
    let people = server.ask("GET", &conference).await.json()["participants"].clone();
    assert_eq!(people.as_array().map(Vec::len), Some(1), "{people}");
    let gone = server.ask("GET", &first.replace("/whip/", "/calls/")).await.json();
    assert_eq!(gone["ending"], "replaced");
    assert_eq!(patch(&server, &second, Some(&etag), &fragment("fJ3a")).await.status, 204);
    server.stop().await;
}

#[tokio::test]
async fn a_client_may_join_so_often_a_minute() {
    let server = Server::start(|config| {
        config.browser.joins_per_client_per_minute_max = 1;
        config.http.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let path = format!("{}/whip", server.conference().await);
    let from = async |client: &str| {
        let forwarded = format!("X-Forwarded-For: {client}");
        server.give("POST", &path, &[SDP, &forwarded], &offer().to_string()).await
    };
    assert_eq!(from("192.0.2.1").await.status, 201);
    let second = from("192.0.2.1").await;
    second.problem(429, "client_join_rate");
    assert!(second.headers["retry-after"].parse::<u64>().unwrap() <= 60);
    assert_eq!(from("192.0.2.2").await.status, 201, "another client");
    server.stop().await;
}

#[tokio::test]
async fn candidates_are_taken_for_the_session_that_they_are_of() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let (session, etag) = joined(&server, &conference).await;
    let trickled = fragment("fJ3a");
    assert_eq!(patch(&server, &session, Some(&etag), &trickled).await.status, 204);
    let several = format!("\"other\", {etag}");
    assert_eq!(patch(&server, &session, Some(&several), &trickled).await.status, 204);
    assert_eq!(patch(&server, &session, Some("*"), &trickled).await.status, 204);
    patch(&server, &session, None, &trickled).await.problem(428, "if_match_missing");
    for other in ["\"other\"", &format!("W/{etag}"), "nonsense"] {
        patch(&server, &session, Some(other), &trickled).await.problem(412, "other_ice_session");
    }
    patch(&server, &session, Some(&etag), "x=y\r\n").await.problem(400, "fragment_unreadable");
    assert_eq!(server.ask("DELETE", &session).await.status, 200);
    patch(&server, &session, Some(&etag), &trickled).await.problem(404, "not_found");
    let nobodys = format!("{conference}/whip/{}", "a".repeat(26));
    patch(&server, &nobodys, Some(&etag), &trickled).await.problem(404, "not_found");
    server.ask("DELETE", &nobodys).await.problem(404, "not_found");
    server.stop().await;
}

#[tokio::test]
async fn ice_restarts_under_a_new_tag_and_once_more_is_no_fault() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let (session, before) = joined(&server, &conference).await;
    let restarted = patch(&server, &session, Some("*"), &fragment("anew")).await;
    assert_eq!(restarted.status, 200, "{}", restarted.body);
    assert_eq!(restarted.headers["content-type"], "application/trickle-ice-sdpfrag");
    let after = restarted.headers["etag"].clone();
    assert_ne!(after, before);
    let ours = TrickleFragment::parse(restarted.body.as_bytes()).unwrap();
    assert!(ours.ice_lite && ours.end_of_candidates && !ours.candidates.is_empty());
    assert_eq!(ours.mid.as_deref(), Some("0"));

    let again = patch(&server, &session, Some("*"), &fragment("anew")).await;
    assert_eq!((again.status, &again.headers["etag"]), (200, &after), "its answer was lost");
    assert_eq!(again.body, restarted.body);
    let stale = patch(&server, &session, Some(&before), &fragment("fJ3a")).await;
    stale.problem(412, "other_ice_session");
    assert_eq!(patch(&server, &session, Some(&after), &fragment("anew")).await.status, 204);
    server.stop().await;
}

#[tokio::test]
async fn pages_of_other_sites_may_join() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let (session, _) = joined(&server, &conference).await;
    let endpoint = format!("{conference}/whip");
    for (path, accept, methods) in [
        (&endpoint, ("accept-post", "application/sdp"), "OPTIONS, POST"),
        (&session, ("accept-patch", "application/trickle-ice-sdpfrag"), "DELETE, OPTIONS, PATCH"),
    ] {
        let reply = server.ask("OPTIONS", path).await;
        assert_eq!(reply.status, 204);
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
        assert_eq!(reply.headers["access-control-allow-methods"], methods);
        assert!(reply.headers["access-control-allow-headers"].contains("if-match"));
        assert_eq!(reply.headers[accept.0], accept.1);
    }
    let reply = join(&server, &conference, "?name=").await;
    let exposed = &reply.headers["access-control-expose-headers"];
    assert!(exposed.contains("location") && exposed.contains("etag"), "{exposed}");
    let refused = server.give("POST", &endpoint, &[SDP], "hello").await;
    assert_eq!(refused.headers["access-control-allow-origin"], "*", "why, they may know too");
    server.stop().await;
}

#[tokio::test]
async fn whip_has_no_other_methods() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let (session, _) = joined(&server, &conference).await;
    let endpoint = format!("{conference}/whip");
    for (path, methods) in [
        (&endpoint, ["GET", "PUT", "PATCH", "DELETE"]),
        (&session, ["GET", "PUT", "POST", "TRACE"]),
    ] {
        for method in methods {
            let reply = server.ask(method, path).await;
            reply.problem(405, "method_not_allowed");
            assert!(reply.headers["allow"].contains("OPTIONS"), "{method} {path}");
        }
    }
    server.stop().await;
}
