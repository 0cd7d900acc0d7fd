use super::*;
use crate::level::Dbfs;
use audio_codec::{Decoder as _, Encoder as _, g722 as other};

/// Two seconds of a sound that swells, from a whisper to beyond full scale.
fn sound() -> Vec<f32> {
    let mut random = 1_u32;
    (0..32_000)
        .map(|n| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let seconds = n as f32 / 16_000.0;
            let swell = (seconds * 5.0).sin().powi(4) * 1.2;
            let hiss = (random >> 8) as f32 / f32::from(u16::MAX) / 256.0 - 0.5;
            let voice = (1..20).map(|h| (seconds * 900.0 * h as f32).sin() / h as f32);
            swell * (0.3 * voice.sum::<f32>() + 0.1 * hiss)
        })
        .collect()
}

/// The independent implementation begins with steps four times as large as the recommendation's (32 and 8, §6);
/// in all else it is to be the same. Its decoder begins with yet others, which are forgotten within a second.
const OTHER_BANDS: Bands = Bands::with_steps(128, 32);

#[test]
fn payloads_are_those_of_an_independent_implementation() {
    let sound = sound();
    let pcm: Vec<i16> = sound.iter().copied().map(to_pcm16).collect();
    let mut payload = vec![0; sound.len() / 2];
    let mut encoder = G722Encoder { bands: OTHER_BANDS, ..G722Encoder::new() };
    encoder.encode(&sound, &mut payload).unwrap();
    let mut theirs = vec![0; payload.len()];
    other::G722Encoder::default().encode_into(&pcm, &mut theirs).unwrap();
    assert!(payload == theirs);
}

#[test]
fn any_payload_is_decoded_as_an_independent_implementation_does() {
    let mut payload = vec![0; 16_000];
    G722Encoder::new().encode(&sound(), &mut payload).unwrap();
    // Then what no encoder makes.
    payload.extend((0..32_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8));
    let mut heard = vec![0.0; 2 * payload.len()];
    assert_eq!(G722Decoder::new().decode(&payload, &mut heard), Ok(heard.len()));
    let mut theirs = vec![0; heard.len()];
    other::G722Decoder::default().decode_into(&payload, &mut theirs).unwrap();
    let theirs: Vec<f32> = theirs.into_iter().map(from_pcm16).collect();
    assert!(heard[16_000..] == theirs[16_000..]);
}

/// How much fainter than the sound is what is wrong in the 20 ms after a loss, in decibels, if the decoder then
/// followed what is given: the sound that was lost, so much of it shifted.
fn error_db(follow: impl Fn(&mut G722Decoder, &[f32], usize)) -> f32 {
    let sound = sound();
    let mut payload = vec![0; sound.len() / 2];
    G722Encoder::new().encode(&sound, &mut payload).unwrap();
    let mut clean = vec![0.0; sound.len()];
    let mut decoder = G722Decoder::new();
    decoder.decode(&payload, &mut clean).unwrap();
    let mut errors = Vec::new();
    let mut decoder = G722Decoder::new();
    // Of the last nothing is known that comes after it.
    for (tick, payload) in payload.chunks_exact(160).enumerate().take(99) {
        if tick % 5 == 4 {
            follow(&mut decoder, &clean, tick * 320);
            continue;
        }
        let (mut heard, clean) = ([0.0; 320], &clean[tick * 320..]);
        decoder.decode(payload, &mut heard).unwrap();
        if tick % 5 == 0 {
            let error: Vec<f32> = heard.iter().zip(clean).map(|(a, b)| a - b).collect();
            errors.push(Dbfs::of(&clean[..320]).decibels() - Dbfs::of(&error).decibels());
        }
    }
    errors.sort_by(f32::total_cmp);
    errors[errors.len() / 2]
}

#[test]
fn a_decoder_that_follows_what_was_said_goes_on_as_if_it_had_heard_it() {
    let stands_still = error_db(|_, _, _| {});
    let followed = |offset: usize| {
        error_db(move |decoder, clean, lost| {
            let from = lost - FOLLOW_BACK_SAMPLES + offset;
            decoder.follow(&clean[from..][..FOLLOW_BACK_SAMPLES + 320 + DELAY_SAMPLES]);
        })
    };
    let (right, early, late) = (
        followed(0),
        followed(2),
        error_db(|decoder, clean, lost| {
            let from = lost - FOLLOW_BACK_SAMPLES - 2;
            decoder.follow(&clean[from..][..FOLLOW_BACK_SAMPLES + 320 + DELAY_SAMPLES]);
        }),
    );
    assert!(right > stands_still + 6.0, "{right} dB, {stands_still} dB without");
    assert!(right > early && right > late, "{right} dB, {early} and {late} dB out of step");
}

#[test]
fn too_little_to_follow_changes_nothing_and_a_short_buffer_is_told() {
    let mut decoder = G722Decoder::new();
    decoder.follow(&[1.0; TAPS - 1]);
    let (mut one, mut other) = ([9.0; 320], [0.0; 320]);
    decoder.decode(&[0x5A; 160], &mut one).unwrap();
    G722Decoder::new().decode(&[0x5A; 160], &mut other).unwrap();
    assert_eq!(one, other);
    let short = CodecError::OutputTooShort { needed: 320, available: 319 };
    assert_eq!(decoder.decode(&[0; 160], &mut one[..319]), Err(short));
}
