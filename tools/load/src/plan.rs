//! What is to be loaded, checked: rooms, legs, who talks, in which codec, and for how long.

use std::fmt;
use std::time::Duration;

use audio::codec::CodecKind;
use serde::{Deserialize, Serialize};

/// Legs of one run: each has an address of its own in 127.1.0.0/16 when the load goes to loopback.
pub const LEGS_MAX: usize = 60_000;

/// Talkers of one room: each has a time of its own to chirp, and with more the round would last too long for a
/// short run to hear everybody.
pub const TALKERS_MAX: usize = 24;

/// Ears of one run: legs whose sound is kept, to be decoded afterwards. Each takes up to 24 kB a second.
pub const EARS_MAX: usize = 512;

/// The longest measurement: an hour.
pub const DURATION_MAX: Duration = Duration::from_secs(3_600);

/// The shortest measurement: within it, every talker of a room of three chirps.
pub const DURATION_MIN: Duration = Duration::from_secs(1);

/// A leg of a run, counted from 0: those of the first room come first, and its talkers first among them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct LegId(pub u32);

impl LegId {
    /// Its number, to index with.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leg {}", self.0)
    }
}

/// What a leg does in its room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Role {
    /// Talks without end, and chirps when it is the turn of this talker of the room.
    Talker(usize),
    /// Does as [`Others`] says.
    Listener,
}

/// What those do who do not talk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Others {
    /// Send the noise of a quiet room, about -65 dBFS, in every packet.
    #[default]
    Noise,
    /// Send digital silence in every packet.
    Muted,
    /// Send next to nothing: Opus as its encoder's DTX has it (one packet in 400 ms), all others a packet of
    /// noise as rarely, so that nobody takes them for gone.
    Dtx,
}

/// The codec of all legs of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// G.711 µ-law.
    #[default]
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722.
    G722,
    /// Opus, mono, as a browser sends it.
    Opus,
}

impl Codec {
    /// Every codec.
    pub const ALL: [Self; 4] = [Self::Pcmu, Self::Pcma, Self::G722, Self::Opus];

    /// The codec as the sound's crate knows it.
    #[must_use]
    pub const fn kind(self) -> CodecKind {
        match self {
            Self::Pcmu => CodecKind::Pcmu,
            Self::Pcma => CodecKind::Pcma,
            Self::G722 => CodecKind::G722,
            Self::Opus => CodecKind::Opus,
        }
    }

    /// Units of RTP time in a packet of 20 ms.
    #[must_use]
    pub const fn packet_units(self) -> u32 {
        self.kind().rtp_clock_hz() / audio::TICKS_PER_SECOND
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G.722",
            Self::Opus => "Opus",
        })
    }
}

/// How legs come to the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// By SIP, with plain RTP.
    #[default]
    Sip,
    /// As browsers do, with ICE, DTLS and SRTP.
    Browser,
}

/// What is asked for. [`Plan::new`] makes a plan of it, if it can be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Request {
    /// Rooms.
    pub rooms: usize,
    /// Legs of each room.
    pub legs_per_room: usize,
    /// How many of them talk.
    pub talkers: usize,
    /// What the rest does.
    pub others: Others,
    /// The codec of all.
    pub codec: Codec,
    /// How they come.
    pub kind: Kind,
    /// How long is measured.
    pub duration: Duration,
    /// How long all legs are there before measuring begins.
    pub warm_up: Duration,
    /// Legs whose sound is kept and searched; as many as there are, if that is less.
    pub ears: usize,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            rooms: 1,
            legs_per_room: 20,
            talkers: 3,
            others: Others::default(),
            codec: Codec::default(),
            kind: Kind::default(),
            duration: Duration::from_secs(10),
            warm_up: Duration::from_secs(2),
            ears: 32,
        }
    }
}

/// Why a request can't be carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlanError {
    /// No rooms, or rooms without legs.
    #[error("there must be a room and a leg at least")]
    Empty,
    /// More than [`LEGS_MAX`].
    #[error("{legs} legs are more than one tester carries, {LEGS_MAX}")]
    TooManyLegs {
        /// Rooms times legs.
        legs: usize,
    },
    /// More talkers than legs, or than [`TALKERS_MAX`].
    #[error("{talkers} talkers are more than a room can have, {max}")]
    TooManyTalkers {
        /// What was asked for.
        talkers: usize,
        /// The most there can be.
        max: usize,
    },
    /// More than [`EARS_MAX`].
    #[error("{ears} ears are more than can be decoded, {EARS_MAX}")]
    TooManyEars {
        /// What was asked for.
        ears: usize,
    },
    /// Shorter than [`DURATION_MIN`] or longer than [`DURATION_MAX`].
    #[error("a measurement lasts from {DURATION_MIN:?} to {DURATION_MAX:?}, not {0:?}")]
    Duration(Duration),
    /// Longer than [`DURATION_MAX`].
    #[error("a warm-up lasts {DURATION_MAX:?} at most, not {0:?}")]
    WarmUp(Duration),
    /// Browsers with another codec than Opus.
    #[error("browsers speak Opus here, not {0}")]
    BrowserCodec(Codec),
}

/// A checked plan of a run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Plan {
    request: Request,
}

impl Plan {
    /// Makes a plan of what is asked for.
    ///
    /// # Errors
    /// A [`PlanError`] which says what is too much, too little, or doesn't fit.
    pub fn new(request: Request) -> Result<Self, PlanError> {
        let Request { rooms, legs_per_room, talkers, ears, duration, warm_up, .. } = request;
        if rooms == 0 || legs_per_room == 0 {
            return Err(PlanError::Empty);
        }
        let legs = rooms.saturating_mul(legs_per_room);
        if legs > LEGS_MAX {
            return Err(PlanError::TooManyLegs { legs });
        }
        let max = legs_per_room.min(TALKERS_MAX);
        if talkers > max {
            return Err(PlanError::TooManyTalkers { talkers, max });
        }
        if ears > EARS_MAX {
            return Err(PlanError::TooManyEars { ears });
        }
        if !(DURATION_MIN..=DURATION_MAX).contains(&duration) {
            return Err(PlanError::Duration(duration));
        }
        if warm_up > DURATION_MAX {
            return Err(PlanError::WarmUp(warm_up));
        }
        if request.kind == Kind::Browser && request.codec != Codec::Opus {
            return Err(PlanError::BrowserCodec(request.codec));
        }
        Ok(Self { request })
    }

    /// What was asked for.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// All legs.
    #[must_use]
    pub fn legs(&self) -> usize {
        self.request.rooms * self.request.legs_per_room
    }

    /// The leg at a seat of a room, both counted from 0. The first seats are the talkers'.
    #[must_use]
    pub fn leg(&self, room: usize, seat: usize) -> LegId {
        LegId((room * self.request.legs_per_room + seat) as u32)
    }

    /// The room of a leg, counted from 0.
    #[must_use]
    pub fn room(&self, leg: LegId) -> usize {
        leg.index() / self.request.legs_per_room
    }

    /// The seat of a leg in its room, counted from 0.
    #[must_use]
    pub fn seat(&self, leg: LegId) -> usize {
        leg.index() % self.request.legs_per_room
    }

    /// What a leg does.
    #[must_use]
    pub fn role(&self, leg: LegId) -> Role {
        let seat = self.seat(leg);
        if seat < self.request.talkers { Role::Talker(seat) } else { Role::Listener }
    }

    /// The legs, of those that `is_there`, whose sound is to be kept: in rooms spread over all rooms, half of a
    /// room's ears are its talkers', who should not hear themselves, and the others' are spread over its
    /// listeners, who should hear all talkers. In order, and not more than asked for.
    #[must_use]
    pub fn ears(&self, is_there: impl Fn(LegId) -> bool) -> Vec<LegId> {
        let seats_of = |room: usize| -> Vec<LegId> {
            let seats = (0..self.request.legs_per_room).map(|seat| self.leg(room, seat));
            seats.filter(|leg| is_there(*leg)).collect()
        };
        let rooms: Vec<Vec<LegId>> =
            (0..self.request.rooms).map(seats_of).filter(|legs| !legs.is_empty()).collect();
        let budget = self.request.ears;
        let per_room = (budget / rooms.len().max(1)).max(EARS_PER_ROOM_MIN).min(budget).max(1);
        let mut ears = Vec::new();
        for room in evenly(&rooms, budget / per_room) {
            let talks = |leg: &&LegId| matches!(self.role(**leg), Role::Talker(_));
            let (talkers, listeners): (Vec<&LegId>, Vec<&LegId>) = room.iter().partition(talks);
            let of_talkers =
                talkers.len().min((per_room / 2).max(per_room.saturating_sub(listeners.len())));
            ears.extend(talkers.iter().take(of_talkers).copied());
            ears.extend(evenly(&listeners, per_room - of_talkers).copied());
        }
        ears
    }
}

/// Fewer ears than these are not worth it in a room: two talkers and two listeners.
const EARS_PER_ROOM_MIN: usize = 4;

/// Up to `count` of `items`, spread evenly over them.
fn evenly<T>(items: &[T], count: usize) -> impl Iterator<Item = &T> {
    let count = count.min(items.len());
    (0..count).filter_map(move |n| items.get(n * items.len() / count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::default()
    }

    #[test]
    fn what_cannot_be_carried_out_is_refused_with_the_reason() {
        let refused = |request| Plan::new(request).unwrap_err();
        assert_eq!(refused(Request { rooms: 0, ..request() }), PlanError::Empty);
        assert_eq!(
            refused(Request { legs_per_room: 0, talkers: 0, ..request() }),
            PlanError::Empty
        );
        let legs = LEGS_MAX + 20;
        assert_eq!(
            refused(Request { rooms: legs / 20, ..request() }),
            PlanError::TooManyLegs { legs }
        );
        assert!(matches!(
            refused(Request { rooms: usize::MAX, ..request() }),
            PlanError::TooManyLegs { .. }
        ));
        assert_eq!(
            refused(Request { talkers: 21, ..request() }),
            PlanError::TooManyTalkers { talkers: 21, max: 20 }
        );
        assert_eq!(
            refused(Request { talkers: 25, legs_per_room: 100, ..request() }),
            PlanError::TooManyTalkers { talkers: 25, max: TALKERS_MAX }
        );
        assert_eq!(
            refused(Request { ears: EARS_MAX + 1, ..request() }),
            PlanError::TooManyEars { ears: EARS_MAX + 1 }
        );
        for duration in [Duration::ZERO, DURATION_MAX + Duration::from_secs(1)] {
            assert_eq!(refused(Request { duration, ..request() }), PlanError::Duration(duration));
        }
        let warm_up = DURATION_MAX * 2;
        assert_eq!(refused(Request { warm_up, ..request() }), PlanError::WarmUp(warm_up));
        assert_eq!(
            refused(Request { kind: Kind::Browser, ..request() }),
            PlanError::BrowserCodec(Codec::Pcmu)
        );
    }

    #[test]
    fn a_leg_is_found_by_its_room_and_seat() {
        let plan =
            Plan::new(Request { rooms: 3, legs_per_room: 5, talkers: 2, ..request() }).unwrap();
        for room in 0..3 {
            for seat in 0..5 {
                let leg = plan.leg(room, seat);
                assert_eq!((plan.room(leg), plan.seat(leg)), (room, seat));
                let role = if seat < 2 { Role::Talker(seat) } else { Role::Listener };
                assert_eq!(plan.role(leg), role);
            }
        }
        assert_eq!(plan.leg(2, 4).index() + 1, plan.legs());
    }

    #[test]
    fn the_ears_of_one_large_room_are_its_talkers_and_listeners_all_over_it() {
        let plan = Plan::new(Request { legs_per_room: 3_000, ears: 32, ..request() }).unwrap();
        let ears = plan.ears(|_| true);
        assert_eq!(ears.len(), 32);
        assert_eq!(ears[..3], [LegId(0), LegId(1), LegId(2)]);
        assert!(ears[31].index() > 2_800 && ears.is_sorted());
    }

    #[test]
    fn the_ears_of_many_rooms_are_in_rooms_all_over_and_hear_all_of_each() {
        let request = Request { rooms: 750, legs_per_room: 4, talkers: 2, ears: 32, ..request() };
        let plan = Plan::new(request).unwrap();
        let ears = plan.ears(|_| true);
        assert_eq!(ears.len(), 32);
        for room in ears.chunks(4) {
            assert!(room.iter().all(|leg| plan.room(*leg) == plan.room(room[0])));
        }
        assert!(plan.room(ears[31]) > 600);
    }

    #[test]
    fn only_legs_that_are_there_are_listened_to() {
        let plan = Plan::new(Request { rooms: 10, ears: 8, ..request() }).unwrap();
        let ears = plan.ears(|leg| leg.index() < 3);
        assert_eq!(ears, [LegId(0), LegId(1), LegId(2)]);
        assert_eq!(plan.ears(|_| false), []);
        let deaf = Plan::new(Request { ears: 0, ..request() }).unwrap();
        assert_eq!(deaf.ears(|_| true), []);
    }
}
