//! The channel strip: what is done to a voice before it is mixed.
//!
//! In this order, as on any desk: what is below all voices is cut off, noise is taken out where there is much
//! of it, and the voice is brought to the loudness of all the others. Only who is in the mix has a strip, so
//! there are as many as may be heard at once; what was learned of a voice stays with its member.

use crate::{
    denoisers::{Denoisers, Lease},
    settings::{Denoise, StripSettings},
    slot_id::SlotId,
};
use audio::{
    Rate, TICK_SAMPLES_MAX, TICKS_PER_SECOND,
    denoise::Denoiser,
    high_pass::HighPass,
    level::Dbfs,
    leveller::{Learned, Leveller},
    limiter::Limiter,
    noise_meter::NoiseMeter,
    vector,
};

/// Noise that would be heard so loudly in the mix is taken out, where that is left to the room.
const NOISY_FROM: Dbfs = Dbfs::new(-48.0);

/// Once it is, it is until it would be heard less loudly than that.
const NOISY_UNTIL: Dbfs = Dbfs::new(-54.0);

/// From this likelihood on that somebody speaks, by the denoiser's judgement, a tick may be speech.
const SPEECH_MIN: f32 = 0.3;

/// A strip that isn't used for so long gives its denoiser back: a second.
const IDLE_TICKS_MAX: u32 = TICKS_PER_SECOND;

/// What a room keeps of a member's voice while that is silent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    /// Its own wish, in place of the room's.
    pub(crate) denoise: Option<Denoise>,
    /// By how much it is wished louder than the others, or less, in decibels.
    pub(crate) volume_db: f32,
    learned: Learned,
    /// The energy of the noise under it, before any is taken out; none below zero.
    noise: f32,
}

/// A tick of a voice that is about to be mixed.
pub(crate) struct Take<'a> {
    pub(crate) rate: Rate,
    pub(crate) samples: &'a mut [f32],
    /// Whether it wasn't heard in the tick before.
    pub(crate) begins: bool,
    /// Whether it may be speech, by what else is known.
    pub(crate) may_be_speech: bool,
    pub(crate) profile: &'a mut Profile,
}

/// The strips of a room. Memory for them is reserved, and not touched before that many speak at once.
pub(crate) struct Strips {
    strips: Vec<Strip>,
    strips_max: usize,
    settings: StripSettings,
}

struct Strip {
    owner: SlotId,
    rate: Rate,
    /// The tick that it was used in last.
    tick: u32,
    high_pass: HighPass,
    /// The noise under the voice, before any is taken out.
    noise: NoiseMeter,
    lease: Option<Lease>,
    denoising: Denoising,
    leveller: Leveller,
    /// The gain of the volume as of the last tick.
    volume: f32,
    limiter: Limiter,
}

/// Whether a denoiser's work is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denoising {
    /// Not yet, and not for so many ticks more: it gets to know the voice.
    Warming(u8),
    /// It is.
    On,
}

impl Strips {
    /// For so many voices in one tick.
    pub(crate) fn new(settings: StripSettings, strips_max: usize) -> Self {
        Self { strips: Vec::with_capacity(strips_max), strips_max, settings }
    }

    /// Works on what a member says in the tick `now`, in place. Gives whether noise was taken out.
    pub(crate) fn process(
        &mut self,
        owner: SlotId,
        now: u32,
        denoisers: &mut Denoisers,
        mut take: Take<'_>,
    ) -> bool {
        let settings = self.settings;
        let Some(strip) = self.strip(owner, now, &take) else { return false };
        if take.begins {
            strip.begin(denoisers);
        }
        if settings.high_pass {
            strip.high_pass.process(take.samples);
        }
        let denoise = take.profile.denoise.unwrap_or(settings.denoise);
        let is_denoised = strip.denoise(denoise, denoisers, &mut take);
        let Take { samples, may_be_speech, profile, .. } = take;
        if settings.level {
            strip.leveller.process(samples, may_be_speech, &mut profile.learned);
        }
        strip.turn(samples, profile.volume_db);
        if settings.level {
            strip.limiter.process(samples);
        }
        is_denoised
    }

    /// Ends the tick `now`: strips that have long had nothing to do give back what they borrowed.
    pub(crate) fn end_tick(&mut self, now: u32) {
        for strip in &mut self.strips {
            if now.wrapping_sub(strip.tick) > IDLE_TICKS_MAX {
                strip.lease = None;
            }
        }
    }

    /// The strip of a voice: its own still, or the one that has been idle for longest.
    fn strip(&mut self, owner: SlotId, now: u32, take: &Take<'_>) -> Option<&mut Strip> {
        let own = |strip: &Strip| strip.owner == owner && strip.rate == take.rate;
        let place = match self.strips.iter().position(own) {
            Some(place) => place,
            None if self.strips.len() < self.strips_max => {
                self.strips.push(Strip::new(owner, now, take));
                self.strips.len() - 1
            }
            None => {
                let idle_ticks = |&place: &usize| now.wrapping_sub(self.strips[place].tick);
                let idlest = (0..self.strips.len()).max_by_key(idle_ticks)?;
                self.strips[idlest] = Strip::new(owner, now, take);
                idlest
            }
        };
        let strip = self.strips.get_mut(place)?;
        strip.tick = now;
        Some(strip)
    }
}

impl Strip {
    fn new(owner: SlotId, now: u32, take: &Take<'_>) -> Self {
        let Profile { learned, noise, .. } = *take.profile;
        Self {
            owner,
            rate: take.rate,
            tick: now,
            high_pass: HighPass::new(take.rate),
            noise: if noise < 0.0 { NoiseMeter::new() } else { NoiseMeter::from_energy(noise) },
            lease: None,
            denoising: Denoising::Warming(Denoiser::WARM_UP_TICKS),
            leveller: Leveller::new(take.rate, &learned),
            volume: gain(take.profile.volume_db),
            limiter: Limiter::new(),
        }
    }

    /// Forgets the sound before a gap.
    fn begin(&mut self, denoisers: &mut Denoisers) {
        self.high_pass.reset();
        self.leveller.reset();
        if let Some(denoiser) = self.lease.as_ref().and_then(|lease| denoisers.get(lease)) {
            denoiser.flush();
        }
    }

    /// Turns it up or down, over a tick if that has just been wished.
    fn turn(&mut self, samples: &mut [f32], volume_db: f32) {
        let before = std::mem::replace(&mut self.volume, gain(volume_db));
        if (before, self.volume) != (1.0, 1.0) {
            vector::ramp(samples, before, self.volume);
        }
    }

    /// Takes noise out of a tick, if that is wanted and there is a denoiser to be had. It comes and goes in
    /// pauses of the voice, where nobody hears the change. Gives whether it was at work.
    fn denoise(
        &mut self,
        denoise: Denoise,
        denoisers: &mut Denoisers,
        take: &mut Take<'_>,
    ) -> bool {
        let energy = vector::sum_of_squares(take.samples) / take.samples.len().max(1) as f32;
        let is_pause = !self.noise.update(energy);
        take.profile.noise = self.noise.energy().unwrap_or(-1.0);
        let is_wanted = match denoise {
            Denoise::Never => false,
            Denoise::WhereNoisy => take.profile.is_noisy(self.denoising == Denoising::On),
            Denoise::Always => true,
        };
        if is_wanted && self.lease.is_none() {
            self.lease = denoisers.lend();
            self.denoising = Denoising::Warming(Denoiser::WARM_UP_TICKS);
        }
        let Some(denoiser) = self.lease.as_ref().and_then(|lease| denoisers.get(lease)) else {
            return false;
        };
        let mut clean = [0.0; TICK_SAMPLES_MAX];
        let clean = &mut clean[..take.samples.len()];
        clean.copy_from_slice(take.samples);
        take.may_be_speech &= denoiser.process(self.rate, clean) >= SPEECH_MIN;
        match self.denoising {
            Denoising::On if is_wanted || !is_pause => take.samples.copy_from_slice(clean),
            Denoising::On => {
                crossfade(clean, take.samples);
                take.samples.copy_from_slice(clean);
                self.denoising = Denoising::Warming(Denoiser::WARM_UP_TICKS);
            }
            Denoising::Warming(0) if is_wanted && is_pause => {
                crossfade(take.samples, clean);
                self.denoising = Denoising::On;
            }
            Denoising::Warming(ticks) => {
                self.denoising = Denoising::Warming(ticks.saturating_sub(1))
            }
        }
        if !is_wanted && self.denoising != Denoising::On {
            self.lease = None;
        }
        true
    }
}

impl Profile {
    /// Of a voice that was never heard.
    pub(crate) const fn new() -> Self {
        Self { denoise: None, volume_db: 0.0, learned: Learned::NOTHING, noise: -1.0 }
    }

    /// By how much it is louder in the mix than it comes.
    pub(crate) fn gain_db(&self) -> f32 {
        self.learned.gain_db() + self.volume_db
    }

    /// Whether the noise under the voice is loud enough to be taken out, or to go on with that. Where nothing
    /// but noise was heard so far, that isn't for a denoiser to decide.
    fn is_noisy(&self, is_denoised: bool) -> bool {
        let limit = if is_denoised { NOISY_UNTIL } else { NOISY_FROM };
        let heard = Dbfs::of_mean_square(self.noise).plus(self.learned.gain_db());
        self.learned.loudness().is_some() && self.noise >= 0.0 && heard >= limit
    }
}

/// The factor that a volume stands for.
fn gain(volume_db: f32) -> f32 {
    if volume_db == 0.0 { 1.0 } else { 10f32.powf(volume_db / 20.0) }
}

/// Changes over from one sound of a tick to another; the result takes the place of the first.
fn crossfade(from: &mut [f32], to: &mut [f32]) {
    vector::ramp(from, 1.0, 0.0);
    vector::ramp(to, 0.0, 1.0);
    vector::add(from, to);
}

#[cfg(test)]
mod tests;
