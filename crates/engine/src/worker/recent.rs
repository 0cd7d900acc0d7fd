//! The last packets of somebody who is not listened to, from which decoding starts clean.
//!
//! A decoder predicts from what it heard before. Put to a stream out of the blue, in the midst of another word,
//! it makes noise for up to a second; begun anew, it needs a packet or two until its sound is right. Those are
//! kept here, decoded when they are needed, and not heard.

use audio::codec::CodecKind;

/// Packets that are kept: 60 ms. The first syllable after them differs from that of a decoder which has listened
/// all the time by something 45 dB below it; more of them make no difference, and each costs a decode when
/// somebody begins to speak.
pub(crate) const KEPT_PACKETS_MAX: usize = 3;

/// The longest packet that is kept: ten times as long as those of silence are. After a longer one decoding starts
/// from the next.
pub(crate) const KEPT_BYTES_MAX: usize = 480;

/// The packets themselves, in fixed memory; none for a codec that doesn't predict.
#[derive(Debug)]
pub(crate) struct Recent {
    payloads: Box<[[u8; KEPT_BYTES_MAX]]>,
    lengths: [usize; KEPT_PACKETS_MAX],
    /// Packets that are here.
    kept: usize,
    /// Where the next one goes.
    next: usize,
    has_gap: bool,
}

impl Recent {
    pub(crate) fn new(codec: CodecKind) -> Self {
        let packets = if codec.is_stateless() { 0 } else { KEPT_PACKETS_MAX };
        Self {
            payloads: vec![[0; KEPT_BYTES_MAX]; packets].into_boxed_slice(),
            lengths: [0; KEPT_PACKETS_MAX],
            kept: 0,
            next: 0,
            has_gap: false,
        }
    }

    /// Keeps a packet, in place of the oldest if need be.
    pub(crate) fn keep(&mut self, payload: &[u8]) {
        let place =
            self.payloads.get_mut(self.next).and_then(|place| place.get_mut(..payload.len()));
        let Some(place) = place else {
            (self.kept, self.has_gap) = (0, true);
            return;
        };
        place.copy_from_slice(payload);
        self.lengths[self.next] = payload.len();
        self.next = (self.next + 1) % KEPT_PACKETS_MAX;
        self.has_gap |= self.kept == KEPT_PACKETS_MAX;
        self.kept = (self.kept + 1).min(KEPT_PACKETS_MAX);
    }

    /// Whether there were more than are kept.
    pub(crate) fn has_gap(&self) -> bool {
        self.has_gap
    }

    /// The packets, the oldest first.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &[u8]> {
        let places = (KEPT_PACKETS_MAX - self.kept..KEPT_PACKETS_MAX)
            .map(|behind| (self.next + behind) % KEPT_PACKETS_MAX);
        places.filter_map(|place| self.payloads.get(place)?.get(..self.lengths[place]))
    }

    /// Hands the packets out, the oldest first, and forgets them.
    pub(crate) fn take(&mut self, each: impl FnMut(&[u8])) {
        self.payloads().for_each(each);
        self.forget();
    }

    pub(crate) fn forget(&mut self) {
        (self.kept, self.has_gap) = (0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_handed_out_in_their_order_and_once() {
        let mut recent = Recent::new(CodecKind::Opus);
        for count in 0..20_u8 {
            (0..count).for_each(|n| recent.keep(&vec![n; usize::from(n) + 1]));
            assert_eq!(recent.has_gap(), usize::from(count) > KEPT_PACKETS_MAX);
            let mut taken = Vec::new();
            recent.take(|payload| taken.push(payload.to_vec()));
            let first = count.saturating_sub(KEPT_PACKETS_MAX as u8);
            let expected: Vec<_> = (first..count).map(|n| vec![n; usize::from(n) + 1]).collect();
            assert_eq!(taken, expected, "of {count}");
            recent.take(|_| panic!("they were taken"));
        }
    }

    #[test]
    fn what_is_too_long_is_a_gap_and_what_is_forgotten_is_gone() {
        let mut recent = Recent::new(CodecKind::Opus);
        recent.keep(&[1; KEPT_BYTES_MAX]);
        recent.keep(&[2; KEPT_BYTES_MAX + 1]);
        recent.keep(&[3]);
        assert!(recent.has_gap());
        recent.take(|payload| assert_eq!(payload, [3]));
        assert!(!recent.has_gap());
        recent.keep(&[1]);
        recent.forget();
        recent.take(|_| panic!("it was forgotten"));
    }

    #[test]
    fn of_g711_nothing_is_kept() {
        let mut recent = Recent::new(CodecKind::Pcma);
        recent.keep(&[1; 160]);
        assert!(recent.has_gap() && recent.payloads.is_empty());
        recent.take(|_| panic!("it was not kept"));
        assert!(!recent.has_gap());
    }
}
