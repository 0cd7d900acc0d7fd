//! What members say to one alone, on its way out of the room and into it.

use super::Room;
use crate::{
    slot_id::SlotId,
    whisper::{Whisper, Whispered},
};

impl Room {
    /// Keeps what a member says from all, or ends that. Meanwhile it is [whispered](Self::whispered), to whom the caller
    /// knows, be that nobody.
    pub fn set_whispering(&mut self, id: SlotId, is_whispering: bool) {
        if let Some(seat) = self.slots.get_mut(id) {
            seat.voice.set_whispering(is_whispering, self.now);
        }
    }

    /// What a member that says `samples` in this tick whispers: nothing if it speaks to all, or is muted.
    pub fn whispered<'a>(&self, id: SlotId, samples: &'a [f32]) -> Option<Whispered<'a>> {
        let seat = self.slots.get(id).filter(|seat| seat.voice.whispers())?;
        let (rate, gain_db) = (seat.member.rate(), seat.member.profile.gain_db());
        Some(Whispered { rate, samples, gain_db })
    }

    /// Has a member hear what is whispered to it, from the next tick on and by what is lent for that. It needs one only:
    /// if it has one, what was heard by that is faded out, and the other is given back; so it is if there is no such
    /// member.
    pub fn expect_whispers(&mut self, id: SlotId, whisper: Box<Whisper>) -> Option<Box<Whisper>> {
        let Some(listener) = self.slots.get_mut(id) else { return Some(whisper) };
        let spare = listener.member.player.expect_whispers(whisper);
        self.activate(id);
        spare
    }

    /// Takes what is whispered to a member in this tick. It is heard over what the member hears else, by nobody else,
    /// and only by one who [expects](Self::expect_whispers) it.
    pub fn hear_whisper(&mut self, id: SlotId, whispered: Whispered<'_>) {
        let listener = self.slots.get_mut(id).and_then(|seat| seat.member.player.whisper_mut());
        if let Some(whisper) = listener {
            whisper.hear(whispered);
        }
    }

    /// Gives back what whispers are heard by, to be freed elsewhere, once nothing sounds of them any more: to be called
    /// again in the next tick if it gives nothing. For who is on hold nothing sounds.
    pub fn end_whispers(&mut self, id: SlotId) -> Option<Box<Whisper>> {
        let seat = self.slots.get_mut(id)?;
        let is_deaf = seat.is_deaf();
        seat.member.player.end_whispers(is_deaf)
    }
}
