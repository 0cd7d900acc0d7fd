//! Who whispers to whom in a room.

use super::Room;
use crate::{
    slot_id::SlotId,
    whisper::{WHISPERS_MAX, Whisper},
};

impl Room {
    /// Has what `from` says be heard by `to` alone from the next tick on, over what that hears, as loud as it would be
    /// in the mix. Gives back the whisper if nothing comes of it: one of the two isn't there,
    /// somebody whispers to `to` already, or [too many](WHISPERS_MAX) do. What `to` heard of an earlier one may
    /// come back as well, to be freed elsewhere.
    pub fn whisper(
        &mut self,
        from: SlotId,
        to: SlotId,
        whisper: Box<Whisper>,
    ) -> Option<Box<Whisper>> {
        self.end_whisper(from);
        let is_taken = self.whispers.iter().any(|(_, listener)| *listener == to);
        let may = from != to && !is_taken && self.whispers.len() < WHISPERS_MAX;
        if !may || self.slots.get(from).is_none() {
            return Some(whisper);
        }
        let Some(listener) = self.slots.get_mut(to) else { return Some(whisper) };
        let before = listener.member.player.hear_whisper(whisper);
        self.whispers.push((from, to));
        self.set_whispering(from, true);
        self.activate(to);
        before
    }

    /// Has all hear again what `from` says.
    pub fn end_whisper(&mut self, from: SlotId) {
        self.part_from(from);
        self.set_whispering(from, false);
    }

    /// Keeps what a member says from all but whom it [whispers](Self::whisper) to, be that nobody.
    pub fn set_whispering(&mut self, id: SlotId, is_whispering: bool) {
        if let Some(seat) = self.slots.get_mut(id) {
            seat.voice.set_whispering(is_whispering, self.now);
        }
    }

    /// Brings what a member says in this tick to the one whom it whispers to.
    pub(super) fn pass_on(&mut self, from: SlotId, samples: &[f32]) {
        let Some(&(_, to)) = self.whispers.iter().find(|(by, _)| *by == from) else { return };
        let Some(speaker) = self.slots.get(from).map(|seat| &seat.member) else { return };
        let (rate, gain_db) = (speaker.rate(), speaker.profile.gain_db());
        let listener = self.slots.get_mut(to).and_then(|seat| seat.member.player.whisper_mut());
        if let Some(whisper) = listener {
            whisper.hear(rate, samples, gain_db);
        }
    }

    /// Ends what somebody whispers, for the one who hears it.
    fn part_from(&mut self, from: SlotId) {
        let Some(place) = self.whispers.iter().position(|(by, _)| *by == from) else { return };
        let (_, to) = self.whispers.swap_remove(place);
        let listener = self.slots.get_mut(to).and_then(|seat| seat.member.player.whisper_mut());
        if let Some(whisper) = listener {
            whisper.end();
        }
    }

    /// Somebody leaves. Who whispers to it is still not heard by the others: nobody has said that they should.
    pub(super) fn part_from_whispers(&mut self, id: SlotId) {
        self.part_from(id);
        self.whispers.retain(|(_, to)| *to != id);
    }
}
