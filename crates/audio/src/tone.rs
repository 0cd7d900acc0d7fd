//! Short chimes that say what happened without a word.

use crate::rate::Rate;
use std::f32::consts::TAU;

/// A chime. All lie within the band of a telephone and last less than half a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Somebody came in: a fourth upwards.
    Entry,
    /// Somebody left: the same fourth downwards.
    Exit,
    /// You are muted now: two low notes, falling.
    Muted,
    /// You can be heard again: two notes, rising to a brighter one.
    Unmuted,
}

/// One struck note of a chime.
struct Note {
    start_ms: u32,
    hz: f32,
}

/// A note rises for so long, and then fades like a struck bar: to 1/e every `DECAY_MS`.
const ATTACK_MS: f32 = 4.0;
const DECAY_MS: f32 = 55.0;

/// After so long a note has faded away; its last part is drawn to silence in `RELEASE_MS`.
const NOTE_MS: u32 = 250;
const RELEASE_MS: f32 = 30.0;

/// The loudest that one note gets. Two that overlap stay well below the limiter's threshold.
const AMPLITUDE: f32 = 0.18;

/// The strength of the octave above each note, which gives it its colour.
const OCTAVE: f32 = 0.25;

impl Tone {
    /// Every tone.
    pub const ALL: [Tone; 4] = [Tone::Entry, Tone::Exit, Tone::Muted, Tone::Unmuted];

    /// How long it sounds, in milliseconds.
    pub fn duration_ms(self) -> u32 {
        self.notes().iter().map(|note| note.start_ms + NOTE_MS).max().unwrap_or(0)
    }

    const fn notes(self) -> &'static [Note; 2] {
        const D4: f32 = 293.66;
        const G4: f32 = 392.00;
        const D5: f32 = 587.33;
        const E5: f32 = 659.26;
        const A5: f32 = 880.00;
        const SLOW_MS: u32 = 120;
        const QUICK_MS: u32 = 80;
        match self {
            Tone::Entry => &[Note { start_ms: 0, hz: E5 }, Note { start_ms: SLOW_MS, hz: A5 }],
            Tone::Exit => &[Note { start_ms: 0, hz: A5 }, Note { start_ms: SLOW_MS, hz: E5 }],
            Tone::Muted => &[Note { start_ms: 0, hz: G4 }, Note { start_ms: QUICK_MS, hz: D4 }],
            Tone::Unmuted => &[Note { start_ms: 0, hz: G4 }, Note { start_ms: QUICK_MS, hz: D5 }],
        }
    }
}

/// Produces the samples of a [`Tone`], tick by tick.
#[derive(Debug, Clone)]
pub struct ToneGenerator {
    tone: Tone,
    rate: Rate,
    /// The next sample's place in the tone.
    position: usize,
}

impl ToneGenerator {
    /// A generator at the beginning of its tone.
    pub const fn new(tone: Tone, rate: Rate) -> Self {
        Self { tone, rate, position: 0 }
    }

    /// Goes on at another rate, from the same moment of the tone.
    pub fn set_rate(&mut self, rate: Rate) {
        let milliseconds = self.position / self.rate.samples_in_ms(1);
        self.position = milliseconds * rate.samples_in_ms(1);
        self.rate = rate;
    }

    /// Overwrites `out` with the next samples, and with silence after the end. Gives whether the
    /// tone has ended.
    pub fn fill(&mut self, out: &mut [f32]) -> bool {
        out.fill(0.0);
        for note in self.tone.notes() {
            self.strike(note, out);
        }
        self.position += out.len();
        self.has_ended()
    }

    /// Whether nothing more will sound.
    pub fn has_ended(&self) -> bool {
        self.position >= self.rate.samples_in_ms(self.tone.duration_ms())
    }

    /// Adds what falls into this stretch of one note.
    fn strike(&self, note: &Note, out: &mut [f32]) {
        let start = self.rate.samples_in_ms(note.start_ms);
        let end = start + self.rate.samples_in_ms(NOTE_MS);
        for (place, sample) in (self.position..end).zip(out) {
            if let Some(age) = place.checked_sub(start) {
                let milliseconds = age as f32 * 1_000.0 / self.rate.hz() as f32;
                *sample += AMPLITUDE * envelope(milliseconds) * timbre(note.hz, milliseconds);
            }
        }
    }
}

fn envelope(milliseconds: f32) -> f32 {
    let attack = (milliseconds / ATTACK_MS).min(1.0);
    let release = ((NOTE_MS as f32 - milliseconds) / RELEASE_MS).min(1.0);
    attack * release * (-milliseconds / DECAY_MS).exp()
}

fn timbre(hz: f32, milliseconds: f32) -> f32 {
    let turns = hz * milliseconds / 1_000.0;
    ((TAU * turns).sin() + OCTAVE * (TAU * 2.0 * turns).sin()) / (1.0 + OCTAVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{level::Dbfs, vector};

    fn render(tone: Tone, rate: Rate) -> Vec<f32> {
        let mut generator = ToneGenerator::new(tone, rate);
        let mut samples = Vec::new();
        loop {
            let mut tick = vec![9.0; rate.tick_samples()];
            let ended = generator.fill(&mut tick);
            samples.extend(tick);
            if ended {
                return samples;
            }
        }
    }

    #[test]
    fn tones_are_short_and_neither_loud_nor_faint() {
        for tone in Tone::ALL {
            for rate in Rate::ALL {
                let samples = render(tone, rate);
                assert!(samples.len() <= rate.hz() as usize / 2);
                assert!(vector::peak(&samples) < 0.3);
                let level = Dbfs::of(&samples).decibels();
                assert!((-30.0..-18.0).contains(&level), "{tone:?} at {rate:?}: {level} dBFS");
            }
        }
    }

    #[test]
    fn tones_begin_end_and_run_without_a_click() {
        for tone in Tone::ALL {
            let samples = render(tone, Rate::Hz48000);
            assert_eq!((samples[0], samples[samples.len() - 1]), (0.0, 0.0));
            let step = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
            assert!(step < 0.04, "{tone:?}: {step}");
        }
    }

    #[test]
    fn tones_differ_from_one_another() {
        for a in Tone::ALL {
            for b in Tone::ALL {
                let (x, y) = (render(a, Rate::Hz8000), render(b, Rate::Hz8000));
                let alike = vector::dot(&x, &y)
                    / (vector::sum_of_squares(&x) * vector::sum_of_squares(&y)).sqrt();
                // The two that concern muting begin with the same note.
                assert!((alike - 1.0).abs() < 1e-4 || alike < 0.8, "{a:?} {b:?}: {alike}");
                assert_eq!(alike > 0.9, a == b);
            }
        }
    }

    #[test]
    fn a_change_of_rate_goes_on_from_the_same_moment() {
        let whole = render(Tone::Exit, Rate::Hz48000);
        let mut generator = ToneGenerator::new(Tone::Exit, Rate::Hz8000);
        generator.fill(&mut [0.0; 160]);
        generator.set_rate(Rate::Hz48000);
        let mut tick = [0.0; 960];
        generator.fill(&mut tick);
        assert_eq!(tick, whole[960..1_920]);
    }
}
