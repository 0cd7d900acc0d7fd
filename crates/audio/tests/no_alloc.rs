//! What is done to a voice tick by tick allocates nothing: here the allocator refuses.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use audio::{
    Rate,
    denoise::Denoiser,
    high_pass::HighPass,
    keytone::KeyTones,
    leveller::{Learned, Leveller},
    recent::Recent,
    returns::ReturnDetector,
    speech::{self, SpeechDetector},
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

#[test]
fn no_detector_costs_memory() {
    speech::prepare();
    let (mut speech, mut keys) = (SpeechDetector::new(), KeyTones::new());
    let (mut returns, mut recent) = (ReturnDetector::new(), Recent::new());
    let voice: Vec<f32> = (0..16_000).map(|n| 0.1 * ((n * n) as f32 * 1e-4).sin()).collect();
    assert_no_alloc(|| {
        for (n, tick) in voice.chunks_exact(160).cycle().take(500).enumerate() {
            if n % 50 < 30 {
                recent.take(tick, Rate::Hz8000);
                speech.update(&recent);
                keys.update(&recent);
                returns.update(&recent);
            } else {
                recent.skip(1);
                speech.skip(1);
                keys.skip();
                returns.skip();
            }
            returns.note_sent((n % 70 < 60).then_some((tick, Rate::Hz8000)));
        }
    });
}
