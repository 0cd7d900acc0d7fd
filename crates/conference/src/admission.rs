//! May this call be placed; may this caller or browser come in? The one place that decides.

mod identity;
mod refusal;

use std::net::{IpAddr, Ipv6Addr};
use std::ops::Add;

use jiff::Timestamp;

use crate::access::Role;
use crate::ids::ConferenceKey;
use crate::phone::PhoneNumber;
use crate::policy::Policy;
use crate::rate::{HOUR, MINUTE, SlidingRate};
use crate::record::Conference;
use crate::schedule::Phase;

use self::identity::WrongPins;
pub use self::identity::{
    PIN_WINDOW, Proof, Source, WRONG_PINS_PER_CONFERENCE_MAX, WRONG_PINS_PER_SOURCE_MAX,
};
pub use self::refusal::{Refusal, RefusalKind};

/// Decides, by the policy, what has happened lately, and how busy things are.
#[derive(Debug)]
pub struct Admission {
    policy: Policy,
    calls_by_client: SlidingRate<ClientAddress>,
    calls_by_conference: SlidingRate<ConferenceKey>,
    joins_by_client: SlidingRate<ClientAddress>,
    joins_by_conference: SlidingRate<ConferenceKey>,
    wrong_pins: WrongPins,
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
    /// Whether the browser of the same person has a call already: see
    /// [`Session::is_called`](crate::Session::is_called).
    pub is_called: bool,
    /// How that person stands.
    pub standing: Standing,
}

/// How somebody stands to a conference who wants to come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// What it may do there.
    pub role: Role,
    /// Whether it is there already by another way, or comes in its own place.
    pub is_there: bool,
    /// Whether the conference is locked: see [`Session::activity`](crate::Session::activity).
    pub is_locked: bool,
    /// Whether a host has begun, which opens it before its time.
    pub has_begun: bool,
}

/// Somebody asks on a conference's page to join by that very browser.
#[derive(Debug, Clone, Copy)]
pub struct BrowserRequest<'a> {
    /// The conference as it is now: as its session has it, if there is one.
    pub conference: &'a Conference,
    /// From where the page was asked.
    pub client: ClientAddress,
    /// Whether it takes the place of a browser that is there: see
    /// [`Session::has_browser`](crate::Session::has_browser).
    pub replaces: bool,
    /// How that person stands.
    pub standing: Standing,
}

/// How busy a conference is, or, added up, the whole server.
///
/// Taken from the sessions when it is needed, not kept beside them, so that no count can drift.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Sessions with somebody in them.
    pub conferences_active: usize,
    /// Participants, those being called included. Who is there by phone and by browser counts
    /// for two.
    pub participants: usize,
    /// Calls that we placed and that nobody has answered yet.
    pub being_placed: usize,
    /// Calls that we placed, answered or not.
    pub outbound_calls: usize,
    /// Participants by browser.
    pub browsers: usize,
    /// Whether the media engine is so busy that it would take nobody else. This is of the whole
    /// server, and no session knows it.
    pub is_overloaded: bool,
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
        Self {
            calls_by_client: SlidingRate::new(policy.calls_per_client_hour_max, HOUR),
            calls_by_conference: SlidingRate::new(policy.calls_per_conference_hour_max, HOUR),
            joins_by_client: SlidingRate::new(policy.browser_joins_per_client_minute_max, MINUTE),
            joins_by_conference: SlidingRate::new(
                policy.browser_joins_per_conference_minute_max,
                MINUTE,
            ),
            wrong_pins: WrongPins::new(),
            policy,
        }
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
        check_open(now, policy, request.conference, request.standing)?;
        if !policy.may_call(request.number) {
            return Err(Refusal::NumberNotAllowed);
        }
        if request.is_called {
            return Err(Refusal::AlreadyCalled);
        }
        check_lock(request.standing)?;
        check_room(policy, request.conference, here, everywhere)?;
        if here.being_placed >= policy.calls_at_once_per_conference_max {
            return Err(Refusal::TooManyCallsAtOnce);
        }
        if everywhere.outbound_calls >= policy.outbound_calls_max {
            return Err(Refusal::LinesBusy);
        }
        let key = request.conference.key;
        let of_client = self.calls_by_client.check(now, &request.client);
        of_client.map_err(|over| Refusal::ClientRate { retry_after: over.retry_after })?;
        let of_conference = self.calls_by_conference.check(now, &key);
        of_conference.map_err(|over| Refusal::ConferenceRate { retry_after: over.retry_after })?;
        self.calls_by_client.count(now, request.client);
        self.calls_by_conference.count(now, key);
        Ok(Permit(()))
    }

    /// Whether somebody who has dialled in may enter. Where there is a PIN for hosts, that may be at any time before the
    /// set one: whoever types it opens the conference, and whoever doesn't is soon hung up on
    /// ([`Door::Early`](crate::Door::Early)).
    pub fn let_in(
        &self,
        now: Timestamp,
        conference: &Conference,
        standing: Standing,
        here: Load,
        everywhere: Load,
    ) -> Result<Permit, Refusal> {
        match check_open(now, &self.policy, conference, standing) {
            Err(Refusal::NotOpenYet { .. }) if conference.access.host_pin.is_some() => {}
            checked => checked?,
        }
        check_lock(standing)?;
        check_room(&self.policy, conference, here, everywhere)?;
        Ok(Permit(()))
    }

    /// Whether a browser may join. One that is let in counts for the minute of its client and its
    /// conference; one that takes another's place needs no further place.
    pub fn let_browser_in(
        &mut self,
        now: Timestamp,
        request: BrowserRequest<'_>,
        here: Load,
        everywhere: Load,
    ) -> Result<Permit, Refusal> {
        check_open(now, &self.policy, request.conference, request.standing)?;
        check_lock(request.standing)?;
        if !request.replaces {
            check_room(&self.policy, request.conference, here, everywhere)?;
            if everywhere.browsers >= self.policy.browsers_max {
                return Err(Refusal::TooManyBrowsers);
            }
        }
        let key = request.conference.key;
        let of_client = self.joins_by_client.check(now, &request.client);
        of_client.map_err(|over| Refusal::ClientJoinRate { retry_after: over.retry_after })?;
        let of_conference = self.joins_by_conference.check(now, &key);
        of_conference
            .map_err(|over| Refusal::ConferenceJoinRate { retry_after: over.retry_after })?;
        self.joins_by_client.count(now, request.client);
        self.joins_by_conference.count(now, key);
        Ok(Permit(()))
    }
}

/// Before its time a conference is open to hosts, and to all from when one has begun.
fn check_open(
    now: Timestamp,
    policy: &Policy,
    conference: &Conference,
    standing: Standing,
) -> Result<(), Refusal> {
    if conference.ended_at.is_some() {
        return Err(Refusal::Ended);
    }
    let Some(schedule) = &conference.schedule else { return Ok(()) };
    match schedule.phase(now, policy.lead) {
        Phase::Closed { .. } if standing.role == Role::Host || standing.has_begun => Ok(()),
        Phase::Closed { opens_at, next } => {
            Err(Refusal::NotOpenYet { opens_at, starts: schedule.say(next.starts_at) })
        }
        Phase::Early { .. } | Phase::On { .. } => Ok(()),
        Phase::Over { .. } => Err(Refusal::Ended),
    }
}

fn check_lock(standing: Standing) -> Result<(), Refusal> {
    let may_pass = standing.role == Role::Host || standing.is_there;
    if standing.is_locked && !may_pass { Err(Refusal::Locked) } else { Ok(()) }
}

fn check_room(
    policy: &Policy,
    conference: &Conference,
    here: Load,
    everywhere: Load,
) -> Result<(), Refusal> {
    if everywhere.is_overloaded {
        return Err(Refusal::Overloaded);
    }
    let max = conference.access.participants_max(policy);
    if here.participants >= max {
        return Err(Refusal::ConferenceFull { max });
    }
    let becomes_active = here.conferences_active == 0;
    if becomes_active && everywhere.conferences_active >= policy.conferences_active_max {
        return Err(Refusal::TooManyConferences);
    }
    Ok(())
}

impl Add for Load {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            conferences_active: self.conferences_active + other.conferences_active,
            participants: self.participants + other.participants,
            being_placed: self.being_placed + other.being_placed,
            outbound_calls: self.outbound_calls + other.outbound_calls,
            browsers: self.browsers + other.browsers,
            is_overloaded: self.is_overloaded || other.is_overloaded,
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
