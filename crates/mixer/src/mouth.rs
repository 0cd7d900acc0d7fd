//! From what is said to a share of the mix: at the room's rate, and without a click at either end.

use audio::{Frame, Rate, fade, resample::Resampler};

/// Brings one voice into the mix.
pub(crate) struct Mouth {
    to_room: Resampler,
    /// The last sample that went into the mix.
    last_sample: f32,
}

impl Mouth {
    pub(crate) const fn new(rate: Rate) -> Self {
        Self { to_room: Resampler::new(rate, rate), last_sample: 0.0 }
    }

    /// Writes a tick's share of the mix from what was `heard`, if anything. It begins and ends
    /// without a click: whatever changes is faded. Gives whether the voice sounds on at its end.
    pub(crate) fn contribute(
        &mut self,
        heard: Option<(Rate, &[f32])>,
        was_sounding: bool,
        may_sound: bool,
        share: &mut Frame,
    ) -> bool {
        let room_rate = share.rate();
        if let Some((rate, samples)) = heard {
            self.to_room.set(rate, room_rate);
            if !was_sounding {
                self.to_room.reset();
            }
            self.to_room.process(samples, share.samples_mut());
        }
        let sounds = may_sound && heard.is_some();
        match (was_sounding, sounds) {
            (true, true) => {}
            (false, true) => fade::fade_in(share.samples_mut(), room_rate),
            (true, false) if heard.is_some() => fade::fade_out_late(share.samples_mut(), room_rate),
            (true, false) => fade::tail(share.samples_mut(), room_rate, self.last_sample),
            (false, false) => share.silence(),
        }
        self.last_sample = share.samples().last().copied().unwrap_or(0.0);
        sounds
    }

    /// The last sample that went into the mix.
    pub(crate) const fn last_sample(&self) -> f32 {
        self.last_sample
    }
}
