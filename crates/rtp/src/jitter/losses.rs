//! Whether the network loses so much that waiting for what comes back is worth its delay.
//!
//! A lost packet comes back with the one after it (RFC 2198, in-band FEC), if playout waits for that. On a network
//! that loses nothing the wait is for nothing; so it begins with the second loss within [`MEMORY_PACKETS`], and
//! ends when twice as many packets came without another.
//!
//! Of two that are lost in a row, the first comes back as well, if the third brings a copy of it along (RFC 2198), or a
//! copy of the second that carries a coarse copy of it in turn (in-band FEC). That takes two packets of waiting, and
//! three in a row may take three. Where losses are waited for anyway, that begins with the first of them: chance that takes
//! one packet in ten takes two in a row every few seconds, and one such guess is heard more than ten coarse copies.

/// Packets for which one loss is remembered: 5 s of 20 ms.
pub const MEMORY_PACKETS: u16 = 250;

/// And one of several in a row, which are rarer: 20 s.
const RUN_MEMORY_PACKETS: u16 = 4 * MEMORY_PACKETS;

/// So many packets are waited for at most.
const WAITS_MAX: usize = 3;

/// How many packets after a lost one it may come back with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    losses: Losses,
    /// The packet played last was a copy: one right after it is of the same loss.
    was_copy: bool,
    /// Packets until it is forgotten that waiting for two would have brought something back, or for three.
    runs: [u16; WAITS_MAX - 1],
}

impl Waits {
    /// A packet was played with which came back what was lost before it, or that came back itself, so many packets later;
    /// zero if nothing was lost. It `is_copy` if it came back itself.
    pub(super) fn played(&mut self, packets: u8, is_copy: bool) {
        let is_lossy = self.losses.are_frequent();
        let goes_on = std::mem::replace(&mut self.was_copy, is_copy) && is_copy;
        self.losses.played(packets > 0 && !goes_on);
        for (remembered, needed) in self.runs.iter_mut().zip(2..) {
            *remembered = match packets >= needed && is_lossy {
                true => RUN_MEMORY_PACKETS,
                false => remembered.saturating_sub(1),
            };
        }
    }

    /// For how many packets waiting is worth it.
    pub(super) fn packets(&self) -> u8 {
        let are_frequent = [self.losses.are_frequent()];
        let worth = are_frequent.into_iter().chain(self.runs.iter().map(|packets| *packets > 0));
        worth.take_while(|is_worth_it| *is_worth_it).map(u8::from).sum()
    }
}

/// Remembers losses for a while.
#[derive(Clone, Copy, Debug, Default)]
struct Losses {
    /// Packets until all losses are forgotten.
    remembered: u16,
    is_frequent: bool,
}

impl Losses {
    /// A packet was played, after others were lost or not.
    fn played(&mut self, has_lost: bool) {
        if has_lost {
            self.remembered =
                self.remembered.saturating_add(MEMORY_PACKETS).min(2 * MEMORY_PACKETS);
            self.is_frequent |= self.remembered > MEMORY_PACKETS;
        } else {
            self.remembered = self.remembered.saturating_sub(1);
            self.is_frequent &= self.remembered > 0;
        }
    }

    fn are_frequent(self) -> bool {
        self.is_frequent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(losses: &mut Losses, packets: u16) {
        (0..packets).for_each(|_| losses.played(false));
    }

    #[test]
    fn a_loss_now_and_then_is_not_waited_for() {
        let mut losses = Losses::default();
        for _ in 0..20 {
            losses.played(true);
            play(&mut losses, MEMORY_PACKETS);
            assert!(!losses.are_frequent());
        }
    }

    #[test]
    fn the_second_loss_of_a_few_seconds_is_remembered() {
        let mut losses = Losses::default();
        losses.played(true);
        play(&mut losses, MEMORY_PACKETS - 1);
        losses.played(true);
        assert!(losses.are_frequent());
        losses.played(true);
        play(&mut losses, 2 * MEMORY_PACKETS - 1);
        assert!(losses.are_frequent());
        play(&mut losses, 1);
        assert!(!losses.are_frequent());
    }

    /// Packets that are waited for after each of these losses in turn, and one second of none.
    fn waits(losses: &[u8]) -> Vec<u8> {
        let mut waits = Waits::default();
        let each = losses.iter().map(|packets| {
            waits.played(*packets, true);
            (0..50).for_each(|_| waits.played(0, false));
            waits.packets()
        });
        each.collect()
    }

    #[test]
    fn several_in_a_row_are_waited_for_at_once_where_losses_are() {
        assert_eq!(waits(&[1, 1, 2, 1, 3, 1]), [0, 1, 2, 2, 3, 3]);
        assert_eq!(waits(&[1, 1, 3, 9]), [0, 1, 3, 3]);
        assert_eq!(waits(&[2, 1, 1]), [0, 1, 1], "but not on a network that loses nothing else");
    }

    #[test]
    fn several_in_a_row_are_forgotten_later_than_others() {
        let mut losses = vec![1, 1, 2];
        losses.resize(3 + 20, 1);
        let waits = waits(&losses);
        assert_eq!((waits[2], waits[20], waits[22]), (2, 2, 1), "{waits:?}");
    }

    #[test]
    fn without_losses_nothing_is_waited_for() {
        let mut waits = Waits::default();
        (0..9).for_each(|_| waits.played(3, false));
        assert_eq!(waits.packets(), 3);
        (0..2 * MEMORY_PACKETS).for_each(|_| waits.played(0, false));
        assert_eq!(waits.packets(), 0);
    }

    #[test]
    fn what_is_lost_in_a_row_is_one_loss() {
        let mut waits = Waits::default();
        (0..9).for_each(|_| waits.played(2, true));
        assert_eq!(waits.packets(), 0);
    }
}
