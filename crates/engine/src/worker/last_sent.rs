//! What a peer was sent last, to be sent again beside the next (RED, RFC 2198).

use rtp::red::{REDUNDANT_BYTES_MAX, Redundant};

/// The last payload of audio, in fixed memory.
#[derive(Debug)]
pub(crate) struct LastSent {
    payload: Box<[u8; REDUNDANT_BYTES_MAX]>,
    /// Its length and media time, if there is one.
    sent: Option<(usize, u32)>,
}

impl LastSent {
    pub(crate) fn new() -> Self {
        Self { payload: Box::new([0; REDUNDANT_BYTES_MAX]), sent: None }
    }

    /// Keeps what was sent at `timestamp`, unless it is too long to be repeated.
    pub(crate) fn keep(&mut self, payload: &[u8], timestamp: u32) {
        let place = self.payload.get_mut(..payload.len());
        self.sent = place.map(|place| {
            place.copy_from_slice(payload);
            (payload.len(), timestamp)
        });
    }

    /// Forgets it.
    pub(crate) fn forget(&mut self) {
        self.sent = None;
    }

    /// What was sent exactly `units` before `timestamp`: behind a gap there is nothing to repeat.
    pub(crate) fn before(&self, timestamp: u32, units: u32) -> Option<Redundant<'_>> {
        let (length, sent_at) = self.sent?;
        let payload = self.payload.get(..length)?;
        (timestamp.wrapping_sub(sent_at) == units)
            .then_some(Redundant { timestamp_offset: units, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_right_before_is_repeated() {
        let mut last = LastSent::new();
        assert_eq!(last.before(960, 960), None);
        last.keep(&[1, 2], u32::MAX - 959);
        let expected = Redundant { timestamp_offset: 960, payload: &[1, 2] };
        assert_eq!(last.before(0, 960), Some(expected));
        assert_eq!(last.before(960, 960), None, "behind a gap");
        last.forget();
        assert_eq!(last.before(0, 960), None);
    }

    #[test]
    fn what_is_too_long_is_not_repeated() {
        let mut last = LastSent::new();
        last.keep(&[1], 0);
        last.keep(&[1; REDUNDANT_BYTES_MAX + 1], 960);
        assert_eq!(last.before(1_920, 960), None);
    }
}
