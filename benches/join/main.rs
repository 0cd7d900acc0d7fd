//! How long it takes from a click to the first sound: simulated browsers join a conference of the real server,
//! one after the other, over loopback.
//!
//! The clock starts before the offer is posted (WHIP) and stops when the first packet came whose sound is more
//! than silence. In between are the answer, ICE, DTLS, and the conference's first mix for who came.
//!
//! `cargo bench --bench join`. It fails if the median is above [`GOAL`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a program that may fail where it stands"
)]

#[path = "../../tests/e2e/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests share more than is needed here")]
mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sim::Speech;
use sim::browser::{Browser, Join};
use support::api::Conference;
use support::confab::{Confab, Options};
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

/// How many browsers are measured.
const JOINS: usize = 50;

/// What the median may be.
const GOAL: Duration = Duration::from_secs(1);

/// How long a browser may take at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at what a browser has heard; the moment itself is noted when the packet comes.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// Those who are in: so many that somebody says something at any time.
const TALKERS: [Speech; 3] = [Speech::Amiable, Speech::Cards, Speech::ColdHearted];

/// What one join took, all from the click.
#[derive(Clone, Copy)]
struct Times {
    answered: Duration,
    connected: Duration,
    heard: Duration,
}

fn main() {
    let options =
        Options::default().set("conferences.announce_alone", false).set("prompts.music", false);
    let confab = Confab::start_alone(options);
    let conference = confab.api().conference("Join time");
    let times = Runtime::new().unwrap().block_on(measure(&conference));

    println!("{JOINS} joins, one after the other, in ms from the click\n");
    println!("                    median      99 %");
    show("answer to the offer", &times, |times| times.answered);
    show("connected", &times, |times| times.connected);
    let median = show("first sound", &times, |times| times.heard);
    if median > GOAL {
        println!("\nFAILED: the median is above {GOAL:?}");
        std::process::exit(1);
    }
}

async fn measure(conference: &Conference) -> Vec<Times> {
    let mut talkers = Vec::new();
    for speech in TALKERS {
        talkers.push(join(guest(conference).saying(speech)).await.0);
    }
    let mut times = Vec::new();
    for _ in 0..JOINS {
        let (browser, measured) = join(guest(conference)).await;
        times.push(measured);
        browser.leave().await.unwrap();
    }
    times
}

/// Joins, and waits for the first sound.
async fn join(guest: Join) -> (Browser, Times) {
    let is_first = guest.says == Some(TALKERS[0].into());
    let mut browser = Browser::join(guest).await.unwrap();
    let answered = browser.clicked().elapsed();
    browser.connected().await.unwrap();
    let connected = browser.clicked().elapsed();
    // Who is alone hears nothing, however long it listens.
    let heard = if is_first { Instant::now() } else { first_sound(&browser).await };
    let heard = heard.duration_since(browser.clicked());
    (browser, Times { answered, connected, heard })
}

async fn first_sound(browser: &Browser) -> Instant {
    let listening = async {
        loop {
            if let Some(moment) = browser.heard().first_sound {
                return moment;
            }
            sleep(LOOK_INTERVAL).await;
        }
    };
    timeout(PATIENCE, listening).await.expect("some sound")
}

fn guest(conference: &Conference) -> Join {
    let base = conference.api.url("");
    let server: SocketAddr = base.trim_start_matches("http://").parse().unwrap();
    Join::new(server, format!("{}/whip", conference.path()))
}

/// Prints a row, and gives its median.
fn show(name: &str, times: &[Times], part: impl Fn(&Times) -> Duration) -> Duration {
    let mut parts: Vec<Duration> = times.iter().map(part).collect();
    parts.sort_unstable();
    let at = |share: f64| parts[((parts.len() - 1) as f64 * share).round() as usize];
    let ms = |share| at(share).as_secs_f64() * 1_000.0;
    println!("{name:<20}{:>6.0}{:>10.0}", ms(0.5), ms(0.99));
    at(0.5)
}
