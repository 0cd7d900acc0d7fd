//! The room: members come and go, and once a tick everybody's voice becomes everybody's mix.

use crate::{
    chimes::Chimes,
    events::{EventQueue, RoomEvent},
    member::Member,
    mix::Mixer,
    outlet::Output,
    playback::Playback,
    selection::{Floor, Interest},
    settings::RoomSettings,
    shared::Shared,
    slots::{SlotId, Slots},
    stats::TickStats,
};
use audio::{Rate, fade, tone::Tone};

/// A conference room.
///
/// Each tick: [`hear`](Room::hear) what each member says, [`mix`](Room::mix) once, send each its
/// [`output`](Room::output), and drain [`poll_event`](Room::poll_event).
pub struct Room {
    slots: Slots,
    floor: Floor,
    mixer: Mixer,
    /// The highest rate that a member needs: what the mixer's rate follows.
    needed_rate: Rate,
    shared: Shared,
    chimes: Chimes,
    /// The sum of the last samples of voices that left since the last tick.
    broken_off_at: f32,
    events: EventQueue,
    stats: TickStats,
}

/// The room is full; here is the member back.
#[derive(Debug, thiserror::Error)]
#[error("the room is full")]
pub struct Refused(pub Box<Member>);

impl Room {
    /// Makes an empty room. Allocates all that it will ever need: some 200 kB with the default
    /// settings, besides what members bring along.
    pub fn new(settings: RoomSettings) -> Self {
        let speakers_max = settings.speakers_max.max(1);
        // Each speaker may be replaced in one tick, while it fades out.
        let shares_max = 2 * speakers_max;
        // In one tick each playback may end, and each speaker stop and another start.
        let events_max = settings.members_max + 2 * speakers_max;
        Self {
            slots: Slots::new(settings.members_max),
            floor: Floor::new(&settings),
            mixer: Mixer::new(shares_max, Rate::Hz8000),
            needed_rate: Rate::Hz8000,
            shared: Shared::new(),
            chimes: Chimes::new(),
            broken_off_at: 0.0,
            events: EventQueue::new(events_max),
            stats: TickStats::default(),
        }
    }

    /// Takes a member in.
    ///
    /// # Errors
    /// [`Refused`] gives the member back if there are `members_max` already.
    pub fn join(&mut self, member: Box<Member>) -> Result<SlotId, Refused> {
        let id = self.slots.insert(member).map_err(Refused)?;
        if let Some(member) = self.slots.get_mut(id) {
            member.enter(&mut self.shared, self.mixer.rate());
        }
        self.review_rate();
        Ok(id)
    }

    /// Lets a member go, and gives it back to be freed. A voice that breaks off doesn't click.
    pub fn leave(&mut self, id: SlotId) -> Option<Box<Member>> {
        let mut member = self.slots.remove(id)?;
        self.floor.remove(id);
        self.broken_off_at += member.voice.last_sample();
        member.exit(&mut self.shared);
        self.review_rate();
        Some(member)
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nobody is in.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rate that the room mixes at: the highest that a member needs.
    pub const fn rate(&self) -> Rate {
        self.mixer.rate()
    }

    /// Mutes a member: from now on nothing it says is heard. Unknown members are ignored here and
    /// below, for one may leave while a command is on its way.
    pub fn set_muted(&mut self, id: SlotId, muted: bool) {
        if let Some(member) = self.slots.get_mut(id) {
            member.voice.set_muted(muted);
        }
    }

    /// Puts a member on hold: nothing is sent to it.
    pub fn set_deaf(&mut self, id: SlotId, deaf: bool) {
        if let Some(member) = self.slots.get_mut(id) {
            member.set_deaf(deaf);
        }
    }

    /// Sounds a tone to everybody, from the next tick on. At most four sound at once; more are left
    /// out.
    pub fn sound(&mut self, tone: Tone) {
        self.chimes.sound(tone, self.mixer.rate());
    }

    /// Plays something to one member alone, from the next tick on and in place of what is played to
    /// it now. It waits while the member is on hold. Gives back what was played to it before, so
    /// that the caller can free that elsewhere; for an unknown member, that is `playback` itself.
    pub fn play(&mut self, id: SlotId, playback: Playback) -> Option<Playback> {
        match self.slots.get_mut(id) {
            Some(member) => member.player.play(playback),
            None => Some(playback),
        }
    }

    /// Whether something is played to a member.
    pub fn is_playing(&self, id: SlotId) -> bool {
        self.slots.get(id).is_some_and(|member| member.player.is_playing())
    }

    /// What the room has use for of what a member says in this tick. Who is told to be silent, by the
    /// header of its packets for one, need not be decoded and [heard](Self::hear): that is as good
    /// as being heard as silent. What decides is still what is heard; so to be safe from such tales,
    /// it is for the caller to listen now and then all the same.
    pub fn interest(&self, id: SlotId) -> Interest {
        let member = self.slots.get(id);
        member.map_or(Interest::Nothing, |member| self.floor.interest(&member.voice))
    }

    /// Takes what a member says in this tick: 20 ms at its codec's rate. What is missing is
    /// silence, what is too much is left out, and samples are held to ±1.0. A member that isn't
    /// heard in a tick is silent.
    pub fn hear(&mut self, id: SlotId, samples: &[f32]) {
        if let Some(member) = self.slots.get_mut(id) {
            member.voice.hear(samples);
        }
    }

    /// Mixes one tick. Nothing here allocates.
    pub fn mix(&mut self) {
        self.stats = TickStats::default();
        self.floor.elect(&mut self.slots, &mut self.events);
        let next_rate = self.begin_change_of_rate();
        self.gather(next_rate.is_some());
        self.mixer.mix();
        self.slots.for_each(|_, member| member.choose_stream(&mut self.shared));
        self.shared.render(&self.mixer, &mut self.stats);
        self.slots.for_each(|id, member| {
            if member.render(&self.mixer, &mut self.stats) {
                self.events.push(RoomEvent::PlaybackEnded(id));
            }
        });
        if let Some(rate) = next_rate {
            self.set_rate(rate);
        }
        self.stats.speakers = self.floor.speakers() as u32;
    }

    /// What to send to a member in this tick; nothing while it is on hold, or has come in since.
    pub fn output(&self, id: SlotId) -> Option<Output<'_>> {
        self.slots.get(id)?.output(&self.shared)
    }

    /// The next thing that happened. To be drained once a tick.
    pub fn poll_event(&mut self) -> Option<RoomEvent> {
        self.events.pop()
    }

    /// What the last tick cost.
    pub const fn stats(&self) -> TickStats {
        self.stats
    }

    /// Finds the rate that the members need; the last one's stays when all have left.
    fn review_rate(&mut self) {
        let rates = self.slots.iter().map(|(_, member)| member.rate());
        self.needed_rate = rates.max().unwrap_or(self.needed_rate);
    }

    /// Changes the rate if the members need another. Where nothing sounds, that is done at once.
    /// Else this tick holds everything back, so that the filters run empty, and the new rate, which
    /// is given, is for the end of the tick.
    fn begin_change_of_rate(&mut self) -> Option<Rate> {
        if self.needed_rate == self.mixer.rate() {
            return None;
        }
        let sounds = self.chimes.are_sounding()
            || self.broken_off_at != 0.0
            || self.slots.iter().any(|(_, member)| member.voice.is_sounding());
        if sounds {
            return Some(self.needed_rate);
        }
        self.set_rate(self.needed_rate);
        None
    }

    fn set_rate(&mut self, rate: Rate) {
        self.mixer.set_rate(rate);
        self.shared.set_room_rate(rate);
        self.chimes.set_room_rate(rate);
        self.slots.for_each(|_, member| member.set_room_rate(rate));
    }

    /// Collects all that sounds in this tick.
    fn gather(&mut self, hold_back: bool) {
        let rate = self.mixer.rate();
        let ambience = self.mixer.begin();
        if self.broken_off_at != 0.0 {
            fade::tail(ambience.samples_mut(), rate, self.broken_off_at);
            self.broken_off_at = 0.0;
        }
        self.chimes.add_to(ambience, hold_back);
        self.slots.for_each(|_, member| member.contribute(&mut self.mixer, hold_back));
    }
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room")
            .field("members", &self.len())
            .field("rate", &self.rate())
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
