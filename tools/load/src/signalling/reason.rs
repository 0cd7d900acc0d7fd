//! Why a call failed: few words, the same for all calls that failed alike, so that they can be counted.

use sdp::browser::BrowserRefusal;
use sip::EndCause;

use super::browser::Trouble;
use crate::destination::Elsewhere;
use crate::http::HttpError;

/// Why a call isn't up, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// SIP: the server refused it.
    #[error("SIP {status} {phrase}")]
    Refused {
        /// The final status.
        status: u16,
        /// What the server says to it.
        phrase: String,
    },
    /// SIP: it was never answered.
    #[error("not answered in time")]
    NotAnswered,
    /// SIP: the server did not react at all.
    #[error("no response from the server")]
    NoResponse,
    /// The server hung up on it.
    #[error("ended early by the server")]
    HungUp,
    /// SIP: the server no longer knew it.
    #[error("lost by the server")]
    Lost,
    /// SIP: the tester's own endpoint could not carry it.
    #[error("not placed: {0}")]
    NotPlaced(String),
    /// SIP: the answer's description can't be used.
    #[error("unusable answer: {0}")]
    Sdp(String),
    /// The answer sends sound to where none may go.
    #[error("the answer's address is not on loopback, and --remote was not said")]
    Elsewhere,
    /// WHIP: the request came to nothing.
    #[error("{0}")]
    Http(String),
    /// WHIP: the answer has no address that can be used.
    #[error("unusable answer: no candidate by UDP over IPv4")]
    NoCandidate,
    /// ICE or DTLS came to nothing, or no further.
    #[error("{0}")]
    Session(#[from] Trouble),
    /// The media plane could not take it.
    #[error("no media: {0}")]
    Media(String),
}

impl From<EndCause> for Reason {
    fn from(cause: EndCause) -> Self {
        match cause {
            EndCause::Rejected { status, reason } => Self::Refused { status, phrase: reason },
            EndCause::RingTimeout => Self::NotAnswered,
            EndCause::Unreachable => Self::NoResponse,
            EndCause::Remote | EndCause::Cancelled => Self::HungUp,
            EndCause::Lost | EndCause::AckTimeout => Self::Lost,
            EndCause::Local | EndCause::Refused => {
                Self::NotPlaced("the tester is closing".to_owned())
            }
        }
    }
}

impl From<Elsewhere> for Reason {
    fn from(_: Elsewhere) -> Self {
        Self::Elsewhere
    }
}

impl From<HttpError> for Reason {
    fn from(error: HttpError) -> Self {
        Self::Http(error.to_string())
    }
}

impl From<BrowserRefusal> for Reason {
    fn from(refusal: BrowserRefusal) -> Self {
        Self::Sdp(refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_failed_alike_have_the_same_reason() {
        let busy = EndCause::Rejected { status: 486, reason: "Busy Here".to_owned() };
        assert_eq!(Reason::from(busy).to_string(), "SIP 486 Busy Here");
        assert_eq!(Reason::from(EndCause::Remote).to_string(), "ended early by the server");
        let here = Elsewhere("192.0.2.1:5".parse().unwrap());
        let there = Elsewhere("192.0.2.2:6".parse().unwrap());
        assert_eq!(Reason::from(here).to_string(), Reason::from(there).to_string());
    }
}
