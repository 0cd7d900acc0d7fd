//! Who somebody is who wants to come in, and how often that may be guessed.

use std::time::Duration;

use jiff::Timestamp;

use super::{Admission, ClientAddress, Refusal};
use crate::access::Role;
use crate::ids::ConferenceKey;
use crate::phone::PhoneNumber;
use crate::pin::Pin;
use crate::rate::{OverLimit, SlidingRate};
use crate::record::Conference;

/// Wrong PINs from one source within [`PIN_WINDOW`], after which it is asked to come back later.
pub const WRONG_PINS_PER_SOURCE_MAX: usize = 6;

/// Wrong PINs for one conference within [`PIN_WINDOW`], from wherever: after so many, no PIN is looked at
/// until the window has passed. Who comes by the host's URL is not touched. At this rate all PINs of four
/// digits take three days and a half to be tried, those of six a year.
pub const WRONG_PINS_PER_CONFERENCE_MAX: usize = 30;

/// The window in which wrong PINs are counted.
pub const PIN_WINDOW: Duration = Duration::from_secs(15 * 60);

/// From where a PIN comes, as far as it tells one who guesses from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A page.
    Client(ClientAddress),
    /// A phone that shows its number.
    Number(PhoneNumber),
    /// Phones that don't.
    Withheld,
}

/// What somebody brings along on a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// It has shown the host's key, or is the conference's owner.
    pub is_host: bool,
    /// It is there already by another way, or comes in its own place.
    pub is_there: bool,
    /// What it has typed.
    pub pin: Option<Pin>,
}

/// The wrong PINs of late.
#[derive(Debug)]
pub(super) struct WrongPins {
    by_source: SlidingRate<Source>,
    by_conference: SlidingRate<ConferenceKey>,
}

impl WrongPins {
    pub(super) fn new() -> Self {
        Self {
            by_source: SlidingRate::new(WRONG_PINS_PER_SOURCE_MAX, PIN_WINDOW),
            by_conference: SlidingRate::new(WRONG_PINS_PER_CONFERENCE_MAX, PIN_WINDOW),
        }
    }

    fn check(
        &mut self,
        now: Timestamp,
        source: &Source,
        key: ConferenceKey,
    ) -> Result<(), OverLimit> {
        self.by_source.check(now, source)?;
        self.by_conference.check(now, &key)
    }

    fn count(&mut self, now: Timestamp, source: Source, key: ConferenceKey) {
        self.by_source.count(now, source);
        self.by_conference.count(now, key);
    }
}

impl Admission {
    /// What somebody on a page may do in a conference, by what it brings along.
    ///
    /// # Errors
    /// [`Refusal::PinRequired`] without a PIN where there is one, and those of [`check_pin`](Self::check_pin).
    pub fn identify(
        &mut self,
        now: Timestamp,
        conference: &Conference,
        source: Source,
        proof: &Proof,
    ) -> Result<Role, Refusal> {
        match &proof.pin {
            _ if proof.is_host => Ok(Role::Host),
            Some(pin) => self.check_pin(now, conference, source, pin),
            None if conference.access.pin.is_none() || proof.is_there => Ok(Role::Guest),
            None => Err(Refusal::PinRequired),
        }
    }

    /// What a PIN makes of whoever knows it. A wrong one counts.
    ///
    /// # Errors
    /// [`Refusal::WrongPin`], and [`Refusal::PinLocked`] after too many of them: then right ones are
    /// refused as well, or guessing would go on.
    pub fn check_pin(
        &mut self,
        now: Timestamp,
        conference: &Conference,
        source: Source,
        pin: &Pin,
    ) -> Result<Role, Refusal> {
        let (access, key) = (&conference.access, conference.key);
        if access.pin.is_none() && access.host_pin.is_none() {
            return Ok(Role::Guest);
        }
        let locked = |over: OverLimit| Refusal::PinLocked { retry_after: over.retry_after };
        self.wrong_pins.check(now, &source, key).map_err(locked)?;
        let secret = &self.policy.secret;
        // Both are looked at, so that the time it takes tells nothing.
        let is_host = access.host_pin.as_ref().is_some_and(|hash| secret.is_of(pin, hash));
        let is_guest = access.pin.as_ref().is_some_and(|hash| secret.is_of(pin, hash));
        match (is_host, is_guest) {
            (true, _) => Ok(Role::Host),
            (false, true) => Ok(Role::Guest),
            (false, false) => {
                self.wrong_pins.count(now, source, key);
                Err(Refusal::WrongPin)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::access::Access;
    use crate::ids::{DialInCode, SubscriberId};
    use crate::policy::Policy;
    use crate::secret::ServerSecret;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn later(seconds: i64) -> Timestamp {
        now() + jiff::SignedDuration::from_secs(seconds)
    }

    fn page(last: u8) -> Source {
        Source::Client(IpAddr::from([192, 0, 2, last]).into())
    }

    fn pin(text: &str) -> Pin {
        text.parse().unwrap()
    }

    /// A conference whose PIN is 2468, and its host's 13579.
    fn scene() -> (Admission, Conference) {
        let secret = ServerSecret::new([7; 32]);
        let hash = |text| Some(secret.hash(&pin(text), [1; 16]));
        let access = Access { pin: hash("2468"), host_pin: hash("13579"), ..Access::default() };
        let conference = Conference {
            key: ConferenceKey::from_random([1; 16]),
            subscriber: SubscriberId::new(1),
            title: "Planning".parse().unwrap(),
            schedule: None,
            dial_in_code: DialInCode::from_random([1; 8]),
            dial_in_number: None,
            access,
            placement: None,
            created_at: now(),
            ended_at: None,
        };
        (Admission::new(Policy { secret, ..Policy::default() }), conference)
    }

    #[test]
    fn each_pin_makes_a_role_and_a_host_needs_none() {
        let (mut admission, conference) = scene();
        let mut come = |proof: &Proof| admission.identify(now(), &conference, page(1), proof);
        let with = |text| Proof { pin: Some(pin(text)), ..Proof::default() };
        assert_eq!(come(&with("2468")), Ok(Role::Guest));
        assert_eq!(come(&with("13579")), Ok(Role::Host));
        assert_eq!(come(&with("24680")), Err(Refusal::WrongPin));
        assert_eq!(come(&Proof::default()), Err(Refusal::PinRequired));
        assert_eq!(come(&Proof { is_host: true, ..Proof::default() }), Ok(Role::Host));
        assert_eq!(come(&Proof { is_there: true, ..Proof::default() }), Ok(Role::Guest));
    }

    #[test]
    fn without_a_pin_none_is_asked_for() {
        let (mut admission, conference) = scene();
        let open = Conference { access: Access::default(), ..conference };
        let mut come = |proof: &Proof| admission.identify(now(), &open, page(1), proof);
        assert_eq!(come(&Proof::default()), Ok(Role::Guest));
        let needless = Proof { pin: Some(pin("2468")), ..Proof::default() };
        assert_eq!(come(&needless), Ok(Role::Guest));
    }

    #[test]
    fn a_source_that_guesses_is_locked_for_a_while_and_others_are_not() {
        let (mut admission, conference) = scene();
        let mut guess =
            |now, source, text| admission.check_pin(now, &conference, source, &pin(text));
        for _ in 0..WRONG_PINS_PER_SOURCE_MAX {
            assert_eq!(guess(now(), page(1), "0000"), Err(Refusal::WrongPin));
        }
        let locked = guess(later(60), page(1), "2468").unwrap_err();
        assert_eq!(locked, Refusal::PinLocked { retry_after: Duration::from_secs(14 * 60) });
        assert_eq!(guess(later(60), page(2), "2468"), Ok(Role::Guest));
        assert_eq!(guess(later(60), Source::Withheld, "2468"), Ok(Role::Guest));
        assert_eq!(guess(later(15 * 60), page(1), "2468"), Ok(Role::Guest));
    }

    #[test]
    fn a_hundred_thousand_guesses_from_everywhere_are_thirty_in_a_quarter_of_an_hour() {
        let (mut admission, conference) = scene();
        let mut looked_at = 0;
        for guess in 0..100_000u32 {
            let [_, a, b, c] = guess.to_be_bytes();
            let source = Source::Client(IpAddr::from([10, a, b, c]).into());
            let text = format!("{:05}", guess + 20_000);
            match admission.check_pin(now(), &conference, source, &pin(&text)) {
                Err(Refusal::WrongPin) => looked_at += 1,
                Err(Refusal::PinLocked { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(looked_at, WRONG_PINS_PER_CONFERENCE_MAX);
        assert_eq!(admission.wrong_pins.by_source.keys(), WRONG_PINS_PER_CONFERENCE_MAX);
        let other = Conference { key: ConferenceKey::from_random([2; 16]), ..conference };
        assert!(admission.check_pin(now(), &other, page(1), &pin("2468")).is_ok());
    }
}
