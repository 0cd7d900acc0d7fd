//! Sounds that are played to one member alone: prompts, and the tones that answer its keys.

use crate::whisper::Whisper;
use audio::{
    Frame, Rate,
    clip::Clip,
    fade,
    resample::Resampler,
    tone::{Tone, ToneGenerator},
    vector,
};

/// A sound to be played to one member.
#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    /// What is played.
    pub sound: Sound,
    /// What becomes of the conference meanwhile.
    pub blend: Blend,
}

/// What can be played.
#[derive(Debug, Clone, PartialEq)]
pub enum Sound {
    /// A recording.
    Clip(Clip),
    /// A chime.
    Tone(Tone),
}

/// How a playback and the conference go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blend {
    /// Both are heard.
    Over,
    /// The conference is silent while the sound plays.
    Instead,
}

/// Plays to one member, at its codec's rate.
///
/// What has been played is kept until something else is played or the member leaves, so that a
/// clip is never freed on the tick.
pub(crate) struct Player {
    rate: Rate,
    playback: Option<Playback>,
    source: Source,
    /// Whether the mix was heard when the last tick ended.
    mix_sounds: bool,
    /// The last sample played.
    last_sample: f32,
    /// The sample at which an earlier sound was broken off, from where this one slides to silence.
    broken_off_at: f32,
    /// Whether nothing of the playback was played yet.
    is_fresh: bool,
    /// By what the member hears what is whispered to it.
    whisper: Option<Box<Whisper>>,
}

/// Where the next samples come from.
enum Source {
    /// Nothing plays.
    None,
    /// The playback's clip, of which so many ticks were played.
    Clip { ticks: usize },
    /// A tone.
    Tone(ToneGenerator),
}

impl Player {
    pub(crate) const fn new(rate: Rate) -> Self {
        Self {
            rate,
            playback: None,
            source: Source::None,
            mix_sounds: true,
            last_sample: 0.0,
            broken_off_at: 0.0,
            is_fresh: false,
            whisper: None,
        }
    }

    /// Has whispers heard from now on. Gives `whisper` back if the member has one already, which goes on with another
    /// voice.
    pub(crate) fn expect_whispers(&mut self, whisper: Box<Whisper>) -> Option<Box<Whisper>> {
        match &mut self.whisper {
            Some(before) => {
                before.begin_anew();
                Some(whisper)
            }
            None => {
                self.whisper = Some(whisper);
                None
            }
        }
    }

    /// Hears whispers on as `before` did.
    pub(crate) const fn take_whispers_of(&mut self, before: &mut Self) {
        std::mem::swap(&mut self.whisper, &mut before.whisper);
    }

    /// By what the member hears what is whispered to it.
    pub(crate) fn whisper_mut(&mut self) -> Option<&mut Whisper> {
        self.whisper.as_deref_mut()
    }

    /// Gives that back, at once or if nothing of it sounds any more.
    pub(crate) fn end_whispers(&mut self, at_once: bool) -> Option<Box<Whisper>> {
        self.whisper.take_if(|whisper| at_once || !whisper.is_sounding())
    }

    /// Begins to play, in place of what plays now. Gives back what was played before.
    pub(crate) fn play(&mut self, playback: Playback) -> Option<Playback> {
        self.broken_off_at = if self.is_playing() { self.last_sample } else { 0.0 };
        self.source = match &playback.sound {
            Sound::Clip(_) => Source::Clip { ticks: 0 },
            Sound::Tone(tone) => Source::Tone(ToneGenerator::new(*tone, self.rate)),
        };
        self.is_fresh = true;
        self.playback.replace(playback)
    }

    pub(crate) const fn is_playing(&self) -> bool {
        !matches!(self.source, Source::None)
    }

    /// Whether the mix would be heard by the member as it is, without anything of the player's.
    pub(crate) fn is_idle(&self) -> bool {
        !self.is_playing() && self.mix_sounds && !self.is_whispered_to()
    }

    /// Whether somebody whispers to the member, or has just ceased to.
    pub(crate) const fn is_whispered_to(&self) -> bool {
        self.whisper.is_some()
    }

    /// Blends one tick of the sound with the mix that is in `frame`. Gives whether it ended with
    /// this tick. Clips come by way of `resampler`, which serves this player alone meanwhile.
    pub(crate) fn blend(&mut self, frame: &mut Frame, resampler: &mut Resampler) -> bool {
        self.duck(frame);
        if let Some(whisper) = &mut self.whisper {
            whisper.add_to(frame);
        }
        if !self.is_playing() {
            return false;
        }
        let mut sound = Frame::silent(self.rate);
        let ended = self.fill(&mut sound, resampler);
        self.last_sample = sound.samples().last().copied().unwrap_or(0.0);
        vector::add(frame.samples_mut(), sound.samples());
        if self.broken_off_at != 0.0 {
            fade::tail(sound.samples_mut(), self.rate, self.broken_off_at);
            vector::add(frame.samples_mut(), sound.samples());
            self.broken_off_at = 0.0;
        }
        if ended {
            self.source = Source::None;
        }
        ended
    }

    /// Blends with a mix of two channels: what is played is in the middle.
    pub(crate) fn blend_stereo(
        &mut self,
        [middle, side]: &mut [Frame; 2],
        resampler: &mut Resampler,
    ) -> bool {
        let mix_sounds = self.mix_sounds;
        self.duck(side);
        self.mix_sounds = mix_sounds;
        self.blend(middle, resampler)
    }

    /// Takes the mix away while something plays instead of it, and brings it back afterwards.
    fn duck(&mut self, mix: &mut Frame) {
        let instead = self.playback.as_ref().is_some_and(|p| p.blend == Blend::Instead);
        let mix_sounds = !(self.is_playing() && instead);
        match (self.mix_sounds, mix_sounds) {
            (true, true) => {}
            (true, false) => fade::fade_out(mix.samples_mut(), self.rate),
            (false, false) => mix.silence(),
            (false, true) => fade::fade_in(mix.samples_mut(), self.rate),
        }
        self.mix_sounds = mix_sounds;
    }

    /// The next tick of the sound; gives whether it is the last.
    fn fill(&mut self, out: &mut Frame, resampler: &mut Resampler) -> bool {
        let is_fresh = std::mem::take(&mut self.is_fresh);
        match (&mut self.source, self.playback.as_ref().map(|playback| &playback.sound)) {
            (Source::Tone(generator), _) => generator.fill(out.samples_mut()),
            (Source::Clip { ticks }, Some(Sound::Clip(clip))) => {
                let tick_samples = clip.rate().tick_samples();
                let from = clip.samples().len().min(*ticks * tick_samples);
                let rest = &clip.samples()[from..];
                let tick = Frame::from_samples(clip.rate(), &rest[..rest.len().min(tick_samples)]);
                resampler.set(clip.rate(), self.rate);
                if is_fresh {
                    resampler.reset();
                }
                resampler.process(tick.samples(), out.samples_mut());
                *ticks += 1;
                // The resampler's delay takes one tick more to come out.
                let delayed_ticks = usize::from(clip.rate() != self.rate);
                *ticks >= clip.ticks() + delayed_ticks
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(value: f32, samples: usize, blend: Blend) -> Playback {
        Playback { sound: Sound::Clip(Clip::new(Rate::Hz8000, vec![value; samples])), blend }
    }

    fn tick(player: &mut Player, mix: f32) -> (Vec<f32>, bool) {
        let mut frame = Frame::from_samples(Rate::Hz8000, &[mix; 160]);
        let ended = player.blend(&mut frame, &mut Resampler::new(Rate::Hz8000, Rate::Hz8000));
        (frame.samples().to_vec(), ended)
    }

    #[test]
    fn a_clip_plays_over_the_mix_and_ends_with_its_last_sample() {
        let mut player = Player::new(Rate::Hz8000);
        assert!(player.is_idle());
        assert_eq!(player.play(clip(0.25, 200, Blend::Over)), None);
        assert_eq!(tick(&mut player, 0.5), (vec![0.75; 160], false));
        let (last, ended) = tick(&mut player, 0.5);
        assert_eq!((last[39], last[40], ended), (0.75, 0.5, true));
        assert!(player.is_idle());
        assert_eq!(tick(&mut player, 0.5), (vec![0.5; 160], false));
    }

    #[test]
    fn the_mix_fades_out_for_what_plays_instead_of_it_and_back_in_afterwards() {
        let mut player = Player::new(Rate::Hz8000);
        player.play(clip(0.0, 320, Blend::Instead));
        let (first, _) = tick(&mut player, 0.5);
        assert_eq!((first[0], first[159]), (0.5, 0.0));
        assert_eq!(tick(&mut player, 0.5), (vec![0.0; 160], true));
        assert!(!player.is_idle(), "the mix is still to be faded in");
        let (after, _) = tick(&mut player, 0.5);
        assert_eq!((after[0], after[159]), (0.0, 0.5));
        assert!(player.is_idle());
    }

    #[test]
    fn what_is_replaced_is_given_back_and_does_not_break_off_with_a_step() {
        let mut player = Player::new(Rate::Hz8000);
        let first = clip(0.5, 1_600, Blend::Over);
        player.play(first.clone());
        tick(&mut player, 0.0);
        assert_eq!(player.play(clip(0.0, 1_600, Blend::Over)), Some(first));
        let (samples, _) = tick(&mut player, 0.0);
        assert_eq!((samples[0], samples[159]), (0.5, 0.0));
    }

    #[test]
    fn a_clip_of_another_rate_is_resampled_and_plays_to_its_end() {
        let mut player = Player::new(Rate::Hz48000);
        player.play(clip(0.5, 160, Blend::Over));
        let mut resampler = Resampler::new(Rate::Hz8000, Rate::Hz8000);
        let mut frame = Frame::silent(Rate::Hz48000);
        assert!(!player.blend(&mut frame, &mut resampler));
        assert!((frame.samples()[959] - 0.5).abs() < 0.001);
        let mut frame = Frame::silent(Rate::Hz48000);
        assert!(player.blend(&mut frame, &mut resampler));
        assert!((frame.samples()[0] - 0.5).abs() < 0.05);
        assert!(frame.samples()[959].abs() < 0.001);
    }

    #[test]
    fn an_empty_clip_ends_at_once() {
        let mut player = Player::new(Rate::Hz8000);
        player.play(clip(0.0, 0, Blend::Over));
        assert_eq!(tick(&mut player, 0.5), (vec![0.5; 160], true));
    }
}
