//! Brings every voice to the same loudness, slowly.

use crate::{
    loudness::{KWeighting, Lufs, Momentary},
    noise_meter::NoiseMeter,
    rate::{Rate, TICKS_PER_SECOND},
    vector,
};

/// An automatic gain for one voice, fed tick by tick.
///
/// It measures loudness as EBU R 128 does: blocks of 400 ms, of which those count that are not silent and not
/// much fainter than the others; only that it forgets, over [`Leveller::MEMORY_S`] of speech. The gain follows
/// so slowly that nobody hears it move, and rests while it is near enough. It moves while somebody
/// speaks and at no other time: noise alone neither counts nor is ever turned up. What it learned of a voice is
/// kept by the caller, for a voice that is silent needs no leveller.
#[derive(Debug, Clone)]
pub struct Leveller {
    weighting: KWeighting,
    momentary: Momentary,
    noise: NoiseMeter,
    /// A bit for each of the last ticks: whether somebody spoke. The newest is the lowest.
    speech: u32,
    /// Whether the gain is on its way.
    is_moving: bool,
}

/// What is known of how loud a voice is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learned {
    gain_db: f32,
    /// The mean energy of all blocks of speech, and of those that aren't much fainter.
    energy: f32,
    loud_energy: f32,
    /// Blocks that these are the means of, up to the memory's length.
    blocks: u8,
    /// The energy of the noise under the voice; none below zero.
    noise: f32,
    /// Whether the gain has once got near to where it belongs.
    is_settled: bool,
}

impl Leveller {
    /// How loud all voices are to be: the target of EBU R 128.
    pub const TARGET: Lufs = Lufs::new(-23.0);

    /// The most by which a voice is turned up or down, in decibels.
    pub const GAIN_DB_MAX: f32 = 24.0;

    /// Noise is not turned up beyond this loudness, however faint the voice above it.
    pub const NOISE_MAX: Lufs = Lufs::new(-48.0);

    /// Seconds of speech after which what was heard before counts little.
    pub const MEMORY_S: f32 = 8.0;

    /// How fast the gain of a voice that is known moves, in decibels a second of speech.
    pub const SLOW_DB_PER_S: f32 = 3.0;

    /// The same for a voice that was never heard before, for few words make nobody wait for the others.
    pub const FAST_DB_PER_S: f32 = 30.0;

    /// The gain begins to move if it is off by so many decibels, and stops when it is right.
    pub const TOLERANCE_DB: f32 = 1.5;

    /// How many times as strong the noise can become in a tick: 1 dB in a second.
    const NOISE_RISE: f32 = 1.004_616;

    /// A block much fainter than the others, by so many decibels, isn't speech: the relative gate of BS.1770.
    const RELATIVE_GATE_DB: f32 = 10.0;

    /// A block that isn't louder than the noise by so many decibels isn't speech.
    const NOISE_GATE_DB: f32 = 10.0;

    /// A block that is so many times as strong as the mean counts as this much: a cough is no voice. 6 dB.
    const OUTLIER: f32 = 4.0;

    const MEMORY_BLOCKS: u8 =
        (Self::MEMORY_S * TICKS_PER_SECOND as f32 / Momentary::STEP as f32) as u8;

    /// Ticks of a block in which somebody must speak: half of them.
    const SPEECH_TICKS_MIN: u32 = Momentary::TICKS as u32 / 2;

    /// A leveller for a voice at a rate, which begins or goes on after a pause.
    pub fn new(rate: Rate, learned: &Learned) -> Self {
        Self {
            weighting: KWeighting::new(rate),
            momentary: Momentary::new(),
            noise: learned.noise().map_or_else(NoiseMeter::new, NoiseMeter::from_energy),
            speech: 0,
            is_moving: false,
        }
    }

    /// Forgets the sound before a gap.
    pub fn reset(&mut self) {
        self.weighting.reset();
        self.momentary.reset();
        self.speech = 0;
    }

    /// Brings a tick towards the common loudness, in place, and learns from it: where it may be speech, which
    /// the caller knows better. Gives whether anything but noise was heard in it.
    pub fn process(
        &mut self,
        samples: &mut [f32],
        may_be_speech: bool,
        learned: &mut Learned,
    ) -> bool {
        let energy = self.weighting.energy(samples);
        let is_more_than_noise = self.noise.update(energy);
        learned.hear_noise(self.noise.energy());
        let is_speech = may_be_speech && is_more_than_noise;
        self.speech = self.speech << 1 | u32::from(is_speech);
        if let Some(block) = self.momentary.update(energy) {
            self.weigh(block, learned);
        }
        let before = learned.gain_db;
        if is_speech {
            self.approach(learned);
        }
        if before != 0.0 || learned.gain_db != 0.0 {
            vector::ramp(samples, factor(before), factor(learned.gain_db));
        }
        is_more_than_noise
    }

    /// Counts the energy of a block of 400 ms, if it is speech.
    fn weigh(&self, block: f32, learned: &mut Learned) {
        const BLOCK: u32 = (1 << Momentary::TICKS) - 1;
        let (loudness, noise) = (Lufs::of_energy(block), learned.noise().map(Lufs::of_energy));
        let speaks = (self.speech & BLOCK).count_ones() >= Self::SPEECH_TICKS_MIN;
        let stands_out =
            noise.is_none_or(|noise| loudness.decibels() >= noise.decibels() + Self::NOISE_GATE_DB);
        if speaks && stands_out && loudness >= Lufs::GATE {
            learned.weigh(block);
        }
    }

    /// Moves the gain by what a tick may, if it isn't where it belongs.
    fn approach(&mut self, learned: &mut Learned) {
        let Some(wanted_db) = learned.wanted_gain_db() else { return };
        let distance_db = wanted_db - learned.gain_db;
        self.is_moving |= distance_db.abs() > Self::TOLERANCE_DB;
        if !self.is_moving {
            learned.is_settled = true;
            return;
        }
        let db_per_s = if learned.is_settled { Self::SLOW_DB_PER_S } else { Self::FAST_DB_PER_S };
        let step_db = db_per_s / TICKS_PER_SECOND as f32;
        learned.gain_db += distance_db.clamp(-step_db, step_db);
        self.is_moving = distance_db.abs() > step_db;
        learned.is_settled |= !self.is_moving;
    }
}

impl Learned {
    /// Nothing is known yet.
    pub const NOTHING: Self = Self {
        gain_db: 0.0,
        energy: 0.0,
        loud_energy: 0.0,
        blocks: 0,
        noise: -1.0,
        is_settled: false,
    };

    /// By how many decibels the voice is turned up.
    pub const fn gain_db(&self) -> f32 {
        self.gain_db
    }

    /// How loud the voice is when it speaks, before it is turned up or down; none before it was heard speaking.
    pub fn loudness(&self) -> Option<Lufs> {
        (self.blocks > 0).then(|| Lufs::of_energy(self.loud_energy))
    }

    fn noise(&self) -> Option<f32> {
        (self.noise >= 0.0).then_some(self.noise)
    }

    /// Takes the energy of the noise, as it seems now. It may seem loud only because somebody has made no pause
    /// for a while; so what is known of it falls at once and rises slowly.
    fn hear_noise(&mut self, noise: Option<f32>) {
        if let Some(noise) = noise {
            let most = self.noise().map_or(noise, |known| known * Leveller::NOISE_RISE);
            self.noise = noise.min(most);
        }
    }

    /// Counts a block of speech.
    fn weigh(&mut self, block: f32) {
        if self.blocks == 0 {
            (self.energy, self.loud_energy) = (block, block);
        }
        self.blocks = (self.blocks + 1).min(Leveller::MEMORY_BLOCKS);
        let share = 1.0 / f32::from(self.blocks);
        let block = block.min(self.loud_energy * Leveller::OUTLIER);
        self.energy += share * (block - self.energy);
        let gate_db = Lufs::of_energy(self.energy).decibels() - Leveller::RELATIVE_GATE_DB;
        if Lufs::of_energy(block).decibels() >= gate_db {
            self.loud_energy += share * (block - self.loud_energy);
        }
    }

    /// The gain that would bring the voice to the target, within what it and its noise may be turned up by.
    fn wanted_gain_db(&self) -> Option<f32> {
        let loudness = self.loudness()?;
        let noise = self.noise().map_or(Lufs::SILENCE, Lufs::of_energy);
        let bearable_db = Leveller::NOISE_MAX.decibels() - noise.decibels();
        let gain_db_max = bearable_db.clamp(0.0, Leveller::GAIN_DB_MAX);
        let gain_db = Leveller::TARGET.decibels() - loudness.decibels();
        Some(gain_db.clamp(-Leveller::GAIN_DB_MAX, gain_db_max))
    }
}

impl Default for Learned {
    fn default() -> Self {
        Self::NOTHING
    }
}

/// A gain in decibels as a factor of magnitude.
fn factor(gain_db: f32) -> f32 {
    10f32.powf(gain_db / 20.0)
}

#[cfg(test)]
mod tests;
