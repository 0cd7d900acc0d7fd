//! What is heard of a voice over networks that lose, in pauses, and by those who listen only now and then.

use super::*;
use crate::worker::attention::UNSEEN_PACKETS_MAX;
use crate::worker::line::{Line, PLAYOUT, Random, settings, silence, snr_db, voice};
use audio::codec::{CodecKind, EncoderSettings};
use audio::level::Dbfs;
use proptest::prelude::*;

const ALL: Interest = Interest::Everything;
const LOUD: Interest = Interest::From(Dbfs::new(-52.0));

/// With FEC, and as little effort as can be.
fn robust() -> EncoderSettings {
    EncoderSettings { opus_complexity: 0, ..EncoderSettings::default() }
}

fn plain() -> EncoderSettings {
    EncoderSettings { opus_fec: false, ..robust() }
}

fn discontinuous() -> EncoderSettings {
    EncoderSettings { opus_dtx: true, ..EncoderSettings::default() }
}

/// Ten seconds of a voice over a line that loses so many packets at random.
fn random_loss(red: Option<u8>, encoder: EncoderSettings, percent: u32, seed: u32) -> Line {
    let mut line = Line::new(&settings(red, encoder));
    let mut random = Random::new(seed);
    line.say(&voice(0, 500), ALL, |index| index > 5 && random.percent(percent));
    line
}

#[test]
fn redundant_audio_brings_back_nearly_all_that_is_lost() {
    for (percent, concealed_max) in [(5, 6), (10, 12), (20, 35), (30, 70)] {
        for seed in 0..3 {
            let line = random_loss(Some(63), plain(), percent, seed);
            let lost = line.sent - line.totals.packets_received as usize;
            let (recovered, concealed) = (line.totals.recovered, line.totals.concealed);
            assert!(lost > 3 * percent as usize, "{percent}%: {lost} lost");
            assert!(concealed <= concealed_max, "{percent}%, seed {seed}: {concealed} concealed");
            // The last may be on its way still.
            assert!(recovered + concealed + 2 >= lost as u64, "{percent}%: {recovered} recovered");
            assert_eq!(line.counts.dropped_by_jitter, 0, "copies are no duplicates");
        }
    }
}

/// How near what was heard over a bad line is to what was over a clean one, in the mean over ticks, each wherever it is
/// within 30 ms: while packets are lost, playout waits longer. First it is looked for in every fourth sample: with steps
/// as large as half a millisecond a tick is often found a period of the voice later, where it is less like itself.
fn aligned_snr_db(clean: &Line, lossy: &Line) -> f32 {
    const STEP: usize = 4;
    let sparse = |line: &Line| line.heard.iter().step_by(STEP).copied().collect::<Vec<_>>();
    let (sparse_clean, sparse_lossy) = (sparse(clean), sparse(lossy));
    let ticks = (20..490)
        .step_by(3)
        .filter(|tick| Dbfs::of(clean.ticks(*tick..*tick + 1)) > Dbfs::new(-50.0));
    let snrs: Vec<f32> = ticks
        .map(|tick| {
            let (start, length) = (tick * 960 / STEP, 960 / STEP);
            let rough_db = |later: &usize| {
                let heard = &sparse_lossy[start + later..][..length];
                snr_db(&sparse_clean[start..][..length], heard)
            };
            let exact_db = |later: &usize| {
                snr_db(clean.ticks(tick..tick + 1), &lossy.heard[tick * 960 + later..][..960])
            };
            let near = STEP * best(0..=1_440 / STEP, rough_db);
            let later = best(near.saturating_sub(STEP)..=near + STEP, exact_db);
            exact_db(&later).clamp(0.0, 35.0)
        })
        .collect();
    snrs.iter().sum::<f32>() / snrs.len() as f32
}

/// That of the candidates which has the highest score.
fn best(candidates: impl Iterator<Item = usize>, score: impl Fn(&usize) -> f32) -> usize {
    candidates.max_by(|one, other| score(one).total_cmp(&score(other))).unwrap()
}

/// With FEC more is guessed than with copies: libopus puts none into the packet after a frame that it takes for a pause,
/// of which this voice has some.
#[test]
fn what_is_heard_is_best_with_copies_then_with_fec_then_with_guesses() {
    for percent in [10, 20] {
        let lines = [(Some(63), plain()), (None, robust()), (None, plain())];
        let [copied, coarse, guessed] = lines.map(|(red, encoder)| {
            let clean = random_loss(red, encoder, 0, 1);
            let lossy = random_loss(red, encoder, percent, 1);
            (lossy.totals.concealed, aligned_snr_db(&clean, &lossy))
        });
        assert!(copied.0 < coarse.0 && coarse.0 < guessed.0, "{percent}%");
        let (copied, coarse, guessed) = (copied.1, coarse.1, guessed.1);
        assert!(copied > coarse + 2.0, "{percent}%: {copied} dB with RED, {coarse} with FEC");
        assert!(coarse > guessed + 0.5, "{percent}%: {coarse} dB with FEC, {guessed} with neither");
    }
}

#[test]
fn in_band_fec_counts_as_recovered() {
    let line = random_loss(None, robust(), 10, 3);
    assert!(line.totals.recovered > 15, "{} recovered", line.totals.recovered);
    assert!(line.totals.recovered > line.totals.concealed, "{} concealed", line.totals.concealed);
}

#[test]
fn bursts_cost_what_they_last_and_leave_no_delay() {
    for red in [Some(63), None] {
        let mut clean = Line::new(&settings(red, robust()));
        clean.say(&voice(0, 200), ALL, |_| false);
        for burst in [1, 2, 3, 5, 8, 12] {
            let mut line = Line::new(&settings(red, robust()));
            line.say(&voice(0, 200), ALL, |index| (50..50 + burst).contains(&index));
            let snr_db = snr_db(clean.ticks(100..200), line.ticks(100..200));
            assert!(snr_db > 25.0, "RED {red:?}, {burst} lost: {snr_db} dB, so late or early");
        }
    }
}

#[test]
fn a_pause_is_silence_and_no_loss() {
    for red in [Some(63), None] {
        let mut line = Line::new(&settings(red, discontinuous()));
        let frames = [voice(0, 50), silence(200), voice(50, 50)].concat();
        line.say(&frames, ALL, |_| false);
        assert!(line.sent < 150, "{} packets were sent", line.sent);
        assert_eq!((line.totals.concealed, line.totals.recovered), (0, 0));
        assert_eq!(line.counts.dropped_by_jitter, 0);
        assert!(line.ticks_heard < 160, "{} ticks had sound", line.ticks_heard);
        assert!(Dbfs::of(line.ticks(70..250)) < Dbfs::new(-70.0));
        // The voice after it is there from its beginning on.
        let mut all = Line::new(&settings(red, EncoderSettings::default()));
        all.say(&frames, ALL, |_| false);
        let level = |line: &Line| Dbfs::of(line.ticks(252..256)).decibels();
        assert!((level(&line) - level(&all)).abs() < 2.0, "{} dB", level(&line));
    }
}

#[test]
fn losses_in_and_around_pauses_are_bridged_and_end() {
    for seed in 0..10 {
        let mut line = Line::new(&settings(Some(63), discontinuous()));
        let mut random = Random::new(seed);
        for turn in 0..6 {
            let frames = [voice(40 * turn, 40), silence(60)].concat();
            line.say(&frames, ALL, |_| random.percent(15));
        }
        // Were gaps taken for losses, each would be concealed for five ticks.
        assert!(line.totals.concealed < 40, "seed {seed}: {} concealed", line.totals.concealed);
    }
}

#[test]
fn the_silent_are_hardly_ever_decoded() {
    let mut line = Line::new(&settings(None, robust()));
    line.say(&silence(1_000), LOUD, |_| false);
    let decoded = 1_000 - line.counts.undecoded;
    assert!(decoded <= 25, "{decoded} of 1,000");
    assert_eq!(line.counts.levels_untrue, 0);
    line.say(&voice(0, 100), Interest::Nothing, |_| false);
    assert!(line.counts.undecoded >= 1_060, "nor are the muted");
}

/// Those whose packets have no such headers: a phone that speaks Opus.
fn phone() -> MediaSettings {
    MediaSettings { level_extension: None, ..settings(None, robust()) }
}

#[test]
fn the_silent_are_known_without_headers_as_well() {
    let mut line = Line::new(&phone());
    line.say(&silence(1_000), LOUD, |_| false);
    let decoded = 1_000 - line.counts.undecoded;
    assert!(decoded <= 25, "{decoded} of 1,000");
    assert_eq!(line.counts.levels_untrue, 0);
    let before = line.counts.undecoded;
    line.say(&voice(0, 100), LOUD, |_| false);
    let undecoded = line.counts.undecoded - before;
    assert!(undecoded <= 4, "{undecoded} packets, of which those are that waited in the buffer");
}

#[test]
fn the_first_syllable_sounds_as_if_one_had_listened_all_the_time() {
    // Noise of a room before it, so that there is something for a decoder to be wrong about.
    let noise = |n: usize| 0.0006 * ((n * 7_919 % 1_000) as f32 / 500.0 - 1.0);
    let room: Vec<_> = (0..130)
        .map(|tick| {
            let samples = (0..960).map(|n| noise(tick * 960 + n)).collect::<Vec<_>>();
            audio::Frame::from_samples(audio::Rate::Hz48000, &samples)
        })
        .collect();
    let (browser, phone) = (settings(None, robust()), phone());
    for (at, settings) in [60, 77, 101, 130].into_iter().zip([&browser, &phone].into_iter().cycle())
    {
        let heard = [ALL, LOUD].map(|interest| {
            let mut line = Line::new(settings);
            // The decoder is left in the midst of another word.
            line.say(&voice(60, 30), ALL, |_| false);
            let frames = [room[..at].to_vec(), voice(3, 30)].concat();
            line.say(&frames, interest, |_| false);
            (line.counts.undecoded, line)
        });
        assert!(heard[0].0 == 0 && heard[1].0 > at as u64 / 2);
        let onset = at + 32..at + 37;
        let snr_db = snr_db(heard[0].1.ticks(onset.clone()), heard[1].1.ticks(onset));
        assert!(snr_db > 40.0, "after {at} ticks: {snr_db} dB");
    }
}

/// The noise of a quiet room at this rate.
fn quiet(rate: audio::Rate) -> audio::Frame {
    let noise = |n: usize| 0.0006 * ((n * 7_919 % 1_000) as f32 / 500.0 - 1.0);
    let samples: Vec<f32> = (0..rate.tick_samples()).map(noise).collect();
    audio::Frame::from_samples(rate, &samples)
}

#[test]
fn who_has_rested_is_heard_from_the_first_packet_on() {
    for settings in codecs().filter(|settings| settings.codec != CodecKind::G722) {
        let (codec, rate) = (settings.codec, settings.codec.audio_rate());
        let [listened, rested] = [ALL, LOUD].map(|interest| {
            let mut line = Line::new(&settings);
            line.say(&vec![quiet(rate); 150], interest, |_| false);
            assert_eq!(line.receiving().rests(), interest == LOUD, "{codec:?}");
            line.say(&voice_for(&settings, 30), interest, |_| false);
            assert!(!line.receiving().rests());
            line.heard.split_off(line.heard.len() - 28 * rate.tick_samples())
        });
        let snr_db = snr_db(&listened, &rested);
        assert!(
            snr_db > 35.0,
            "{codec:?}: as if one had listened all the time, but for {snr_db} dB"
        );
    }
}

#[test]
fn who_rests_costs_no_tick_and_no_packet_is_lost_of_it() {
    for settings in codecs().filter(|settings| settings.codec != CodecKind::G722) {
        let mut line = Line::new(&settings);
        line.say(&vec![quiet(settings.codec.audio_rate()); 500], LOUD, |_| false);
        assert!(line.receiving().rests());
        let (totals, counts) = (line.totals, line.counts);
        assert_eq!(
            (totals.packets_received, totals.concealed, counts.dropped_by_jitter),
            (500, 0, 0)
        );
        assert!(counts.undecoded >= 480, "{:?}: {}", settings.codec, counts.undecoded);
    }
}

#[test]
fn who_lies_about_its_silence_is_heard_all_the_same() {
    let mut line = Line::new(&settings(None, robust()));
    line.say_at_level(&voice(0, 200), LOUD, |_| false, |_| Dbfs::SILENCE);
    assert_eq!(line.counts.levels_untrue, 1, "it is found out");
    let unheard = 200 - line.ticks_heard;
    assert!(unheard <= UNSEEN_PACKETS_MAX as usize + 3, "after {unheard} ticks");
    line.say_at_level(&voice(200, 200), LOUD, |_| false, |_| Dbfs::SILENCE);
    assert_eq!(200 + 200 - line.ticks_heard, unheard, "and not heeded any more");
}

#[test]
fn who_lies_about_its_loudness_is_decoded_as_ever_and_is_as_silent() {
    let mut line = Line::new(&settings(None, robust()));
    line.say_at_level(&silence(200), LOUD, |_| false, |_| Dbfs::new(0.0));
    assert_eq!(line.counts.undecoded, 0);
    assert!(Dbfs::of(&line.heard) < Dbfs::new(-70.0));
}

#[test]
fn a_liar_by_turns_costs_no_more_decodes_than_it_sends_packets() {
    let mut line = Line::new(&settings(None, robust()));
    for tick in 0..300 {
        let level = if tick % 4 == 0 { Dbfs::new(-10.0) } else { Dbfs::SILENCE };
        line.say_at_level(&silence(1), LOUD, |_| false, |_| level);
    }
    // What was kept is decoded once, when it is needed, and then gone.
    assert!(line.counts.undecoded >= 215);
    assert_eq!(line.totals.decode_errors, 0);
}

/// The largest step from one sample to the next.
fn largest_step(samples: &[f32]) -> f32 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

/// Every codec of a phone's, as it is sent and received.
fn codecs() -> impl Iterator<Item = MediaSettings> {
    CodecKind::ALL.into_iter().map(|codec| MediaSettings { codec, ..phone() })
}

/// What is said to a phone of this codec, at its rate.
fn voice_for(settings: &MediaSettings, ticks: usize) -> Vec<audio::Frame> {
    let rate = settings.codec.audio_rate();
    let step = audio::Rate::Hz48000.tick_samples() / rate.tick_samples();
    let at_rate = |frame: audio::Frame| {
        let samples: Vec<f32> = frame.samples().iter().step_by(step).copied().collect();
        audio::Frame::from_samples(rate, &samples)
    };
    voice(0, ticks).into_iter().map(at_rate).collect()
}

#[test]
fn after_a_stall_the_delay_comes_back_down_without_a_click() {
    for settings in codecs() {
        let frames = voice_for(&settings, 400);
        let mut clean = Line::new(&settings);
        clean.say_delayed(&frames, ALL, |_| 0);
        let mut line = Line::new(&settings);
        // What was sent within 300 ms comes at the end of them.
        line.say_delayed(&frames, ALL, |index| match index {
            100..115 => 20 * (115 - index as u64),
            _ => 0,
        });
        let buffer = &line.receiving().jitter;
        let (codec, counters) = (settings.codec, buffer.counters());
        assert!(buffer.buffered() <= Duration::from_millis(20), "{codec:?}: {counters:?}");
        assert_eq!(counters.skipped + counters.late, 0, "{codec:?}: {counters:?}");
        let clock_hz = u64::from(codec.rtp_clock_hz());
        let shortened_ms = counters.shortened_units * 1_000 / clock_hz;
        assert!((200..=300).contains(&shortened_ms), "{codec:?}: {shortened_ms} ms");
        let (step, usual) = (largest_step(&line.heard), largest_step(&clean.heard));
        assert!(step <= 1.6 * usual, "{codec:?}: a step of {step}, and {usual} without a stall");
    }
}

#[test]
fn jitter_costs_delay_and_no_sound() {
    for settings in codecs() {
        let frames = voice_for(&settings, 1_000);
        let mut line = Line::new(&settings);
        line.say_delayed(&frames, ALL, |index| (index as u64 * 7) % 41);
        let (totals, counters) = (line.totals, line.receiving().jitter.counters());
        let codec = settings.codec;
        assert!(totals.concealed <= 4, "{codec:?}: {} ticks, {counters:?}", totals.concealed);
        assert!(counters.late <= 2, "{codec:?}: {counters:?}");
        let depth = line.receiving().depth();
        assert!(depth <= Duration::from_millis(60), "{codec:?}: {depth:?}");
    }
}

#[test]
fn who_is_not_listened_to_is_adjusted_for_nothing() {
    let mut line = Line::new(&phone());
    // A word now and then, so that it never rests.
    let mut frames = silence(300);
    frames.iter_mut().step_by(20).zip(voice(5, 15)).for_each(|(frame, word)| *frame = word);
    line.say_delayed(&frames, LOUD, |index| match index {
        100..103 => 20 * (103 - index as u64),
        _ => 0,
    });
    assert!(!line.receiving().rests());
    let counters = line.receiving().jitter.counters();
    assert!(line.receiving().jitter.buffered() <= Duration::from_millis(20), "{counters:?}");
    assert!(counters.shortened_units > 0);
}

/// A telephone falls silent and tells of its noise (RFC 3389), once in 400 ms: that is heard, as loud as it was told,
/// until the voice comes back, and nothing of it is taken for lost.
#[test]
fn the_noise_of_a_telephone_that_falls_silent_is_heard() {
    for settings in codecs().filter(|settings| settings.codec != CodecKind::Opus) {
        let mut receiving = Receiving::new(&settings, PLAYOUT).unwrap();
        let (mut bench, mut totals, mut counts) =
            (Workbench::new(), LegStats::default(), Counts::default());
        let (mut levels, mut sequence) = (Vec::new(), 0);
        for tick in 0..150_u32 {
            let is_silent = (50..100).contains(&tick);
            let (payload_type, payload) = match is_silent {
                true => (PAYLOAD_TYPE_COMFORT_NOISE, &[45, 60, 127][..]),
                false => (settings.payload_type_receive, &[0x55; 160][..]),
            };
            let now = TICK * tick;
            if !is_silent || (tick - 50).is_multiple_of(20) {
                let header = Header {
                    marker: tick == 100,
                    payload_type,
                    sequence,
                    timestamp: 160 * tick,
                    ssrc: 7,
                };
                let packet = Packet::new(header, payload);
                receiving.take(now.into(), &packet, &mut bench, &mut totals, &mut counts);
                sequence += 1;
            }
            let heard = receiving.hear(now, ALL, &mut bench, &mut totals, &mut counts);
            levels.push(heard.map_or(Dbfs::SILENCE, Dbfs::of).decibels());
        }
        let is_noise = |level: &f32| (level + 45.0).abs() < 4.0;
        assert!(levels[60..98].iter().all(is_noise), "{:?}: {levels:.0?}", settings.codec);
        assert_eq!((totals.concealed, counts.dropped_by_jitter), (0, 0), "{:?}", settings.codec);
    }
}

#[test]
fn redundant_audio_that_is_not_ours_is_counted_and_dropped() {
    let mut line = Line::new(&settings(Some(63), plain()));
    let header =
        |sequence| Header { marker: false, payload_type: 63, sequence, timestamp: 0, ssrc: 9 };
    let packet = |sequence, payload: &[u8]| [&header(sequence).to_bytes()[..], payload].concat();
    line.take(&packet(1, &[0x80 | 111, 0, 0]));
    assert_eq!(line.counts.decode_errors, 1, "cut off");
    line.take(&packet(2, &[96, 1, 2, 3]));
    assert_eq!(line.counts.dropped_payload_type, 1, "of another codec");
    line.take(&packet(3, &[111]));
    assert_eq!(line.counts.decode_errors, 2, "empty");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever comes as redundant audio, in whatever order: sound comes out, and no tick is longer than a tick.
    #[test]
    fn any_redundant_audio_is_safe(
        packets in prop::collection::vec(
            (0_u16..40, 0_u32..40_000, prop::collection::vec(any::<u8>(), 0..60), any::<bool>()), 1..80,
        ),
    ) {
        let mut line = Line::new(&settings(Some(63), plain()));
        for (sequence, timestamp, mut payload, is_valid) in packets {
            if is_valid {
                // A copy of two bytes, and the rest.
                payload.splice(0..0, [0x80 | 111, 0x0F, 0x00, 0x02, 111]);
            }
            let header = Header { marker: false, payload_type: 63, sequence, timestamp, ssrc: 9 };
            line.take(&[&header.to_bytes()[..], &payload].concat());
            line.hear(LOUD);
        }
        prop_assert!(line.heard.iter().all(|sample| sample.is_finite()));
    }
}
