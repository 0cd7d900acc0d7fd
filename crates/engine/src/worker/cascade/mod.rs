//! Rooms that span workers: each worker has a part of such a room, and the parts are cascaded.
//!
//! After each tick a part hands what its own speakers said to every other part of the room, and
//! before each tick it takes in what theirs said: they are guests of its mix. What came from a part
//! is handed to nobody else, so nobody is heard twice, and nobody hears itself. Between two parts
//! there is a [`CascadeLink`] with two bounded rings each way, made and freed by the control side;
//! no part waits for another. Parts on other machines can be linked in the same way: what goes
//! through a link is who speaks, how loud, since when, and the sound.

mod link;

use std::time::Duration;

use mixer::{Desk, Room};

use crate::stats::Counts;
pub(crate) use link::CascadeLink;

/// One part's links to all the others.
#[derive(Default)]
pub(crate) struct Cascade {
    #[expect(clippy::vec_box, reason = "they come and go in boxes, which no worker may free")]
    links: Vec<Box<CascadeLink>>,
}

impl Cascade {
    /// A part that may be linked to so many others.
    pub(crate) fn new(links_max: usize) -> Self {
        Self { links: Vec::with_capacity(links_max) }
    }

    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// Links the part to one more, or gives the link back if it has as many as it may.
    pub(crate) fn add(&mut self, link: Box<CascadeLink>) -> Result<(), Box<CascadeLink>> {
        if self.links.len() == self.links.capacity() {
            return Err(link);
        }
        self.links.push(link);
        Ok(())
    }

    /// Parts from another part, whose speakers are not heard any more.
    pub(crate) fn remove(&mut self, peer: u16) -> Option<Box<CascadeLink>> {
        let index = self.links.iter().position(|link| link.peer() == peer)?;
        Some(self.links.swap_remove(index))
    }

    /// Has `room`, whose turn is due at `due`, hear what the other parts have said.
    pub(crate) fn take_in(&mut self, due: Duration, room: &mut Room, counts: &mut Counts) {
        for link in &mut self.links {
            link.take_in(due, room, counts);
        }
    }

    /// Hands what the members of `room` have said in this turn, which was mixed on `desk`, to the
    /// other parts.
    pub(crate) fn hand_over(
        &mut self,
        due: Duration,
        room: &Room,
        desk: &Desk,
        counts: &mut Counts,
    ) {
        for link in &mut self.links {
            link.hand_over(due, room.spoken(desk), counts);
        }
    }
}
