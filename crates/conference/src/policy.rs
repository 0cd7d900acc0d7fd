//! What is allowed, and how much of it. Every limit of the domain that can be configured is here.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::country::Country;
use crate::phone::{NumberKind, PhoneNumber};
use crate::secret::ServerSecret;

/// The rules a server runs its conferences by. [`Policy::default`] is sensible for a small server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whose national form numbers are read in.
    pub default_country: Country,
    /// How long before its set time a conference opens.
    pub lead: Duration,
    /// How long a phone rings before its call is given up.
    pub ring_time: Duration,
    /// The number shown to those who are called; none leaves it to the trunk.
    pub caller_id: Option<PhoneNumber>,
    /// Whether whoever is called must press 1 to join, unless a conference's
    /// [`Access`](crate::Access) says otherwise. Without it, whatever picks up is in at once.
    pub press_1: bool,
    /// Whether there is music for those who wait, and for whoever is alone.
    pub music: bool,
    /// Whether those who hear two channels hear the others from left to right, unless a conference says otherwise.
    pub placement: bool,
    /// What numbers may be called.
    pub numbers: NumberRules,
    /// What PINs are hashed under, and hosts' keys made with.
    pub secret: ServerSecret,
    /// Calls that one conference may be placing (calling or ringing) at once.
    pub calls_at_once_per_conference_max: usize,
    /// Calls that may be placed into one conference within an hour.
    pub calls_per_conference_hour_max: usize,
    /// Calls that may be placed from one client address within an hour.
    pub calls_per_client_hour_max: usize,
    /// Calls placed by the whole server that are up or on their way, at once.
    pub outbound_calls_max: usize,
    /// Joins by browser from one client address within a minute. An office behind one address
    /// may come at once, and somebody whose network comes and goes may return each second; a
    /// flood may not.
    pub browser_joins_per_client_minute_max: usize,
    /// Joins by browser into one conference within a minute: so many that everybody in it may
    /// return at once after a break, and once more.
    pub browser_joins_per_conference_minute_max: usize,
    /// Browsers in all conferences at once, those connecting included.
    pub browsers_max: usize,
    /// Participants of one conference, those being called or connecting included. Somebody who is
    /// there by phone and by browser counts for two, because each takes a leg and a place in the
    /// room.
    pub participants_per_conference_max: usize,
    /// Conferences active at once.
    pub conferences_active_max: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            default_country: Country::DEFAULT,
            lead: Duration::from_secs(10 * 60),
            ring_time: Duration::from_secs(60),
            caller_id: None,
            press_1: true,
            music: true,
            placement: false,
            numbers: NumberRules::default(),
            secret: ServerSecret::new([0; 32]),
            calls_at_once_per_conference_max: 20,
            calls_per_conference_hour_max: 200,
            calls_per_client_hour_max: 30,
            outbound_calls_max: 200,
            browser_joins_per_client_minute_max: 200,
            browser_joins_per_conference_minute_max: 400,
            browsers_max: 1_000,
            participants_per_conference_max: 200,
            conferences_active_max: 500,
        }
    }
}

impl Policy {
    /// Whether this number may be called; see [`NumberRules`].
    #[must_use]
    pub fn may_call(&self, number: &PhoneNumber) -> bool {
        self.numbers.allow(number, self.default_country)
    }
}

/// Which numbers may be called: what keeps toll fraud out.
///
/// A number passes if the longest prefix that it has in either list is an allowed one. With no
/// allowed prefix at all, only numbers of the default country pass. Premium-rate numbers never
/// pass unless [`premium`](Self::premium) says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberRules {
    /// Numbers that begin so may be called.
    pub allowed: Vec<Prefix>,
    /// Numbers that begin so may not.
    pub denied: Vec<Prefix>,
    /// Whether premium-rate numbers may be called.
    pub premium: bool,
}

impl NumberRules {
    fn allow(&self, number: &PhoneNumber, default_country: Country) -> bool {
        if number.kind() == NumberKind::Premium && !self.premium {
            return false;
        }
        let allowed = if self.allowed.is_empty() {
            longest_match(&[Prefix::of(default_country)], number)
        } else {
            longest_match(&self.allowed, number)
        };
        // `None` is less than any `Some`, and a tie goes to the denied.
        allowed > longest_match(&self.denied, number)
    }
}

fn longest_match(prefixes: &[Prefix], number: &PhoneNumber) -> Option<usize> {
    prefixes.iter().filter(|prefix| prefix.matches(number)).map(|prefix| prefix.0.len()).max()
}

/// The beginning of E.164 numbers, such as `+33` or `+336`. A lone `+` is the beginning of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

/// A text that is no [`Prefix`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number prefix; give a + and up to 15 digits, such as +33")]
pub struct PrefixError;

impl Prefix {
    /// All numbers under a country's calling code.
    #[must_use]
    pub fn of(country: Country) -> Self {
        Self(format!("+{}", country.calling_code()))
    }

    /// Whether the number begins so.
    #[must_use]
    pub fn matches(&self, number: &PhoneNumber) -> bool {
        number.e164().starts_with(&self.0)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let text: String = text.chars().filter(|c| *c != ' ').collect();
        let digits = text.strip_prefix('+').ok_or(PrefixError)?;
        let fits = digits.len() <= crate::phone::DIGITS_MAX;
        if fits && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0') {
            Ok(Self(text))
        } else {
            Err(PrefixError)
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text, Country::DEFAULT).unwrap()
    }

    fn policy(allowed: &[&str], denied: &[&str]) -> Policy {
        let list = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let numbers = NumberRules { allowed: list(allowed), denied: list(denied), premium: false };
        Policy { numbers, ..Policy::default() }
    }

    #[test]
    fn without_prefixes_only_the_default_country_may_be_called() {
        let policy = Policy::default();
        assert!(policy.may_call(&number("06 12 34 56 78")));
        assert!(!policy.may_call(&number("+44 20 7946 0958")));
    }

    #[test]
    fn prefixes_replace_the_default() {
        let policy = policy(&["+44", "+3 36"], &[]);
        assert!(policy.may_call(&number("+44 20 7946 0958")));
        assert!(policy.may_call(&number("+33 6 12 34 56 78")));
        assert!(!policy.may_call(&number("+33 1 42 68 53 00")));
    }

    #[test]
    fn the_longest_prefix_decides() {
        let policy = policy(&["+", "+3361"], &["+336", "+44"]);
        assert!(policy.may_call(&number("+33 1 42 68 53 00")));
        assert!(policy.may_call(&number("+33 6 12 34 56 78")));
        assert!(!policy.may_call(&number("+33 6 22 34 56 78")));
        assert!(!policy.may_call(&number("+44 20 7946 0958")));
    }

    #[test]
    fn denial_wins_a_tie() {
        assert!(!policy(&["+33"], &["+33"]).may_call(&number("+33 6 12 34 56 78")));
    }

    #[test]
    fn premium_numbers_need_their_own_leave() {
        let mut policy = policy(&["+"], &[]);
        let premium = number("+33 8 99 12 34 56");
        assert!(!policy.may_call(&premium));
        policy.numbers.premium = true;
        assert!(policy.may_call(&premium));
    }

    #[test]
    fn prefixes_parse_strictly() {
        for good in ["+", "+1", "+33 6", "+123456789012345"] {
            assert!(good.parse::<Prefix>().is_ok(), "{good:?}");
        }
        for bad in ["", "33", "0033", "+0", "+1a", "+1234567890123456", "+*", "++"] {
            assert_eq!(bad.parse::<Prefix>(), Err(PrefixError), "{bad:?}");
        }
    }
}
