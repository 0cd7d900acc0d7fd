//! What a room tells its owner.

use crate::slot_id::SlotId;
use std::collections::VecDeque;

/// Something that happened in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomEvent {
    /// The member has got the floor: from this tick on it is heard.
    SpeakingStarted(SlotId),
    /// The member has lost the floor, by silence, by muting or to a louder one. A speaker that
    /// leaves the room causes no such event.
    SpeakingStopped(SlotId),
    /// The member's leg gives back what it is sent: by a loudspeaker that its microphone hears, or a line that
    /// reflects. That is not heard by others from now on; a headset would help. Told each time that it is found.
    ReturnFound(SlotId),
    /// What was played to the member has ended.
    PlaybackEnded(SlotId),
}

/// A queue of fixed length. It has room for all that one tick can cause, so nothing is lost as
/// long as it is drained once a tick; beyond that, the newest events are.
pub(crate) struct EventQueue {
    events: VecDeque<RoomEvent>,
    capacity: usize,
}

impl EventQueue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { events: VecDeque::with_capacity(capacity), capacity }
    }

    pub(crate) fn push(&mut self, event: RoomEvent) {
        if self.events.len() < self.capacity {
            self.events.push_back(event);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<RoomEvent> {
        let event = self.events.pop_front();
        if self.events.is_empty() {
            // Begins at the front again, so that memory is touched only as far as it is needed.
            self.events.clear();
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_drops_the_newest() {
        let mut queue = EventQueue::new(2);
        let event = |index| RoomEvent::SpeakingStarted(SlotId::for_test(index));
        (0..3).for_each(|index| queue.push(event(index)));
        assert_eq!(std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>(), [event(0), event(1)]);
    }
}
