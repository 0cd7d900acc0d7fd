//! What waits to be sent to a browser.

use std::collections::VecDeque;

use webrtc::Datagram;

use super::framing::frame;

/// Frames that wait at most: at a packet of sound every 20 ms, a third of a second.
pub(super) const FRAMES_MAX: usize = 16;

/// Frames in their order. When it is full, the oldest sound makes room, and only without any the oldest check or
/// part of a handshake, which come again later than sound does.
#[derive(Default)]
pub(super) struct Backlog {
    frames: VecDeque<Vec<u8>>,
    /// Bytes of the first that are on their way: it has to go out in whole.
    written: usize,
}

impl Backlog {
    /// Adds a datagram. What comes back is how many were dropped for it, itself included.
    pub(super) fn push(&mut self, datagram: &[u8]) -> u64 {
        let Some(frame) = frame(datagram) else { return 1 };
        let is_full = self.is_full();
        if is_full {
            self.make_room();
        }
        self.frames.push_back(frame);
        u64::from(is_full)
    }

    /// Whether the next datagram costs another its place.
    pub(super) fn is_full(&self) -> bool {
        self.frames.len() >= FRAMES_MAX
    }

    /// What is to be written next, or nothing.
    pub(super) fn unwritten(&self) -> Option<&[u8]> {
        self.frames.front().map(|frame| frame.get(self.written..).unwrap_or_default())
    }

    /// So many bytes were written of it. True when that was the frame's end.
    pub(super) fn advance(&mut self, bytes: usize) -> bool {
        self.written += bytes;
        let is_whole = self.frames.front().is_some_and(|frame| self.written >= frame.len());
        if is_whole {
            self.frames.pop_front();
            self.written = 0;
        }
        is_whole
    }

    fn make_room(&mut self) {
        let first = usize::from(self.written > 0);
        let mut droppable = self.frames.iter().skip(first);
        let oldest_sound = droppable.position(|frame| is_sound(frame)).unwrap_or(0);
        self.frames.remove(first + oldest_sound);
    }
}

fn is_sound(frame: &[u8]) -> bool {
    let datagram = frame.get(2..).unwrap_or_default();
    matches!(Datagram::of(datagram), Some(Datagram::Rtp))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a datagram by its first byte (RFC 7983 section 7).
    const CHECK: u8 = 1;
    const HANDSHAKE: u8 = 22;
    const SOUND: u8 = 128;

    /// The datagrams that are sent, all at once.
    fn sent(backlog: &mut Backlog) -> Vec<[u8; 2]> {
        let mut all = Vec::new();
        while let Some(frame) = backlog.unwritten() {
            all.push([frame[2], frame[3]]);
            let length = frame.len();
            assert!(backlog.advance(length));
        }
        all
    }

    #[test]
    fn the_oldest_sound_makes_room() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.push(&[CHECK, 0]), 0);
        for number in 0..20 {
            let dropped = u64::from(usize::from(number) + 1 >= FRAMES_MAX);
            assert_eq!(backlog.push(&[SOUND, number]), dropped);
        }
        let sent = sent(&mut backlog);
        assert_eq!(sent.len(), FRAMES_MAX);
        assert_eq!((sent[0], sent[1], sent[15]), ([CHECK, 0], [SOUND, 5], [SOUND, 19]));
    }

    #[test]
    fn without_sound_the_oldest_of_all_makes_room() {
        let mut backlog = Backlog::default();
        for number in 0..17 {
            backlog.push(&[HANDSHAKE, number]);
        }
        assert_eq!(sent(&mut backlog)[0], [HANDSHAKE, 1]);
    }

    #[test]
    fn a_frame_that_is_begun_goes_out_in_whole() {
        let mut backlog = Backlog::default();
        for number in 0..16 {
            backlog.push(&[SOUND, number]);
        }
        assert!(!backlog.advance(3));
        assert_eq!(backlog.unwritten(), Some(&[0][..]));
        assert_eq!(backlog.push(&[SOUND, 16]), 1);
        assert!(backlog.advance(1));
        assert_eq!(sent(&mut backlog)[0], [SOUND, 2]);
    }

    #[test]
    fn what_is_too_long_is_dropped_itself() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.push(&[SOUND; 1_501]), 1);
        assert_eq!(backlog.unwritten(), None);
    }
}
