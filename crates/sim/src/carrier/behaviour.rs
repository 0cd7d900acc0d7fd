//! What the party at a number does when it is called: its last two digits say it.

use std::fmt;
use std::time::Duration;

use sdp::Encoding;

use crate::Speech;

/// What happens at a number that is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Behaviour {
    /// Rings, answers and talks.
    Answers(Answers),
    /// Rings and is never answered.
    RingsOn,
    /// The call is refused at once, with this SIP status.
    Refuses(u16),
}

/// How a party that answers goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answers {
    /// How long the phone rings first.
    pub after: Duration,
    /// What the party says, again and again.
    pub says: Speech,
    /// The only codec that its phone knows.
    pub codec: Encoding,
    /// Hangs up this long after the answer.
    pub hangs_up_after: Option<Duration>,
    /// Presses 1 when it is spoken to, as a person does who is asked to; a voicemail box doesn't.
    pub confirms: bool,
    /// Presses `*6`, which mutes it, this long after the answer.
    pub mutes_after: Option<Duration>,
}

/// The table of behaviours, as (last two digits, what happens), for help texts.
pub const TABLE: [(&str, &str); 9] = [
    ("00–09", "rings that many seconds, then answers and talks"),
    ("10", "is busy"),
    ("11", "rings and is never answered"),
    ("12", "declines"),
    ("13", "can't be reached"),
    ("14", "meets a carrier that is out of order"),
    ("20–29", "answers, talks, and hangs up after that many seconds (20: after 10)"),
    ("30–39", "answers, talks, and mutes itself with *6 after that many seconds"),
    ("40–49", "is a voicemail box: answers, talks, and never presses 1 to join"),
];

impl Behaviour {
    /// The behaviour of a number, in whatever form it was dialled.
    ///
    /// ```
    /// use sim::carrier::Behaviour;
    ///
    /// assert_eq!(Behaviour::of("+33 1 99 00 00 10"), Behaviour::Refuses(486));
    /// ```
    pub fn of(number: &str) -> Self {
        let mut digits = number.chars().rev().filter_map(|c| c.to_digit(10));
        let units = digits.next().unwrap_or_default();
        let tens = digits.next().unwrap_or_default();
        let seconds = Duration::from_secs(units.into());
        let says = spoken_at(units);
        let soon = Answers {
            after: Duration::from_secs(1),
            says,
            codec: spoken_by(units),
            hangs_up_after: None,
            confirms: true,
            mutes_after: None,
        };
        match (tens, units) {
            (0, _) => Self::Answers(Answers { after: seconds, ..soon }),
            (1, 0) => Self::Refuses(486),
            (1, 1) => Self::RingsOn,
            (1, 2) => Self::Refuses(603),
            (1, 3) => Self::Refuses(404),
            (1, 4) => Self::Refuses(503),
            (2, 0) => {
                Self::Answers(Answers { hangs_up_after: Some(Duration::from_secs(10)), ..soon })
            }
            (2, _) => Self::Answers(Answers { hangs_up_after: Some(seconds), ..soon }),
            (4, _) => Self::Answers(Answers { confirms: false, ..soon }),
            (3, _) => Self::Answers(Answers { mutes_after: Some(seconds), ..soon }),
            _ => Self::Answers(soon),
        }
    }
}

/// What is said at a number that ends in this digit: neighbouring numbers say different things.
fn spoken_at(units: u32) -> Speech {
    let index = units as usize % Speech::ALL.len();
    Speech::ALL.get(index).copied().unwrap_or(Speech::Amiable)
}

/// The codec of a phone whose number ends in this digit.
fn spoken_by(units: u32) -> Encoding {
    match units % 4 {
        0 => Encoding::Pcma,
        1 => Encoding::Pcmu,
        2 => Encoding::G722,
        _ => Encoding::Opus,
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answers(answers) => {
                write!(f, "answers after {} s", answers.after.as_secs())?;
                if let Some(after) = answers.hangs_up_after {
                    write!(f, ", hangs up after {} s", after.as_secs())?;
                }
                if !answers.confirms {
                    write!(f, ", presses nothing")?;
                }
                if let Some(after) = answers.mutes_after {
                    write!(f, ", mutes itself after {} s", after.as_secs())?;
                }
                Ok(())
            }
            Self::RingsOn => write!(f, "rings and is never answered"),
            Self::Refuses(status) => write!(f, "refuses with {status}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(number: &str) -> Answers {
        match Behaviour::of(number) {
            Behaviour::Answers(answers) => answers,
            other => panic!("{number} {other}"),
        }
    }

    #[test]
    fn the_last_two_digits_decide_in_any_form_of_the_number() {
        assert_eq!(answers("+33199000003").after, Duration::from_secs(3));
        assert_eq!(answers("01 99 00 00 03").after, Duration::from_secs(3));
        assert_eq!(Behaviour::of("(202) 555-0112"), Behaviour::Refuses(603));
        assert_eq!(Behaviour::of("+12025550111"), Behaviour::RingsOn);
        assert_eq!(answers("+12025550124").hangs_up_after, Some(Duration::from_secs(4)));
        assert_eq!(answers("+12025550132").mutes_after, Some(Duration::from_secs(2)));
        assert!(answers("+12025550132").confirms && !answers("+12025550142").confirms);
    }

    #[test]
    fn a_number_without_digits_answers() {
        assert_eq!(answers("anonymous").after, Duration::ZERO);
    }

    #[test]
    fn neighbouring_numbers_say_different_things() {
        assert_ne!(answers("+33199000001").says, answers("+33199000002").says);
    }
}
