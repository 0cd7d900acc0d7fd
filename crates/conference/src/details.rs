//! What a subscriber has chosen for a conference, as anybody who has its URL may know it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::access::Access;
use crate::policy::Policy;
use crate::record::Conference;
use crate::schedule::{Schedule, Zone};
use crate::text::Title;

/// What a subscriber has chosen, and may choose anew while people are in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DetailsView {
    /// The conference's title.
    pub title: Title,
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
    /// How it repeats, as a recurrence rule, if it does (RFC 5545, section 3.3.10).
    pub repetition: Option<String>,
    /// Days of the repetition that are left out, in order.
    pub except: Vec<Date>,
    /// How long after each end the room ends, in minutes, if it does so by itself.
    pub ends_after_min: Option<u64>,
    /// How long before each start those who are invited are reminded, in minutes, if they are.
    pub remind_min: Option<u64>,
    /// Who may come in.
    pub access: AccessView,
    /// Whether those who hear two channels hear the others from left to right.
    pub placement: bool,
}

impl DetailsView {
    /// What is chosen for `conference` at `now`.
    #[must_use]
    pub fn new(conference: &Conference, policy: &Policy, now: Timestamp) -> Self {
        let schedule = conference.schedule.as_ref();
        let current = schedule.map(|schedule| schedule.current(now));
        let repetition = schedule.and_then(Schedule::repetition);
        Self {
            title: conference.title.clone(),
            starts_at: current.map(|current| current.starts_at),
            ends_at: current.map(|current| current.ends_at),
            time_zone: schedule.map(|schedule| schedule.zone().clone()),
            starts_at_text: schedule
                .zip(current)
                .map(|(schedule, current)| schedule.say(current.starts_at)),
            repeats_text: schedule.and_then(Schedule::say_repetition),
            repetition: repetition.map(|repetition| repetition.rule.to_string()),
            except: repetition.map(|it| it.except.iter().copied().collect()).unwrap_or_default(),
            ends_after_min: schedule.and_then(Schedule::ends_after).map(minutes),
            remind_min: schedule.and_then(Schedule::remind_before).map(minutes),
            access: AccessView::new(&conference.access, policy),
            placement: conference.placement.unwrap_or(policy.placement),
        }
    }
}

const fn minutes(duration: Duration) -> u64 {
    duration.as_secs() / 60
}

/// Who may come in: that there is a PIN, and not which.
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
    /// Whether whoever comes by phone says its name, and is announced by it.
    pub announces_names: bool,
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
            announces_names: access.announces_names,
            participants_max: access.participants_max(policy),
        }
    }
}
