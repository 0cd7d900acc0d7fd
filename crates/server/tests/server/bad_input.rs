//! What people and programs give that is wrong or hostile, a test for each kind: it is refused in words, and nothing is lost or
//! done by half. What is of one part alone is tested there: destinations of webhooks in `webhooks/client_tests.rs`, set times in
//! `conference::schedule`, calendar files in `invitation`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};
use server::config::Config;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::support::{Reply, Server, request, send, skipped};

const CONFERENCES: &str = "/api/v1/conferences";

/// As long as nobody's name is.
const LONG: usize = 10_000;

/// So many guess at the same time.
const GUESSERS: u32 = 8;

/// Clients are told apart by what a proxy says.
fn behind_a_proxy(config: &mut Config) {
    config.http.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
}

/// A connection that stays open, on which one asks again and again.
struct Line(BufReader<TcpStream>);

impl Line {
    async fn open(server: SocketAddr) -> Line {
        Line(BufReader::new(TcpStream::connect(server).await.unwrap()))
    }

    /// Asks as a client at this address; the status and the body.
    async fn ask(&mut self, from: Ipv4Addr, method: &str, path: &str, body: &str) -> (u16, String) {
        let asked = asked(from, method, path, body);
        self.0.get_mut().write_all(asked.as_bytes()).await.unwrap();
        self.answer().await
    }

    /// Asks several things before it reads the first answer.
    async fn ask_all(&mut self, asked: &[String]) -> Vec<(u16, String)> {
        self.0.get_mut().write_all(asked.concat().as_bytes()).await.unwrap();
        let mut answers = Vec::with_capacity(asked.len());
        for _ in asked {
            answers.push(self.answer().await);
        }
        answers
    }

    async fn answer(&mut self) -> (u16, String) {
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).await.unwrap(), 0, "the server hangs up");
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().unwrap();
            }
            if let Some(rest) = line.strip_prefix("content-length:") {
                length = rest.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        (status, String::from_utf8(body).unwrap())
    }
}

/// A request of a client at this address.
fn asked(from: Ipv4Addr, method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: confab\r\nX-Forwarded-For: {from}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Has several guess at once, each by its number, and gives how often there was which answer.
async fn guess<F>(guesser: impl Fn(u32) -> F) -> BTreeMap<(u16, String), u32>
where
    F: Future<Output = BTreeMap<(u16, String), u32>> + Send + 'static,
{
    let tasks: Vec<_> = (0..GUESSERS).map(|number| tokio::spawn(guesser(number))).collect();
    let mut all = BTreeMap::new();
    for task in tasks {
        for (answer, times) in task.await.unwrap() {
            *all.entry(answer).or_default() += times;
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_guesses_of_urls_find_nothing_and_tell_nothing() {
    /// More than a client may miss in a minute.
    const GUESSES_EACH: u32 = 100;
    const CLIENTS_EACH: u32 = 125;

    let server = Server::start(behind_a_proxy).await;
    let conference = server.conference().await;
    let address = server.address();
    let answers = guess(move |guesser| async move {
        let mut line = Line::open(address).await;
        let mut answers: BTreeMap<(u16, String), u32> = BTreeMap::new();
        for client in 0..CLIENTS_EACH {
            let from = Ipv4Addr::from_bits((10 << 24) | (guesser * CLIENTS_EACH + client));
            for guess in 0..GUESSES_EACH {
                // Some are of no key's form, and tell as little.
                let key = match guess % 10 {
                    0 => format!("{guess}"),
                    _ => format!("{:026}", guess * 1_000_003 + client),
                };
                let path = format!("{CONFERENCES}/{key}");
                *answers.entry(line.ask(from, "GET", &path, "").await).or_default() += 1;
            }
        }
        answers
    })
    .await;
    let seen: Vec<(u16, u32)> =
        answers.iter().map(|((status, _), times)| (*status, *times)).collect();
    let misses = u32::try_from(conference::sign_in::MISSES_PER_CLIENT_MINUTE_MAX).unwrap();
    let clients = GUESSERS * CLIENTS_EACH;
    let refused = (GUESSES_EACH - misses) * clients;
    assert_eq!(seen, [(404, misses * clients), (429, refused)], "{answers:#?}");
    assert_eq!(misses * clients + refused, 100_000);
    assert_eq!(server.ask("GET", &conference).await.status, 200, "others are not kept out");
    server.stop().await;
}

/// All that five digits make, from a thousand clients.
#[tokio::test(flavor = "multi_thread")]
async fn who_tries_every_pin_from_everywhere_does_not_come_in() {
    const PINS: u32 = 100_000;
    const CLIENTS: u32 = 1_000;
    const PIN: &str = "86420";

    let (server, carrier) = Server::with_carrier(behind_a_proxy).await;
    let body = json!({ "title": "Planning", "access": { "pin": PIN } });
    let created = server.tell_as_owner("POST", CONFERENCES, &body).await;
    let path = created.headers["location"].clone();
    let (address, calls) = (server.address(), format!("{path}/calls"));
    let answers = guess(move |guesser| {
        let calls = calls.clone();
        async move {
            let mut line = Line::open(address).await;
            let mut answers: BTreeMap<(u16, String), u32> = BTreeMap::new();
            for client in (guesser..CLIENTS).step_by(GUESSERS as usize) {
                let from = Ipv4Addr::from_bits((10 << 24) | client);
                let guess = |pin| {
                    let body = json!({ "number": "01 99 00 00 11", "pin": format!("{pin:05}") });
                    asked(from, "POST", &calls, &body.to_string())
                };
                let guesses: Vec<String> =
                    (client..PINS).step_by(CLIENTS as usize).map(guess).collect();
                for (status, body) in line.ask_all(&guesses).await {
                    let problem: Value = serde_json::from_str(&body).unwrap();
                    let code = problem["code"].as_str().unwrap().to_owned();
                    *answers.entry((status, code)).or_default() += 1;
                }
            }
            answers
        }
    })
    .await;
    let looked_at = u32::try_from(conference::admission::WRONG_PINS_PER_CONFERENCE_MAX).unwrap();
    let wrong = answers[&(403, "wrong_pin".to_owned())];
    assert!(wrong <= looked_at, "{wrong} were looked at");
    assert_eq!(answers[&(429, "pin_locked".to_owned())], PINS - wrong, "{answers:?}");
    let view = server.ask_as_owner("GET", &path).await.json();
    assert_eq!(view["participants"], json!([]), "somebody is in");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn event_streams_are_refused_to_other_sites_pages() {
    let server = Server::start(|config| {
        config.http.public_url = Some("https://meet.example.com".to_owned());
    })
    .await;
    let events = format!("{}/events", server.conference().await);
    for foreign in [
        "Origin: https://evil.example",
        "Origin: null",
        "Origin: http://meet.example.com",
        "Origin: https://meet.example.com.evil.example",
        "Origin: https://meet.example.com:444",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Sec-Fetch-Site: cross-site\r\nOrigin: https://meet.example.com",
    ] {
        let refused = send(server.address(), &request("GET", &events, &[foreign], None)).await;
        refused.problem(403, "foreign_origin");
        let allows = refused.headers.keys().any(|name| name.starts_with("access-control-allow"));
        assert!(!allows, "{foreign}: {:?}", refused.headers);
    }
    let own = request("GET", &events, &["Origin: https://meet.example.com"], None);
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(own.as_bytes()).await.unwrap();
    let mut status = [0; 15];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200 OK");
    server.stop().await;
}

/// A form, and what a script may send without asking first, go with the browser's cookies.
#[tokio::test]
async fn forms_on_other_sites_pages_change_nothing() {
    let server = Server::start(|_| {}).await;
    let body = json!({ "mail": "anna@example.com", "name": "Anna" });
    let made = server.tell_as_owner("POST", "/api/v1/subscribers", &body).await.json();
    let anna = made["subscribers"][0]["id"].as_i64().unwrap();
    let path = format!("/api/v1/subscribers/{anna}/sign-in-link");
    let url = server.ask_as_owner("POST", &path).await.json()["url"].as_str().unwrap().to_owned();
    let link = url.strip_prefix(&server.running.public_url).unwrap();
    let own = "Sec-Fetch-Site: same-origin";
    let pressed = send(server.address(), &request("POST", link, &[own], None)).await;
    let cookie = format!("Cookie: {}", pressed.headers["set-cookie"].split(';').next().unwrap());
    let forged = r#"{"title":"Forged"}"#;
    for (kind, body) in [
        ("text/plain", forged),
        ("application/x-www-form-urlencoded", "title=Forged"),
        ("multipart/form-data; boundary=x", "--x--"),
        ("application/json", forged),
    ] {
        let kind = format!("Content-Type: {kind}");
        for origin in ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"] {
            let headers = [&*cookie, origin, &kind];
            let refused = server.give("POST", CONFERENCES, &headers, body).await;
            refused.problem(403, "foreign_origin");
        }
        let by_form = ["Origin: https://evil.example", &*kind];
        let refused = server.give("POST", "/sign-in", &by_form, body).await;
        refused.problem(403, "foreign_origin");
    }
    let mine = request("GET", CONFERENCES, &[&cookie, own], None);
    let mine = send(server.address(), &mine).await.json();
    assert_eq!(mine["conferences"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn webhooks_at_loopback_and_metadata_addresses_are_refused_however_they_are_written() {
    let server = Server::start(|_| {}).await;
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "localhost",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[fd00:ec2::254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "168.63.129.16",
        "100.100.100.200",
        "[fe80::a9fe:a9fe]",
    ] {
        let body = json!({ "url": format!("https://{host}/latest/meta-data/") });
        let refused = server.tell_as_owner("POST", "/api/v1/webhooks", &body).await;
        let problem = refused.problem(422, "invalid");
        assert_eq!(problem["field"], "url");
        let why = problem["detail"].as_str().unwrap();
        assert!(
            why.ends_with("is not a public address, and nothing is sent there."),
            "{host}: {why}"
        );
    }
    let none = server.ask_as_owner("GET", "/api/v1/webhooks").await.json();
    assert_eq!(none, json!({ "webhooks": [] }));
    server.stop().await;
}

/// Each place where somebody says what somebody, or something, is called.
async fn name_everywhere(
    server: &Server,
    conference: &str,
    name: &str,
) -> Vec<(Reply, &'static str)> {
    let mail = "anna@example.com";
    let invited = json!({ "to": [{ "address": mail, "name": name }] });
    let subscriber = json!({ "mail": mail, "name": name });
    let call = json!({ "number": "01 99 00 00 11", "name": name });
    vec![
        (server.tell_as_owner("POST", CONFERENCES, &json!({ "title": name })).await, "title"),
        (server.tell_as_owner("PATCH", conference, &json!({ "title": name })).await, "title"),
        (
            server.tell_as_owner("POST", "/api/v1/subscribers", &subscriber).await,
            "subscribers.0.name",
        ),
        (server.tell_as_owner("POST", &format!("{conference}/invitations"), &invited).await, "to"),
        (server.tell("POST", &format!("{conference}/calls"), &call).await, "name"),
    ]
}

#[tokio::test]
async fn names_that_turn_the_text_around_or_have_no_end_are_refused() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let long = "x".repeat(LONG);
    for bad in
        ["\u{202E}anna", "a\u{2066}nna\u{2069}", "a\u{200F}nna", "\u{61C}anna", "a\u{0}b", &long]
    {
        for (reply, field) in name_everywhere(&server, &conference, bad).await {
            let problem = reply.problem(422, "invalid");
            assert_eq!(problem["field"], field, "{problem}");
        }
    }
    let view = server.ask_as_owner("GET", &conference).await.json();
    assert_eq!((&view["title"], &view["participants"]), (&json!("Planning"), &json!([])));
    let list = server.ask_as_owner("GET", CONFERENCES).await.json();
    assert_eq!(list["conferences"].as_array().unwrap().len(), 1, "nothing was made of it");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn names_with_markup_are_text() {
    const MARKUP: &str = "</title><script>alert(1)</script>";
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    for (reply, field) in name_everywhere(&server, &conference, MARKUP).await {
        assert!([200, 201].contains(&reply.status), "{field}: {}", reply.body);
        assert_eq!(reply.headers["content-type"], "application/json");
    }
    let view = server.ask("GET", &conference).await.json();
    assert_eq!(
        (&view["title"], &view["participants"][0]["label"]),
        (&json!(MARKUP), &json!(MARKUP))
    );
    let page = format!("/c/{}", conference.rsplit('/').next().unwrap());
    for path in [page.clone(), format!("{page}/badge.svg"), format!("{page}/qr.svg")] {
        let shown = server.ask("GET", &path).await;
        assert!(!shown.body.contains("<script>alert"), "{path}: {}", shown.body);
    }
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn mail_addresses_with_line_breaks_are_refused_and_nobody_is_written_to() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    for bad in [
        "anna@example.com\r\nBcc: all@example.com",
        "anna@example.com\nRCPT TO:<all@example.com>",
        "\r\nanna@example.com",
        "anna@example.com\r",
        "anna\u{2028}@example.com",
        "anna@example.com\u{0}",
    ] {
        let to = json!({ "to": [{ "address": "bert@example.com" }, { "address": bad }] });
        let path = format!("{conference}/invitations");
        let refused = server.tell_as_owner("POST", &path, &to).await.problem(422, "invalid");
        assert_eq!(refused["field"], "to", "{bad:?}");
        let wish = json!({ "mail": bad });
        let refused = server.tell("POST", "/api/v1/sign-in", &wish).await.problem(422, "invalid");
        assert_eq!(refused["field"], "mail", "{bad:?}");
        let subscriber = json!({ "mail": bad, "name": "Anna" });
        let refused = server.tell_as_owner("POST", "/api/v1/subscribers", &subscriber).await;
        assert_eq!(refused.problem(422, "invalid")["field"], "subscribers.0.mail", "{bad:?}");
    }
    let invited = server.ask_as_owner("GET", &format!("{conference}/invitations")).await.json();
    assert_eq!(invited["invitees"], json!([]), "not even those beside it");
    server.stop().await;
}

#[tokio::test]
async fn set_times_in_the_past_or_that_clocks_skip_are_refused_in_words_and_the_former_stays() {
    let server = Server::start(|_| {}).await;
    let year = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year() + 1;
    let zone = "Europe/Paris";
    let set = format!("{year}-06-02T10:00");
    let body = json!({ "title": "Planning", "starts_at": set, "time_zone": zone });
    let created = server.tell_as_owner("POST", CONFERENCES, &body).await;
    let (path, before) = (&created.headers["location"], created.json());
    for (start, why) in [
        (format!("{}-06-02T10:00", year - 2), "This time has passed."),
        (
            skipped(year),
            "02:30 does not exist that day: the clocks go forward from 02:00 to 03:00.",
        ),
    ] {
        let body = json!({ "title": "Another", "starts_at": start, "time_zone": zone });
        for (method, path) in [("POST", CONFERENCES), ("PATCH", path.as_str())] {
            let refused = server.tell_as_owner(method, path, &body).await.problem(422, "invalid");
            assert_eq!(refused["field"], "starts_at", "{refused}");
            assert!(refused["detail"].as_str().unwrap().starts_with(why), "{refused}");
        }
    }
    assert_eq!(server.ask_as_owner("GET", path).await.json(), before, "nor is it half changed");
    let list = server.ask_as_owner("GET", CONFERENCES).await.json();
    assert_eq!(list["conferences"].as_array().unwrap().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_hostile_title_stays_in_its_line_of_a_calendar_file() {
    let server = Server::start(|_| {}).await;
    let starts_at = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(48)).to_string();
    let title =
        "x;END:VEVENT,\\nBEGIN:VALARM\r\nEND:VCALENDAR \"é🙂\" ATTENDEE:mailto:a@example.com";
    let body = json!({ "title": title, "starts_at": starts_at });
    let created = server.tell_as_owner("POST", CONFERENCES, &body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let key = created.json()["key"].as_str().unwrap().to_owned();
    let file = server.ask("GET", &format!("/c/{key}/conference.ics")).await;
    assert_eq!(
        (file.status, &*file.headers["content-type"]),
        (200, "text/calendar; charset=utf-8")
    );
    let text = file.body.replace("\r\n ", "");
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    let count = |begin: &str| lines.iter().filter(|line| line.starts_with(begin)).count();
    for once in ["BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "SUMMARY:"] {
        assert_eq!(count(once), 1, "{once} in {text}");
    }
    assert_eq!((count("BEGIN:VALARM"), count("ATTENDEE")), (0, 0), "{text}");
    assert!(text.contains("SUMMARY:x\\;END:VEVENT\\,\\\\nBEGIN:VALARM END:VCALENDAR"), "{text}");
    server.stop().await;
}
