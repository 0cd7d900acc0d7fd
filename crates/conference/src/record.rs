//! What is kept: the conference itself, and one record of each call that was made.

use jiff::Timestamp;

use crate::access::Access;
use crate::call::Via;
use crate::ending::Ending;
use crate::ids::{CallSecret, ConferenceKey, DialInCode, ParticipantId, SubscriberId};
use crate::phone::PhoneNumber;
use crate::schedule::Schedule;
use crate::text::{ParticipantName, Title};

/// A conference as its subscriber created it. It outlives its sessions: active while somebody is
/// there, at rest otherwise, until it is ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conference {
    /// The secret part of its URL.
    pub key: ConferenceKey,
    /// Whose it is.
    pub subscriber: SubscriberId,
    /// What it is called.
    pub title: Title,
    /// When it starts; without, it is open at any time.
    pub schedule: Option<Schedule>,
    /// The code by which callers name it.
    pub dial_in_code: DialInCode,
    /// A number of its own, calls to which need no code.
    pub dial_in_number: Option<PhoneNumber>,
    /// Who may come in.
    pub access: Access,
    /// Whether those who hear two channels hear the others from left to right; none leaves it to
    /// [`Policy::placement`](crate::Policy::placement).
    pub placement: Option<bool>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was ended for good, if it was.
    pub ended_at: Option<Timestamp>,
}

impl Conference {
    /// The URL of its page; `base_url` is where the server's pages are, without a slash at its end.
    #[must_use]
    pub fn url(&self, base_url: &str) -> String {
        format!("{base_url}/c/{}", self.key)
    }
}

/// One call that was made, complete: written when it ends, whatever ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The conference it was for.
    pub conference: ConferenceKey,
    /// Who it was in that session of the conference.
    pub participant: ParticipantId,
    /// By what the page that placed it knew it; none for a call that came in.
    pub secret: Option<CallSecret>,
    /// Which side placed it, or that a browser was the phone.
    pub via: Via,
    /// For a phone: the browser of the same person, if it had one; the last, if it had several.
    pub with: Option<ParticipantId>,
    /// The other side's number in E.164; none if it was withheld or is a browser. Kept whole, for whoever has to
    /// pay or explain the call: mask it before showing it.
    pub number: Option<PhoneNumber>,
    /// The name that was given with it.
    pub name: Option<ParticipantName>,
    /// When it was placed or came in.
    pub began_at: Timestamp,
    /// When it was answered, if it was.
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How it ended.
    pub ending: Ending,
}
