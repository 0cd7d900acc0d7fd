//! What a member says: how loud it is, which decides whether it is heard at all.

use crate::watch::Nature;
use audio::level::{Dbfs, LevelMeter};

/// By so much a voice that may be speech counts for less than one that is, when they are compared: whoever speaks,
/// however softly, takes the place of a cough.
const DOUBT_DB: f32 = 30.0;

/// What is fainter is the silence of a line that has no noise of its own: the samples of G.711 next to zero are at
/// −72 dBFS.
const STILL: Dbfs = Dbfs::new(-70.0);

/// Somebody who was still begins to be heard by so much below the gate: the breath and the soft consonant before the
/// first syllable. Without them, an utterance loses up to half a mark of PESQ-WB.
const SOFT_DB: f32 = 10.0;

/// The beginning of a word is louder than that within so many ticks, 300 ms: else it is noise.
const SOFT_TICKS_MAX: u8 = 15;

/// What a room must know of a voice in each tick. Small, for nearly all voices in a room are silent, and a
/// silent one is not touched: its level falls by the ticks that have passed when somebody asks.
pub(crate) struct Voice {
    /// The level of the tick that it was heard in last, as far as it was speech.
    level: Dbfs,
    /// The level over the last ticks, as it was then.
    meter: LevelMeter,
    /// The number of that tick.
    tick: u32,
    /// What it brought then.
    nature: Nature,
    /// Ticks that it was heard in since it was still: no more than [`SOFT_TICKS_MAX`] are told apart.
    since_still: u8,
    is_muted: bool,
    /// Whether what it says is for one other alone.
    is_whispering: bool,
    /// Whether the member has the floor.
    has_floor: bool,
    /// Whether the last tick ended with this voice in the mix.
    is_sounding: bool,
}

impl Voice {
    /// A voice that is first heard in the tick `now`, if it is.
    pub(crate) const fn new(now: u32) -> Self {
        Self {
            level: Dbfs::SILENCE,
            meter: LevelMeter::new(),
            tick: now.wrapping_sub(1),
            nature: Nature::Doubt,
            since_still: SOFT_TICKS_MAX,
            is_muted: false,
            is_whispering: false,
            has_floor: false,
            is_sounding: false,
        }
    }

    /// Takes the level of what is heard in the tick `now`, once, and what that is.
    pub(crate) fn hear(&mut self, level: Dbfs, nature: Nature, now: u32) {
        let later = self.since_still.saturating_add(1).min(SOFT_TICKS_MAX);
        self.since_still = if level < STILL { 0 } else { later };
        let level = match nature {
            Nature::Speech | Nature::Doubt => level,
            Nature::Noise | Nature::Withheld => Dbfs::SILENCE,
        };
        self.meter.fall(now.wrapping_sub(self.tick).saturating_sub(1));
        self.meter.update(level);
        (self.level, self.nature, self.tick) = (level, nature, now);
    }

    /// Whether anything was heard in the tick `now`.
    pub(crate) const fn is_heard(&self, now: u32) -> bool {
        self.tick == now
    }

    /// Mutes the voice, or ends that, before it is mixed in the tick `now`.
    pub(crate) fn set_muted(&mut self, is_muted: bool, now: u32) {
        self.is_muted = is_muted;
        if is_muted {
            self.fall_silent(now);
        }
    }

    /// Has it speak to one other alone, or to all again, before it is mixed in the tick `now`.
    pub(crate) fn set_whispering(&mut self, is_whispering: bool, now: u32) {
        self.is_whispering = is_whispering;
        if is_whispering {
            self.fall_silent(now);
        }
    }

    /// Whether nothing of it is for all.
    pub(crate) const fn is_muted(&self) -> bool {
        self.is_muted || self.is_whispering
    }

    /// Whether what it says is for one other alone.
    pub(crate) const fn whispers(&self) -> bool {
        self.is_whispering && !self.is_muted
    }

    fn fall_silent(&mut self, now: u32) {
        self.meter.reset();
        (self.level, self.tick) = (Dbfs::SILENCE, now.wrapping_sub(1));
        self.nature = Nature::Doubt;
    }

    /// The level of the tick `now`.
    pub(crate) const fn level(&self, now: u32) -> Dbfs {
        if self.is_heard(now) { self.level } else { Dbfs::SILENCE }
    }

    /// The level over the last ticks up to `now`.
    pub(crate) const fn smoothed_level(&self, now: u32) -> Dbfs {
        self.meter.level_after(now.wrapping_sub(self.tick))
    }

    /// The level by which speakers are compared.
    pub(crate) const fn standing(&self, now: u32) -> Dbfs {
        let doubt_db = if matches!(self.nature, Nature::Speech) { 0.0 } else { DOUBT_DB };
        self.smoothed_level(now).plus(-doubt_db)
    }

    /// What it brings while it is too faint for the floor: who has that by speech speaks on in its pauses.
    pub(crate) const fn nature_in_pause(&self) -> Nature {
        match self.nature {
            Nature::Speech if self.has_floor => Nature::Speech,
            _ => Nature::Doubt,
        }
    }

    /// Whether what it brought last was speech, however long ago.
    pub(crate) const fn ends_in_speech(&self) -> bool {
        matches!(self.nature, Nature::Speech)
    }

    /// Whether what it brought last is not known to be speech.
    pub(crate) const fn is_doubtful(&self) -> bool {
        matches!(self.nature, Nature::Doubt)
    }

    /// Whether what is heard in the tick `now` is known to be speech.
    pub(crate) const fn is_speech(&self, now: u32) -> bool {
        self.is_heard(now) && matches!(self.nature, Nature::Speech)
    }

    /// Whether what is heard in the tick `now` may be heard by others.
    pub(crate) const fn may_sound(&self, now: u32) -> bool {
        self.is_heard(now) && !matches!(self.nature, Nature::Withheld)
    }

    /// From which level on it may get the floor, where that is `gate` for those whose line has some noise.
    pub(crate) const fn gate(&self, gate: Dbfs) -> Dbfs {
        if self.since_still < SOFT_TICKS_MAX { gate.plus(-SOFT_DB) } else { gate }
    }

    /// Gives it the floor, with a level of no less than `least` over the last ticks.
    pub(crate) fn begin(&mut self, least: Dbfs) {
        self.has_floor = true;
        self.meter.raise(least);
    }

    pub(crate) const fn has_floor(&self) -> bool {
        self.has_floor
    }

    /// Takes the floor from it.
    pub(crate) const fn end(&mut self) {
        self.has_floor = false;
    }

    /// Whether the last tick ended with this voice in the mix.
    pub(crate) const fn is_sounding(&self) -> bool {
        self.is_sounding
    }

    pub(crate) const fn set_sounding(&mut self, is_sounding: bool) {
        self.is_sounding = is_sounding;
    }

    /// Whether its sound is wanted in any case, however faint.
    pub(crate) const fn is_wanted(&self) -> bool {
        self.has_floor || self.is_sounding
    }

    /// Whether the tick `now` needs a share of the mix: for a voice that speaks, begins or breaks off.
    pub(crate) const fn contributes(&self, now: u32) -> bool {
        self.is_sounding || (self.has_floor && self.may_sound(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_voice_falls_without_being_touched() {
        let (mut voice, mut meter) = (Voice::new(7), LevelMeter::new());
        for now in 7..20 {
            voice.hear(Dbfs::new(-20.0), Nature::Speech, now);
            meter.update(Dbfs::new(-20.0));
        }
        assert_eq!(voice.smoothed_level(19), meter.level());
        assert_eq!((voice.level(19), voice.level(20)), (Dbfs::new(-20.0), Dbfs::SILENCE));
        (20..25).for_each(|_| _ = meter.update(Dbfs::SILENCE));
        assert!((voice.smoothed_level(24).decibels() - meter.level().decibels()).abs() < 0.001);
        voice.hear(Dbfs::new(-30.0), Nature::Speech, 25);
        meter.update(Dbfs::new(-30.0));
        assert!((voice.smoothed_level(25).decibels() - meter.level().decibels()).abs() < 0.001);
    }

    #[test]
    fn who_was_still_is_heard_from_its_breath_on() {
        let (gate, breath) = (Dbfs::new(-52.0), Dbfs::new(-60.0));
        let mut voice = Voice::new(0);
        voice.hear(breath, Nature::Doubt, 0);
        assert_eq!(voice.gate(gate), gate, "nothing is known of its silence");
        voice.hear(Dbfs::new(-72.0), Nature::Doubt, 1);
        // While it isn't listened to, nothing becomes known either.
        for now in 40..40 + u32::from(SOFT_TICKS_MAX) {
            assert_eq!(voice.gate(gate), gate.plus(-SOFT_DB));
            voice.hear(breath, Nature::Doubt, now);
        }
        assert_eq!(voice.gate(gate), gate, "a fan");
    }

    #[test]
    fn ticks_may_wrap() {
        let mut voice = Voice::new(u32::MAX);
        voice.hear(Dbfs::new(-20.0), Nature::Speech, u32::MAX);
        assert!(voice.is_heard(u32::MAX) && !voice.is_heard(0));
        assert_eq!(voice.smoothed_level(2), voice.smoothed_level(u32::MAX).plus(-3.6));
    }

    #[test]
    fn noise_counts_as_silence_and_doubt_for_less_than_speech() {
        let heard = |nature| {
            let mut voice = Voice::new(0);
            (0..20).for_each(|now| voice.hear(Dbfs::new(-20.0), nature, now));
            voice
        };
        let [speech, doubt] = [heard(Nature::Speech), heard(Nature::Doubt)];
        assert_eq!(doubt.level(19), Dbfs::new(-20.0));
        assert_eq!(doubt.standing(19), speech.standing(19).plus(-DOUBT_DB));
        for nature in [Nature::Noise, Nature::Withheld] {
            let voice = heard(nature);
            assert_eq!(voice.smoothed_level(19), Dbfs::SILENCE);
            assert_eq!((voice.level(19), voice.is_heard(19)), (Dbfs::SILENCE, true));
        }
        assert!(heard(Nature::Noise).may_sound(19) && !heard(Nature::Withheld).may_sound(19));
    }
}
