//! What everybody in a room hears besides each other: an announcement, and music while they wait.
//!
//! It is a part of the room's ambience, as chimes are, and so of the one mix that all listeners share: a room full of
//! people who wait with music costs one encode.

use audio::{Frame, clip::Clip, fade, resample::Resampler, vector};

/// How much fainter music is than its recording: spoken prompts are heard over it.
const MUSIC_GAIN: f32 = 0.35;

/// How much of that is left while something is announced.
const DUCKED: f32 = 0.25;

/// The most by which a gain changes in a tick: all of it in 400 ms.
const GAIN_STEP: f32 = 0.05;

/// A sound for everybody in a room. Made and freed by the caller, moved in and out.
pub struct Broadcast {
    kind: Kind,
    clip: Clip,
    /// Samples of the clip that were played.
    at: usize,
    from_clip: Resampler,
    /// Where the gain is, and where it is going.
    gain: f32,
    target: f32,
    has_begun: bool,
    is_faded_out: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Announcement,
    Music,
}

impl Broadcast {
    /// Something to be heard once, at once.
    pub fn announcement(clip: Clip) -> Self {
        Self::new(Kind::Announcement, clip)
    }

    /// Something to be heard over and over, from its beginning, until [it shall end](crate::Room::end_music).
    pub fn music(clip: Clip) -> Self {
        Self::new(Kind::Music, clip)
    }

    fn new(kind: Kind, clip: Clip) -> Self {
        let from_clip = Resampler::new(clip.rate(), clip.rate());
        let (gain, target) = match kind {
            Kind::Announcement => (1.0, 1.0),
            Kind::Music => (0.0, 1.0),
        };
        let (has_begun, is_faded_out) = (false, false);
        Self { kind, clip, at: 0, from_clip, gain, target, has_begun, is_faded_out }
    }

    /// Whether nothing more will come of it.
    fn is_over(&self) -> bool {
        match self.kind {
            // The resampler's delay takes a tick more to come out.
            Kind::Announcement => {
                self.at >= self.clip.samples().len() + self.clip.rate().tick_samples()
            }
            Kind::Music => {
                self.clip.samples().is_empty() || (self.gain == 0.0 && self.target == 0.0)
            }
        }
    }

    /// The next tick of the clip, at its own rate.
    fn next(&mut self) -> Frame {
        let samples = self.clip.samples();
        let mut tick = Frame::silent(self.clip.rate());
        let mut filled = 0;
        while filled < tick.samples().len() {
            if self.kind == Kind::Music && self.at >= samples.len() {
                self.at = 0;
            }
            let out = &mut tick.samples_mut()[filled..];
            let rest = samples.get(self.at..).unwrap_or_default();
            let taken = rest.len().min(out.len());
            out[..taken].copy_from_slice(&rest[..taken]);
            // After the end of an announcement there is silence.
            let passed = if taken == 0 { out.len() } else { taken };
            self.at += passed;
            filled += passed;
        }
        tick
    }

    /// Adds one tick to `sum`, as loud as `share` of it. With `hold_back`, what sounds fades out for a tick, and what
    /// hasn't begun waits.
    fn add_to(&mut self, sum: &mut Frame, share: f32, hold_back: bool) {
        if hold_back && !self.has_begun {
            return;
        }
        let tick = self.next();
        let mut out = Frame::silent(sum.rate());
        self.from_clip.set(tick.rate(), out.rate());
        self.from_clip.process(tick.samples(), out.samples_mut());
        let before = self.gain;
        let target = self.target * share;
        self.gain = target.clamp(before - GAIN_STEP, before + GAIN_STEP);
        vector::ramp(out.samples_mut(), before, self.gain);
        if hold_back {
            fade::fade_out_late(out.samples_mut(), sum.rate());
        } else if self.is_faded_out {
            fade::fade_in(out.samples_mut(), sum.rate());
        }
        (self.has_begun, self.is_faded_out) = (true, hold_back);
        vector::add(sum.samples_mut(), out.samples());
    }
}

impl std::fmt::Debug for Broadcast {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broadcast").field("clip", &self.clip).finish_non_exhaustive()
    }
}

/// What is broadcast in a room. It is kept after its end, so that nothing is freed on the tick.
#[derive(Debug, Default)]
pub(crate) struct Broadcasts {
    announcement: Option<Box<Broadcast>>,
    music: Option<Box<Broadcast>>,
}

impl Broadcasts {
    /// Begins one, in place of the one before of its kind, which is given back.
    pub(crate) fn begin(&mut self, mut broadcast: Box<Broadcast>) -> Option<Box<Broadcast>> {
        match broadcast.kind {
            Kind::Announcement => self.announcement.replace(broadcast),
            Kind::Music => {
                // Where some plays already it goes over into the other without a pause.
                broadcast.gain = self.music.as_ref().map_or(0.0, |music| music.gain);
                self.music.replace(broadcast)
            }
        }
    }

    /// Has the music fade out.
    pub(crate) fn end_music(&mut self) {
        if let Some(music) = &mut self.music {
            music.target = 0.0;
        }
    }

    /// Whether something sounded in the last tick and goes on.
    pub(crate) fn are_sounding(&self) -> bool {
        let mut both = self.announcement.iter().chain(&self.music);
        both.any(|broadcast| broadcast.has_begun && !broadcast.is_over())
    }

    /// Adds one tick of all of it to `sum`.
    pub(crate) fn add_to(&mut self, sum: &mut Frame, hold_back: bool) {
        let mut music_share = MUSIC_GAIN;
        if let Some(announcement) = self.announcement.as_mut().filter(|it| !it.is_over()) {
            announcement.add_to(sum, 1.0, hold_back);
            music_share *= DUCKED;
        }
        if let Some(music) = self.music.as_mut().filter(|music| !music.is_over()) {
            music.add_to(sum, music_share, hold_back);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::Rate;

    fn clip(value: f32, samples: usize) -> Clip {
        Clip::new(Rate::Hz8000, vec![value; samples])
    }

    fn tick(broadcasts: &mut Broadcasts) -> Frame {
        let mut sum = Frame::silent(Rate::Hz8000);
        broadcasts.add_to(&mut sum, false);
        sum
    }

    fn last(frame: &Frame) -> f32 {
        frame.samples()[159]
    }

    #[test]
    fn an_announcement_is_heard_once_and_at_once() {
        let mut broadcasts = Broadcasts::default();
        broadcasts.begin(Box::new(Broadcast::announcement(clip(0.5, 200))));
        assert!(!broadcasts.are_sounding());
        assert_eq!(tick(&mut broadcasts).samples(), [0.5; 160]);
        let second = tick(&mut broadcasts);
        assert_eq!((second.samples()[39], second.samples()[40]), (0.5, 0.0));
        assert!(broadcasts.are_sounding(), "a resampler would still hold some of it");
        tick(&mut broadcasts);
        assert!(!broadcasts.are_sounding());
    }

    #[test]
    fn music_fades_in_plays_over_and_over_and_fades_out() {
        let mut broadcasts = Broadcasts::default();
        broadcasts.begin(Box::new(Broadcast::music(clip(1.0, 1_000))));
        let first = tick(&mut broadcasts);
        assert!(first.samples()[0] == 0.0 && last(&first) < 0.06);
        (0..20).for_each(|_| _ = tick(&mut broadcasts));
        let later: Vec<Frame> = (0..20).map(|_| tick(&mut broadcasts)).collect();
        let is_steady = |sample: &f32| (sample - MUSIC_GAIN).abs() < 1e-6;
        assert!(later.iter().all(|tick| tick.samples().iter().all(is_steady)), "it has no end");
        broadcasts.end_music();
        let mut ticks = 0;
        while broadcasts.are_sounding() {
            tick(&mut broadcasts);
            ticks += 1;
        }
        assert!((5..=20).contains(&ticks), "{ticks}");
        assert_eq!(tick(&mut broadcasts).samples(), [0.0; 160]);
    }

    #[test]
    fn music_steps_back_for_an_announcement() {
        let mut broadcasts = Broadcasts::default();
        broadcasts.begin(Box::new(Broadcast::music(clip(1.0, 160))));
        (0..30).for_each(|_| _ = tick(&mut broadcasts));
        broadcasts.begin(Box::new(Broadcast::announcement(clip(0.0, 160 * 30))));
        (0..20).for_each(|_| _ = tick(&mut broadcasts));
        assert!((last(&tick(&mut broadcasts)) - MUSIC_GAIN * DUCKED).abs() < 1e-6);
        (0..40).for_each(|_| _ = tick(&mut broadcasts));
        assert!((last(&tick(&mut broadcasts)) - MUSIC_GAIN).abs() < 1e-6);
    }

    #[test]
    fn what_is_replaced_is_given_back_and_what_is_empty_is_silent() {
        let mut broadcasts = Broadcasts::default();
        assert!(broadcasts.begin(Box::new(Broadcast::music(clip(0.0, 0)))).is_none());
        assert_eq!(tick(&mut broadcasts).samples(), [0.0; 160]);
        assert!(broadcasts.begin(Box::new(Broadcast::music(clip(0.5, 160)))).is_some());
        assert!(broadcasts.begin(Box::new(Broadcast::announcement(clip(0.5, 0)))).is_none());
        tick(&mut broadcasts);
    }

    #[test]
    fn a_change_of_the_rate_is_faded() {
        let mut broadcasts = Broadcasts::default();
        broadcasts.begin(Box::new(Broadcast::announcement(clip(0.5, 160 * 9))));
        let mut held_back = Frame::silent(Rate::Hz8000);
        broadcasts.add_to(&mut held_back, true);
        assert_eq!(held_back.samples(), [0.0; 160], "it waits");
        tick(&mut broadcasts);
        broadcasts.add_to(&mut held_back, true);
        assert!(held_back.samples()[0] > 0.4 && last(&held_back) == 0.0);
        let mut wide = Frame::silent(Rate::Hz16000);
        broadcasts.add_to(&mut wide, false);
        assert!(wide.samples()[0].abs() < 0.01 && wide.samples()[319] > 0.4);
    }
}
