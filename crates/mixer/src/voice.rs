//! What a member says: from the samples that are heard of it to its share of the mix.

use audio::{
    Frame, Rate, fade,
    level::{Dbfs, LevelMeter},
    resample::Resampler,
    vector,
};

/// The speaking half of a member.
pub(crate) struct Voice {
    /// What was heard in this tick, at the codec's rate.
    heard: Frame,
    /// Whether anything was heard in this tick.
    is_heard: bool,
    is_muted: bool,
    /// The level of this tick, and that of the last ones.
    level: Dbfs,
    meter: LevelMeter,
    /// Whether the member has the floor.
    has_floor: bool,
    /// Whether the last tick ended with this voice in the mix.
    is_sounding: bool,
    /// The last sample that went into the mix.
    last_sample: f32,
    to_room: Resampler,
}

impl Voice {
    pub(crate) const fn new(rate: Rate) -> Self {
        Self {
            heard: Frame::silent(rate),
            is_heard: false,
            is_muted: false,
            level: Dbfs::SILENCE,
            meter: LevelMeter::new(),
            has_floor: false,
            is_sounding: false,
            last_sample: 0.0,
            to_room: Resampler::new(rate, rate),
        }
    }

    /// Takes the sound of one tick. A muted member's is thrown away unheard.
    pub(crate) fn hear(&mut self, samples: &[f32]) {
        if self.is_muted {
            return;
        }
        let frame = self.heard.samples_mut();
        let common = samples.len().min(frame.len());
        vector::copy_sane(frame, &samples[..common]);
        frame[common..].fill(0.0);
        self.is_heard = true;
    }

    pub(crate) fn set_muted(&mut self, muted: bool) {
        self.is_muted = muted;
        if muted {
            self.is_heard = false;
            self.meter.reset();
        }
    }

    pub(crate) const fn is_muted(&self) -> bool {
        self.is_muted
    }

    /// Measures what was heard in this tick.
    pub(crate) fn measure(&mut self) {
        self.level = if self.is_heard { Dbfs::of(self.heard.samples()) } else { Dbfs::SILENCE };
        self.meter.update(self.level);
    }

    /// The level of this tick.
    pub(crate) const fn level(&self) -> Dbfs {
        self.level
    }

    /// The level over the last ticks, by which speakers are compared.
    pub(crate) const fn smoothed_level(&self) -> Dbfs {
        self.meter.level()
    }

    pub(crate) const fn has_floor(&self) -> bool {
        self.has_floor
    }

    pub(crate) const fn set_floor(&mut self, has_floor: bool) {
        self.has_floor = has_floor;
    }

    /// Whether the last tick ended with this voice in the mix.
    pub(crate) const fn is_sounding(&self) -> bool {
        self.is_sounding
    }

    /// The sample that the voice broke off at, if it leaves now.
    pub(crate) fn last_sample(&self) -> f32 {
        if self.is_sounding { self.last_sample } else { 0.0 }
    }

    pub(crate) fn set_room_rate(&mut self, rate: Rate) {
        self.to_room.set(self.heard.rate(), rate);
    }

    /// Whether this tick needs a share of the mix: for a voice that speaks, begins or breaks off.
    pub(crate) const fn contributes(&self) -> bool {
        self.is_sounding || (self.has_floor && self.is_heard)
    }

    /// Writes this tick's share of the mix, at the room's rate. It begins and ends without a click:
    /// whatever changes is faded. With `hold_back` the voice fades out as if it had lost the floor.
    pub(crate) fn contribute(&mut self, share: &mut Frame, hold_back: bool) {
        let room_rate = share.rate();
        let sounds = self.has_floor && self.is_heard && !hold_back;
        if self.is_heard {
            if !self.is_sounding {
                self.to_room.reset();
            }
            self.to_room.process(self.heard.samples(), share.samples_mut());
        }
        match (self.is_sounding, sounds) {
            (true, true) => {}
            (false, true) => fade::fade_in(share.samples_mut(), room_rate),
            (true, false) if self.is_heard => fade::fade_out(share.samples_mut(), room_rate),
            (true, false) => fade::tail(share.samples_mut(), room_rate, self.last_sample),
            (false, false) => share.silence(),
        }
        self.last_sample = share.samples().last().copied().unwrap_or(0.0);
        self.is_sounding = sounds;
    }

    /// Ends the tick: what isn't heard again in the next is silence.
    pub(crate) const fn end_tick(&mut self) {
        self.is_heard = false;
    }
}
