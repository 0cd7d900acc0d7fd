//! Speakers of other parts of the room: of one that spans several threads, or machines.
//!
//! A room that is too large for one thread is several rooms, its *parts*. After each tick a part tells the
//! others what its own members said ([`Room::spoken`](crate::Room::spoken)), and they take it for the next tick
//! ([`Room::hear_guest`](crate::Room::hear_guest)). A guest comes with the floor, which its own part has given it;
//! where there are more who have the floor than may be heard, the faintest yields, and since all parts go by the
//! same figures, all come to hear the same.

use crate::{mouth::Mouth, placement, slot_id::SlotId};
use audio::{Frame, Rate, level::Dbfs};

/// Names a speaker among all parts of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpeakerId {
    part: u16,
    seat: SlotId,
}

impl SpeakerId {
    /// The member in a seat of a part.
    pub const fn new(part: u16, seat: SlotId) -> Self {
        Self { part, seat }
    }

    /// The part of the room that the speaker is a member of.
    pub const fn part(self) -> u16 {
        self.part
    }

    /// Its seat there.
    pub const fn seat(self) -> SlotId {
        self.seat
    }
}

/// What a speaker said in a tick.
#[derive(Debug, Clone, Copy)]
pub struct Spoken<'a> {
    /// Who.
    pub speaker: SpeakerId,
    /// How loud over the last ticks, by which speakers are compared.
    pub level: Dbfs,
    /// The sound: faded where it begins or ends, at any rate.
    pub frame: &'a Frame,
}

/// The speakers of other parts. Memory for them is reserved, and not touched before they come.
pub(crate) struct Guests {
    guests: Vec<Guest>,
    guests_max: usize,
}

/// A speaker of another part.
pub(crate) struct Guest {
    speaker: SpeakerId,
    level: Dbfs,
    /// The tick that it was heard in last.
    tick: u32,
    heard: Frame,
    mouth: Mouth,
    has_floor: bool,
    is_sounding: bool,
}

impl Guests {
    pub(crate) fn new(guests_max: usize) -> Self {
        Self { guests: Vec::with_capacity(guests_max), guests_max }
    }

    /// Takes what a guest says in the tick `now`. Gives the sample at which another breaks off, who
    /// gives way because there are too many.
    pub(crate) fn hear(&mut self, spoken: Spoken<'_>, now: u32) -> f32 {
        let known = self.guests.iter().position(|guest| guest.speaker == spoken.speaker);
        let place =
            known.or_else(|| self.free_place(now)).or_else(|| self.fainter_than(spoken.level));
        let Some(place) = place else { return 0.0 };
        let guest = &mut self.guests[place];
        let broken_off_at = if guest.speaker == spoken.speaker { 0.0 } else { guest.make_way() };
        (guest.speaker, guest.level, guest.tick) = (spoken.speaker, spoken.level, now);
        guest.heard.copy_from(spoken.frame);
        broken_off_at
    }

    /// A place that nobody sounds in.
    fn free_place(&mut self, now: u32) -> Option<usize> {
        let is_free = |guest: &Guest| !guest.is_sounding && guest.tick != now;
        if let Some(place) = self.guests.iter().position(is_free) {
            return Some(place);
        }
        if self.guests.len() == self.guests_max {
            return None;
        }
        self.guests.push(Guest {
            speaker: SpeakerId::new(u16::MAX, SlotId::NOBODY),
            level: Dbfs::SILENCE,
            tick: now.wrapping_sub(1),
            heard: Frame::silent(Rate::Hz8000),
            mouth: Mouth::new(Rate::Hz8000),
            has_floor: false,
            is_sounding: false,
        });
        Some(self.guests.len() - 1)
    }

    fn fainter_than(&self, level: Dbfs) -> Option<usize> {
        let faintest = (0..self.guests.len()).min_by(|&a, &b| self.guests[a].cmp(&self.guests[b]));
        faintest.filter(|&place| self.guests[place].level < level)
    }

    /// Gives the floor to all who are heard in the tick `now`.
    pub(crate) fn begin(&mut self, now: u32) {
        self.guests.iter_mut().for_each(|guest| guest.has_floor = guest.tick == now);
    }

    /// How many have the floor.
    pub(crate) fn on_floor(&self) -> usize {
        self.guests.iter().filter(|guest| guest.has_floor).count()
    }

    /// Whether any sounded when the last tick ended.
    pub(crate) fn are_sounding(&self) -> bool {
        self.guests.iter().any(|guest| guest.is_sounding)
    }

    /// The faintest who has the floor.
    pub(crate) fn faintest(&mut self) -> Option<&mut Guest> {
        self.guests.iter_mut().filter(|guest| guest.has_floor).min_by(|a, b| a.cmp(b))
    }

    /// Hands out all who are in the mix of the tick `now`.
    pub(crate) fn each_in_mix(&mut self, now: u32) -> impl Iterator<Item = &mut Guest> {
        self.guests
            .iter_mut()
            .filter(move |guest| guest.is_sounding || (guest.has_floor && guest.tick == now))
    }
}

impl Guest {
    /// By what it is compared.
    pub(crate) const fn rank(&self) -> (Dbfs, SpeakerId) {
        (self.level, self.speaker)
    }

    /// Where it stands between left and right: at its own part's seat, a bit further on.
    pub(crate) fn place(&self) -> f32 {
        let SpeakerId { part, seat } = self.speaker;
        placement::of_seat(seat.index().wrapping_add(usize::from(part)))
    }

    /// Takes the floor from it, for this tick.
    pub(crate) const fn yield_floor(&mut self) {
        self.has_floor = false;
    }

    /// Writes its share of the mix of the tick `now`.
    pub(crate) fn contribute(&mut self, now: u32, hold_back: bool, share: &mut Frame) {
        let heard = (self.tick == now).then(|| (self.heard.rate(), self.heard.samples()));
        let may_sound = self.has_floor && !hold_back;
        self.is_sounding = self.mouth.contribute(heard, self.is_sounding, may_sound, share);
    }

    fn make_way(&mut self) -> f32 {
        let is_sounding = std::mem::take(&mut self.is_sounding);
        if is_sounding { self.mouth.last_sample() } else { 0.0 }
    }

    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        fainter(self.rank(), other.rank())
    }
}

/// Orders speakers, the faintest first. Among equals all parts agree on who that is.
pub(crate) fn fainter(a: (Dbfs, SpeakerId), b: (Dbfs, SpeakerId)) -> std::cmp::Ordering {
    a.0.decibels().total_cmp(&b.0.decibels()).then(b.1.cmp(&a.1))
}
