//! What payloads tell of their loudness, held against recorded speech.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

mod recorded;

use audio::{
    Frame, Rate,
    codec::{CodecKind, Decoder, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX},
    level::{Dbfs, LevelMeter},
    resample::Resampler,
};

/// What a room takes for speech, and what ends it.
const GATE_OPENS: Dbfs = Dbfs::new(-52.0);
const GATE_CLOSES: Dbfs = Dbfs::new(-60.0);

/// A recording at a codec's rate, so much louder, after a second and a half of the line's own noise.
fn spoken(sentence: usize, kind: CodecKind, gain_db: f32) -> Vec<Frame> {
    let noise = |n: usize| {
        let hash = (n as u32).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(0x9E37_79B1);
        0.0004 * (hash as f32 / u32::MAX as f32 - 0.5)
    };
    let all: Vec<f32> = std::iter::repeat_n(0.0, 24_000)
        .chain(recorded::speech(sentence, Rate::Hz16000, gain_db))
        .chain(std::iter::repeat_n(0.0, 32_000))
        .enumerate()
        .map(|(n, sample)| sample + noise(n))
        .collect();
    let rate = kind.audio_rate();
    let mut resampler = Resampler::new(Rate::Hz16000, rate);
    let frame = |tick: &[f32]| {
        let mut frame = Frame::silent(rate);
        resampler.process(tick, frame.samples_mut());
        frame
    };
    all.chunks_exact(Rate::Hz16000.tick_samples()).map(frame).collect()
}

/// How much of a recording is listened to by one who heeds what payloads tell.
#[derive(Debug, Default)]
struct Listened {
    /// Ticks in all.
    ticks: usize,
    /// Ticks that were decoded.
    decoded: usize,
    /// Ticks above the gate.
    loud: usize,
    /// Of them, those that were not decoded.
    missed: usize,
}

fn listen(frames: &[Frame], kind: CodecKind, settings: EncoderSettings, total: &mut Listened) {
    let mut encoder = Encoder::new(kind, settings).unwrap();
    let mut decoder = Decoder::new(kind).unwrap();
    let (mut meter, mut has_floor) = (LevelMeter::new(), false);
    for frame in frames {
        let (mut payload, mut heard) = ([0; PAYLOAD_BYTES_MAX], [0.0; 960]);
        let bytes = encoder.encode(frame, &mut payload).unwrap();
        let samples = decoder.decode(&payload[..bytes], &mut heard).unwrap();
        let level = Dbfs::of(&heard[..samples]);
        let hint = kind.level_hint(&payload[..bytes]);
        let is_due = has_floor || hint.is_none_or(|dbov| -f32::from(dbov) >= GATE_OPENS.decibels());
        meter.update(if is_due { level } else { Dbfs::SILENCE });
        has_floor = is_due && level >= GATE_OPENS || has_floor && meter.level() >= GATE_CLOSES;
        total.ticks += 1;
        total.decoded += usize::from(is_due);
        total.loud += usize::from(level >= GATE_OPENS);
        total.missed += usize::from(!is_due && level >= GATE_OPENS);
    }
}

/// Whoever heeds what payloads tell misses nothing that is loud enough to be heard, of voices loud or
/// faint, and decodes little more than what is.
#[test]
fn no_syllable_is_missed_by_what_payloads_tell() {
    for kind in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::Opus] {
        for gain_db in [0.0, -15.0, -30.0] {
            let mut listened = Listened::default();
            for sentence in 0..recorded::SENTENCES {
                let frames = spoken(sentence, kind, gain_db);
                listen(&frames, kind, EncoderSettings::default(), &mut listened);
            }
            assert_eq!(listened.missed, 0, "{kind:?} at {gain_db} dB: {listened:?}");
            assert!(listened.loud > listened.ticks / 15, "{listened:?}");
            // Pauses within speech are the speaker's, and half of the time is silent.
            let is_spared = listened.decoded * 10 < listened.ticks * 6;
            assert!(is_spared, "{kind:?} at {gain_db} dB: {listened:?}");
        }
    }
}

/// The noise of a line alone, below the gate, is hardly ever decoded.
#[test]
fn the_noise_of_a_line_is_not_decoded() {
    for kind in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::Opus] {
        let mut listened = Listened::default();
        let frames = spoken(0, kind, -90.0);
        listen(&frames, kind, EncoderSettings::default(), &mut listened);
        assert!(listened.decoded * 20 <= listened.ticks, "{kind:?}: {listened:?}");
    }
}

/// How a listener changes from the shared stream to one of its own, and back.
#[derive(Debug, Clone, Copy, PartialEq)]
enum HandOver {
    /// Its own goes on from where the shared one is, and is kept until both are alike.
    Copied,
    /// Its own begins anew, and ends with what it says.
    Reset,
}

/// How long it speaks.
const TALK_TICKS: usize = 10;

/// As long as a stream of one's own is kept: half a second.
const LINGER_TICKS: usize = 25;

/// What a listener hears of a talk, who says something itself from the tick `at` on: first from the shared stream,
/// then from one of its own, of which its voice is no part, and from the shared one again. With it, the ticks in
/// which it changed.
fn overheard(
    settings: EncoderSettings,
    talk: &[Frame],
    own_voice: &[Frame],
    at: usize,
    hand_over: HandOver,
) -> (Vec<f32>, [usize; 2]) {
    let new = || Encoder::new(CodecKind::Opus, settings).unwrap();
    let (mut shared, mut private) = (new(), new());
    let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
    let lingers = if hand_over == HandOver::Copied { LINGER_TICKS } else { 0 };
    let changes = [at, at + TALK_TICKS + lingers];
    let mut heard = Vec::new();
    for (tick, frame) in talk.iter().enumerate() {
        let mut whole = frame.clone();
        if (at..at + TALK_TICKS).contains(&tick) {
            audio::vector::add(whole.samples_mut(), own_voice[tick].samples());
        }
        if tick == at && hand_over == HandOver::Copied {
            private.copy_state_from(&shared).unwrap();
        }
        let (mut payload, mut unheard) = ([0; PAYLOAD_BYTES_MAX], [0; PAYLOAD_BYTES_MAX]);
        let bytes = if (changes[0]..changes[1]).contains(&tick) {
            shared.encode(&whole, &mut unheard).unwrap();
            private.encode(frame, &mut payload).unwrap()
        } else {
            shared.encode(&whole, &mut payload).unwrap()
        };
        let mut out = [0.0; 960];
        decoder.decode(&payload[..bytes], &mut out).unwrap();
        heard.extend(out);
    }
    (heard, changes)
}

/// How much louder what is heard in the 60 ms after a change is than its difference to a stream that never changed, in
/// decibels: 35 at most, and none where there is next to nothing to be heard.
fn seam_db(uninterrupted: &[f32], heard: &[f32], change: usize) -> Option<f32> {
    let range = change * 960..(change + 3) * 960;
    let (a, b) = (&uninterrupted[range.clone()], &heard[range]);
    let difference: Vec<f32> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let level = Dbfs::of(a);
    let snr_db = level.decibels() - Dbfs::of(&difference).decibels();
    (level > Dbfs::new(-40.0)).then_some(snr_db.min(35.0))
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

/// The recipe by which a room changes a listener from the shared stream to its own and back: the first change leaves
/// no trace, and the second next to none. Without it, either is a break.
#[test]
fn a_change_between_streams_is_inaudible_and_a_new_beginning_is_not() {
    let [[there, back], [there_anew, back_at_once]] = seams(EncoderSettings::default());
    assert!(there == 35.0 && there_anew < 15.0, "there: {there} dB, anew {there_anew} dB");
    assert!(back > back_at_once + 3.0, "back: {back} dB, at once {back_at_once} dB");
}

/// The same of what is sent where nothing is lost.
#[test]
fn a_change_between_streams_of_a_mix_is_inaudible() {
    let [[there, back], [there_anew, back_at_once]] = seams(EncoderSettings::MIX);
    assert!(there == 35.0 && there_anew < 15.0, "there: {there} dB, anew {there_anew} dB");
    assert!(back > back_at_once, "back: {back} dB, at once {back_at_once} dB");
}

/// How well changes go there and back, by the recipe and without it, in decibels.
fn seams(settings: EncoderSettings) -> [[f32; 2]; 2] {
    let talk = spoken(4, CodecKind::Opus, 0.0);
    let own_voice = spoken(2, CodecKind::Opus, 0.0);
    let length = talk.len().min(own_voice.len());
    let silence = vec![Frame::silent(Rate::Hz48000); length];
    let (talk, own_voice) = (&talk[..length], &own_voice[..length]);
    let (uninterrupted, _) = overheard(settings, talk, &silence, 0, HandOver::Copied);
    [HandOver::Copied, HandOver::Reset].map(|hand_over| {
        let mut seams = [Vec::new(), Vec::new()];
        for at in (80..length - 60).step_by(23) {
            let (heard, changes) = overheard(settings, talk, own_voice, at, hand_over);
            for (seams, change) in seams.iter_mut().zip(changes) {
                seams.extend(seam_db(&uninterrupted, &heard, change));
            }
        }
        assert!(seams.iter().all(|seams| seams.len() >= 5));
        seams.map(|seams| mean(&seams))
    })
}
