//! What time it is: the one place where the server asks for that, whatever is told of it or kept. How long something takes is
//! counted otherwise, and media has no such clock at all.
//!
//! A build with debug assertions, as tests have it, may be put ahead of the real time while it runs: then a test needn't wait
//! for a set time that is days away. Other builds can't be.

use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::HeaderValue;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Names the file in which a test says how many milliseconds this clock is to be ahead. It may say so anew at any time.
/// Builds that are no tests' refuse it, as a key that there isn't.
#[cfg(debug_assertions)]
pub(crate) const TEST_VARIABLE: &str = "CONFAB_TEST_CLOCK";

/// How often that file is read.
#[cfg(debug_assertions)]
const LOOK: std::time::Duration = std::time::Duration::from_millis(50);

static AHEAD_MS: AtomicI64 = AtomicI64::new(0);

/// The time.
pub(crate) fn now() -> Timestamp {
    let ahead = SignedDuration::from_millis(AHEAD_MS.load(Ordering::Relaxed));
    Timestamp::now().saturating_add(ahead).unwrap_or(Timestamp::MAX)
}

/// The time as the `Date` header has it (RFC 9110, section 5.6.7), by which pages set their own clocks.
pub(crate) fn http_date() -> Option<HeaderValue> {
    let text = now().to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::try_from(text).ok()
}

/// Goes as a test says, if this is a test.
pub(crate) fn start() {
    #[cfg(debug_assertions)]
    if let Some(file) = std::env::var_os(TEST_VARIABLE) {
        tracing::warn!("this clock goes as a test says");
        std::thread::spawn(move || {
            loop {
                let said = std::fs::read_to_string(&file);
                // One that is just being written is read the next time.
                if let Some(ahead_ms) = said.ok().and_then(|text| text.trim().parse().ok()) {
                    AHEAD_MS.store(ahead_ms, Ordering::Relaxed);
                }
                std::thread::sleep(LOOK);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_put_it_ahead() {
        let (before, now, after) = (Timestamp::now(), now(), Timestamp::now());
        assert!(before <= now && now <= after);
    }

    #[test]
    fn a_date_is_as_browsers_read_it() {
        let date = http_date().unwrap();
        let text = date.to_str().unwrap();
        assert_eq!((text.len(), &text[3..5], &text[25..]), (29, ", ", " GMT"), "{text}");
    }
}
