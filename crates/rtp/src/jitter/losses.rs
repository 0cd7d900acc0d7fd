//! Whether the network loses so much that waiting for what comes back is worth its delay.
//!
//! A lost packet comes back with the one after it (RFC 2198, in-band FEC), if playout waits for that. On a network
//! that loses nothing the wait is for nothing; so it begins with the second loss within [`MEMORY_PACKETS`], and
//! ends when twice as many packets came without another.
//!
//! Of two that are lost in a row, the first comes back as well, if the third brings a copy of it along (RFC 2198), or a
//! copy of the second that carries a coarse copy of it in turn (in-band FEC). That takes two packets of waiting: again
//! from the second such loss on.

/// Packets for which one loss is remembered: 5 s of 20 ms.
pub const MEMORY_PACKETS: u16 = 250;

/// Remembers losses for a while.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    /// Packets until all losses are forgotten.
    remembered: u16,
    is_frequent: bool,
}

impl Losses {
    /// A packet was played, after others were lost or not.
    pub(super) fn played(&mut self, has_lost: bool) {
        if has_lost {
            self.remembered =
                self.remembered.saturating_add(MEMORY_PACKETS).min(2 * MEMORY_PACKETS);
            self.is_frequent |= self.remembered > MEMORY_PACKETS;
        } else {
            self.remembered = self.remembered.saturating_sub(1);
            self.is_frequent &= self.remembered > 0;
        }
    }

    pub(super) fn are_frequent(&self) -> bool {
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
}
