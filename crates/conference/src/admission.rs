//! May this call be placed; may this caller come in? The one place that decides.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::ops::Add;
use std::time::Duration;

use jiff::Timestamp;

use crate::ids::ConferenceKey;
use crate::phone::PhoneNumber;
use crate::policy::Policy;
use crate::rate::HourlyRate;
use crate::record::Conference;

/// Decides, by the policy, what has happened within the hour, and how busy things are.
#[derive(Debug)]
pub struct Admission {
    policy: Policy,
    by_client: HourlyRate<ClientAddress>,
    by_conference: HourlyRate<ConferenceKey>,
}

/// Somebody asks on a conference's page to be called.
#[derive(Debug, Clone, Copy)]
pub struct CallRequest<'a> {
    /// The conference as it is now: as its session has it, if there is one.
    pub conference: &'a Conference,
    /// The number to call.
    pub number: &'a PhoneNumber,
    /// From where the page was asked.
    pub client: ClientAddress,
}

/// How busy a conference is, or, added up, the whole server.
///
/// Taken from the sessions when it is needed, not kept beside them, so that no count can drift.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Sessions with somebody in them.
    pub conferences_active: usize,
    /// Participants, those being called included.
    pub participants: usize,
    /// Calls that we placed and that nobody has answered yet.
    pub being_placed: usize,
    /// Calls that we placed, answered or not.
    pub outbound_calls: usize,
}

/// Leave to take one participant into a session. Only [`Admission`] gives it, so that no way in
/// goes around it.
#[derive(Debug)]
#[must_use]
pub struct Permit(());

impl Admission {
    /// An admission by `policy`.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        let by_client = HourlyRate::new(policy.calls_per_client_hour_max);
        let by_conference = HourlyRate::new(policy.calls_per_conference_hour_max);
        Self { policy, by_client, by_conference }
    }

    /// The policy it decides by.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether a call may be placed. `here` is the load of the conference, `everywhere` that of
    /// the server. A call that is allowed counts for the hour of its client and its conference.
    pub fn place_call(
        &mut self,
        now: Timestamp,
        request: CallRequest<'_>,
        here: Load,
        everywhere: Load,
    ) -> Result<Permit, Refusal> {
        let policy = &self.policy;
        check_open(now, policy, request.conference)?;
        if !policy.may_call(request.number) {
            return Err(Refusal::NumberNotAllowed);
        }
        check_room(policy, here, everywhere)?;
        if here.being_placed >= policy.calls_at_once_per_conference_max {
            return Err(Refusal::TooManyCallsAtOnce);
        }
        if everywhere.outbound_calls >= policy.outbound_calls_max {
            return Err(Refusal::LinesBusy);
        }
        let key = request.conference.key;
        let of_client = self.by_client.check(now, &request.client);
        of_client.map_err(|over| Refusal::ClientRate { retry_after: over.retry_after })?;
        let of_conference = self.by_conference.check(now, &key);
        of_conference.map_err(|over| Refusal::ConferenceRate { retry_after: over.retry_after })?;
        self.by_client.count(now, request.client);
        self.by_conference.count(now, key);
        Ok(Permit(()))
    }

    /// Whether somebody who has dialled in may enter.
    pub fn let_in(
        &self,
        now: Timestamp,
        conference: &Conference,
        here: Load,
        everywhere: Load,
    ) -> Result<Permit, Refusal> {
        check_open(now, &self.policy, conference)?;
        check_room(&self.policy, here, everywhere)?;
        Ok(Permit(()))
    }
}

fn check_open(now: Timestamp, policy: &Policy, conference: &Conference) -> Result<(), Refusal> {
    if conference.ended_at.is_some() {
        return Err(Refusal::Ended);
    }
    match &conference.schedule {
        Some(schedule) if now < schedule.opens_at(policy.lead) => Err(Refusal::NotOpenYet {
            opens_at: schedule.opens_at(policy.lead),
            starts: schedule.to_string(),
        }),
        _ => Ok(()),
    }
}

fn check_room(policy: &Policy, here: Load, everywhere: Load) -> Result<(), Refusal> {
    if here.participants >= policy.participants_per_conference_max {
        return Err(Refusal::ConferenceFull { max: policy.participants_per_conference_max });
    }
    let becomes_active = here.conferences_active == 0;
    if becomes_active && everywhere.conferences_active >= policy.conferences_active_max {
        return Err(Refusal::TooManyConferences);
    }
    Ok(())
}

/// Why somebody was not admitted. `Display` is a sentence for that person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The set time, less the lead, has not come.
    NotOpenYet {
        /// From when people are let in.
        opens_at: Timestamp,
        /// The set time as people say it.
        starts: String,
    },
    /// The conference was ended for good.
    Ended,
    /// The policy doesn't allow calls to this number.
    NumberNotAllowed,
    /// The conference has all the participants it may have.
    ConferenceFull {
        /// How many that is.
        max: usize,
    },
    /// The conference is placing as many calls as it may at once.
    TooManyCallsAtOnce,
    /// The conference has placed as many calls as it may within an hour.
    ConferenceRate {
        /// When the next may be placed.
        retry_after: Duration,
    },
    /// This client has asked for as many calls as it may within an hour.
    ClientRate {
        /// When it may ask for the next.
        retry_after: Duration,
    },
    /// The server has as many calls on its trunks as it may.
    LinesBusy,
    /// The server has as many active conferences as it may.
    TooManyConferences,
}

/// What a refusal is due to, for whoever has to choose an HTTP or SIP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Too early.
    NotYet,
    /// Never again.
    Gone,
    /// Not allowed at all.
    Forbidden,
    /// The asker has had enough for now.
    TooMany,
    /// The server or the conference has no room just now.
    NoRoom,
}

impl Refusal {
    /// How long to wait before trying again when the lack of room has no known end.
    pub const RETRY_AFTER: Duration = Duration::from_secs(30);

    /// The word for it in the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotOpenYet { .. } => "not_open",
            Self::Ended => "conference_ended",
            Self::NumberNotAllowed => "number_not_allowed",
            Self::ConferenceFull { .. } => "conference_full",
            Self::TooManyCallsAtOnce => "too_many_calls_at_once",
            Self::ConferenceRate { .. } => "conference_call_rate",
            Self::ClientRate { .. } => "client_call_rate",
            Self::LinesBusy => "lines_busy",
            Self::TooManyConferences => "too_many_conferences",
        }
    }

    /// What it is due to.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::NotOpenYet { .. } => RefusalKind::NotYet,
            Self::Ended => RefusalKind::Gone,
            Self::NumberNotAllowed => RefusalKind::Forbidden,
            Self::ConferenceRate { .. } | Self::ClientRate { .. } | Self::TooManyCallsAtOnce => {
                RefusalKind::TooMany
            }
            Self::ConferenceFull { .. } | Self::LinesBusy | Self::TooManyConferences => {
                RefusalKind::NoRoom
            }
        }
    }

    /// When to try again, if that can help.
    #[must_use]
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::NotOpenYet { opens_at, .. } => opens_at.duration_since(now).try_into().ok(),
            Self::Ended | Self::NumberNotAllowed => None,
            Self::ConferenceRate { retry_after } | Self::ClientRate { retry_after } => {
                Some(*retry_after)
            }
            Self::ConferenceFull { .. }
            | Self::TooManyCallsAtOnce
            | Self::LinesBusy
            | Self::TooManyConferences => Some(Self::RETRY_AFTER),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpenYet { starts, .. } => write!(f, "This conference starts on {starts}."),
            Self::Ended => f.write_str("This conference has ended."),
            Self::NumberNotAllowed => f.write_str("Calls to this number are not allowed here."),
            Self::ConferenceFull { max } => {
                write!(f, "This conference is full: it has {max} participants.")
            }
            Self::TooManyCallsAtOnce => {
                f.write_str("This conference is calling many people. Please try again shortly.")
            }
            Self::ConferenceRate { retry_after } => {
                write!(f, "This conference has placed many calls. {}", again(*retry_after))
            }
            Self::ClientRate { retry_after } => {
                write!(f, "You have asked for many calls. {}", again(*retry_after))
            }
            Self::LinesBusy => f.write_str("All lines are busy. Please try again shortly."),
            Self::TooManyConferences => {
                f.write_str("The conference server is busy. Please try again shortly.")
            }
        }
    }
}

impl std::error::Error for Refusal {}

fn again(after: Duration) -> String {
    match after.as_secs().div_ceil(60) {
        0 | 1 => "Please try again in a minute.".to_owned(),
        minutes => format!("Please try again in {minutes} minutes."),
    }
}

impl Add for Load {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            conferences_active: self.conferences_active + other.conferences_active,
            participants: self.participants + other.participants,
            being_placed: self.being_placed + other.being_placed,
            outbound_calls: self.outbound_calls + other.outbound_calls,
        }
    }
}

impl std::iter::Sum for Load {
    fn sum<I: Iterator<Item = Self>>(loads: I) -> Self {
        loads.fold(Self::default(), Add::add)
    }
}

/// Where a request came from, as far as it tells one client from another: an IPv4 address, or the
/// /64 network of an IPv6 one, of which a single client has all addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 => v4,
        })
    }
}

#[cfg(test)]
mod tests;
