//! Invitations by mail, to a real SMTP server that isn't ours: aiosmtpd of PyPI, on loopback.

use serde_json::{Value, json};

use crate::smtp::{Outage, Smtp, invite, letter_until, sends_to};
use crate::support::{Server, request, send};

async fn conference(server: &Server) -> String {
    let next_year = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year() + 1;
    let body = json!({
        "title": "Budget; part 2 – é", "starts_at": format!("{next_year}-03-04T14:30"),
        "time_zone": "Europe/Paris",
    });
    let reply = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.headers["location"].clone()
}

fn calendar(message: &Value) -> String {
    let bodies = message["bodies"].as_array().unwrap();
    let file = bodies.iter().filter_map(Value::as_str).find(|body| body.contains("VCALENDAR"));
    file.expect("a calendar").replace("\r\n", "\n").replace("\n ", "")
}

#[tokio::test]
async fn an_invitation_an_update_and_a_cancellation_arrive() {
    let mut smtp = Smtp::start(0).await;
    let server = Server::start(|config| sends_to(config, smtp.port)).await;
    let conference = conference(&server).await;
    invite(&server, &conference, &["anna@example.com"]).await;
    let message = smtp.message().await;
    assert_eq!(message["envelope"], json!(["confab@example.com", "anna@example.com"]));
    let subject = message["headers"]["subject"].as_str().unwrap();
    assert!(subject.starts_with("Invitation: Budget; part 2 – é, "), "{subject}");
    assert_eq!(
        message["types"],
        json!([
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "text/calendar",
            "application/ics"
        ])
    );
    assert_eq!(message["methods"], json!(["REQUEST"]));
    let first = calendar(&message);
    assert!(first.contains("\nMETHOD:REQUEST\n") && first.contains("\nSEQUENCE:0\n"), "{first}");
    assert!(first.contains("mailto:anna@example.com"), "{first}");
    letter_until(&server, &conference, |letter| letter["state"] == "sent").await;

    let change = json!({ "title": "Another" });
    assert_eq!(server.tell_as_owner("PATCH", &conference, &change).await.status, 200);
    let update = calendar(&smtp.message().await);
    assert!(
        update.contains("\nSEQUENCE:1\n") && update.contains("\nSUMMARY:Another\n"),
        "{update}"
    );
    assert_eq!(server.ask_as_owner("DELETE", &conference).await.status, 204);
    let message = smtp.message().await;
    assert_eq!(message["methods"], json!(["CANCEL"]));
    let last = calendar(&message);
    assert!(last.contains("\nSTATUS:CANCELLED\n") && last.contains("\nSEQUENCE:2\n"), "{last}");
    let uid = |file: &str| file.lines().find(|line| line.starts_with("UID:")).map(str::to_owned);
    assert_eq!(uid(&first), uid(&last));
    server.stop().await;
}

#[tokio::test]
async fn who_is_taken_off_is_told() {
    let mut smtp = Smtp::start(0).await;
    let server = Server::start(|config| sends_to(config, smtp.port)).await;
    let conference = conference(&server).await;
    invite(&server, &conference, &["anna@example.com"]).await;
    smtp.message().await;
    let path = format!("{conference}/invitations/anna@example.com");
    assert_eq!(server.ask_as_owner("DELETE", &path).await.status, 204);
    assert_eq!(smtp.message().await["methods"], json!(["CANCEL"]));
    server.ask_as_owner("DELETE", &path).await.problem(404, "not_found");
    server.stop().await;
}

#[tokio::test]
async fn a_refusal_ends_at_once_and_says_why() {
    let smtp = Smtp::start(0).await;
    let server = Server::start(|config| sends_to(config, smtp.port)).await;
    let conference = conference(&server).await;
    invite(&server, &conference, &["nobody@example.com"]).await;
    let letter = letter_until(&server, &conference, |letter| letter["state"] == "refused").await;
    assert_eq!(letter["tries"], 1);
    assert!(letter["reason"].as_str().unwrap().contains("There is nobody here"), "{letter}");
    server.stop().await;
}

#[tokio::test]
async fn who_can_not_take_it_now_is_asked_again() {
    let smtp = Smtp::start(0).await;
    let server = Server::start(|config| sends_to(config, smtp.port)).await;
    let conference = conference(&server).await;
    invite(&server, &conference, &["later@example.com"]).await;
    let letter = letter_until(&server, &conference, |letter| letter["tries"] == 2).await;
    assert_eq!(letter["state"], "waiting");
    server.stop().await;
}

#[tokio::test]
async fn a_mail_server_that_is_down_loses_nothing_nor_does_a_restart() {
    let (outage, server) = Outage::begin().await;
    let conference = conference(&server).await;
    invite(&server, &conference, &["anna@example.com", "bert@example.com"]).await;
    let is_tried =
        |letter: &Value| letter["tries"].as_i64() >= Some(1) && letter["reason"].is_string();
    letter_until(&server, &conference, is_tried).await;

    let (server, mut smtp) = outage.end(server).await;
    let mut came = [smtp.message().await, smtp.message().await]
        .map(|message| message["envelope"][1].as_str().unwrap().to_owned());
    came.sort();
    assert_eq!(came, ["anna@example.com", "bert@example.com"]);
    letter_until(&server, &conference, |letter| letter["state"] == "sent").await;
    server.stop().await;
}

#[tokio::test]
async fn without_a_mail_server_letters_wait_and_that_is_said() {
    let server = Server::start(|_| {}).await;
    let conference = conference(&server).await;
    let list = invite(&server, &conference, &["anna@example.com"]).await;
    assert_eq!(list["sends_mail"], false);
    assert_eq!(list["invitees"][0]["letter"]["state"], "waiting");
    server.stop().await;
}

#[tokio::test]
async fn what_could_reach_into_a_header_is_refused() {
    let server = Server::start(|_| {}).await;
    let conference = conference(&server).await;
    let path = format!("{conference}/invitations");
    for guest in [
        json!({ "address": "anna@example.com\r\nBcc: all@example.com" }),
        json!({ "address": "anna@example.com, bert@example.com" }),
        json!({ "address": "anna@example.com", "name": "A\u{0}B" }),
        json!({ "address": "a".repeat(10_000) + "@example.com" }),
    ] {
        let reply = server.tell_as_owner("POST", &path, &json!({ "to": [guest] })).await;
        assert_eq!(reply.problem(422, "invalid")["field"], "to");
    }
    let nobody = server.tell_as_owner("POST", &path, &json!({ "to": [] })).await;
    nobody.problem(422, "invalid");
    let stranger = server.tell("POST", &path, &json!({ "to": [] })).await;
    stranger.problem(401, "token_missing");
    server.stop().await;
}

#[tokio::test]
async fn a_sign_in_link_arrives_and_is_forgotten() {
    let mut smtp = Smtp::start(0).await;
    let server = Server::start(|config| sends_to(config, smtp.port)).await;
    let anna = json!({ "mail": "anna@example.com", "name": "Anna" });
    let created = server.tell_as_owner("POST", "/api/v1/subscribers", &anna).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let asked = json!({ "mail": "anna@example.com" });
    let reply = server.tell("POST", "/api/v1/sign-in", &asked).await;
    assert!(reply.status < 300, "{}", reply.body);
    let message = smtp.message().await;
    assert_eq!(message["types"][0], "multipart/alternative");
    let link = format!("{}/sign-in/", server.running.public_url);
    assert!(message["bodies"][0].as_str().unwrap().contains(&link), "{message}");
    server.stop().await;
}

#[tokio::test]
async fn who_asks_for_a_link_again_by_the_same_key_is_sent_one() {
    let mut smtp = Smtp::start(0).await;
    let server = Server::start(|config| sends_to(config, smtp.port)).await;
    let both =
        json!({ "subscribers": [{ "mail": "anna@example.com" }, { "mail": "bert@example.com" }] });
    assert_eq!(server.tell_as_owner("POST", "/api/v1/subscribers", &both).await.status, 201);
    let ask = |mail: &str, key: &str| {
        let (body, key) = (json!({ "mail": mail }).to_string(), format!("Idempotency-Key: {key}"));
        let request = request("POST", "/api/v1/sign-in", &[&key], Some(&body));
        let address = server.address();
        async move { send(address, &request).await }
    };
    for replayed in [None, Some("true"), Some("true")] {
        let reply = ask("anna@example.com", "a-key").await;
        assert_eq!(reply.status, 202, "{}", reply.body);
        let told = reply.headers.get("idempotency-replayed").map(String::as_str);
        assert_eq!(told, replayed);
    }
    ask("bert@example.com", "a-key").await.problem(422, "idempotency_key_reused");
    assert_eq!(ask("bert@example.com", "b-key").await.status, 202);
    let to = |message: &Value| message["envelope"][1].as_str().unwrap().to_owned();
    let mut came = [to(&smtp.message().await), to(&smtp.message().await)];
    came.sort();
    assert_eq!(came, ["anna@example.com", "bert@example.com"], "each once");
    server.stop().await;
}
