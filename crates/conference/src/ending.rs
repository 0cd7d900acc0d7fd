//! Every way in which a call ends, and what a trunk's answer means in those terms.
//!
//! # From SIP to an ending
//!
//! A trunk refuses a call with a final response (RFC 3261 section 21) and, if it came from the
//! telephone network, often with the network's own cause in a `Reason` header (RFC 3326, ITU-T
//! Q.850). Carriers fold many causes into few responses (RFC 3398 section 7.2.4.1 makes both "call
//! rejected" and "not permitted" a 403), so a cause that says something definite goes first:
//!
//! | Q.850 cause | meaning | ending |
//! |---|---|---|
//! | 1, 2, 3, 5, 22, 26, 28 | unallocated number, no route, changed, incomplete | not reachable |
//! | 17 | user busy | busy |
//! | 18, 19 | no user responding, no answer | no answer |
//! | 20, 27 | absent (phone off or out of coverage), out of order | not reachable |
//! | 21 | call rejected | declined |
//! | 34, 38, 41, 42, 44, 47 | congestion and failures of the network | trunk failed |
//! | 8, 50, 52, 54, 55, 57, 87 | barred, not subscribed, not authorised | trunk failed |
//! | others, 16 and 31 among them | nothing definite | as the response says |
//!
//! | response | meaning | ending |
//! |---|---|---|
//! | 486, 600 | busy here, busy everywhere | busy |
//! | 408, 480 | nobody answered in time, or is there to answer | no answer |
//! | 603, 607, 608 | declined, unwanted, rejected on the callee's behalf (RFC 8197, RFC 8688) | declined |
//! | 404, 410, 414, 416, 484, 485, 604 | no such number, gone, incomplete, ambiguous | not reachable |
//! | 3xx | elsewhere: redirections by a trunk aren't followed, for they could lead anywhere | not reachable |
//! | 487 | ended by our own CANCEL | cancelled |
//! | 606 | no session that both sides can have | trunk failed |
//! | other 4xx: 400, 401, 403, 407, 420, 488, … | the trunk refuses us | trunk failed |
//! | 5xx | the trunk or a server behind it fails | trunk failed |
//! | other 6xx | treated as 600 (RFC 3261 section 8.1.3.2) | busy |
//! | no response, transport error | the trunk is down | trunk failed |

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The phone was in use.
    Busy,
    /// It rang, and nobody picked up.
    NoAnswer,
    /// Somebody pressed *reject*.
    Declined,
    /// No such number, or its phone is off.
    NotReachable,
    /// Given up by the one who asked for it, before it was answered.
    Cancelled,
    /// The trunk would not or could not place it.
    TrunkFailed,
    /// It was picked up, but nobody pressed 1: a voicemail box, or somebody who did not want to.
    NotConfirmed,
    /// Too many wrong PINs were typed.
    WrongPin,
    /// A host did not let the participant in, or none did in time.
    NotAdmitted,
    /// The participant hung up, on the phone or on the page, or closed the page.
    Left,
    /// A moderator removed the participant.
    Removed,
    /// The conference was ended for everybody.
    ConferenceEnded,
    /// The call was up, but no sound came or went any more.
    MediaLost,
    /// A browser's sound never got through to us: a firewall, or a page that was closed at once.
    NotConnected,
    /// The same person came again by another browser, or by the same one after a reload.
    Replaced,
    /// The server is being stopped.
    ServerStopped,
}

impl Ending {
    /// Each of them.
    pub const ALL: [Self; 16] = [
        Self::Busy,
        Self::NoAnswer,
        Self::Declined,
        Self::NotReachable,
        Self::Cancelled,
        Self::TrunkFailed,
        Self::NotConfirmed,
        Self::WrongPin,
        Self::NotAdmitted,
        Self::Left,
        Self::Removed,
        Self::ConferenceEnded,
        Self::MediaLost,
        Self::NotConnected,
        Self::Replaced,
        Self::ServerStopped,
    ];

    /// What a final response of the trunk to our INVITE means; see the [table](self).
    #[must_use]
    pub const fn from_sip_status(status: u16) -> Self {
        match status {
            486 | 600 => Self::Busy,
            408 | 480 => Self::NoAnswer,
            603 | 607 | 608 => Self::Declined,
            300..=399 | 404 | 410 | 414 | 416 | 484 | 485 | 604 => Self::NotReachable,
            487 => Self::Cancelled,
            606 => Self::TrunkFailed,
            601..=699 => Self::Busy,
            _ => Self::TrunkFailed,
        }
    }

    /// What a cause of the telephone network (ITU-T Q.850) means, if it says anything definite;
    /// see the [table](self).
    #[must_use]
    pub const fn from_q850_cause(cause: u8) -> Option<Self> {
        Some(match cause {
            17 => Self::Busy,
            18 | 19 => Self::NoAnswer,
            21 => Self::Declined,
            1 | 2 | 3 | 5 | 20 | 22 | 26 | 27 | 28 => Self::NotReachable,
            8 | 34 | 38 | 41 | 42 | 44 | 47 | 50 | 52 | 54 | 55 | 57 | 87 => Self::TrunkFailed,
            _ => return None,
        })
    }

    /// What a final response with the value of its `Reason` header, if it has one, means.
    #[must_use]
    pub fn from_sip(status: u16, reason: Option<&str>) -> Self {
        reason
            .and_then(q850_cause)
            .and_then(Self::from_q850_cause)
            .unwrap_or_else(|| Self::from_sip_status(status))
    }

    /// The word for it in the API and in call records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Declined => "declined",
            Self::NotReachable => "not_reachable",
            Self::Cancelled => "cancelled",
            Self::TrunkFailed => "trunk_failed",
            Self::NotConfirmed => "not_confirmed",
            Self::WrongPin => "wrong_pin",
            Self::NotAdmitted => "not_admitted",
            Self::Left => "left",
            Self::Removed => "removed",
            Self::ConferenceEnded => "conference_ended",
            Self::MediaLost => "media_lost",
            Self::NotConnected => "not_connected",
            Self::Replaced => "replaced",
            Self::ServerStopped => "server_stopped",
        }
    }
}

/// A sentence for a person.
impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "The number is busy.",
            Self::NoAnswer => "Nobody answered.",
            Self::Declined => "The call was declined.",
            Self::NotReachable => "The number cannot be reached.",
            Self::Cancelled => "The call was cancelled.",
            Self::TrunkFailed => "The telephone network could not place the call.",
            Self::NotConfirmed => "Picked up, but nobody pressed 1.",
            Self::WrongPin => "Too many wrong PINs.",
            Self::NotAdmitted => "Not let in.",
            Self::Left => "Left the conference.",
            Self::Removed => "Removed from the conference.",
            Self::ConferenceEnded => "The conference has ended.",
            Self::MediaLost => "The connection was lost.",
            Self::NotConnected => "The browser could not connect.",
            Self::Replaced => "Joined again from another page.",
            Self::ServerStopped => "The conference server is being stopped.",
        })
    }
}

/// A word that names no ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such ending of a call")]
pub struct UnknownEnding;

impl FromStr for Ending {
    type Err = UnknownEnding;

    fn from_str(word: &str) -> Result<Self, UnknownEnding> {
        Self::ALL.into_iter().find(|ending| ending.as_str() == word).ok_or(UnknownEnding)
    }
}

impl Serialize for Ending {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The Q.850 cause in the value of a `Reason` header, such as `Q.850;cause=17;text="User busy"`,
/// which may list several reasons (RFC 3326).
fn q850_cause(reason: &str) -> Option<u8> {
    reason.split(',').find_map(|value| {
        let mut parts = value.split(';').map(str::trim);
        parts.next().filter(|protocol| protocol.eq_ignore_ascii_case("Q.850"))?;
        parts.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("cause").then(|| value.trim().parse().ok())?
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn responses() {
        let table: [(&[u16], Ending); 6] = [
            (&[486, 600, 601, 699], Ending::Busy),
            (&[408, 480], Ending::NoAnswer),
            (&[603, 607, 608], Ending::Declined),
            (&[302, 404, 410, 414, 416, 484, 485, 604], Ending::NotReachable),
            (&[487], Ending::Cancelled),
            (
                &[400, 401, 402, 403, 405, 407, 415, 420, 421, 428, 438, 481, 482, 483, 488, 491],
                Ending::TrunkFailed,
            ),
        ];
        for (statuses, ending) in table {
            for &status in statuses {
                assert_eq!(Ending::from_sip_status(status), ending, "{status}");
            }
        }
        for status in [500, 501, 502, 503, 504, 513, 580, 606, 0, 200, 700, u16::MAX] {
            assert_eq!(Ending::from_sip_status(status), Ending::TrunkFailed, "{status}");
        }
    }

    #[test]
    fn a_definite_cause_goes_before_the_response() {
        let told = |status, reason| Ending::from_sip(status, Some(reason));
        assert_eq!(told(503, "Q.850;cause=17;text=\"User busy\""), Ending::Busy);
        assert_eq!(told(480, "q.850 ; Cause = 20"), Ending::NotReachable);
        assert_eq!(told(403, "Q.850;cause=21"), Ending::Declined);
        assert_eq!(told(480, "SIP;cause=480,Q.850;text=\"x\";cause=19"), Ending::NoAnswer);
        assert_eq!(told(486, "Q.850;cause=34"), Ending::TrunkFailed);
    }

    #[test]
    fn an_indefinite_or_broken_cause_leaves_it_to_the_response() {
        for reason in
            ["Q.850;cause=16", "Q.850;cause=31", "Q.850", "Q.850;cause=999", "SIP;cause=17", ""]
        {
            assert_eq!(Ending::from_sip(486, Some(reason)), Ending::Busy, "{reason:?}");
        }
        assert_eq!(Ending::from_sip(404, None), Ending::NotReachable);
    }

    #[test]
    fn words_are_distinct_and_parse_back() {
        for ending in Ending::ALL {
            assert_eq!(ending.as_str().parse(), Ok(ending));
            assert_eq!(serde_json::to_value(ending).unwrap(), ending.as_str());
            assert!(ending.to_string().ends_with('.'));
        }
        assert_eq!("Busy".parse::<Ending>(), Err(UnknownEnding));
    }

    proptest! {
        #[test]
        fn any_reason_is_survived(status: u16, reason in ".{0,80}") {
            let _ = Ending::from_sip(status, Some(&reason));
        }
    }
}
