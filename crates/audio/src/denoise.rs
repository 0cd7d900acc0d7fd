//! Takes noise out of a voice: fans, streets, keyboards.

use crate::{
    rate::{Rate, TICK_SAMPLES_MAX},
    resample::Resampler,
};
use nnnoiseless::DenoiseState;

/// Suppresses the noise of one voice, by a small recurrent network that tells speech from noise in 22 bands
/// (J.-M. Valin, *A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement*, 2018: RNNoise).
///
/// It works at 48 kHz; other rates go up and come down again. Its result is [late](Denoiser::delay_ms). It
/// takes 25 kilobytes and some 100 µs a tick, and so it is made for those who need it, and lent from one to
/// the next: after [`Denoiser::WARM_UP_TICKS`] nothing is left of who had it before.
pub struct Denoiser {
    network: Box<DenoiseState<'static>>,
    up: Resampler,
    down: Resampler,
}

impl Denoiser {
    /// Ticks after which it knows a voice that is new to it: 200 ms. What it gives until then isn't to be heard.
    pub const WARM_UP_TICKS: u8 = 10;

    /// Samples that the network takes at a time: 10 ms.
    const FRAME_SAMPLES: usize = DenoiseState::FRAME_SIZE;

    /// The network's samples are those of 16 bits.
    const SCALE: f32 = 32_768.0;

    /// Makes a denoiser.
    pub fn new() -> Self {
        Self {
            network: DenoiseState::new(),
            up: Resampler::new(Rate::Hz48000, Rate::Hz48000),
            down: Resampler::new(Rate::Hz48000, Rate::Hz48000),
        }
    }

    /// By how many milliseconds its result is late: half a window of the network, and the filters for a rate
    /// other than 48 kHz.
    pub fn delay_ms(rate: Rate) -> f32 {
        let filters = [Resampler::new(rate, Rate::Hz48000), Resampler::new(Rate::Hz48000, rate)];
        let samples: f32 = filters.iter().map(Resampler::delay_samples).sum();
        (Self::FRAME_SAMPLES as f32 + samples) * 1_000.0 / Rate::Hz48000.hz() as f32
    }

    /// Denoises a tick in place, and gives how likely it is that somebody speaks in it, from 0 to 1. What isn't
    /// 20 ms at `rate` is left as it is.
    pub fn process(&mut self, rate: Rate, samples: &mut [f32]) -> f32 {
        if samples.len() != rate.tick_samples() {
            return 0.0;
        }
        self.up.set(rate, Rate::Hz48000);
        self.down.set(Rate::Hz48000, rate);
        let mut noisy = [0.0; TICK_SAMPLES_MAX];
        self.up.process(samples, &mut noisy);
        noisy.iter_mut().for_each(|sample| *sample *= Self::SCALE);
        let mut clean = [0.0; TICK_SAMPLES_MAX];
        let frames = noisy
            .chunks_exact(Self::FRAME_SAMPLES)
            .zip(clean.chunks_exact_mut(Self::FRAME_SAMPLES));
        let mut speech = 0.0f32;
        for (noisy, clean) in frames {
            speech = speech.max(self.network.process_frame(clean, noisy));
        }
        clean.iter_mut().for_each(|sample| *sample /= Self::SCALE);
        self.down.process(&clean, samples);
        speech
    }

    /// Lets as much silence pass as it looks back on, 40 ms, so that nothing that was said before will sound.
    pub fn flush(&mut self) {
        self.up.reset();
        for _ in 0..2 {
            self.process(Rate::Hz48000, &mut [0.0; TICK_SAMPLES_MAX]);
        }
    }

    /// Makes what all denoisers of a thread share. To be called once on each thread that has one to run, before
    /// nothing may be allocated there any more.
    pub fn warm_up_thread() {
        Self::new().flush();
    }
}

impl Default for Denoiser {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Denoiser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Denoiser").finish_non_exhaustive()
    }
}
