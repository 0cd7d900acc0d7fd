#![allow(unsafe_code)] // libopus is in C.

use super::*;
use crate::codec::{DECODED_SAMPLES_MAX, PAYLOAD_BYTES_MAX};
use opusic_sys as libopus;
use proptest::prelude::*;
use std::f32::consts::TAU;

/// Samples of 20 ms.
const TICK: usize = 960;

/// A voice-like sound: harmonics that swell and glide.
fn voice(ticks: usize) -> Vec<f32> {
    let mut phase = 0.0;
    let sample = |n: usize| {
        let seconds = n as f32 / 48_000.0;
        phase += (150.0 + 40.0 * (TAU * 0.7 * seconds).sin()) / 48_000.0;
        let swell = 0.55 + 0.45 * (TAU * 3.0 * seconds).sin();
        swell * (1..12).map(|k| 0.2 / k as f32 * (TAU * k as f32 * phase).sin()).sum::<f32>()
    };
    (0..ticks * TICK).map(sample).collect()
}

fn settings(bitrate_bps: u32) -> EncoderSettings {
    EncoderSettings {
        opus_bitrate_bps: bitrate_bps,
        opus_fec: true,
        opus_expected_loss_percent: if bitrate_bps < 48_000 { 10 } else { 0 },
        ..EncoderSettings::default()
    }
}

fn encoded(encoder: &mut OpusEncoder, sound: &[f32]) -> Vec<Vec<u8>> {
    let encode = |samples: &[f32]| {
        let mut payload = vec![0; PAYLOAD_BYTES_MAX];
        let bytes = encoder.encode(samples, &mut payload).unwrap();
        payload.truncate(bytes);
        payload
    };
    sound.chunks(TICK).map(encode).collect()
}

/// What an encoder that repeats deeply makes of a sound.
fn with_dred(sound: &[f32]) -> Vec<Vec<u8>> {
    let settings = EncoderSettings {
        opus_bitrate_bps: 32_000,
        opus_expected_loss_percent: 20,
        ..settings(32_000)
    };
    let mut encoder = OpusEncoder::new(&settings).unwrap();
    encoder.work_in_own_block();
    encoder.repeat_deeply(50);
    encoded(&mut encoder, sound)
}

impl OpusEncoder {
    fn work_in_own_block(&mut self) {
        let mut block = self.state.fresh_block();
        self.state.move_into(&mut block);
        self.state.lend(Some(block));
    }

    /// Has it repeat so many times 10 ms in each packet.
    fn repeat_deeply(&mut self, duration: i32) {
        let request = libopus::OPUS_SET_DRED_DURATION_REQUEST;
        // SAFETY: the state was initialised, and this request takes one i32 by value.
        let done =
            self.state.work(|state| unsafe { libopus::opus_encoder_ctl(state, request, duration) });
        assert_eq!(done, libopus::OPUS_OK);
    }
}

#[test]
fn the_part_for_the_networks_is_found_and_not_kept() {
    for rate in Rate::ALL {
        let decoder = OpusDecoder::new(rate).unwrap();
        let (kept, whole) = (decoder.kept_bytes(), decoder.fresh_block().len() * 8);
        assert!(kept < 21_000 && (80_000..100_000).contains(&whole), "{kept} of {whole}");
    }
    for opus_stereo in [false, true] {
        let settings = EncoderSettings { opus_stereo, ..EncoderSettings::default() };
        let kept = OpusEncoder::new(&settings).unwrap().kept_bytes();
        assert!(kept < if opus_stereo { 51_000 } else { 33_000 }, "{kept}");
    }
}

#[test]
fn an_encoder_among_others_works_as_one_that_has_a_block_of_its_own() {
    let sound = voice(60);
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for bitrate_bps in [12_000, 24_000, 48_000] {
        let mut encoder = OpusEncoder::new(&settings(bitrate_bps)).unwrap();
        encoder.work_in_own_block();
        own.push(encoded(&mut encoder, &sound));
        others.push(OpusEncoder::new(&settings(bitrate_bps)).unwrap());
    }
    let mut among = vec![Vec::new(); 3];
    for tick in sound.chunks(TICK) {
        for (encoder, payloads) in others.iter_mut().zip(&mut among) {
            payloads.extend(encoded(encoder, tick));
        }
    }
    assert!(own == among);
}

/// What happens to one of several streams at a time.
#[derive(Debug, Clone, Copy)]
enum Step {
    Decode,
    Lose,
    Recover,
    Settle,
    Leave,
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => Just(Step::Decode),
        2 => Just(Step::Lose),
        2 => Just(Step::Recover),
        1 => Just(Step::Settle),
        1 => Just(Step::Leave),
        1 => Just(Step::Reset),
    ]
}

/// Gives a decoder the next payload, or what is left of it.
fn take(decoder: &mut OpusDecoder, step: Step, payloads: &[Vec<u8>], at: usize) -> Vec<f32> {
    let mut out = vec![0.0; DECODED_SAMPLES_MAX];
    let samples = decoder.rate().tick_samples();
    let made = match step {
        Step::Decode => decoder.decode(&payloads[at], &mut out).unwrap(),
        Step::Recover if decoder.recover(&payloads[at + 1], &mut out[..samples]) => samples,
        Step::Lose | Step::Recover => {
            decoder.conceal(&mut out[..samples]);
            samples
        }
        Step::Reset => {
            decoder.reset();
            0
        }
        Step::Settle | Step::Leave => 0,
    };
    out.truncate(made);
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whether a decoder has a place of its own all the time, or now and then, or none, among others of any kind: it
    /// makes the same of the same, to the last bit.
    #[test]
    fn where_a_decoder_works_is_not_heard(
        steps in prop::collection::vec((0..6_usize, step()), 1..400),
    ) {
        let sound = voice(70);
        let kinds = [10_000, 14_000, 20_000, 24_000, 36_000, 64_000];
        let streams = kinds.map(|bitrate_bps| {
            encoded(&mut OpusEncoder::new(&settings(bitrate_bps)).unwrap(), &sound)
        });
        let decoder = |n: usize| OpusDecoder::new(Rate::ALL[n % Rate::ALL.len()]).unwrap();
        let mut moving: Vec<_> = (0..6).map(decoder).collect();
        let mut staying: Vec<_> = (0..6).map(decoder).collect();
        for decoder in &mut staying {
            decoder.settle(DeepPlace::new().unwrap());
        }
        let mut at = [0; 6];
        for (n, step) in steps {
            let decoder = &mut moving[n];
            match step {
                Step::Settle if !decoder.has_place() => decoder.settle(DeepPlace::new().unwrap()),
                Step::Leave => drop(decoder.leave()),
                _ => {}
            }
            let payloads = &streams[n];
            let moved = take(decoder, step, payloads, at[n]);
            let stayed = take(&mut staying[n], step, payloads, at[n]);
            prop_assert!(moved == stayed, "{step:?} of {n}");
            at[n] = (at[n] + usize::from(!moved.is_empty())) % (payloads.len() - 1);
        }
    }

    /// No packet makes the reader do any harm, nor the decoder that is told of it.
    #[test]
    fn any_bytes_are_read(
        packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..120), 1..20),
        cuts in prop::collection::vec((0..60_usize, 0..300_usize, any::<u8>()), 0..20),
        ticks in 1..6_usize,
    ) {
        let mut reader = DredReader::new().unwrap();
        let mut decoder = OpusDecoder::new(Rate::Hz48000).unwrap();
        decoder.settle(DeepPlace::new().unwrap());
        decoder.set_deep(true);
        let real = with_dred(&voice(60));
        let bent = cuts.into_iter().map(|(packet, at, byte)| {
            let mut packet = real[packet].clone();
            let length = packet.len();
            packet[at % length] ^= byte;
            packet
        });
        for packet in packets.into_iter().chain(bent) {
            let mut out = vec![0.0; DECODED_SAMPLES_MAX];
            decoder.recover_by_dred(&packet, &mut out[..ticks * TICK], &mut reader);
            let _ = decoder.decode(&packet, &mut out);
            prop_assert!(out.iter().all(|sample| sample.is_finite()));
        }
    }
}

/// What a sound comes later by: libopus' 6.5 ms.
const DELAY: usize = 312;

/// Decodes a stream of which every `lost` packets of 20 are missing, and gives what was made of those and what they were.
fn bridged(
    decoder: &mut OpusDecoder,
    lost: usize,
    reader: &mut Option<DredReader>,
) -> [Vec<f32>; 2] {
    let sound = voice(150);
    let payloads = with_dred(&sound);
    let [mut made, mut original] = [Vec::new(), Vec::new()];
    let mut out = vec![0.0; DECODED_SAMPLES_MAX];
    for (tick, payload) in payloads.iter().enumerate() {
        let gap = &mut out[..lost * TICK];
        match tick % 20 {
            after if after >= 20 - lost => continue,
            0 if tick > 0 => {
                let is_told = reader
                    .as_mut()
                    .is_some_and(|reader| decoder.recover_by_dred(payload, gap, reader));
                assert_eq!(is_told, reader.is_some());
                if !is_told {
                    decoder.conceal(gap);
                }
                made.extend_from_slice(gap);
                let at = (tick - lost) * TICK - DELAY;
                original.extend_from_slice(&sound[at..at + lost * TICK]);
            }
            _ => {}
        }
        decoder.decode(payload, &mut out).unwrap();
    }
    [made, original]
}

/// The level of each 10 ms, in dB, and how far it is off between two sounds on average.
fn level_error([made, original]: &[Vec<f32>; 2]) -> f32 {
    let level =
        |part: &[f32]| 10.0 * (1e-5 + crate::vector::dot(part, part) / part.len() as f32).log10();
    let parts = made.chunks(TICK / 2).zip(original.chunks(TICK / 2));
    let count = made.len() as f32 / (TICK / 2) as f32;
    parts.map(|(a, b)| (level(a) - level(b)).abs()).sum::<f32>() / count
}

#[test]
fn dred_tells_how_loud_it_was_during_a_long_loss() {
    let [mut plain, mut deep] = [(); 2].map(|()| OpusDecoder::new(Rate::Hz48000).unwrap());
    let guessed = level_error(&bridged(&mut plain, 5, &mut None));
    deep.settle(DeepPlace::new().unwrap());
    let mut reader = Some(DredReader::new().unwrap());
    let told = level_error(&bridged(&mut deep, 5, &mut reader));
    assert!(told < 0.8 * guessed, "{told} dB against {guessed} dB");
}

#[test]
fn without_a_place_dred_is_not_looked_for() {
    let mut decoder = OpusDecoder::new(Rate::Hz48000).unwrap();
    let payloads = with_dred(&voice(30));
    let mut reader = DredReader::new().unwrap();
    let mut out = vec![7.0; TICK];
    assert!(!decoder.recover_by_dred(&payloads[29], &mut out, &mut reader));
    assert_eq!(out, [7.0; TICK]);
}
