//! What is done to a voice tick by tick allocates nothing: here the allocator refuses.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use audio::{
    Rate,
    denoise::Denoiser,
    high_pass::HighPass,
    leveller::{Learned, Leveller},
};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn no_voice_costs_memory_while_it_speaks() {
    Denoiser::warm_up_thread();
    for rate in Rate::ALL {
        let voice: Vec<f32> =
            (0..rate.tick_samples()).map(|n| 0.1 * (n as f32 * 0.1).sin()).collect();
        let (mut denoiser, mut high_pass) = (Denoiser::new(), HighPass::new(rate));
        let mut learned = Learned::NOTHING;
        assert_no_alloc(|| {
            let mut leveller = Leveller::new(rate, &learned);
            for tick in 0..200 {
                let mut samples = [0.0; 960];
                let samples = &mut samples[..rate.tick_samples()];
                if tick % 3 == 0 {
                    samples.copy_from_slice(&voice);
                }
                high_pass.process(samples);
                denoiser.process(rate, samples);
                leveller.process(samples, true, &mut learned);
            }
            denoiser.flush();
        });
    }
}
