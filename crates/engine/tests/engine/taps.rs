//! A room's sound is handed out, and nobody notices.

use std::collections::BTreeMap;
use std::time::Duration;

use audio::Rate;
use audio::codec::CodecKind;
use engine::{EngineError, LegId, RoomId, TAP_TICKS_MAX, Tap, TapSettings, TapSource};

use crate::support::span::Span;
use crate::support::{House, Phone, ROOM, share_of};

const VOICES: TapSettings = TapSettings { voices: true, ticks: TAP_TICKS_MAX };

/// What was tapped, by whose it is: when each tick was due, and the sound of all, at 8 kHz.
#[derive(Default)]
struct Heard(BTreeMap<TapSource, (Vec<Duration>, Vec<f32>)>);

impl Heard {
    fn drain(&mut self, tap: &mut Tap) {
        tap.drain(|tapped| {
            assert_eq!(tapped.frame.rate(), Rate::Hz8000);
            let (dues, samples) = self.0.entry(tapped.source).or_default();
            dues.push(tapped.due);
            samples.extend(tapped.frame.samples());
        });
    }

    fn share_of(&self, source: TapSource, note_hz: f64) -> f64 {
        self.0.get(&source).map_or(0.0, |(_, samples)| share_of(samples, Rate::Hz8000, note_hz))
    }
}

#[test]
fn the_mix_holds_everybody_and_each_voice_holds_one() {
    let mut house = House::new();
    let mut phones: Vec<Phone> = [440.0, 700.0].map(|hz| Phone::new(CodecKind::Pcmu, hz)).into();
    for (leg, phone) in (1..).zip(&mut phones) {
        house.join(leg, phone);
    }
    let mut tap = house.engine.tap_room(ROOM, VOICES).unwrap();
    let [one, two] = &mut phones[..] else { unreachable!() };
    house.ticks(40, &mut [one, two]);
    let mut heard = Heard::default();
    heard.drain(&mut tap);
    for (leg, hz) in [(1, 440.0), (2, 700.0)] {
        assert!(heard.share_of(TapSource::Mix, hz) > 0.4, "{leg} is in the mix");
        assert!(heard.share_of(TapSource::Voice(LegId(leg)), hz) > 0.9, "{leg} by itself");
    }
    let (dues, _) = &heard.0[&TapSource::Mix];
    let tick = Duration::from_millis(20);
    assert!(dues.windows(2).all(|pair| pair[1] - pair[0] == tick), "each tick, in order");
    assert_eq!((tap.mix_ticks_lost(), tap.voice_ticks_lost()), (0, 0));
    assert!(matches!(house.engine.tap_room(ROOM, VOICES), Err(EngineError::RoomTapped(ROOM))));

    house.engine.close_room(ROOM).unwrap();
    house.work();
    heard.drain(&mut tap);
    assert!(tap.is_over());
}

#[test]
fn a_tap_that_is_dropped_ends_and_another_can_follow() {
    let mut house = House::new();
    let mut phone = Phone::new(CodecKind::Pcmu, 440.0);
    house.join(1, &mut phone);
    for _ in 0..3 {
        let tap = house.engine.tap_room(ROOM, VOICES).unwrap();
        house.ticks(3, &mut [&mut phone]);
        drop(tap);
        house.ticks(2, &mut [&mut phone]);
    }
    let unknown = house.engine.tap_room(RoomId(9), VOICES);
    assert!(matches!(unknown, Err(EngineError::UnknownRoom(RoomId(9)))));
}

/// The packets that a listener gets while its room isn't tapped, is tapped, and is tapped by one who never reads, which
/// is longer than any ring.
#[test]
fn whoever_reads_too_slowly_changes_nothing_in_the_sound() {
    let payloads = |taps: bool| {
        let mut house = House::new();
        let mut phones = [440.0, 700.0].map(|hz| Phone::new(CodecKind::Pcmu, hz));
        for (leg, phone) in (1..).zip(&mut phones) {
            house.join(leg, phone);
        }
        let tap = taps.then(|| house.engine.tap_room(ROOM, VOICES).unwrap());
        let [one, two] = &mut phones;
        house.ticks(TAP_TICKS_MAX + 100, &mut [one, two]);
        let lost = tap.map(|tap| tap.mix_ticks_lost());
        (phones.map(|phone| phone.heard), lost)
    };
    let (untapped, _) = payloads(false);
    let (tapped, lost) = payloads(true);
    assert!(lost >= Some(90), "{lost:?}");
    assert_eq!(untapped, tapped);
}

#[test]
fn a_room_that_spans_workers_is_heard_whole_at_its_home() {
    let mut span = Span::new(2, 2);
    let hz = [440.0, 700.0, 1_000.0, 1_300.0];
    let mut phones = hz.map(|hz| Phone::new(CodecKind::Pcmu, hz));
    phones[1..].iter_mut().for_each(|phone| phone.talks = false);
    span.join(1, &mut phones[0]);
    span.join(2, &mut phones[1]);
    let mut tap = span.engine.tap_room(ROOM, VOICES).unwrap();
    span.ticks(10, &mut phones);
    span.join(3, &mut phones[2]);
    span.join(4, &mut phones[3]);
    phones[2..].iter_mut().for_each(|phone| phone.talks = true);
    span.ticks(60, &mut phones);
    assert_eq!(span.parts(), 2);
    let mut heard = Heard::default();
    heard.drain(&mut tap);
    for (leg, hz) in [(1, hz[0]), (3, hz[2]), (4, hz[3])] {
        assert!(heard.share_of(TapSource::Mix, hz) > 0.2, "{leg} is in the mix");
        assert!(heard.share_of(TapSource::Voice(LegId(leg)), hz) > 0.9, "{leg} by itself");
    }
    assert!(!heard.0.contains_key(&TapSource::Voice(LegId(2))), "it was silent");

    // The home is empty and stays, as long as it is tapped.
    for leg in [1, 2] {
        span.engine.detach(LegId(leg)).unwrap();
    }
    span.ticks(40, &mut phones);
    assert_eq!(span.parts(), 2);
    heard.drain(&mut tap);
    assert!(heard.share_of(TapSource::Mix, hz[2]) > 0.3);
    drop(tap);
    span.ticks(4, &mut phones);
    assert_eq!(span.parts(), 1, "nobody needs it any more");
}
