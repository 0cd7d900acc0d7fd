//! Tones that everybody in the room hears.

use audio::{
    Frame, Rate, fade,
    tone::{Tone, ToneGenerator},
    vector,
};

/// The most tones that sound at once, after a while without any. More are left out: nobody could tell them apart.
pub(crate) const CHIMES_MAX: usize = 3;

/// Ticks until another may sound: 2 s.
const INTERVAL_TICKS: u32 = 100;

/// The tones that sound in a room, and those that are about to.
pub(crate) struct Chimes {
    chimes: [Option<Chime>; CHIMES_MAX],
    /// What is left for more: each takes an interval, and each tick gives one back.
    budget_ticks: u32,
}

struct Chime {
    generator: ToneGenerator,
    has_begun: bool,
    is_faded_out: bool,
}

impl Chimes {
    /// As many ticks as the most tones take.
    const BUDGET_TICKS: u32 = CHIMES_MAX as u32 * INTERVAL_TICKS;

    pub(crate) const fn new() -> Self {
        Self { chimes: [const { None }; CHIMES_MAX], budget_ticks: Self::BUDGET_TICKS }
    }

    /// Sounds a tone from the next tick on, unless there were too many of late.
    pub(crate) fn sound(&mut self, tone: Tone, rate: Rate) {
        let Some(left) = self.budget_ticks.checked_sub(INTERVAL_TICKS) else { return };
        self.budget_ticks = left;
        if let Some(free) = self.chimes.iter_mut().find(|chime| chime.is_none()) {
            let generator = ToneGenerator::new(tone, rate);
            *free = Some(Chime { generator, has_begun: false, is_faded_out: false });
        }
    }

    /// Whether a tone sounded in the last tick and goes on.
    pub(crate) fn are_sounding(&self) -> bool {
        self.chimes.iter().flatten().any(|chime| chime.has_begun)
    }

    pub(crate) fn set_room_rate(&mut self, rate: Rate) {
        self.chimes.iter_mut().flatten().for_each(|chime| chime.generator.set_rate(rate));
    }

    /// Adds one tick of all tones to `sum`. With `hold_back`, what sounds fades out for a tick, and
    /// what hasn't begun waits.
    pub(crate) fn add_to(&mut self, sum: &mut Frame, hold_back: bool) {
        self.budget_ticks = Self::BUDGET_TICKS.min(self.budget_ticks + 1);
        for place in &mut self.chimes {
            let Some(chime) = place else { continue };
            if hold_back && !chime.has_begun {
                continue;
            }
            if chime.add_to(sum, hold_back) {
                *place = None;
            }
        }
    }
}

impl Chime {
    /// Adds one tick; gives whether the tone has ended.
    fn add_to(&mut self, sum: &mut Frame, hold_back: bool) -> bool {
        let mut tick = Frame::silent(sum.rate());
        let ended = self.generator.fill(tick.samples_mut());
        if hold_back {
            fade::fade_out(tick.samples_mut(), sum.rate());
        } else if self.is_faded_out {
            fade::fade_in(tick.samples_mut(), sum.rate());
        }
        self.has_begun = true;
        self.is_faded_out = hold_back;
        vector::add(sum.samples_mut(), tick.samples());
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::level::Dbfs;

    fn tick(chimes: &mut Chimes, hold_back: bool) -> Frame {
        let mut sum = Frame::silent(Rate::Hz8000);
        chimes.add_to(&mut sum, hold_back);
        sum
    }

    #[test]
    fn a_tone_sounds_for_its_time() {
        let mut chimes = Chimes::new();
        chimes.sound(Tone::Entry, Rate::Hz8000);
        assert!(!chimes.are_sounding());
        let mut ticks = 0;
        loop {
            assert!(Dbfs::of(tick(&mut chimes, false).samples()) > Dbfs::SILENCE);
            ticks += 1;
            if !chimes.are_sounding() {
                break;
            }
        }
        assert_eq!(ticks, Tone::Entry.duration_ms().div_ceil(20));
        assert_eq!(tick(&mut chimes, false).samples(), [0.0; 160]);
    }

    #[test]
    fn a_tone_that_is_held_back_waits_or_fades() {
        let mut chimes = Chimes::new();
        chimes.sound(Tone::Exit, Rate::Hz8000);
        assert_eq!(tick(&mut chimes, true).samples(), [0.0; 160], "it waits");
        tick(&mut chimes, false);
        let faded = tick(&mut chimes, true);
        assert!(faded.samples()[..20].iter().any(|&sample| sample != 0.0));
        assert!(faded.samples()[40..].iter().all(|&sample| sample == 0.0));
        assert_eq!(tick(&mut chimes, false).samples()[0], 0.0, "it fades in again");
    }

    #[test]
    fn tones_beyond_the_limit_are_left_out() {
        let mut chimes = Chimes::new();
        (0..CHIMES_MAX + 3).for_each(|_| chimes.sound(Tone::Entry, Rate::Hz8000));
        assert_eq!(chimes.chimes.iter().flatten().count(), CHIMES_MAX);
        assert!(vector::peak(tick(&mut chimes, false).samples()) <= 1.0);
    }

    #[test]
    fn a_crowd_is_announced_by_a_tone_now_and_then() {
        let mut chimes = Chimes::new();
        let mut begun = 0;
        for _ in 0..500 {
            let before = chimes.budget_ticks;
            chimes.sound(Tone::Entry, Rate::Hz8000);
            begun += u32::from(chimes.budget_ticks < before);
            tick(&mut chimes, false);
        }
        assert_eq!(begun, CHIMES_MAX as u32 + 500 / INTERVAL_TICKS - 1);
        (0..300).for_each(|_| _ = tick(&mut chimes, false));
        (0..5).for_each(|_| chimes.sound(Tone::Exit, Rate::Hz8000));
        assert_eq!(chimes.chimes.iter().flatten().count(), CHIMES_MAX);
    }
}
