//! Simulated browsers at the real server: hostile ones, and those whose network changes.

mod crowd;
mod hostile;
mod undisturbed;
mod ways;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use sim::browser::{Browser, Join};
use sim::correlate::Match;
use sim::{Speech, correlate};
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use crate::support::PATIENCE;
use crate::support::api::Conference;
use crate::support::confab::{Confab, Options};

/// Runs browsers until `test` is done.
fn run<T>(test: impl Future<Output = T>) -> T {
    Runtime::new().expect("a runtime").block_on(test)
}

/// A server that tells nobody that they are alone.
fn quiet_server() -> Options {
    Options::default().set("conferences.announce_alone", false).set("prompts.music", false)
}

/// A browser of this name that says nothing yet.
fn guest(conference: &Conference, name: &str) -> Join {
    let base = conference.api.url("");
    let server: SocketAddr =
        base.trim_start_matches("http://").parse().expect("the server's address");
    Join::new(server, format!("{}/whip?name={name}", conference.path()))
}

/// A browser that is in.
async fn admitted(join: Join) -> Browser {
    let mut browser = Browser::join(join).await.expect("a session");
    browser.connected().await.expect("a connection");
    browser
}

/// Two who talk, and hear each other.
async fn talkers(conference: &Conference) -> (Browser, Browser) {
    let first = admitted(guest(conference, "Ann").saying(Speech::Amiable)).await;
    let second = admitted(guest(conference, "Ben").saying(Speech::Cards)).await;
    hears(&first, Speech::Cards).await;
    hears(&second, Speech::Amiable).await;
    (first, second)
}

/// Waits until a browser hears somebody say this.
async fn hears(browser: &Browser, speech: Speech) {
    until(&format!("{speech:?} is heard"), || browser.find(speech).is_heard().then_some(())).await;
}

/// Asks again and again until there is an answer.
async fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        sleep(Duration::from_millis(250)).await;
    }
}

/// How well each round of `speech` was heard that somebody says again and again, the worst of them last: every
/// stretch of the sound that is long enough holds a whole round.
fn rounds(browser: &Browser, speech: Speech) -> Vec<Match> {
    let speech = speech.samples(audio::Rate::Hz8000);
    let sound = browser.sound();
    // A round is the words and a pause of less than half a second.
    let round = speech.len() + 4_000;
    let stretches = sound.windows(2 * round).step_by(round);
    let mut found: Vec<Match> = stretches.map(|part| correlate::find(&speech, part)).collect();
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    found
}

/// One figure of the packets that were dropped.
fn dropped(confab: &Confab, reason: &str) -> f64 {
    labelled(confab, &format!("reason=\"{reason}\""))
}

/// The sum of the figures of `/metrics` that have this label: each worker has its own.
fn labelled(confab: &Confab, label: &str) -> f64 {
    let page = confab.api().text("/metrics");
    let lines = page.lines().filter(|line| line.contains(label));
    let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    let values: Vec<f64> = values.collect();
    assert!(!values.is_empty(), "no {label} in\n{page}");
    values.iter().sum()
}

/// Waits until no browser is left.
fn wait_until_gone(confab: &Confab) {
    confab.wait_until_empty();
    assert_eq!(confab.metric("confab_browsers"), 0.0);
    assert_eq!(confab.metric("confab_dtls_handshakes_under_way"), 0.0);
}
