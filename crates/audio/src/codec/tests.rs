use super::*;
use crate::{Frame, level::Dbfs};
use proptest::prelude::*;
use std::f32::consts::TAU;

mod lengths;
mod pauses;

/// A voice-like sound: a few harmonics that swell, some ticks from the `start`th on.
fn voice(rate: Rate, start: usize, ticks: usize) -> Vec<Frame> {
    let sample = |n: usize| {
        let seconds = n as f32 / rate.hz() as f32;
        let swell = 0.6 + 0.4 * (TAU * 3.0 * seconds).sin();
        let harmonics = [(180.0, 0.2), (360.0, 0.1), (900.0, 0.05), (2_340.0, 0.02)];
        swell * harmonics.iter().map(|(hz, a)| a * (TAU * hz * seconds).sin()).sum::<f32>()
    };
    let tick = rate.tick_samples();
    (start..start + ticks)
        .map(|t| {
            Frame::from_samples(rate, &(t * tick..(t + 1) * tick).map(sample).collect::<Vec<_>>())
        })
        .collect()
}

fn encode(encoder: &mut Encoder, frame: &Frame) -> Vec<u8> {
    let mut payload = [0; PAYLOAD_BYTES_MAX];
    let bytes = encoder.encode(frame, &mut payload).unwrap();
    payload[..bytes].to_vec()
}

fn encoder(kind: CodecKind) -> Encoder {
    Encoder::new(kind, EncoderSettings::default()).unwrap()
}

/// How like two signals are, at the best of some delays: 1 for equal but for loudness.
fn likeness(original: &[f32], heard: &[f32]) -> f32 {
    let at = |delay: usize| {
        let (a, b) = (&original[..original.len() - delay], &heard[delay..]);
        let dot = crate::vector::dot;
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    (0..heard.len() / 10).map(at).fold(-1.0, f32::max)
}

#[test]
fn each_codec_carries_a_voice() {
    for kind in CodecKind::ALL {
        let rate = kind.audio_rate();
        let (mut encoder, mut decoder) = (encoder(kind), Decoder::new(kind).unwrap());
        assert_eq!((encoder.kind(), decoder.kind()), (kind, kind));
        let (mut original, mut heard) = (Vec::new(), Vec::new());
        for frame in voice(rate, 0, 25) {
            let payload = encode(&mut encoder, &frame);
            let mut out = [0.0; DECODED_SAMPLES_MAX];
            assert_eq!(decoder.decode(&payload, &mut out), Ok(rate.tick_samples()));
            original.extend_from_slice(frame.samples());
            heard.extend_from_slice(&out[..rate.tick_samples()]);
        }
        let likeness = likeness(&original, &heard);
        assert!(likeness > 0.9, "{kind:?}: {likeness}");
        let change_db = Dbfs::of(&heard).decibels() - Dbfs::of(&original).decibels();
        assert!(change_db.abs() < 1.0, "{kind:?}: {change_db} dB");
    }
}

#[test]
fn a_copied_encoder_goes_on_with_the_very_same_payloads() {
    for kind in CodecKind::ALL {
        let (mut original, mut copy) = (encoder(kind), encoder(kind));
        let frames = voice(kind.audio_rate(), 0, 40);
        let (before, after) = frames.split_at(20);
        before.iter().for_each(|frame| drop(encode(&mut original, frame)));
        copy.copy_state_from(&original).unwrap();
        for frame in after {
            assert_eq!(encode(&mut copy, frame), encode(&mut original, frame), "{kind:?}");
        }
    }
}

#[test]
fn an_encoder_that_was_reset_is_as_new() {
    for kind in CodecKind::ALL {
        let (mut used, mut new) = (encoder(kind), encoder(kind));
        let frames = voice(kind.audio_rate(), 0, 40);
        frames[..20].iter().for_each(|frame| drop(encode(&mut used, frame)));
        used.reset();
        for frame in &frames[20..] {
            assert_eq!(encode(&mut used, frame), encode(&mut new, frame), "{kind:?}");
        }
    }
}

/// Where nothing is lost, the transform coder serves alone: that is what makes a mix cheap.
#[test]
fn a_mix_is_encoded_by_the_transform_coder_and_for_lossy_lines_by_both() {
    let modes = |settings: EncoderSettings| {
        let mut encoder = Encoder::new(CodecKind::Opus, settings).unwrap();
        let frames = voice(Rate::Hz48000, 0, 50);
        // The number of a packet's configuration (RFC 6716 §3.1): from 16 on it is CELT alone.
        let configs = frames.iter().map(|frame| encode(&mut encoder, frame)[0] >> 3);
        configs.map(|config| config >= 16).collect::<Vec<_>>()
    };
    let mix = EncoderSettings::MIX;
    assert!(!modes(mix).contains(&false));
    let lossy = EncoderSettings { opus_expected_loss_percent: 10, ..mix };
    assert!(!modes(lossy).contains(&true));
    assert!(!modes(EncoderSettings { opus_bitrate_bps: 32_000, ..mix }).contains(&true));
}

/// What is on the left and what is on the right arrive there, and who hears one channel alone hears both.
#[test]
fn two_channels_arrive_as_two_and_mono_safe() {
    let mut encoder = Encoder::new(CodecKind::Opus, EncoderSettings::STEREO_MIX).unwrap();
    let [mut stereo, mut mono] = [::opus::Channels::Stereo, ::opus::Channels::Mono]
        .map(|channels| ::opus::Decoder::new(48_000, channels).unwrap());
    let (left, right) = (voice(Rate::Hz48000, 0, 50), voice(Rate::Hz48000, 200, 50));
    let (mut heard, mut mixed) = (Vec::new(), Vec::new());
    for (left, right) in left.iter().zip(&right) {
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let bytes = encoder.encode_stereo(left, right, &mut payload).unwrap();
        let (mut both, mut one) = ([0.0; 1_920], [0.0; 960]);
        assert_eq!(stereo.decode_float(&payload[..bytes], &mut both, false).unwrap(), 960);
        assert_eq!(mono.decode_float(&payload[..bytes], &mut one, false).unwrap(), 960);
        heard.extend(both);
        mixed.extend(one);
    }
    let said =
        |frames: &[Frame]| frames.iter().flat_map(Frame::samples).copied().collect::<Vec<f32>>();
    let channel = |at: usize| heard.iter().skip(at).step_by(2).copied().collect::<Vec<f32>>();
    let (left, right) = (said(&left), said(&right));
    assert!(likeness(&left, &channel(0)) > 0.9 && likeness(&right, &channel(1)) > 0.9);
    let both: Vec<f32> = left.iter().zip(&right).map(|(left, right)| left + right).collect();
    assert!(likeness(&both, &mixed) > 0.9);
}

#[test]
fn encoders_of_one_and_of_two_channels_have_no_state_in_common() {
    let mut stereo = Encoder::new(CodecKind::Opus, EncoderSettings::STEREO_MIX).unwrap();
    let mono = Encoder::new(CodecKind::Opus, EncoderSettings::MIX).unwrap();
    assert_eq!(stereo.copy_state_from(&mono), Err(CodecError::DifferentEncoders));
    stereo.adjust(EncoderSettings::MIX).unwrap();
    assert!(stereo.settings().opus_stereo, "it has as many channels as before");
}

#[test]
fn a_copied_encoder_outlives_the_original() {
    for kind in [CodecKind::G722, CodecKind::Opus] {
        let mut copy = encoder(kind);
        {
            let mut original = encoder(kind);
            voice(kind.audio_rate(), 0, 5).iter().for_each(|f| drop(encode(&mut original, f)));
            copy.copy_state_from(&original).unwrap();
        }
        assert!(!encode(&mut copy, &voice(kind.audio_rate(), 5, 1)[0]).is_empty());
    }
}

#[test]
fn encoders_of_different_kinds_have_no_state_in_common() {
    let mut opus = encoder(CodecKind::Opus);
    let different = Err(CodecError::DifferentEncoders);
    assert_eq!(opus.copy_state_from(&encoder(CodecKind::G722)), different);
    assert_eq!(opus.settings(), EncoderSettings::default());
}

#[test]
fn a_copy_works_by_the_settings_of_the_original() {
    let slow = EncoderSettings { opus_bitrate_bps: 16_000, ..EncoderSettings::default() };
    let mut original = Encoder::new(CodecKind::Opus, slow).unwrap();
    let mut copy = encoder(CodecKind::Opus);
    let frames = voice(Rate::Hz48000, 0, 40);
    frames[..20].iter().for_each(|frame| drop(encode(&mut original, frame)));
    copy.copy_state_from(&original).unwrap();
    assert_eq!(copy.settings(), slow);
    for frame in &frames[20..] {
        assert_eq!(encode(&mut copy, frame), encode(&mut original, frame));
    }
    // What a codec doesn't heed makes no difference.
    let mut pcmu = encoder(CodecKind::Pcmu);
    pcmu.adjust(slow).unwrap();
    assert_eq!(pcmu.settings(), EncoderSettings::default());
}

/// From any kind of delivery to any other, within a voice: what is heard goes on without a break, and from
/// then on it is encoded as by an encoder that never did otherwise.
#[test]
fn an_encoder_is_adjusted_without_a_seam() {
    let frames = voice(Rate::Hz48000, 0, 60);
    let heard = |change: &dyn Fn(usize) -> Delivery| {
        let mut encoder = Encoder::new(CodecKind::Opus, EncoderSettings::MIX).unwrap();
        let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
        let (mut heard, mut last) = (Vec::new(), Vec::new());
        for (tick, frame) in frames.iter().enumerate() {
            encoder.adjust(EncoderSettings::MIX.over(change(tick))).unwrap();
            let payload = encode(&mut encoder, frame);
            let mut out = [0.0; 960];
            assert_eq!(decoder.decode(&payload, &mut out), Ok(960));
            heard.extend(out);
            last = payload;
        }
        (heard, decoder.recover(&last, &mut [0.0; 960]))
    };
    for from in Delivery::ALL {
        for to in Delivery::ALL.into_iter().filter(|to| *to != from) {
            let (changed, has_copies) = heard(&|tick| if tick < 30 { from } else { to });
            let [before, after] = [from, to].map(|always| heard(&|_| always).0);
            // Around the change the sound is as like to either as those two are to each other.
            let around = 30 * 960..34 * 960;
            let apart = snr_db(&before[around.clone()], &after[around.clone()]);
            let seam = snr_db(&after[around.clone()], &changed[around.clone()]);
            assert!(seam > apart - 3.0, "{from:?} to {to:?}: {seam} dB, {apart} dB");
            let expected = matches!(to, Delivery::Lossy | Delivery::Poor);
            assert_eq!(has_copies, expected, "{from:?} to {to:?}");
        }
    }
}

/// How much louder a signal is than its difference to another, in decibels.
fn snr_db(signal: &[f32], other: &[f32]) -> f32 {
    let difference: Vec<f32> = signal.iter().zip(other).map(|(a, b)| a - b).collect();
    Dbfs::of(signal).decibels() - Dbfs::of(&difference).decibels()
}

#[test]
fn the_next_packet_tells_of_a_lost_one_better_than_a_guess() {
    let mut encoder = Encoder::new(CodecKind::Opus, EncoderSettings::default()).unwrap();
    let payloads: Vec<_> =
        voice(Rate::Hz48000, 0, 100).iter().map(|frame| encode(&mut encoder, frame)).collect();
    let heard = |bridge: fn(&mut Decoder, &[u8], &mut [f32])| {
        let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
        let mut heard = Vec::new();
        for (n, payload) in payloads.iter().enumerate() {
            let mut out = [0.0; 960];
            match payloads.get(n + 1) {
                Some(next) if n % 5 == 4 => bridge(&mut decoder, next, &mut out),
                _ => assert_eq!(decoder.decode(payload, &mut out), Ok(960)),
            }
            heard.extend(out);
        }
        heard
    };
    let clean = {
        let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
        let mut out = [0.0; 960];
        let decode = |payload: &Vec<u8>| {
            decoder.decode(payload, &mut out).unwrap();
            out
        };
        payloads.iter().flat_map(decode).collect::<Vec<f32>>()
    };
    let recovered = heard(|decoder, next, out| _ = decoder.recover(next, out));
    let guessed = heard(|decoder, _, out| decoder.conceal(out));
    let (recovered, guessed) = (snr_db(&clean, &recovered), snr_db(&clean, &guessed));
    assert!(recovered > guessed + 4.0, "{recovered} dB with FEC, {guessed} dB without");
}

#[test]
fn where_the_next_packet_of_opus_tells_nothing_a_loss_is_covered_as_ever() {
    let plain = EncoderSettings { opus_fec: false, ..EncoderSettings::default() };
    let kind = CodecKind::Opus;
    let mut encoder = Encoder::new(kind, plain).unwrap();
    let payloads: Vec<_> =
        voice(kind.audio_rate(), 0, 12).iter().map(|f| encode(&mut encoder, f)).collect();
    let [mut one, mut other] = [(); 2].map(|()| Decoder::new(kind).unwrap());
    let mut heard = [[0.0; 960]; 2];
    for payload in &payloads[..10] {
        one.decode(payload, &mut heard[0]).unwrap();
        other.decode(payload, &mut heard[1]).unwrap();
    }
    assert!(!one.recover(&payloads[11], &mut heard[0]));
    other.conceal(&mut heard[1]);
    assert_eq!(heard[0], heard[1]);
}

#[test]
fn what_comes_after_a_loss_leads_to_a_better_guess_at_it() {
    for kind in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722] {
        let frames = voice(kind.audio_rate(), 0, 100);
        let mut encoder = encoder(kind);
        let payloads: Vec<_> = frames.iter().map(|frame| encode(&mut encoder, frame)).collect();
        let heard = |bridge: fn(&mut Decoder, Option<&Vec<u8>>, &mut [f32])| {
            let mut decoder = Decoder::new(kind).unwrap();
            let mut heard = vec![0.0; frames.len() * kind.audio_rate().tick_samples()];
            let ticks = heard.chunks_exact_mut(kind.audio_rate().tick_samples());
            for (n, out) in ticks.enumerate() {
                match n % 5 {
                    4 => bridge(&mut decoder, payloads.get(n + 1), out),
                    _ => _ = decoder.decode(&payloads[n], out).unwrap(),
                }
            }
            heard
        };
        let clean = {
            let mut decoder = Decoder::new(kind).unwrap();
            let mut out = vec![0.0; payloads.concat().len() * 2];
            let samples = decoder.decode(&payloads.concat(), &mut out).unwrap();
            out[..samples].to_vec()
        };
        let guessed = heard(|decoder, _, out| decoder.conceal(out));
        let bridged = heard(|decoder, next, out| match next {
            Some(next) => assert!(!decoder.recover(next, out), "it is a guess all the same"),
            None => decoder.conceal(out),
        });
        let silent = heard(|_, _, out| out.fill(0.0));
        let [silent, guessed, bridged] = [silent, guessed, bridged].map(|h| snr_db(&clean, &h));
        assert!(guessed > silent + 3.0, "{kind:?}: {guessed} dB guessed, {silent} dB left out");
        // A steady voice is guessed well; of G.722 what comes next is itself heard through a guess.
        let least = if kind == CodecKind::G722 { guessed - 1.0 } else { guessed };
        assert!(bridged > least, "{kind:?}: {bridged} dB bridged, {guessed} dB guessed");
    }
}

#[test]
fn a_gap_that_the_next_packet_does_not_fit_is_covered() {
    let mut encoder = Encoder::new(CodecKind::Opus, EncoderSettings::default()).unwrap();
    let payloads: Vec<_> =
        voice(Rate::Hz48000, 0, 20).iter().map(|frame| encode(&mut encoder, frame)).collect();
    let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
    let mut out = [0.0; DECODED_SAMPLES_MAX];
    payloads[..18].iter().for_each(|p| _ = decoder.decode(p, &mut out).unwrap());
    // Too short, of an odd length, too long, and before nothing.
    for samples in [0, 480, 961, DECODED_SAMPLES_MAX + 960] {
        let mut gap = vec![9.0; samples];
        assert!(!decoder.recover(&payloads[19], &mut gap), "{samples}");
        assert!(gap.iter().all(|sample| sample.abs() <= 1.0));
    }
    assert!(!decoder.recover(&[], &mut out[..960]));
    // Longer than the packet: its beginning is covered, and its end recovered.
    assert!(decoder.recover(&payloads[19], &mut out[..1_920]));
}

#[test]
fn a_decoder_that_was_reset_is_as_new() {
    for kind in CodecKind::ALL {
        let mut encoder = encoder(kind);
        let payloads: Vec<_> = voice(kind.audio_rate(), 0, 20)
            .iter()
            .map(|frame| encode(&mut encoder, frame))
            .collect();
        let [mut used, mut new] = [(); 2].map(|()| Decoder::new(kind).unwrap());
        let mut heard = [[0.0; DECODED_SAMPLES_MAX]; 2];
        payloads[..10].iter().for_each(|p| _ = used.decode(p, &mut heard[0]).unwrap());
        used.conceal(&mut heard[0][..80]);
        used.reset();
        heard[0].fill(0.0);
        for payload in &payloads[10..] {
            used.decode(payload, &mut heard[0]).unwrap();
            new.decode(payload, &mut heard[1]).unwrap();
            assert_eq!(heard[0], heard[1], "{kind:?}");
        }
        used.conceal(&mut heard[0][..80]);
        new.conceal(&mut heard[1][..80]);
        assert_eq!(heard[0], heard[1], "{kind:?}");
    }
}

#[test]
fn settings_that_libopus_refuses_are_an_error() {
    let settings = EncoderSettings { opus_complexity: 11, ..EncoderSettings::default() };
    assert!(matches!(Encoder::new(CodecKind::Opus, settings), Err(CodecError::Opus(_))));
}

#[test]
fn bit_rate_is_heeded() {
    let bytes_at = |opus_bitrate_bps| {
        let settings = EncoderSettings { opus_bitrate_bps, ..EncoderSettings::default() };
        let mut encoder = Encoder::new(CodecKind::Opus, settings).unwrap();
        voice(Rate::Hz48000, 0, 50).iter().map(|f| encode(&mut encoder, f).len()).sum::<usize>()
    };
    assert!(bytes_at(12_000) * 2 < bytes_at(40_000));
}

#[test]
fn wrong_rates_and_short_buffers_are_told() {
    for kind in CodecKind::ALL {
        let mut encoder = encoder(kind);
        let expected = kind.audio_rate();
        let actual = if expected == Rate::Hz8000 { Rate::Hz48000 } else { Rate::Hz8000 };
        assert_eq!(
            encoder.encode(&Frame::silent(actual), &mut [0; PAYLOAD_BYTES_MAX]),
            Err(CodecError::WrongRate { expected, actual })
        );
        assert!(encoder.encode(&Frame::silent(expected), &mut []).is_err());
    }
    assert_eq!(
        encoder(CodecKind::Pcma).encode(&Frame::silent(Rate::Hz8000), &mut [0; 100]),
        Err(CodecError::OutputTooShort { needed: 160, available: 100 })
    );
    let mut decoder = Decoder::new(CodecKind::G722).unwrap();
    assert_eq!(
        decoder.decode(&[0; 160], &mut [0.0; 100]),
        Err(CodecError::OutputTooShort { needed: 320, available: 100 })
    );
}

#[test]
fn an_opus_packet_of_120_ms_fits_and_tells_when_it_does_not() {
    // Code 3 of RFC 6716 §3.2.5: two frames of 60 ms SILK, each of one byte.
    let packet = [0b0001_1011, 2, 0, 0];
    let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
    assert_eq!(decoder.decode(&packet, &mut [0.0; DECODED_SAMPLES_MAX]), Ok(DECODED_SAMPLES_MAX));
    assert_eq!(
        decoder.decode(&packet, &mut [0.0; 960]),
        Err(CodecError::OutputTooShort { needed: 5_760, available: 960 })
    );
}

#[test]
fn an_empty_payload_is_an_error() {
    for kind in CodecKind::ALL {
        let mut decoder = Decoder::new(kind).unwrap();
        assert_eq!(decoder.decode(&[], &mut [0.0; 960]), Err(CodecError::EmptyPayload));
    }
}

#[test]
fn a_loss_is_covered_and_then_fades() {
    for kind in CodecKind::ALL {
        let rate = kind.audio_rate();
        let (mut encoder, mut decoder) = (encoder(kind), Decoder::new(kind).unwrap());
        let mut out = [0.0; DECODED_SAMPLES_MAX];
        for frame in voice(rate, 0, 20) {
            decoder.decode(&encode(&mut encoder, &frame), &mut out).unwrap();
        }
        let heard = Dbfs::of(&out[..rate.tick_samples()]);
        let mut lost = vec![9.0; rate.tick_samples()];
        decoder.conceal(&mut lost);
        assert!(Dbfs::of(&lost) > heard.plus(-12.0), "{kind:?}: covered");
        (0..50).for_each(|_| decoder.conceal(&mut lost));
        assert!(
            Dbfs::of(&lost) < Dbfs::new(-50.0),
            "{kind:?}: {:?} after a second",
            Dbfs::of(&lost)
        );
        decoder.conceal(&mut lost[..7]);
        decoder.conceal(&mut []);
    }
}

proptest! {
    /// Whatever arrives, decoding gives sound or an error, and the decoder goes on working.
    #[test]
    fn any_payload_is_decoded_or_refused(
        kind in proptest::sample::select(CodecKind::ALL.to_vec()),
        payloads in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..400),
                proptest::collection::vec(any::<u8>(), 1_200..9_000),
            ],
            1..6,
        ),
    ) {
        let mut decoder = Decoder::new(kind).unwrap();
        let mut out = vec![0.0; DECODED_SAMPLES_MAX];
        for payload in payloads {
            match decoder.decode(&payload, &mut out) {
                Ok(samples) => {
                    prop_assert!(!payload.is_empty() && samples <= out.len());
                    prop_assert!(out[..samples].iter().all(|sample| sample.is_finite()));
                }
                Err(CodecError::EmptyPayload) => prop_assert!(payload.is_empty()),
                Err(CodecError::OutputTooShort { needed, available }) => {
                    prop_assert!(needed > available);
                }
                Err(CodecError::MalformedPayload { bytes }) => {
                    prop_assert_eq!((kind, bytes), (CodecKind::Opus, payload.len()));
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
            let mut lost = [0.0; 960];
            decoder.recover(&payload, &mut lost);
            prop_assert!(lost.iter().all(|sample| sample.is_finite()));
            decoder.conceal(&mut lost);
            prop_assert!(lost.iter().all(|sample| sample.is_finite()));
        }
    }

    /// Whatever frames are mixed, payloads keep within their limit and hold sound again.
    #[test]
    fn any_frame_is_encoded(
        kind in proptest::sample::select(CodecKind::ALL.to_vec()),
        loudness in 0.0f32..20.0,
        noise in proptest::collection::vec(-1.0f32..1.0, 960),
    ) {
        let (mut encoder, mut decoder) = (encoder(kind), Decoder::new(kind).unwrap());
        let loud: Vec<f32> = noise.iter().map(|sample| sample * loudness).collect();
        for _ in 0..3 {
            let payload = encode(&mut encoder, &Frame::from_samples(kind.audio_rate(), &loud));
            let mut out = [0.0; DECODED_SAMPLES_MAX];
            let samples = decoder.decode(&payload, &mut out);
            prop_assert_eq!(samples, Ok(kind.audio_rate().tick_samples()));
        }
    }
}

#[test]
fn less_effort_takes_effect_at_once_and_leaves_a_stream_that_all_can_go_on_from() {
    let settings = EncoderSettings::MIX;
    let plain = EncoderSettings { opus_complexity: 2, ..settings };
    let new = |settings| Encoder::new(CodecKind::Opus, settings).unwrap();
    let (mut limited, mut lesser, mut full) = (new(settings), new(plain), new(settings));
    limited.limit_complexity(2);
    let mut next = {
        let (mut payload, mut number) = ([0; PAYLOAD_BYTES_MAX], 0);
        move |encoder: &mut Encoder, goes_on: bool| {
            number += usize::from(goes_on);
            let sine = |n: usize| 0.1 * (n as f32 * (0.02 + 1e-7 * n as f32)).sin();
            let samples: Vec<f32> = (number * 960..(number + 1) * 960).map(sine).collect();
            let frame = Frame::from_samples(Rate::Hz48000, &samples);
            let bytes = encoder.encode(&frame, &mut payload).unwrap();
            payload[..bytes].to_vec()
        }
    };
    for _ in 0..50 {
        let [one, other] = [next(&mut limited, true), next(&mut lesser, false)];
        assert_eq!(one, other);
        next(&mut full, false);
    }
    assert_eq!(limited.settings(), settings, "what members share by stays");
    full.copy_state_from(&limited).unwrap();
    assert_eq!(next(&mut full, true), next(&mut limited, false));
    limited.limit_complexity(COMPLEXITY_MAX);
    let differs = |_| next(&mut full, true) != next(&mut limited, false);
    assert!((0..10).any(differs), "all the effort is made again");
}
