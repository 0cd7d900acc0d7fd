//! What is sent of silence, and what becomes of it.

use super::*;

/// What an encoder with DTX makes of ticks of a voice, silence, and the voice again.
fn discontinuous(settings: EncoderSettings, silent_ticks: usize) -> Vec<Vec<u8>> {
    let settings = EncoderSettings { opus_dtx: true, ..settings };
    let mut encoder = Encoder::new(CodecKind::Opus, settings).unwrap();
    let mut frames = voice(Rate::Hz48000, 0, 50);
    frames.extend((0..silent_ticks).map(|_| Frame::silent(Rate::Hz48000)));
    frames.extend(voice(Rate::Hz48000, 50, 50));
    frames.iter().map(|frame| encode(&mut encoder, frame)).collect()
}

#[test]
fn silence_becomes_pauses_that_are_refreshed_and_a_voice_ends_them_at_once() {
    for settings in [EncoderSettings::default(), EncoderSettings::MIX] {
        let payloads = discontinuous(settings, 150);
        let is_pause: Vec<bool> = payloads.iter().map(|p| CodecKind::Opus.is_pause(p)).collect();
        assert!(!is_pause[..59].contains(&true), "a voice, and a short silence");
        let pauses = is_pause[60..200].iter().filter(|&&is_pause| is_pause).count();
        assert!(pauses > 120, "{pauses} of 140");
        let longest = is_pause.split(|&is_pause| !is_pause).map(<[bool]>::len).max().unwrap();
        assert!((15..=25).contains(&longest), "refreshed after {longest} ticks");
        assert!(!is_pause[200..].contains(&true), "the first tick of the voice is no pause");
    }
}

#[test]
fn what_is_said_of_a_pause_is_told_from_sound() {
    for kind in CodecKind::ALL {
        assert!(kind.is_pause(&[0xF8]));
        assert_eq!(kind.is_pause(&[0; 3]), kind != CodecKind::Opus);
        let silent = Frame::silent(kind.audio_rate());
        assert!(!kind.is_pause(&encode(&mut encoder(kind), &silent)));
    }
    let continuous = encode(&mut encoder(CodecKind::Opus), &Frame::silent(Rate::Hz48000));
    assert!(!CodecKind::Opus.is_pause(&continuous));
}

/// Who has agreed to make comfort noise itself is told of it in some bytes; others get it as it is.
#[test]
fn comfort_noise_is_described_to_those_who_make_it() {
    let settings = EncoderSettings { comfort_noise: true, ..EncoderSettings::default() };
    let floor = crate::comfort::NoiseFloor::new();
    for kind in CodecKind::ALL {
        let rate = kind.audio_rate();
        let mut encoders = [settings, EncoderSettings::default()]
            .map(|settings| Encoder::new(kind, settings).unwrap());
        for tick in 0..10 {
            let noise = Frame::from_samples(rate, floor.tick(rate, tick));
            let [told, sent] = encoders.each_mut().map(|encoder| {
                let mut payload = [0; PAYLOAD_BYTES_MAX];
                let bytes = encoder.encode_comfort(&noise, &mut payload).unwrap();
                payload[..bytes].to_vec()
            });
            assert!(!kind.is_pause(&sent));
            assert_eq!(kind.is_pause(&told), kind != CodecKind::Opus, "Opus has its own");
            let described = crate::comfort::NoiseDescription::parse(&told).unwrap();
            let difference_db = described.level.decibels() - Dbfs::of(noise.samples()).decibels();
            assert!(kind == CodecKind::Opus || difference_db.abs() < 0.6, "{difference_db} dB");
            let voiced = encode(&mut encoders[0], &voice(rate, tick as usize, 1)[0]);
            assert!(!kind.is_pause(&voiced), "a voice is heard as ever");
        }
    }
}

/// With DTX, a room's own noise is a pause as silence is.
#[test]
fn opus_pauses_in_comfort_noise() {
    let settings = EncoderSettings { opus_dtx: true, ..EncoderSettings::MIX };
    let floor = crate::comfort::NoiseFloor::new();
    let mut encoder = Encoder::new(CodecKind::Opus, settings).unwrap();
    voice(Rate::Hz48000, 0, 50).iter().for_each(|frame| drop(encode(&mut encoder, frame)));
    let mut pauses = 0;
    for tick in 0..100 {
        let noise = Frame::from_samples(Rate::Hz48000, floor.tick(Rate::Hz48000, tick));
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let bytes = encoder.encode_comfort(&noise, &mut payload).unwrap();
        pauses += usize::from(CodecKind::Opus.is_pause(&payload[..bytes]));
    }
    assert!(pauses > 70, "{pauses} of 100");
}

/// Sends what a sender would: of each pause the first packet alone.
#[test]
fn what_is_not_sent_of_a_pause_is_not_missed() {
    let payloads = discontinuous(EncoderSettings::default(), 150);
    let heard = |sends_all: bool| {
        let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
        let mut was_pause = false;
        let mut decode = |payload: &Vec<u8>| {
            let mut out = [0.0; 960];
            let is_pause = CodecKind::Opus.is_pause(payload);
            match was_pause && is_pause && !sends_all {
                true => decoder.conceal(&mut out),
                false => assert_eq!(decoder.decode(payload, &mut out), Ok(960)),
            }
            was_pause = is_pause;
            out
        };
        payloads.iter().flat_map(&mut decode).collect::<Vec<f32>>()
    };
    let (all, sparse) = (heard(true), heard(false));
    let ticks = |range: std::ops::Range<usize>| range.start * 960..range.end * 960;
    assert!(Dbfs::of(&sparse[ticks(70..195)]) < Dbfs::new(-70.0), "nothing to hear");
    let snr_db = snr_db(&all[ticks(200..250)], &sparse[ticks(200..250)]);
    assert!(snr_db > 30.0, "{snr_db} dB");
}

#[test]
fn a_copied_encoder_pauses_where_the_original_does() {
    let settings = EncoderSettings { opus_dtx: true, ..EncoderSettings::default() };
    let [mut original, mut copy] =
        [(); 2].map(|()| Encoder::new(CodecKind::Opus, settings).unwrap());
    let mut frames = voice(Rate::Hz48000, 0, 5);
    frames.extend((0..60).map(|_| Frame::silent(Rate::Hz48000)));
    let (before, after) = frames.split_at(33);
    before.iter().for_each(|frame| drop(encode(&mut original, frame)));
    copy.copy_state_from(&original).unwrap();
    let payloads: Vec<_> =
        after.iter().map(|f| (encode(&mut original, f), encode(&mut copy, f))).collect();
    assert!(payloads.iter().all(|(original, copy)| original == copy));
    assert!(payloads.iter().any(|(payload, _)| CodecKind::Opus.is_pause(payload)));
}
