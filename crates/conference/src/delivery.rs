//! How often a message is tried to be delivered, and when it is given up. The messages are of mail, but
//! nothing here knows that.

use std::time::Duration;

use jiff::Timestamp;

/// The longest reason that is kept, in characters.
pub const REASON_CHARS_MAX: usize = 300;

/// Waits double up to this.
pub const WAIT_MAX: Duration = Duration::from_secs(4 * 60 * 60);

/// How often a message is tried at most: for some two days, with a first wait of a minute.
pub const TRIES_MAX: u32 = 20;

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The next server has taken it.
    Accepted,
    /// The next server will never take it (a reply of 5xx, RFC 5321, section 4.2.1).
    Refused(String),
    /// It could not be taken now: there was no server, or it replied 4xx.
    Failed(String),
}

/// Where a message is after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// To be tried again.
    Waiting {
        /// When.
        due_at: Timestamp,
        /// Why it wasn't delivered so far.
        reason: String,
    },
    /// Delivered, as far as we can know.
    Sent,
    /// Refused for good.
    Refused {
        /// What the server said.
        reason: String,
    },
    /// Tried as often, or as long, as makes sense.
    GivenUp {
        /// Why the last try failed.
        reason: String,
    },
}

/// How long it is waited between tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// After the first try; each further wait is twice as long, up to [`WAIT_MAX`].
    pub first_wait: Duration,
}

impl Retries {
    /// Where a message is after its `tries`-th try (counted from 1) at `now`. After `expires_at` it is
    /// of no use to anybody.
    #[must_use]
    pub fn after(
        &self,
        tries: u32,
        outcome: Outcome,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Delivery {
        let reason = match outcome {
            Outcome::Accepted => return Delivery::Sent,
            Outcome::Refused(reason) => return Delivery::Refused { reason: short(&reason) },
            Outcome::Failed(reason) => short(&reason),
        };
        let due_at = now.saturating_add(self.wait(tries)).unwrap_or(Timestamp::MAX);
        if tries >= TRIES_MAX || due_at > expires_at {
            Delivery::GivenUp { reason }
        } else {
            Delivery::Waiting { due_at, reason }
        }
    }

    fn wait(&self, tries: u32) -> Duration {
        let doublings = tries.saturating_sub(1).min(u32::BITS - 1);
        self.first_wait.saturating_mul(1 << doublings).min(WAIT_MAX)
    }
}

/// A server's words, on one line and not without end.
fn short(reason: &str) -> String {
    let plain = reason.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(REASON_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: Retries = Retries { first_wait: Duration::from_secs(60) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn failed(tries: u32, expires: i64) -> Delivery {
        RETRIES.after(tries, Outcome::Failed("421 busy\r\nreally".to_owned()), at(0), at(expires))
    }

    #[test]
    fn waits_grow_to_a_limit() {
        let waits: Vec<i64> = (1..TRIES_MAX)
            .map(|tries| match failed(tries, i64::from(u32::MAX)) {
                Delivery::Waiting { due_at, .. } => due_at.duration_since(at(0)).as_secs(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(waits[..4], [60, 120, 240, 480]);
        assert_eq!(waits.last().copied(), Some(WAIT_MAX.as_secs() as i64));
        assert!(waits.is_sorted());
        let whole: i64 = waits.iter().sum();
        assert!((36..60).contains(&(whole / 3600)), "{whole} s in all");
    }

    #[test]
    fn it_is_given_up_after_so_many_tries_or_when_it_is_of_no_use() {
        let reason = "421 busy  really".to_owned();
        assert_eq!(
            failed(TRIES_MAX, i64::from(u32::MAX)),
            Delivery::GivenUp { reason: reason.clone() }
        );
        assert_eq!(failed(1, 59), Delivery::GivenUp { reason });
        assert!(matches!(failed(1, 60), Delivery::Waiting { .. }));
        assert!(matches!(failed(u32::MAX, 60), Delivery::GivenUp { .. }));
    }

    #[test]
    fn an_answer_is_final() {
        assert_eq!(RETRIES.after(1, Outcome::Accepted, at(0), at(0)), Delivery::Sent);
        let refused = RETRIES.after(1, Outcome::Refused("550 x".repeat(1000)), at(0), at(9));
        let Delivery::Refused { reason } = refused else { panic!("{refused:?}") };
        assert_eq!(reason.chars().count(), REASON_CHARS_MAX);
    }
}
