//! When which talker of a room chirps: one after the other, each in a slot of its own, round after round.

/// Packet times of a slot: half a second.
pub(crate) const SLOT_TICKS: u64 = 25;

/// A chirp begins within so many packet times of its slot's beginning: 200 ms.
pub(crate) const START_TICKS: u64 = 10;

/// How much further on in the round each next room is, in packet times: a prime, so that rooms spread over it.
const ROOM_TICKS: u64 = 7;

/// The rounds of a room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rounds {
    slots: u64,
}

impl Rounds {
    /// Of a room of so many talkers. The slots are even in number, so that rising and falling chirps always take
    /// turns: chirps that look alike are then a second apart, and an echo of one is never taken for another.
    pub(crate) fn of(talkers: usize) -> Self {
        Self { slots: (talkers as u64).next_multiple_of(2).max(2) }
    }

    /// Packet times of a round.
    pub(crate) fn ticks(&self) -> u64 {
        self.slots * SLOT_TICKS
    }

    /// The first packet time of a talker's slot in the round.
    pub(crate) fn slot(&self, talker: usize) -> u64 {
        talker as u64 * SLOT_TICKS
    }

    /// How many packet times a room is ahead of the first.
    pub(crate) fn lead(&self, room: usize) -> u64 {
        room as u64 * ROOM_TICKS % self.ticks()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_talker_has_a_slot_and_chirps_that_look_alike_are_a_second_apart() {
        for talkers in 0..10 {
            let rounds = Rounds::of(talkers);
            assert!(rounds.ticks().is_multiple_of(2 * SLOT_TICKS));
            assert!((0..talkers).all(|talker| rounds.slot(talker) + SLOT_TICKS <= rounds.ticks()));
        }
        assert_eq!(Rounds::of(1).ticks(), 50);
        assert_eq!(Rounds::of(3).ticks(), 100);
    }

    #[test]
    fn rooms_are_spread_over_the_round() {
        let rounds = Rounds::of(2);
        let mut leads: Vec<u64> = (0..50).map(|room| rounds.lead(room)).collect();
        leads.sort_unstable();
        assert_eq!(leads, (0..50).collect::<Vec<_>>());
    }
}
