//! The room: members come and go, and once a tick everybody's voice becomes everybody's mix.

mod whispers;

use crate::{
    active::Active,
    broadcast::{Broadcast, Broadcasts},
    chimes::Chimes,
    events::{EventQueue, RoomEvent},
    guest::{Guests, Spoken},
    member::Member,
    mix::{Desk, MixId},
    outlet::Output,
    placement,
    playback::Playback,
    room_rate::{Change, RoomRate},
    seat::Seat,
    selection::{Election, Floor, Interest},
    settings::{Denoise, RoomSettings},
    shared::{Need, ShareId, Shared, Spare},
    slot_id::SlotId,
    slots::Slots,
    stats::TickStats,
    strip::{Strips, Take},
    watch::Watchers,
};
use audio::{
    Frame, Rate, codec::Delivery, comfort::NoiseFloor, fade, level::Dbfs, tone::Tone, vector,
};

/// A conference room.
///
/// Each tick: [`hear`](Room::hear) what each member says, [`mix`](Room::mix) once, send each its
/// [`output`](Room::output), and drain [`poll_event`](Room::poll_event).
///
/// A tick costs what those cost who speak, are played to or spoke just now, however many listen: whoever
/// only listens is not touched by it. Coming and going take the same time in a room of any size.
pub struct Room {
    slots: Slots,
    active: Active,
    floor: Floor,
    guests: Guests,
    watchers: Watchers,
    rate: RoomRate,
    strips: Strips,
    shared: Shared,
    chimes: Chimes,
    broadcasts: Broadcasts,
    /// What the noise floor is multiplied by, if there is one.
    comfort_gain: Option<f32>,
    /// The sum of the last samples of voices that left since the last tick.
    broken_off_at: f32,
    /// Counts ticks, and wraps.
    now: u32,
    events: EventQueue,
    stats: TickStats,
}

/// The room is full; here is the member back.
#[derive(Debug, thiserror::Error)]
#[error("the room is full")]
pub struct Refused(pub Box<Member>);

impl Room {
    /// The most by which a voice is turned up or down, in decibels.
    pub const VOLUME_DB_MAX: f32 = 24.0;

    /// Makes an empty room. Allocates all that it will ever need, besides what members bring along;
    /// of that it touches a few kilobytes now, and the rest as members come.
    pub fn new(settings: RoomSettings) -> Self {
        let speakers_max = settings.speakers_max();
        // In one tick each playback may end, each speaker stop and another start, and returns be found.
        let events_max = settings.members_max + 6 * speakers_max;
        Self {
            slots: Slots::new(settings.members_max),
            active: Active::new(settings.members_max),
            floor: Floor::new(&settings),
            guests: Guests::new(2 * speakers_max),
            watchers: Watchers::new(settings.heed, settings.members_max),
            rate: RoomRate::new(),
            // Each speaker may be replaced in one tick, while it fades out.
            strips: Strips::new(settings.strip, 2 * speakers_max),
            shared: Shared::new(speakers_max),
            chimes: Chimes::new(),
            broadcasts: Broadcasts::default(),
            comfort_gain: settings.comfort_noise.map(NoiseFloor::gain),
            broken_off_at: 0.0,
            now: 0,
            events: EventQueue::new(events_max),
            stats: TickStats::default(),
        }
    }

    /// Takes a member in.
    ///
    /// # Errors
    /// [`Refused`] gives the member back if there are `members_max` already.
    pub fn join(&mut self, mut member: Box<Member>) -> Result<SlotId, Refused> {
        if self.slots.is_full() {
            return Err(Refused(member));
        }
        let rate = member.rate();
        self.watchers.enter(&mut member.spare.watcher);
        let seat = Seat::new(member, &mut self.shared, self.now);
        // There is a place: that was looked at above.
        let id = self.slots.insert(seat).unwrap_or(SlotId::NOBODY);
        self.rate.enter(rate);
        self.activate(id);
        Ok(id)
    }

    /// What a member has brought along that the room has no need of, to be freed where that is
    /// allowed. It is there as soon as the member has joined; what isn't taken, the member keeps.
    pub fn take_spare(&mut self, id: SlotId) -> Option<Spare> {
        self.slots.get_mut(id)?.member.spare.take()
    }

    /// Lets a member go, and gives it back to be freed. A voice that breaks off doesn't click.
    pub fn leave(&mut self, id: SlotId) -> Option<Box<Member>> {
        let mut seat = self.slots.remove(id)?;
        self.active.remove(&mut seat, &mut self.slots);
        self.watchers.forget(id);
        if seat.voice.is_wanted() {
            self.floor.remove(id, seat.voice.has_floor());
        }
        if seat.voice.is_sounding() {
            self.broken_off_at += seat.member.mouth.last_sample();
        }
        let member = seat.into_member(&mut self.shared);
        self.rate.leave(member.rate());
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

    /// The rate that the room mixes at: the highest that a member needs. It changes in a pause, and when one has been
    /// waited for long enough: for a higher rate a second, for a lower one a minute. For ten seconds a rate that
    /// nobody needs any more is kept in any case.
    pub const fn rate(&self) -> Rate {
        self.rate.get()
    }

    /// Mutes a member: from now on nothing it says is heard. Unknown members are ignored here and
    /// below, for one may leave while a command is on its way.
    pub fn set_muted(&mut self, id: SlotId, muted: bool) {
        if let Some(seat) = self.slots.get_mut(id) {
            seat.voice.set_muted(muted, self.now);
        }
    }

    /// Says whether noise is taken out of what a member says; `None` leaves it to the room's settings. A change
    /// is made in the voice's next pause.
    pub fn set_denoise(&mut self, id: SlotId, denoise: Option<Denoise>) {
        if let Some(seat) = self.slots.get_mut(id) {
            seat.member.profile.denoise = denoise;
        }
    }

    /// Turns a member's voice up, or down, for all others, by so many decibels of at most
    /// [`VOLUME_DB_MAX`](Self::VOLUME_DB_MAX) either way.
    pub fn set_volume(&mut self, id: SlotId, volume_db: f32) {
        if let Some(seat) = self.slots.get_mut(id) {
            let max = Self::VOLUME_DB_MAX;
            let is_sane = volume_db.is_finite();
            seat.member.profile.volume_db = if is_sane { volume_db.clamp(-max, max) } else { 0.0 };
        }
    }

    /// Puts a member on hold: nothing is sent to it.
    pub fn set_deaf(&mut self, id: SlotId, deaf: bool) {
        if let Some(seat) = self.slots.get_mut(id) {
            seat.set_deaf(deaf, &mut self.shared, self.now);
            self.activate(id);
        }
    }

    /// Has a member be sent what suits the way in which that is delivered to it: the change is
    /// inaudible, and members of the same codec, settings and delivery share an encode. To be called
    /// again now and then, for a change may have to wait.
    pub fn set_delivery(&mut self, id: SlotId, delivery: Delivery) {
        if let Some(seat) = self.slots.get_mut(id) {
            seat.set_delivery(delivery, &mut self.shared);
            self.activate(id);
        }
    }

    /// Sounds a tone to everybody, from the next tick on. At most three sound at once, and after that
    /// one in two seconds; more are left out, for a crowd that comes in need not be announced one by
    /// one.
    pub fn sound(&mut self, tone: Tone) {
        self.chimes.sound(tone, self.rate());
    }

    /// Has everybody hear an announcement, or music, from the next tick on and in place of the one before of its kind,
    /// which is given back to be freed.
    pub fn broadcast(&mut self, broadcast: Box<Broadcast>) -> Option<Box<Broadcast>> {
        self.broadcasts.begin(broadcast)
    }

    /// Has the music fade out.
    pub fn end_music(&mut self) {
        self.broadcasts.end_music();
    }

    /// Plays something to one member alone, from the next tick on and in place of what is played to
    /// it now. It waits while the member is on hold, and while [too many](crate::PLAYED_TO_MAX) are
    /// played to. Gives back what was played to it before, so that the caller can free that
    /// elsewhere; for an unknown member, that is `playback` itself.
    pub fn play(&mut self, id: SlotId, playback: Playback) -> Option<Playback> {
        let Some(seat) = self.slots.get_mut(id) else { return Some(playback) };
        let before = seat.member.player.play(playback);
        self.activate(id);
        before
    }

    /// Whether something is played to a member.
    pub fn is_playing(&self, id: SlotId) -> bool {
        self.slots.get(id).is_some_and(|seat| seat.member.player.is_playing())
    }

    /// What the room has use for of what a member says in this tick. Who is told to be silent, by the
    /// header of its packets for one, need not be decoded and [heard](Self::hear): that is as good
    /// as being heard as silent. What decides is still what is heard; so to be safe from such tales,
    /// it is for the caller to listen now and then all the same.
    pub fn interest(&self, id: SlotId) -> Interest {
        self.slots.get(id).map_or(Interest::Nothing, |seat| self.floor.interest(&seat.voice))
    }

    /// Takes what a member says in this tick, once: 20 ms at its codec's rate. What is missing is
    /// silence, what is too much is left out, and samples are held to ±1.0. A member that isn't
    /// heard in a tick is silent, and so is who is muted or [whispers](Room::whispered).
    pub fn hear(&mut self, id: SlotId, samples: &[f32]) {
        let Some(seat) = self.slots.get_mut(id) else { return };
        let (voice, member) = (&mut seat.voice, &mut seat.member);
        if voice.is_muted() || voice.is_heard(self.now) {
            return;
        }
        let tick_samples = member.rate().tick_samples();
        let heard = &samples[..samples.len().min(tick_samples)];
        let energy = vector::sum_of_squares(heard);
        let mut level = Dbfs::of_mean_square(energy / tick_samples as f32);
        let gate = self.floor.gate(voice);
        // What isn't a number is louder than it looks.
        if voice.is_wanted() || level >= gate || energy.is_nan() {
            member.say(heard);
            level = Dbfs::of(member.said());
        }
        let is_audible = level >= gate;
        let nature = if is_audible {
            let seen = self.watchers.look(id, member.said(), member.rate(), self.now);
            if seen.is_found_out {
                self.events.push(RoomEvent::ReturnFound(id));
            }
            seen.nature
        } else {
            voice.nature_in_pause()
        };
        voice.hear(level, nature, self.now);
        if is_audible && !voice.has_floor() {
            self.floor.nominate(id);
        }
    }

    /// Takes what a member of another part of the room says in this tick. It is heard by all, as the
    /// members of this part are, and nobody is told of it by an event.
    pub fn hear_guest(&mut self, spoken: Spoken<'_>) {
        self.broken_off_at += self.guests.hear(spoken, self.now);
    }

    /// Mixes one tick on a desk that may serve many rooms in turn. Nothing here allocates.
    pub fn mix(&mut self, desk: &mut Desk) {
        self.stats = TickStats::default();
        self.elect();
        let next_rate = self.begin_change_of_rate();
        self.gather(desk, next_rate.is_some());
        desk.mixer.mix();
        self.note_sent(desk);
        self.choose_streams();
        self.shared.render(desk, &mut self.stats);
        self.render(desk);
        if let Some(rate) = next_rate {
            self.set_rate(rate);
        }
        self.stats.speakers = self.floor.speakers() as u32;
        self.stats.touched = (self.floor.concerned() + self.active.len()) as u32;
        self.active.retain_active(&mut self.slots);
        self.floor.end_tick(self.now, &self.slots);
        self.strips.end_tick(self.now);
        self.now = self.now.wrapping_add(1);
    }

    /// What to send to a member in this tick; nothing while it is on hold, or has come in since.
    pub fn output(&self, id: SlotId) -> Option<Output<'_>> {
        self.slots.get(id)?.output(&self.shared, self.now)
    }

    /// What this part's own members have put into the mix of the last tick, for the other parts of the
    /// room: at most two for each speaker there may be. `desk` is the one that the tick was mixed on,
    /// before another room is.
    pub fn spoken<'a>(&'a self, desk: &'a Desk) -> impl Iterator<Item = Spoken<'a>> {
        self.floor.told().filter_map(|(speaker, level)| {
            let mix = self.slots.get(speaker.seat())?.mix;
            Some(Spoken { speaker, level, frame: desk.mixer.share(mix)? })
        })
    }

    /// The mix that everybody heard in the last tick who didn't speak, at the room's rate; it may exceed ±1.0. `desk`
    /// is the one that the tick was mixed on, before another room is.
    pub fn whole<'a>(&self, desk: &'a Desk) -> &'a Frame {
        desk.mixer.get(MixId::WHOLE).frame
    }

    /// The next thing that happened. To be drained once a tick.
    pub fn poll_event(&mut self) -> Option<RoomEvent> {
        self.events.pop()
    }

    /// What the last tick cost.
    pub const fn stats(&self) -> TickStats {
        self.stats
    }

    /// Has the tick work with a member from now on, if there is any.
    fn activate(&mut self, id: SlotId) {
        if let Some(seat) = self.slots.get_mut(id).filter(|seat| seat.is_active()) {
            self.active.add(id, seat);
        }
    }

    fn elect(&mut self) {
        let Self { now, slots, guests, active, events, .. } = self;
        self.floor.elect(Election { now: *now, slots, guests, active, events });
    }

    /// Changes the rate if it is time for that. Where something sounds, this tick holds everything back, so that the
    /// filters run empty, and the new rate, which is given, is for the end of the tick.
    fn begin_change_of_rate(&mut self) -> Option<Rate> {
        let Self { slots, floor, guests, chimes, broadcasts, broken_off_at, .. } = self;
        let is_sounding = |id| slots.get(id).is_some_and(|seat| seat.voice.is_sounding());
        let change = self.rate.change(|| {
            chimes.are_sounding()
                || broadcasts.are_sounding()
                || *broken_off_at != 0.0
                || guests.are_sounding()
                || floor.voices().any(is_sounding)
        });
        match change {
            Change::No => return None,
            Change::AfterTick(rate) => return Some(rate),
            Change::AtOnce(rate) => self.set_rate(rate),
        }
        None
    }

    fn set_rate(&mut self, rate: Rate) {
        self.rate.set(rate);
        self.chimes.set_room_rate(rate);
    }

    /// Collects all that sounds in this tick.
    fn gather(&mut self, desk: &mut Desk, hold_back: bool) {
        let rate = self.rate();
        let Self { slots, floor, guests, active, strips, stats, now, .. } = self;
        let Desk { mixer, denoisers, noise_floor, .. } = desk;
        let ambience = mixer.begin(rate);
        if self.broken_off_at != 0.0 {
            fade::tail(ambience.samples_mut(), rate, self.broken_off_at);
            self.broken_off_at = 0.0;
        }
        self.chimes.add_to(ambience, hold_back);
        self.broadcasts.add_to(ambience, hold_back);
        for guest in guests.each_in_mix(*now) {
            mixer.add_guest(guest.place(), |share| guest.contribute(*now, hold_back, share));
        }
        if let Some(gain) = self.comfort_gain {
            mixer.add_comfort(noise_floor.tick(rate, *now), gain);
        }
        for &id in active.ids() {
            if let Some(seat) = slots.get_mut(id) {
                seat.mix = MixId::WHOLE;
            }
        }
        for id in floor.voices() {
            let Some(seat) = slots.get_mut(id).filter(|seat| seat.voice.contributes(*now)) else {
                continue;
            };
            let Some((share, mix_without_it)) = mixer.add_share() else { return };
            let strip = |take: Take<'_>| {
                stats.denoised += u32::from(strips.process(id, *now, denoisers, take));
            };
            seat.contribute(*now, hold_back, strip, share);
            seat.mix = mix_without_it;
            mixer.place(mix_without_it, placement::of_seat(id.index()));
        }
    }

    /// Shows those who watch voices what these are sent.
    fn note_sent(&mut self, desk: &Desk) {
        let Self { watchers, slots, now, .. } = self;
        watchers.note_sent(*now, |id| Some(desk.mixer.get(slots.get(id)?.mix)));
    }

    /// Decides which stream each member's payload comes from in this tick, and changes over where
    /// that differs from the last tick's. Streams that are given back serve those who need one now;
    /// whoever doesn't hear itself may wait.
    fn choose_streams(&mut self) {
        for &id in self.active.ids() {
            if let Some(seat) = self.slots.get_mut(id) {
                seat.linger(&mut self.shared);
            }
        }
        for need in [Need::Voice, Need::Playback] {
            for index in 0..self.active.len() {
                self.lend(index, need);
            }
        }
    }

    /// Lends a stream to an active member that has this need, if there is one to be had.
    fn lend(&mut self, index: usize, need: Need) {
        let id = self.active.ids()[index];
        let Some(seat) = self.slots.get_mut(id).filter(|seat| seat.wants_private() == need) else {
            return;
        };
        if seat.part(need, &mut self.shared) || need != Need::Voice {
            return;
        }
        let share = seat.share();
        share.map(|share| self.recall(share)).unwrap_or_default();
        let Some(seat) = self.slots.get_mut(id) else { return };
        if !seat.part(need, &mut self.shared) {
            seat.starve(self.now);
        }
    }

    /// Takes a stream back before its time from one that would hear the same without it.
    fn recall(&mut self, share: ShareId) {
        let lingers = |&id: &SlotId| {
            let seat = self.slots.get(id).filter(|seat| seat.share() == Some(share))?;
            Some((seat.lingers()?, id))
        };
        let first = self.active.ids().iter().filter_map(lingers).min();
        if let Some(seat) = first.and_then(|(_, id)| self.slots.get_mut(id)) {
            seat.rejoin(&mut self.shared);
        }
    }

    /// Makes the payloads that only one member hears.
    fn render(&mut self, desk: &mut Desk) {
        for &id in self.active.ids() {
            let Some(seat) = self.slots.get_mut(id) else { continue };
            if seat.render(desk, &mut self.stats) {
                self.events.push(RoomEvent::PlaybackEnded(id));
            }
        }
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
