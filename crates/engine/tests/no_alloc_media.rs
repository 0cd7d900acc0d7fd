//! What browsers' sound is made of costs no allocation either: copies, levels, pauses, losses, and who is not
//! listened to. This binary's allocator aborts the process if it does.
#![allow(clippy::unwrap_used, reason = "a failed call of a test's own is a failed test")]

#[path = "engine/support/mod.rs"]
mod support;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use audio::codec::{CodecKind, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
use audio::{Frame, Rate};
use engine::{BrowserSettings, EngineEvent, LegId};
use rtp::extension::{AudioLevel, ExtensionWriter};
use rtp::red::{self, Redundant};
use support::House;
use support::browser::{Browser, OPUS_TYPE};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RED_TYPE: u8 = 63;
const LEVEL_ID: u8 = 1;

/// Opus that pauses where there is nothing to be said.
const DISCONTINUOUS: EncoderSettings = EncoderSettings {
    opus_bitrate_bps: 32_000,
    opus_complexity: 2,
    opus_fec: true,
    opus_expected_loss_percent: 10,
    opus_dtx: true,
    opus_stereo: false,
    comfort_noise: false,
};

/// Everything that a browser can agree to.
fn rich(browser: &Browser) -> BrowserSettings {
    BrowserSettings {
        encoder: DISCONTINUOUS,
        red: Some(RED_TYPE),
        level_extension: Some(LEVEL_ID),
        mid_extension: Some((4, "0".to_owned())),
        ..browser.settings()
    }
}

/// A packet with a copy of the payload before it, that says how loud it is.
fn packet(browser: &mut Browser, payload: &[u8], before: &[u8], dbov: u8) -> Vec<u8> {
    let mut out = [0; 1_500];
    let header = browser.sender.audio(RED_TYPE, payload.len());
    browser.sender.advance(960);
    let mut writer = ExtensionWriter::new(&header, &mut out).unwrap();
    writer.audio_level(LEVEL_ID, AudioLevel { voice: dbov < 60, dbov }).unwrap();
    let at = writer.finish().unwrap();
    let redundant = Redundant { timestamp_offset: 960, payload: before };
    let length = red::write(&mut out[at..], OPUS_TYPE, &[redundant], payload).unwrap();
    browser.protect(&out[..at + length])
}

/// The payload of a tick of the browser's note, or of silence.
fn payload(browser: &mut Browser, encoder: &mut Encoder, talks: bool) -> Vec<u8> {
    let note = browser.note.frame(Rate::Hz48000);
    let mut payload = [0; PAYLOAD_BYTES_MAX];
    let frame = if talks { note } else { Frame::silent(Rate::Hz48000) };
    let length = encoder.encode(&frame, &mut payload).unwrap();
    payload[..length].to_vec()
}

/// Runs the worker for a tick, under the allocator that refuses.
fn tick(house: &mut House) {
    for _ in 0..4 {
        let due = house.worker.next_due();
        let worker = &mut house.worker;
        assert_no_alloc(|| worker.tick(due));
    }
    house.poll();
}

#[test]
fn sound_that_is_copied_lost_silent_or_untrue_allocates_nothing() {
    let mut house = House::new();
    let mut browsers = [400.0, 600.0, 800.0].map(Browser::new);
    for (leg, browser) in (1..).zip(&mut browsers) {
        house.reserve(leg, browser);
        house.engine.attach_browser(LegId(leg), rich(browser)).unwrap();
    }
    let mut encoders = [(); 3].map(|()| Encoder::new(CodecKind::Opus, DISCONTINUOUS).unwrap());
    let mut before: [Vec<u8>; 3] = Default::default();
    for round in 0..600 {
        house.engine.set_muted(LegId(3), round / 150 % 2 == 1).unwrap();
        for (index, browser) in browsers.iter_mut().enumerate() {
            let talks = (round / 70 + index) % 3 > 0;
            // The second one's headers always say silence.
            let dbov = if talks && index != 1 { 20 } else { 127 };
            let payload = payload(browser, &mut encoders[index], talks);
            let sent = packet(browser, &payload, &before[index], dbov);
            before[index] = payload;
            let is_lost = (round * 7 + index) % 11 == 3 || (round + index) % 97 < 3;
            // Nor does it leave any silence out: only who was found to be silent is believed.
            let is_paused = !talks && index != 1 && round % 20 > 0;
            // The first few are not lost: among them is the wrap of the sequence number.
            if round < 10 || !(is_lost || is_paused) {
                browser.send(&sent);
            }
        }
        tick(&mut house);
        for browser in &browsers {
            while browser.socket.recv_from(&mut [0; 2_048]).is_ok() {}
        }
    }
    let counts = house.engine.stats().counts;
    let ways = [counts.recovered, counts.concealed, counts.undecoded, counts.levels_untrue];
    assert!(ways.iter().all(|&count| count > 0), "each way was taken: {counts:?}");
    assert_eq!((counts.decode_errors, counts.dropped_payload_type), (0, 0));
    let told = |event: &&EngineEvent| matches!(event, EngineEvent::Quality { .. });
    assert_eq!(house.events.iter().filter(told).count(), 3 * 4, "each leg every 2.5 s");
}
