//! Signing in, without passwords: by a link that is sent to a mail address. And how often one may try.

use jiff::{SignedDuration, Timestamp};

use crate::admission::ClientAddress;
use crate::mail_address::MailAddress;
use crate::rate::{HOUR, MINUTE, OverLimit, SlidingRate};

/// How long a link is good for, once.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// How long a browser stays signed in after it was last here.
pub const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How much of that has to be gone before it is prolonged, so that not each request is a write.
pub const SESSION_RENEWAL: SignedDuration = SignedDuration::from_hours(1);

/// Links that are sent to one address within an hour: nobody's mailbox is filled from here.
pub const LINKS_PER_ADDRESS_HOUR_MAX: usize = 6;

/// Links that one client may ask for within an hour, for an office behind one address.
pub const LINKS_PER_CLIENT_HOUR_MAX: usize = 60;

/// URLs with secrets in them that one client may get wrong within a minute. After that none is looked up
/// for it, until the minute is over.
pub const MISSES_PER_CLIENT_MINUTE_MAX: usize = 60;

/// Counts requests for links.
#[derive(Debug)]
pub struct SignIn {
    by_address: SlidingRate<MailAddress>,
    by_client: SlidingRate<ClientAddress>,
}

/// Counts wrong guesses of what only those know who were told: keys of conferences, ids of calls, links.
#[derive(Debug)]
pub struct Guesses(SlidingRate<ClientAddress>);

impl Default for SignIn {
    fn default() -> Self {
        Self {
            by_address: SlidingRate::new(LINKS_PER_ADDRESS_HOUR_MAX, HOUR),
            by_client: SlidingRate::new(LINKS_PER_CLIENT_HOUR_MAX, HOUR),
        }
    }
}

impl SignIn {
    /// Whether a link may be sent. It counts whether or not anybody has the address: who asks learns
    /// nothing by the answer.
    ///
    /// # Errors
    /// The address, or the client, has had as many as it may.
    pub fn ask(
        &mut self,
        now: Timestamp,
        address: &MailAddress,
        client: ClientAddress,
    ) -> Result<(), OverLimit> {
        self.by_client.check(now, &client)?;
        self.by_address.check(now, address)?;
        self.by_client.count(now, client);
        self.by_address.count(now, address.clone());
        Ok(())
    }
}

impl Default for Guesses {
    fn default() -> Self {
        Self(SlidingRate::new(MISSES_PER_CLIENT_MINUTE_MAX, MINUTE))
    }
}

impl Guesses {
    /// Whether something may be looked up for a client.
    ///
    /// # Errors
    /// It has missed as often as it may.
    pub fn check(&mut self, now: Timestamp, client: ClientAddress) -> Result<(), OverLimit> {
        self.0.is_over(now, &client)
    }

    /// The client has asked for what there isn't.
    pub fn missed(&mut self, now: Timestamp, client: ClientAddress) {
        self.0.count_if_room(now, client);
    }
}

/// Until when a session that would expire at `expires_at` lasts, if it has to be prolonged at `now`.
#[must_use]
pub fn prolonged(expires_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let until = now.saturating_add(SESSION_LIFE).unwrap_or(Timestamp::MAX);
    (until.duration_since(expires_at) >= SESSION_RENEWAL).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn client(last: u8) -> ClientAddress {
        IpAddr::from([192, 0, 2, last]).into()
    }

    fn address(text: &str) -> MailAddress {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_and_a_client_get_so_many_links_an_hour() {
        let mut sign_in = SignIn::default();
        for n in 0..LINKS_PER_ADDRESS_HOUR_MAX {
            sign_in.ask(at(0), &address("anna@example.com"), client(n as u8)).unwrap();
        }
        let over = sign_in.ask(at(600), &address("anna@example.com"), client(99)).unwrap_err();
        assert_eq!(over.retry_after.as_secs(), 3000, "from wherever it is asked");
        for n in 0..LINKS_PER_CLIENT_HOUR_MAX {
            sign_in.ask(at(0), &address(&format!("a{n}@example.com")), client(100)).unwrap();
        }
        assert!(sign_in.ask(at(0), &address("other@example.com"), client(100)).is_err());
        assert!(sign_in.ask(at(3600), &address("anna@example.com"), client(100)).is_ok());
    }

    #[test]
    fn who_guesses_too_often_is_looked_up_nothing_for_a_while() {
        let mut guesses = Guesses::default();
        for _ in 0..MISSES_PER_CLIENT_MINUTE_MAX {
            guesses.check(at(0), client(1)).unwrap();
            guesses.missed(at(0), client(1));
        }
        assert!(guesses.check(at(59), client(1)).is_err());
        assert!(guesses.check(at(59), client(2)).is_ok(), "another client");
        assert!(guesses.check(at(60), client(1)).is_ok());
    }

    #[test]
    fn of_a_hundred_thousand_guesses_in_an_hour_few_are_looked_up() {
        let mut guesses = Guesses::default();
        let mut looked_up = 0;
        for n in 0..100_000 {
            let now = at(n * 3_600 / 100_000);
            if guesses.check(now, client(1)).is_ok() {
                guesses.missed(now, client(1));
                looked_up += 1;
            }
        }
        assert_eq!(looked_up, 60 * MISSES_PER_CLIENT_MINUTE_MAX);
    }

    #[test]
    fn a_flood_of_guessers_keeps_nobody_out() {
        let mut guesses = Guesses::default();
        for n in 0..u32::try_from(crate::rate::KEYS_MAX).unwrap() + 10 {
            guesses.missed(at(0), IpAddr::from(n.to_be_bytes()).into());
        }
        assert!(guesses.check(at(1), client(1)).is_ok());
    }

    #[test]
    fn a_session_is_prolonged_at_most_once_an_hour() {
        let began = at(0);
        let expires = began.saturating_add(SESSION_LIFE).unwrap();
        assert_eq!(prolonged(expires, at(3599)), None);
        assert_eq!(prolonged(expires, at(3600)), Some(expires + SESSION_RENEWAL));
    }
}
