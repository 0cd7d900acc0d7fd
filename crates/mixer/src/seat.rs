//! A member's place in the room: all that a tick must know of one who only listens.

use crate::{
    member::Member,
    mix::{Desk, MixId},
    outlet::{Output, Private},
    shared::{Need, ShareId, Shared},
    stats::TickStats,
    strip::Take,
    voice::Voice,
};
use audio::{Frame, codec::Delivery};

/// How long a member that spoke keeps a stream of its own, in ticks: half a second. By then it and
/// the shared one are equal, and the change from one to the other is inaudible.
const PRIVATE_TICKS: u32 = 25;

/// A member, and how it stands. Seats lie side by side and are of one cache line, and for a listener a
/// tick needs no more than that: the member itself is not touched.
pub(crate) struct Seat {
    pub(crate) voice: Voice,
    pub(crate) member: Box<Member>,
    private: Option<Box<Private>>,
    listening: Listening,
    /// How what it is sent arrives.
    delivery: Delivery,
    share: Option<ShareId>,
    /// The mix that this member hears in this tick.
    pub(crate) mix: MixId,
    /// The tick from whose mix on something is sent.
    since: u32,
    /// Its place among those whom the tick has work with.
    pub(crate) active_at: Option<u32>,
}

/// Which stream a member is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listening {
    /// None: it is on hold.
    Nothing,
    /// The one that all share who don't speak and have this delivery.
    Shared(Delivery),
    /// One of its own, for so many ticks more after the last that differs from the shared one.
    Private { ticks_left: u32 },
}

impl Seat {
    /// Seats a member in the tick `now`.
    pub(crate) fn new(mut member: Box<Member>, shared: &mut Shared, now: u32) -> Self {
        let (kind, settings) = (member.codec(), member.settings());
        let share = shared.enter(kind, settings, &mut member.spare);
        let mut seat = Self {
            voice: Voice::new(now),
            member,
            private: None,
            listening: Listening::Nothing,
            delivery: Delivery::Whole,
            share,
            mix: MixId::WHOLE,
            since: now,
            active_at: None,
        };
        if share.is_none() {
            seat.private = seat.member.spare.private.take();
        }
        seat.listen(shared, now);
        seat
    }

    /// Gives the member back, and to the room what that has lent.
    pub(crate) fn into_member(mut self, shared: &mut Shared) -> Box<Member> {
        self.stop_listening(shared);
        match self.share {
            Some(share) => shared.leave(share),
            None => self.member.spare.private = self.private.take(),
        }
        self.member
    }

    /// With `is_deaf`, nothing is sent to the member.
    pub(crate) fn set_deaf(&mut self, is_deaf: bool, shared: &mut Shared, now: u32) {
        if is_deaf == (self.listening == Listening::Nothing) {
            return;
        }
        if is_deaf { self.stop_listening(shared) } else { self.listen(shared, now) }
    }

    /// Whether nothing is sent to the member.
    pub(crate) fn is_deaf(&self) -> bool {
        self.listening == Listening::Nothing
    }

    fn listen(&mut self, shared: &mut Shared, now: u32) {
        self.since = now;
        self.listening = match self.share {
            Some(share) => Listening::Shared(shared.listen(share, self.delivery)),
            None => Listening::Private { ticks_left: PRIVATE_TICKS },
        };
    }

    fn stop_listening(&mut self, shared: &mut Shared) {
        match (self.listening, self.share) {
            (Listening::Shared(delivery), Some(share)) => shared.stop_listening(share, delivery),
            (Listening::Private { .. }, Some(share)) => {
                if let Some(private) = self.private.take() {
                    shared.give_back(share, private);
                }
            }
            _ => {}
        }
        self.listening = Listening::Nothing;
    }

    /// Puts its share of the tick `now` into the mix, after that went through a `strip`.
    pub(crate) fn contribute(
        &mut self,
        now: u32,
        hold_back: bool,
        strip: impl FnOnce(Take<'_>),
        share: &mut Frame,
    ) {
        let Self { voice, member, .. } = self;
        let may_sound = voice.has_floor() && !hold_back;
        // What is withheld is as if it had never been said: not even the beginning of a fade is made of it.
        let (is_heard, was_sounding) = (voice.may_sound(now), voice.is_sounding());
        let may_be_speech = voice.is_speech(now);
        let strip = |take: Take<'_>| strip(Take { may_be_speech, ..take });
        voice.set_sounding(member.contribute(is_heard, was_sounding, may_sound, strip, share));
    }

    /// Whether the tick has work with this member.
    pub(crate) fn is_active(&self) -> bool {
        self.voice.is_wanted()
            || self.need() != Need::None
            || matches!(self.listening, Listening::Private { .. })
    }

    /// The shared stream that it would hear.
    pub(crate) const fn share(&self) -> Option<ShareId> {
        self.share
    }

    /// What it needs a stream of its own for in this tick.
    pub(crate) fn need(&self) -> Need {
        if matches!(self.mix, MixId::WHOLE) {
            if self.member.player.is_idle() { Need::None } else { Need::Playback }
        } else {
            Need::Voice
        }
    }

    /// Whether it is to get a stream of its own, and what for.
    pub(crate) fn wants_private(&self) -> Need {
        if matches!(self.listening, Listening::Shared(_)) { self.need() } else { Need::None }
    }

    /// Ticks for which it keeps a stream of its own that differs from the shared one no more.
    pub(crate) fn lingers(&self) -> Option<u32> {
        match self.listening {
            Listening::Private { ticks_left }
                if self.need() == Need::None && self.share.is_some() =>
            {
                Some(ticks_left)
            }
            _ => None,
        }
    }

    /// Has it sent what suits another delivery from now on. It passes over to that on a stream of its
    /// own, which it keeps until that and the shared one for this delivery are equal. If there is none to be
    /// had just now, nothing changes: the next one to tell how packets are delivered tries again.
    pub(crate) fn set_delivery(&mut self, delivery: Delivery, shared: &mut Shared) {
        let delivery = delivery.relevant_to(self.member.codec());
        match (self.listening, self.share, &mut self.private) {
            (Listening::Nothing, ..) => self.delivery = delivery,
            (Listening::Shared(heard), ..) => {
                let before = std::mem::replace(&mut self.delivery, delivery);
                if heard != delivery && !self.part(Need::Playback, shared) {
                    self.delivery = before;
                }
            }
            (Listening::Private { .. }, _, Some(private)) if self.delivery != delivery => {
                self.delivery = delivery;
                self.listening = Listening::Private { ticks_left: PRIVATE_TICKS };
                private.adjust(self.member.settings().over(delivery));
            }
            (Listening::Private { .. }, ..) => {}
        }
    }

    /// Goes on with a stream of its own, from where the shared one is; gives whether there is one to be
    /// had for that need.
    pub(crate) fn part(&mut self, need: Need, shared: &mut Shared) -> bool {
        let (Listening::Shared(heard), Some(share)) = (self.listening, self.share) else {
            return false;
        };
        let Some(mut private) = shared.part(share, heard, need) else { return false };
        private.adjust(self.member.settings().over(self.delivery));
        self.private = Some(private);
        self.listening = Listening::Private { ticks_left: PRIVATE_TICKS };
        true
    }

    /// Keeps silent in the tick `now`: there is no stream that doesn't hold its own voice.
    pub(crate) const fn starve(&mut self, now: u32) {
        self.since = now.wrapping_add(1);
    }

    /// Counts down how long a stream that doesn't differ any more is kept, and rejoins the others at
    /// the end.
    pub(crate) fn linger(&mut self, shared: &mut Shared) {
        let Listening::Private { ticks_left } = &mut self.listening else { return };
        let ticks = *ticks_left;
        *ticks_left = ticks.saturating_sub(1);
        if self.need() != Need::None || self.share.is_none() {
            self.listening = Listening::Private { ticks_left: PRIVATE_TICKS };
        } else if ticks == 0 {
            self.rejoin(shared);
        }
    }

    /// Goes on with the shared stream, and gives its own back.
    pub(crate) fn rejoin(&mut self, shared: &mut Shared) {
        let Some(share) = self.share else { return };
        if let Some(private) = self.private.take() {
            shared.take_over_from(share, self.delivery, private);
            self.listening = Listening::Shared(self.delivery);
        }
    }

    /// Makes this tick's payload, unless it is a shared one. Gives whether a playback ended.
    pub(crate) fn render(&mut self, desk: &mut Desk, stats: &mut TickStats) -> bool {
        let (Listening::Private { .. }, Some(private)) = (self.listening, &mut self.private) else {
            return false;
        };
        stats.mixes += 1;
        stats.encodes += 1;
        private.encoder.limit_complexity(desk.complexity_max);
        if self.member.settings().opus_stereo {
            let (mix, channels) = desk.stereo(self.mix);
            return private.render_stereo(&mix, &mut self.member.player, channels);
        }
        let (mix, frame) = desk.private(self.mix, self.member.rate());
        private.render(mix, &mut self.member.player, frame)
    }

    /// What the member is sent after the tick before `now`.
    pub(crate) fn output<'a>(&'a self, shared: &'a Shared, now: u32) -> Option<Output<'a>> {
        // Ticks wrap: a difference of more than half of all is one below zero.
        let has_begun = matches!(now.wrapping_sub(self.since), 1..=0x7FFF_FFFF);
        match self.listening {
            _ if !has_begun => None,
            Listening::Nothing => None,
            Listening::Shared(delivery) => shared.output(self.share?, delivery),
            Listening::Private { .. } => self.private.as_ref()?.payload.output(),
        }
    }
}

/// What only tests look at.
#[cfg(test)]
impl Seat {
    /// The largest magnitude of what was encoded for this member.
    pub(crate) fn peak(&self, shared: &Shared) -> f32 {
        match (&self.private, self.share) {
            (Some(private), _) => private.payload.peak,
            (None, Some(share)) => shared.peak(share),
            (None, None) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_and_its_generation_are_a_cache_line() {
        assert!(size_of::<Seat>() <= 64, "{}", size_of::<Seat>());
    }
}
