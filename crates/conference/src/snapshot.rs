//! A whole conference as the page and the API see it, with whoever is in its session.

use jiff::Timestamp;
use serde::Serialize;

use crate::access::Access;
use crate::country::Country;
use crate::ids::{ConferenceKey, DialInCode};
use crate::policy::Policy;
use crate::record::Conference;
use crate::schedule::{Schedule, Zone};
use crate::session::Session;
use crate::text::Title;
use crate::view::{ConferenceStatus, ParticipantView};

/// A conference as anybody who has its URL may see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConferenceView {
    /// The secret part of the URL, known to the reader.
    pub key: ConferenceKey,
    /// Its title.
    pub title: Title,
    /// Whether it can be joined just now.
    #[serde(flatten)]
    pub status: ConferenceStatus,
    /// The set time; of one that repeats, this one or else the next.
    pub starts_at: Option<Timestamp>,
    /// The set end.
    pub ends_at: Option<Timestamp>,
    /// The zone of the set time.
    pub time_zone: Option<Zone>,
    /// The set time as people say it, in its zone.
    pub starts_at_text: Option<String>,
    /// How it repeats, in words, if it does.
    pub repeats_text: Option<String>,
    /// The whole URL.
    pub url: String,
    /// How to join by phone.
    pub dial_in: DialInView,
    /// Who may come in.
    pub access: AccessView,
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
        let schedule = conference.schedule.as_ref();
        let current = schedule.map(|schedule| schedule.current(now));
        let activity = session.map(Session::activity).unwrap_or_default();
        Self {
            key: conference.key,
            title: conference.title.clone(),
            status: ConferenceStatus::new(conference, policy, activity, now),
            starts_at: current.map(|current| current.starts_at),
            ends_at: current.map(|current| current.ends_at),
            time_zone: schedule.map(|schedule| schedule.zone().clone()),
            starts_at_text: schedule
                .zip(current)
                .map(|(schedule, current)| schedule.say(current.starts_at)),
            repeats_text: schedule.and_then(Schedule::say_repetition),
            url: format!("{base_url}/c/{}", conference.key),
            dial_in: DialInView {
                code: conference.dial_in_code,
                number: conference.dial_in_number.as_ref().map(|number| number.e164().to_owned()),
            },
            access: AccessView::new(&conference.access, policy),
            participants: session.map(Session::participants).unwrap_or_default(),
            default_country: policy.default_country,
        }
    }
}

/// Who may come in, as anybody who has the URL may know it: that there is a PIN, and not which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AccessView {
    /// Whether there is a PIN for all.
    pub pin: bool,
    /// Whether there is one for hosts.
    pub host_pin: bool,
    /// Whether a host lets each one in.
    pub lobby: bool,
    /// Whether all wait until a host is there.
    pub waits_for_host: bool,
    /// Whether everybody leaves when the last host has left.
    pub ends_with_host: bool,
    /// Whether those who are called must press 1.
    pub press_1: bool,
    /// How many may be in at most.
    pub participants_max: usize,
}

impl AccessView {
    fn new(access: &Access, policy: &Policy) -> Self {
        Self {
            pin: access.pin.is_some(),
            host_pin: access.host_pin.is_some(),
            lobby: access.lobby,
            waits_for_host: access.waits_for_host,
            ends_with_host: access.ends_with_host,
            press_1: access.must_press_1(policy),
            participants_max: access.participants_max(policy),
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
