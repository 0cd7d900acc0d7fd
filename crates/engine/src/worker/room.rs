//! A room on its worker: the mixer's room, and which leg each of its members is.

use mixer::{Room, RoomSettings, SlotId};

use super::cascade::Cascade;
use super::roll::Roll;
use super::whispers::Listeners;
use crate::tap::PartTap;

/// No leg.
const NOBODY: u32 = u32::MAX;

/// A room and its legs.
pub(crate) struct WorkerRoom {
    slot: u32,
    phase: usize,
    pub(crate) mixer: Room,
    /// The other parts of a room that spans workers.
    pub(crate) cascade: Cascade,
    /// Where what it is mixed to is handed out.
    pub(crate) tap: Option<Box<PartTap>>,
    pub(crate) listeners: Listeners,
    /// Those in the room.
    seated: Roll,
    /// Of them, those who may have something to say: see [`Receiving::rests`](super::receiving::Receiving::rests).
    awake: Roll,
    /// By the member's place in the mixer's room: the leg that it is or was last.
    legs: Box<[u32]>,
}

impl WorkerRoom {
    pub(crate) fn new(slot: u32, settings: RoomSettings) -> Self {
        let members_max = settings.members_max;
        Self {
            slot,
            phase: 0,
            mixer: Room::new(settings),
            cascade: Cascade::default(),
            tap: None,
            listeners: Listeners::new(),
            seated: Roll::new(members_max),
            awake: Roll::new(members_max),
            legs: vec![NOBODY; members_max].into_boxed_slice(),
        }
    }

    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }

    /// In which of a tick's sub-ticks the room has its turn.
    pub(crate) fn phase(&self) -> usize {
        self.phase
    }

    pub(crate) fn set_phase(&mut self, phase: usize) {
        self.phase = phase;
    }

    /// Those in the room: the place of the leg, and what it is called in the mixer's room.
    pub(crate) fn seated(&self) -> &[(u32, SlotId)] {
        self.seated.members()
    }

    /// Of them, those who don't rest.
    pub(crate) fn awake(&self) -> &[(u32, SlotId)] {
        self.awake.members()
    }

    /// Notes that `leg` has become the member `id`, awake.
    pub(crate) fn seat(&mut self, leg: u32, id: SlotId) {
        if let Some(seat) = self.legs.get_mut(id.index()) {
            *seat = leg;
            self.seated.add(leg, id);
            self.awake.add(leg, id);
        }
    }

    /// Notes whether the member `id` rests.
    pub(crate) fn set_resting(&mut self, id: SlotId, rests: bool) {
        match self.leg_of(id) {
            Some(leg) if !rests => self.awake.add(leg, id),
            _ => self.awake.remove(id),
        }
    }

    /// Notes that the member `id` has left.
    pub(crate) fn leave(&mut self, id: SlotId) {
        self.seated.remove(id);
        self.awake.remove(id);
    }

    /// The leg that is, or was last, the member `id`.
    pub(crate) fn leg_of(&self, id: SlotId) -> Option<u32> {
        self.legs.get(id.index()).copied().filter(|&leg| leg != NOBODY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::codec::{CodecKind, EncoderSettings};
    use mixer::Member;

    fn join(room: &mut WorkerRoom, leg: u32) -> SlotId {
        let member = Member::new(CodecKind::Pcmu, EncoderSettings::default()).unwrap();
        let id = room.mixer.join(Box::new(member)).unwrap();
        room.seat(leg, id);
        id
    }

    /// A room of the legs 10 to 13.
    fn of_four() -> (WorkerRoom, Vec<SlotId>) {
        let settings = RoomSettings { members_max: 4, ..RoomSettings::default() };
        let mut room = WorkerRoom::new(0, settings);
        let ids = (10..14).map(|leg| join(&mut room, leg)).collect();
        (room, ids)
    }

    #[test]
    fn who_leaves_is_gone_and_the_others_stay() {
        let (mut room, ids) = of_four();
        for gone in [0, 3] {
            room.mixer.leave(ids[gone]);
            room.leave(ids[gone]);
            room.leave(ids[gone]);
        }
        let mut legs: Vec<u32> = room.seated().iter().map(|(leg, _)| *leg).collect();
        legs.sort_unstable();
        assert_eq!(legs, [11, 12]);
        assert_eq!(room.leg_of(ids[0]), Some(10), "it is told of its end yet");
        let again = join(&mut room, 20);
        assert_eq!(room.leg_of(again), Some(20));
        room.leave(ids[3]);
        assert_eq!(room.seated().len(), 3, "the place is another's by now");
    }

    #[test]
    fn who_rests_is_seated_and_not_awake() {
        let (mut room, ids) = of_four();
        let awake = |room: &WorkerRoom| {
            let mut legs: Vec<u32> = room.awake().iter().map(|(leg, _)| *leg).collect();
            legs.sort_unstable();
            legs
        };
        for id in [ids[0], ids[2], ids[2]] {
            room.set_resting(id, true);
        }
        assert_eq!((room.seated().len(), awake(&room)), (4, vec![11, 13]));
        for id in [ids[2], ids[2], ids[3]] {
            room.set_resting(id, false);
        }
        assert_eq!(awake(&room), [11, 12, 13]);
        room.leave(ids[0]);
        room.leave(ids[1]);
        assert_eq!((room.seated().len(), awake(&room)), (2, vec![12, 13]));
    }
}
