//! Those who watch what voices bring: whether it is speech, a key's tone, or what the room itself said.
//!
//! A watcher is six kilobytes, and looks at a voice only in ticks in which that could be heard. Each member brings one
//! along; the room keeps as many as may be of use, and lends one to each who makes itself heard. Whoever merely listens
//! has none.

use crate::{mix::Mix, settings::Heed, slot_id::SlotId};
use audio::{
    Rate,
    keytone::KeyTones,
    recent::Recent,
    returns::{Origin, ReturnDetector},
    speech::{self, SpeechDetector, Verdict},
};

/// The most voices of a room that are watched. Of more who sound at once, everything may be speech.
pub const WATCHERS_MAX: usize = 64;

/// Ticks after which a watcher of somebody who isn't heard may serve another: 2 s.
const IDLE_TICKS: u32 = 100;

/// Ticks for which what a silent voice is sent is still noted, as it may come back: 1 s.
const NOTED_TICKS: u32 = 50;

/// What a voice brings in a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Speech, or whatever the room takes for it.
    Speech,
    /// What may become speech.
    Doubt,
    /// Anything else: it counts for nothing, and whoever makes it loses the floor.
    Noise,
    /// What others must not hear: a key's tone, or what they said themselves.
    Withheld,
}

/// What a watcher says of a tick.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) nature: Nature,
    /// The leg was found, just now, to give back what it is sent.
    pub(crate) is_found_out: bool,
}

/// The watchers of a room.
pub(crate) struct Watchers {
    posts: Vec<Post>,
    posts_max: usize,
    heed: Heed,
}

/// A watcher, and whom it watches.
struct Post {
    owner: SlotId,
    watcher: Box<Watcher>,
}

impl Watchers {
    pub(crate) fn new(heed: Heed, members_max: usize) -> Self {
        let posts_max = match heed {
            Heed::Speech => members_max.min(WATCHERS_MAX),
            Heed::AnySound => 0,
        };
        Self { posts: Vec::with_capacity(posts_max), posts_max, heed }
    }

    /// Keeps the watcher that somebody brings along, if it can be of use.
    pub(crate) fn enter(&mut self, spare: &mut Option<Box<Watcher>>) {
        if self.posts.len() < self.posts_max
            && let Some(watcher) = spare.take()
        {
            self.posts.push(Post { owner: SlotId::NOBODY, watcher });
        }
    }

    /// Looks at what a member says in the tick `now`, at some rate.
    pub(crate) fn look(&mut self, id: SlotId, said: &[f32], rate: Rate, now: u32) -> Seen {
        if self.heed == Heed::AnySound {
            return Seen { nature: Nature::Speech, is_found_out: false };
        }
        match self.watcher_of(id, now) {
            Some(watcher) => watcher.look(said, rate, now),
            None => Seen { nature: Nature::Doubt, is_found_out: false },
        }
    }

    /// Lets one go who leaves.
    pub(crate) fn forget(&mut self, id: SlotId) {
        if let Some(post) = self.posts.iter_mut().find(|post| post.owner == id) {
            post.owner = SlotId::NOBODY;
        }
    }

    /// Notes what each of those who are watched is sent in the tick `now`.
    pub(crate) fn note_sent<'a>(&mut self, now: u32, sent: impl Fn(SlotId) -> Option<Mix<'a>>) {
        for Post { owner, watcher } in &mut self.posts {
            if *owner != SlotId::NOBODY && watcher.wants_to_know(now) {
                watcher.note_sent(sent(*owner), now);
            }
        }
    }

    /// The one that watches a member, if there is one to be had.
    fn watcher_of(&mut self, id: SlotId, now: u32) -> Option<&mut Watcher> {
        let known = self.posts.iter().position(|post| post.owner == id);
        let place = known.or_else(|| self.hire(id, now))?;
        Some(&mut self.posts.get_mut(place)?.watcher)
    }

    /// Gives a member a watcher: one that serves nobody, or else one whose voice has long been silent. Of legs that
    /// return the room's sound, what is known is kept while there are others.
    fn hire(&mut self, id: SlotId, now: u32) -> Option<usize> {
        let rank = |post: &Post| match post {
            Post { owner: SlotId::NOBODY, .. } => Some((2, 0)),
            Post { watcher, .. } => {
                let idle_ticks = now.wrapping_sub(watcher.tick);
                let rank = (u32::from(!watcher.returns.returns()), idle_ticks);
                (idle_ticks >= IDLE_TICKS).then_some(rank)
            }
        };
        let ranked = |(place, post)| Some((rank(post)?, place));
        let (_, place) = self.posts.iter().enumerate().filter_map(ranked).max()?;
        let post = &mut self.posts[place];
        post.watcher.begin(now);
        post.owner = id;
        Some(place)
    }
}

/// Watches one voice.
pub(crate) struct Watcher {
    recent: Recent,
    speech: SpeechDetector,
    keys: KeyTones,
    returns: ReturnDetector,
    /// The tick that it looked at last.
    tick: u32,
    /// The tick in which it noted last what the voice's member is sent.
    noted: u32,
}

impl Watcher {
    /// Makes what all watchers need, too.
    pub(crate) fn new() -> Self {
        speech::prepare();
        Self {
            recent: Recent::new(),
            speech: SpeechDetector::new(),
            keys: KeyTones::new(),
            returns: ReturnDetector::new(),
            tick: 0,
            noted: 0,
        }
    }

    /// Begins to watch somebody in the tick `now`.
    fn begin(&mut self, now: u32) {
        *self = Self { tick: now.wrapping_sub(1), noted: now.wrapping_sub(1), ..Self::new() };
    }

    fn look(&mut self, said: &[f32], rate: Rate, now: u32) -> Seen {
        let silent = now.wrapping_sub(self.tick).saturating_sub(1);
        if silent > 0 {
            self.recent.skip(silent);
            self.speech.skip(silent);
            self.keys.skip();
            self.returns.skip();
        }
        self.tick = now;
        self.recent.take(said, rate);
        let verdict = self.speech.update(&self.recent);
        let is_key = self.keys.update(&self.recent);
        let was_known = self.returns.returns();
        let is_returned = self.returns.update(&self.recent) == Origin::Returned;
        let nature = match verdict {
            _ if is_key || is_returned => Nature::Withheld,
            Verdict::Speech => Nature::Speech,
            Verdict::Doubt => Nature::Doubt,
            Verdict::Noise => Nature::Noise,
        };
        Seen { nature, is_found_out: !was_known && self.returns.returns() }
    }

    /// Whether what its member is sent may come back.
    const fn wants_to_know(&self, now: u32) -> bool {
        self.returns.returns() || now.wrapping_sub(self.tick) < NOTED_TICKS
    }

    /// Notes what its member is sent in the tick `now`.
    fn note_sent(&mut self, sent: Option<Mix<'_>>, now: u32) {
        if now.wrapping_sub(self.noted) > 1 {
            self.returns.forget_sent();
        }
        self.noted = now;
        let voices = sent.filter(|mix| mix.has_voice).map(|mix| mix.frame);
        self.returns.note_sent(voices.map(|frame| (frame.samples(), frame.rate())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: [f32; 160] = [0.1; 160];

    fn look(watchers: &mut Watchers, member: u32, now: u32) -> Option<usize> {
        let id = SlotId::for_test(member);
        watchers.look(id, &LOUD, Rate::Hz8000, now);
        watchers.posts.iter().position(|post| post.owner == id)
    }

    /// Those that two members have brought along.
    fn watchers(heed: Heed) -> (Watchers, [Option<Box<Watcher>>; 2]) {
        let mut watchers = Watchers::new(heed, 10);
        let mut spares = [(); 2].map(|()| Some(Box::new(Watcher::new())));
        spares.iter_mut().for_each(|spare| watchers.enter(spare));
        (watchers, spares)
    }

    #[test]
    fn watchers_serve_those_who_are_heard() {
        let (mut watchers, spares) = watchers(Heed::Speech);
        assert!(spares.iter().all(Option::is_none));
        let [one, other] = [0, 1].map(|member| look(&mut watchers, member, 0).unwrap());
        assert_ne!(one, other);
        assert_eq!(look(&mut watchers, 2, 0), None, "there are two");
        assert_eq!(look(&mut watchers, 0, IDLE_TICKS), Some(one));
        assert_eq!(look(&mut watchers, 2, IDLE_TICKS), Some(other), "in place of who is silent");
        watchers.forget(SlotId::for_test(0));
        assert_eq!(look(&mut watchers, 3, IDLE_TICKS), Some(one));
    }

    #[test]
    fn a_room_that_heeds_any_sound_watches_nobody() {
        let (mut watchers, spares) = watchers(Heed::AnySound);
        assert!(spares.iter().all(Option::is_some));
        assert_eq!(look(&mut watchers, 0, 0), None);
        assert_eq!(watchers.posts.capacity(), 0);
    }

    #[test]
    fn a_watcher_is_small() {
        assert!(size_of::<Watcher>() <= 8_192, "{}", size_of::<Watcher>());
    }
}
