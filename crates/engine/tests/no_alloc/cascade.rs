//! A room that spans workers: parts open, talk to each other, stall and close.

use assert_no_alloc::assert_no_alloc;
use audio::codec::CodecKind;
use audio::tone::Tone;
use engine::LegId;

use crate::support::span::Span;
use crate::support::{Phone, ROOM};

/// Lets time pass, with workers that may not allocate.
fn ticks(span: &mut Span, count: usize, phones: &mut [Phone]) {
    for _ in 0..count {
        span.tick_by(phones, |worker, now| assert_no_alloc(|| worker.tick(now)));
    }
}

/// Has every other leg whisper to the next but one, on another worker, and the rest to the next.
fn whisper_round(span: &mut Span) {
    for leg in 1..=6 {
        let to = if leg % 2 == 0 { leg % 6 + 1 } else { (leg + 1) % 6 + 1 };
        span.engine.whisper(LegId(leg), LegId(to)).unwrap();
    }
}

#[test]
fn parts_of_a_room_allocate_nothing_whatever_happens() {
    let mut span = Span::new(3, 2);
    let codecs = CodecKind::ALL.into_iter().cycle().take(6).enumerate();
    let mut phones: Vec<Phone> =
        codecs.map(|(index, codec)| Phone::new(codec, 400.0 + 100.0 * index as f64)).collect();
    for round in 0..6 {
        for (leg, phone) in (1..).zip(&mut phones) {
            span.join(leg, phone);
        }
        whisper_round(&mut span);
        ticks(&mut span, 20, &mut phones);
        span.stalled[round % 3] = true;
        span.engine.announce(ROOM, Tone::Entry).unwrap();
        ticks(&mut span, 10, &mut phones);
        span.stalled[round % 3] = false;
        ticks(&mut span, 10, &mut phones);
        whisper_round(&mut span);
        ticks(&mut span, 5, &mut phones);
        span.engine.end_whisper(LegId(1 + round as u64)).unwrap();
        ticks(&mut span, 5, &mut phones);
        for leg in 1..=6 {
            span.engine.detach(LegId(leg)).unwrap();
            ticks(&mut span, 2, &mut phones);
        }
        assert_eq!(span.parts(), 1);
    }
    let counts = span.engine.stats().counts;
    let ways = [
        counts.cascade_sent,
        counts.cascade_received,
        counts.cascade_dropped,
        counts.cascade_missed,
        counts.whispers_dropped,
    ];
    assert!(ways.iter().all(|&count| count > 0), "each way was taken: {counts:?}");
}
