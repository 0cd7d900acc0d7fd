//! How long pages and the API take on a server with 10,000 subscribers and 100,000 URLs, with SQLite and with
//! PostgreSQL: one client after the other, over loopback, each request on a connection that is open.
//!
//! `cargo bench --bench people`. It fails if a kind of request takes longer than [`GOAL`] at the 99th percentile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a program that may fail where it stands"
)]

#[path = "../crates/store/testing/cluster.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod cluster;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use conference::{
    Conference, ConferenceKey, DialInCode, MailAddress, SessionToken, SubscriberId, Title,
};
use jiff::{SignedDuration, Timestamp};
use server::config::{Config, Secret};
use store::{NewSubscriber, Page, SignInLink, Store, TokenHash};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use self::cluster::Cluster;

const SUBSCRIBERS: usize = 10_000;
const URLS_EACH: usize = 10;

/// URLs that stay in the pool.
const IN_POOL: usize = 1_000;

/// Requests of each kind.
const REQUESTS: usize = 400;

/// Subscribers who are signed in and ask.
const SIGNED_IN: usize = 200;

/// What the 99th percentile may be.
const GOAL: Duration = Duration::from_millis(50);

const TOKEN: &str = "the-operators-token-of-this-bench";

const HEADER_END: &[u8] = b"\r\n\r\n";

/// Somebody who is signed in.
struct Person {
    cookie: String,
    key: ConferenceKey,
}

fn main() {
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let sqlite = runtime.block_on(measure("SQLite", directory.path(), None));
    let cluster = Cluster::start();
    let postgres = runtime.block_on(measure("PostgreSQL", directory.path(), Some(cluster.url())));
    let slowest = sqlite.max(postgres);
    if slowest > GOAL {
        println!("\nFAILED: {slowest:?} at the 99th percentile is above {GOAL:?}");
        std::process::exit(1);
    }
}

/// Fills a database, has a server asked, and gives the slowest kind's 99th percentile.
async fn measure(name: &str, directory: &Path, url: Option<String>) -> Duration {
    let mut config = config(directory);
    config.database.url = url.map(Secret::new);
    let store = match &config.database.url {
        Some(url) => Store::connect(url.reveal()).await.unwrap(),
        None => Store::open(&config.database.path).await.unwrap(),
    };
    let began = Instant::now();
    let people = fill(&store).await;
    let urls = SUBSCRIBERS * URLS_EACH + IN_POOL;
    println!("\n{name}: {SUBSCRIBERS} subscribers, {urls} URLs, made in {:.0?}\n", began.elapsed());
    println!("request, in ms                median      99 %   longest");
    let running = server::start(config).await.unwrap();
    let mut client = Client::connect(running.http_addr).await;
    let mut slowest = Duration::ZERO;
    for (kind, request) in KINDS {
        let mut times = Vec::with_capacity(REQUESTS);
        for number in 0..REQUESTS {
            let text = request(&people[number % people.len()], number);
            times.push(client.ask(kind, &text).await);
        }
        slowest = slowest.max(show(kind, &mut times));
    }
    running.stop().await;
    store.close().await;
    slowest
}

type Request = fn(&Person, usize) -> String;

/// What is asked. What takes a URL away comes last.
const KINDS: [(&str, Request); 11] = [
    ("home page", |_, _| get("/", "")),
    ("conference's page", |person, _| get(&format!("/c/{}", person.key), "")),
    ("conference", |person, _| get(&path(person), "")),
    ("unknown conference", |_, number| {
        get(&format!("/api/v1/conferences/{number:026}"), &from(number))
    }),
    ("who is signed in", |person, _| get("/api/v1/sign-in", &person.cookie)),
    ("own conferences", |person, _| get("/api/v1/conferences", &person.cookie)),
    ("subscribers, far down", |_, number| {
        let offset = SUBSCRIBERS - 100 - number;
        get(&format!("/api/v1/subscribers?offset={offset}"), &operator())
    }),
    ("URLs in the pool", |_, _| get("/api/v1/urls", &operator())),
    ("create a conference", |person, _| {
        tell("POST", "/api/v1/conferences", &person.cookie, r#"{"title":"Another"}"#)
    }),
    ("change a conference", |person, _| {
        tell("PATCH", &path(person), &person.cookie, r#"{"title":"Review"}"#)
    }),
    ("assign a URL", |_, number| {
        let path = format!("/api/v1/subscribers/{}/urls", number + 1);
        tell("POST", &path, &operator(), r#"{"count":1}"#)
    }),
];

fn config(directory: &Path) -> Config {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let free = SocketAddr::new(loopback, 0);
    let mut config = Config::default();
    config.http.listen = free;
    config.http.trusted_proxies = vec![loopback.into()];
    (config.sip.udp, config.sip.tcp) = (free, free);
    config.api.token = Some(Secret::new(TOKEN));
    config.database.path = directory.join("confab.db");
    config.media.listen = loopback;
    config.media.workers = 1;
    config.browser.port = 0;
    config.log.filter = "error".to_owned();
    config
}

/// Makes everything, and signs a few in.
async fn fill(store: &Store) -> Vec<Person> {
    let now = Timestamp::now();
    let draw = || DialInCode::from_random(fresh().to_be_bytes()[..8].try_into().unwrap());
    let mut ids: Vec<SubscriberId> = Vec::new();
    for chunk in (0..SUBSCRIBERS).collect::<Vec<_>>().chunks(1000) {
        let new: Vec<NewSubscriber> = chunk.iter().map(|number| subscriber(*number)).collect();
        let created = store.create_subscribers(&new, now).await.unwrap();
        ids.extend(created.iter().map(|subscriber| subscriber.id));
    }
    for _ in 0..(SUBSCRIBERS * URLS_EACH + IN_POOL) / 1000 {
        let keys: Vec<ConferenceKey> = (0..1000).map(|_| key()).collect();
        store.add_to_pool(&keys, now).await.unwrap();
    }
    let mut people = Vec::new();
    for (number, id) in ids.into_iter().enumerate() {
        let name = subscriber(number).name;
        let room = |n| (id, Title::of_room(&name, n));
        let rooms: Vec<(SubscriberId, Title)> = (1..=URLS_EACH).map(room).collect();
        let assigned = store.assign_urls(&rooms, draw, now).await.unwrap();
        if number.is_multiple_of(SUBSCRIBERS / SIGNED_IN) {
            people.push(sign_in(store, &subscriber(number).mail, &assigned[0]).await);
        }
    }
    assert_eq!(store.pool(Page::default()).await.unwrap().entries.len(), 100);
    people
}

fn subscriber(number: usize) -> NewSubscriber {
    let mail = format!("subscriber-{number}@example.com");
    NewSubscriber {
        name: format!("Subscriber {number}").parse().unwrap(),
        mail: mail.parse().unwrap(),
    }
}

async fn sign_in(store: &Store, mail: &MailAddress, conference: &Conference) -> Person {
    let now = Timestamp::now();
    let until = now + SignedDuration::from_hours(1);
    let session = SessionToken::from_random(fresh().to_be_bytes()).to_string();
    let link = TokenHash::of(&session.chars().rev().collect::<String>());
    let mailed = SignInLink { hash: link.clone(), mail, name: None, expires_at: until };
    store.create_sign_in_link(&mailed, now).await.unwrap();
    store.sign_in(&link, &TokenHash::of(&session), now, until).await.unwrap().unwrap();
    let cookie = format!("Cookie: confab={session}\r\nSec-Fetch-Site: same-origin\r\n");
    Person { cookie, key: conference.key }
}

fn key() -> ConferenceKey {
    ConferenceKey::from_random(fresh().to_be_bytes())
}

/// Another number each time, spread as random ones are (SplitMix64's finaliser on a counter, twice).
fn fresh() -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(1);
    let mix = |seed: u64| {
        let z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let seed = COUNTER.fetch_add(2, Ordering::Relaxed);
    u128::from(mix(seed)) << 64 | u128::from(mix(seed + 1))
}

fn path(person: &Person) -> String {
    format!("/api/v1/conferences/{}", person.key)
}

fn operator() -> String {
    format!("Authorization: Bearer {TOKEN}\r\n")
}

/// Another client each time: who guesses too often is answered without the database.
fn from(number: usize) -> String {
    format!("X-Forwarded-For: 198.51.{}.{}\r\n", number / 256, number % 256)
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: confab\r\n{headers}\r\n")
}

fn tell(method: &str, path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: confab\r\n{headers}\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// A connection that stays open.
struct Client(TcpStream);

impl Client {
    async fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Client(stream)
    }

    /// Sends a request, reads all of the answer, and gives how long that took.
    async fn ask(&mut self, kind: &str, request: &str) -> Duration {
        let began = Instant::now();
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let header = loop {
            self.0.read_buf(&mut answer).await.unwrap();
            let end = answer.windows(HEADER_END.len()).position(|window| window == HEADER_END);
            if let Some(end) = end {
                break end + HEADER_END.len();
            }
        };
        let head = String::from_utf8_lossy(&answer[..header]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.expect("a length").parse().unwrap();
        while answer.len() < header + length {
            self.0.read_buf(&mut answer).await.unwrap();
        }
        let took = began.elapsed();
        let wanted = if kind.starts_with("unknown") { "404" } else { "20" };
        assert!(head.starts_with(&format!("http/1.1 {wanted}")), "{kind}: {head}");
        took
    }
}

/// Prints a row, and gives its 99th percentile.
fn show(kind: &str, times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    let ms = |share| at(share).as_secs_f64() * 1_000.0;
    println!("{kind:<26}{:>10.1}{:>10.1}{:>10.1}", ms(0.5), ms(0.99), ms(1.0));
    at(0.99)
}
