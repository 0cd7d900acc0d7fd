//! Speech to play, as files for the foreign phones, and captured files to search.

use std::fs;
use std::path::Path;

use audio::Rate;
use sim::Speech;
use sim::correlate::{self, Match};

/// Writes `speech`, or silence, as a WAV file, the same on each channel, again and again for `seconds`.
pub fn write_wav(path: &Path, speech: Option<Speech>, rate: Rate, channels: u16, seconds: usize) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate.hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("a file");
    let samples = speech.map_or(vec![0.0], |speech| speech.samples(rate));
    for sample in samples.iter().cycle().take(seconds * rate.hz() as usize) {
        for _ in 0..channels {
            writer.write_sample((sample * 32_767.0) as i16).expect("room for a sample");
        }
    }
    writer.finalize().expect("a finished file");
}

/// Writes `speech` in A-law and nothing else, which is what sipp plays.
pub fn write_pcma(path: &Path, speech: Speech) {
    use audio::codec::{CodecKind, Encoder, PAYLOAD_BYTES_MAX};
    let rate = CodecKind::Pcma.audio_rate();
    let mut encoder = Encoder::new(CodecKind::Pcma, Default::default()).expect("an encoder");
    let mut payload = [0; PAYLOAD_BYTES_MAX];
    let mut file = Vec::new();
    for chunk in speech.samples(rate).chunks_exact(rate.tick_samples()) {
        let frame = audio::Frame::from_samples(rate, chunk);
        let bytes = encoder.encode(&frame, &mut payload).expect("a payload");
        file.extend_from_slice(&payload[..bytes]);
    }
    fs::write(path, file).expect("a written file");
}

/// The first channel of a WAV file that may still be growing (its header's lengths are not believed).
pub fn read_growing_wav(path: &Path) -> Vec<f32> {
    const CHANNELS_AT: usize = 22;
    const HEADER_BYTES: usize = 44;
    let bytes = fs::read(path).unwrap_or_default();
    let Some((header, sound)) = bytes.split_at_checked(HEADER_BYTES) else { return Vec::new() };
    let frame_bytes = 2 * usize::from(header[CHANNELS_AT].max(1));
    let frames = sound.chunks_exact(frame_bytes);
    frames.map(|frame| f32::from(i16::from_le_bytes([frame[0], frame[1]])) / 32_768.0).collect()
}

/// Looks for `speech` in what was captured at `rate`.
pub fn find(speech: Speech, captured: &[f32], rate: Rate) -> Match {
    correlate::find(&speech.samples(rate), captured)
}

/// A browser that plays sound faster or slower than it was said moves it by no more than this within some rounds.
const SHIFT_MAX_S: f32 = 0.3;

/// Looks for `speech`, which is said in rounds, second by second, and gives the mean score: a browser stretches and
/// shortens what it plays as the network asks for, so that the whole of it is never quite as long as it was.
///
/// A second of any speech is a little like some second of a long capture. So only seconds count that were found at
/// one place of the round.
pub fn find_by_seconds(speech: Speech, captured: &[f32], rate: Rate) -> Match {
    let samples = speech.samples(rate);
    let (round, second) = (samples.len(), rate.hz() as usize);
    let found: Vec<Match> =
        samples.chunks_exact(second).map(|part| correlate::find(part, captured)).collect();
    // Where in the round each says that the round begins.
    let begins =
        |(n, found): (usize, &Match)| (found.lag_samples % round + round - n * second) % round;
    let begins: Vec<usize> = found.iter().enumerate().map(begins).collect();
    let apart = |a: usize, b: usize| a.abs_diff(b).min(round - a.abs_diff(b));
    let shift_max = (SHIFT_MAX_S * rate.hz() as f32) as usize;
    let score_at = |at: usize| -> f32 {
        let agree = begins.iter().zip(&found).filter(|(begin, _)| apart(at, **begin) <= shift_max);
        agree.map(|(_, found)| found.score).sum::<f32>() / found.len() as f32
    };
    let best = begins.iter().map(|&at| (score_at(at), at)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(Match::default(), |(score, lag_samples)| Match { score, lag_samples })
}

#[test]
fn seconds_count_where_they_agree() {
    let rate = Rate::Hz8000;
    let rounds = |speech: Speech| speech.samples(rate).repeat(4);
    for said in Speech::ALL {
        let captured = rounds(said).split_off(3_000);
        for speech in Speech::ALL {
            let found = find_by_seconds(speech, &captured, rate);
            assert_eq!(found.is_heard(), speech == said, "{speech:?} in {said:?}: {found:?}");
            assert_eq!(found.is_not_heard(), speech != said, "{speech:?} in {said:?}: {found:?}");
        }
    }
}
