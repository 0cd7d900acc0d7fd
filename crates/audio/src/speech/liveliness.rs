//! How lively sound is: speech changes its spectrum with each phone and its level with each syllable; music on hold, a
//! fan or a tone changes one or both of them little.
//!
//! Sources: spectral flux from E. Scheirer and M. Slaney, "Construction and evaluation of a robust multifeature
//! speech/music discriminator", ICASSP 1997; the swing of the level in place of their 4 Hz modulation energy and share
//! of low-energy frames, as it needs no window. A spectrum is taken in every second tick, 40 ms apart: that tells both
//! apart better than neighbours do, and costs half.

use crate::{
    recent::Recent,
    spectrum::{self, Spectrum},
};

/// The bins that are looked at: from 250 to 3,400 Hz, of a short spectrum.
const BIN_FIRST: usize = Spectrum::bin(Recent::SAMPLES / 2, 250);
const BINS: usize = Spectrum::bin(Recent::SAMPLES / 2, 3_400) - BIN_FIRST + 2;

/// What a tick of sound adds to the mean swing, a time constant of 1.3 s: that of a few words. To the mean flux it is
/// twice as much, in every second tick.
const RATE: f32 = 1.0 / 64.0;

/// What it adds to the mean level, from which the swing is measured: 0.6 s.
const LEVEL_RATE: f32 = 1.0 / 32.0;

/// What a tick of silence takes off what is known: after 0.4 s of it, music has been over for long enough that what
/// follows is given a hearing.
const FORGET_RATE: f32 = 1.0 / 32.0;

/// What is presumed of a line: flux and swing of lively speech.
const FLUX: f32 = 0.23;
const SWING_DB: f32 = 8.0;

/// The product of flux and swing below which sound is dull. Of read speech, the narrowest stretch has 1.1, whispered
/// too; music on hold has 0.2 to 0.3 once it is known.
const DULL_BELOW: f32 = 0.7;

/// The flux below which sound may be dull; that of speech is 0.18 and more. Steady noise is above, for its spectrum is
/// another in each tick: that is known by its level, and must not be held against a voice which begins to speak in it.
const DULL_FLUX: f32 = 0.16;

/// What was dull is lively again above this.
const LIVELY_ABOVE: f32 = 0.9;

/// Follows the liveliness of a stream.
#[derive(Debug, Clone)]
pub(super) struct Liveliness {
    /// The magnitudes of the last spectrum, scaled to a length of 1.
    last: [f32; BINS],
    last_flux: f32,
    /// Whether the next tick is one of those of which no spectrum is taken.
    rests: bool,
    flux: f32,
    swing_db: f32,
    /// The mean level; none before anything was heard.
    level_db: Option<f32>,
    is_dull: bool,
}

impl Liveliness {
    pub(super) const fn new() -> Self {
        Self {
            last: [0.0; BINS],
            last_flux: FLUX,
            rests: false,
            flux: FLUX,
            swing_db: SWING_DB,
            level_db: None,
            is_dull: false,
        }
    }

    /// Takes the latest tick, of such a level. Gives the flux: how much the spectrum differs from that of two ticks
    /// before, 0 for the same, 1 for one of nothing in common.
    pub(super) fn update(&mut self, recent: &Recent, level_db: f32) -> f32 {
        self.learn_swing(level_db);
        self.rests = !self.rests;
        if self.rests {
            self.last_flux = self.change(recent);
            self.flux += 2.0 * RATE * (self.last_flux - self.flux);
        }
        self.judge();
        self.last_flux
    }

    /// Takes so many ticks of silence.
    pub(super) fn fall(&mut self, ticks: u32) {
        let kept = (-(ticks as f32) * FORGET_RATE).exp();
        self.flux = FLUX + kept * (self.flux - FLUX);
        self.swing_db = SWING_DB + kept * (self.swing_db - SWING_DB);
        self.judge();
    }

    /// Presumes again that the line is lively.
    pub(super) const fn forget(&mut self) {
        (self.flux, self.swing_db, self.is_dull) = (FLUX, SWING_DB, false);
    }

    /// Whether it has been shown that this is no speech.
    pub(super) const fn is_dull(&self) -> bool {
        self.is_dull
    }

    /// By how much the latest spectrum differs from the last.
    fn change(&mut self, recent: &Recent) -> f32 {
        let mut powers = [0.0; BINS];
        spectrum::SHORT.powers(recent, BIN_FIRST, &mut powers);
        let power: f32 = powers.iter().sum();
        let scale = 1.0 / power.max(f32::MIN_POSITIVE).sqrt();
        let mut likeness = 0.0;
        for (last, power) in self.last.iter_mut().zip(&powers) {
            let magnitude = scale * power.sqrt();
            likeness += magnitude * *last;
            *last = magnitude;
        }
        (1.0 - likeness).max(0.0)
    }

    fn learn_swing(&mut self, level_db: f32) {
        let mean_db = self.level_db.get_or_insert(level_db);
        let off_db = level_db - *mean_db;
        *mean_db += LEVEL_RATE * off_db;
        self.swing_db += RATE * (off_db.abs() - self.swing_db);
    }

    fn judge(&mut self) {
        let liveliness = self.flux * self.swing_db;
        let limit = if self.is_dull { LIVELY_ABOVE } else { DULL_BELOW };
        self.is_dull = liveliness < limit && self.flux < DULL_FLUX;
    }
}
