//! A whole conference as the page and the API see it, with whoever is in its session.

use jiff::Timestamp;
use serde::Serialize;

use crate::country::Country;
use crate::details::DetailsView;
use crate::ids::{ConferenceKey, DialInCode};
use crate::policy::Policy;
use crate::record::Conference;
use crate::session::Session;
use crate::view::{ConferenceStatus, ParticipantView};

/// A conference as anybody who has its URL may see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConferenceView {
    /// The secret part of the URL, known to the reader.
    pub key: ConferenceKey,
    /// What its subscriber has chosen.
    #[serde(flatten)]
    pub details: DetailsView,
    /// Whether it can be joined just now.
    #[serde(flatten)]
    pub status: ConferenceStatus,
    /// The whole URL.
    pub url: String,
    /// How to join by phone.
    pub dial_in: DialInView,
    /// Who is there.
    pub participants: Vec<ParticipantView>,
    /// The country in whose national form numbers may be typed.
    pub default_country: Country,
}

impl ConferenceView {
    /// What there is to see of `conference` at `now`. `session` is the running one, if it is
    /// active; `base_url` is where the server's pages are, without a slash at its end.
    #[must_use]
    pub fn new(
        conference: &Conference,
        session: Option<&Session>,
        policy: &Policy,
        base_url: &str,
        now: Timestamp,
    ) -> Self {
        let activity = session.map(Session::activity).unwrap_or_default();
        Self {
            key: conference.key,
            details: DetailsView::new(conference, policy, now),
            status: ConferenceStatus::new(conference, policy, activity, now),
            url: conference.url(base_url),
            dial_in: DialInView {
                code: conference.dial_in_code,
                number: conference.dial_in_number.as_ref().map(|number| number.e164().to_owned()),
            },
            participants: session.map(Session::participants).unwrap_or_default(),
            default_country: policy.default_country,
        }
    }
}

/// How to join by phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DialInView {
    /// The code to dial, or to type.
    pub code: DialInCode,
    /// The conference's own number in E.164, if it has one.
    pub number: Option<String>,
}

#[cfg(test)]
mod tests;
