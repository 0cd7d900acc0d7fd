//! Whispers in a room that spans workers: they go from any of its members to any other.

use audio::codec::CodecKind;
use engine::{EngineError, LegId, RoomId};
use mixer::RoomSettings;
use proptest::prelude::*;

use crate::support::span::{SETTLED, Span, heard_by, join_all, note, phones};
use crate::support::{Phone, ROOM, share_of};

/// Two phones on each of two workers: the first two on the one, the others on the other.
fn scene(codecs: [CodecKind; 4]) -> (Span, Vec<Phone>) {
    let mut span = Span::new(2, 2);
    let mut phones = phones(&codecs);
    join_all(&mut span, &mut phones);
    span.ticks(SETTLED, &mut phones);
    assert_eq!(span.parts(), 2);
    (span, phones)
}

fn whisper(span: &mut Span, from: usize, to: usize) {
    span.engine.whisper(leg(from), leg(to)).unwrap();
}

fn leg(index: usize) -> LegId {
    LegId(index as u64 + 1)
}

/// All but some.
fn all_but(count: usize, some: &[usize]) -> Vec<usize> {
    (0..count).filter(|index| !some.contains(index)).collect()
}

/// The first whispers to the phone `listener`, and all others are heard by all.
fn assert_only_one_hears_the_first(listener: usize, phones: &[Phone]) {
    for (index, phone) in phones.iter().enumerate() {
        let unheard: &[usize] = if index == listener { &[index] } else { &[index, 0] };
        let expected = all_but(phones.len(), unheard);
        assert_eq!(heard_by(phone, phones), expected, "phone {index}, whispers to {listener}");
        if index != listener {
            let overheard = phone.share_of(note(0));
            assert!(overheard < 1e-3, "phone {index}, whispers to {listener}: {overheard}");
        }
    }
}

#[test]
fn a_whisper_reaches_one_leg_wherever_that_is() {
    let mixed = [CodecKind::Pcma, CodecKind::G722, CodecKind::Opus, CodecKind::Pcmu];
    let reversed = [CodecKind::Opus, CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722];
    for codecs in [[CodecKind::Pcmu; 4], mixed, reversed] {
        let (mut span, mut phones) = scene(codecs);
        for listener in [2, 1, 3] {
            whisper(&mut span, 0, listener);
            span.ticks(SETTLED, &mut phones);
            assert_only_one_hears_the_first(listener, &phones);
        }
        span.engine.end_whisper(leg(0)).unwrap();
        span.ticks(SETTLED, &mut phones);
        for (index, phone) in phones.iter().enumerate() {
            assert_eq!(heard_by(phone, &phones), all_but(4, &[index]));
        }
        assert_eq!(span.engine.stats().counts.whispers_dropped, 0);
    }
}

/// When a phone first hears something, in samples.
fn onset(phone: &Phone) -> usize {
    phone.heard.iter().position(|sample| sample.abs() > 0.02).unwrap()
}

/// What the phone `listener` hears from when the first phone begins to talk, to all or to that one alone, with so
/// many sub-ticks between the turns of the two parts.
fn heard_of_the_first(listener: usize, whispers: bool, sub_ticks: u64) -> Phone {
    let mut span = Span::new(2, 2);
    span.shift(sub_ticks);
    let mut phones = phones(&[CodecKind::Pcma; 4]);
    phones.iter_mut().for_each(|phone| phone.talks = false);
    join_all(&mut span, &mut phones);
    if whispers {
        whisper(&mut span, 0, listener);
    }
    span.ticks(5, &mut phones);
    phones.iter_mut().for_each(Phone::forget);
    phones[0].talks = true;
    span.ticks(200, &mut phones);
    assert_eq!(span.engine.stats().counts.whispers_dropped, 0);
    phones.swap_remove(listener)
}

#[test]
fn it_is_heard_whole_and_no_later_than_what_all_hear() {
    for sub_ticks in 0..4 {
        let near = heard_of_the_first(1, true, sub_ticks);
        let far = heard_of_the_first(2, true, sub_ticks);
        for (listener, phone) in [(1, &near), (2, &far)] {
            let aloud = onset(&heard_of_the_first(listener, false, sub_ticks));
            assert!(onset(phone) <= aloud + 20, "{} after {aloud}, {sub_ticks}", onset(phone));
            let whole = phone.heard[onset(phone) + 160..].windows(1_600).step_by(40);
            let worst = whole.map(|heard| share_of(heard, phone.codec.audio_rate(), note(0)));
            let worst = worst.fold(1.0, f64::min);
            assert!(worst > 0.998, "{worst} at {listener} with {sub_ticks} sub-ticks between");
        }
        let later = onset(&far) - onset(&near);
        assert!(later <= 160, "{later} samples later, with {sub_ticks} sub-ticks between");
    }
}

#[test]
fn it_begins_and_ends_without_a_click() {
    for listener in [1, 2] {
        let (mut span, mut phones) = scene([CodecKind::Pcma; 4]);
        phones[1..].iter_mut().for_each(|phone| phone.talks = false);
        span.ticks(SETTLED, &mut phones);
        phones.iter_mut().for_each(Phone::forget);
        for round in 0..20 {
            whisper(&mut span, 0, listener);
            span.ticks(1 + round % 7, &mut phones);
            if round % 3 == 0 {
                // Anew, while the one before is heard.
                whisper(&mut span, 0, listener);
                span.ticks(3, &mut phones);
            }
            span.engine.end_whisper(leg(0)).unwrap();
            span.ticks(1 + round % 5, &mut phones);
        }
        let slope = 0.2 * std::f64::consts::TAU * note(0) / 8_000.0;
        for (index, phone) in phones.iter().enumerate().skip(1) {
            let steps = phone.heard.windows(2).map(|pair| f64::from((pair[1] - pair[0]).abs()));
            let step = steps.fold(0.0, f64::max);
            assert!(step < 2.5 * slope, "{index}: a step of {step}, the note's is {slope}");
        }
    }
}

#[test]
fn a_worker_that_stalls_holds_up_nobody_and_nothing_piles_up() {
    for stalled in 0..2 {
        let (mut span, mut phones) = scene([CodecKind::Pcmu; 4]);
        whisper(&mut span, 0, 2);
        span.ticks(SETTLED, &mut phones);
        let before = (phones[2].heard.len(), phones[0].heard.len());
        span.stalled[stalled] = true;
        span.ticks(200, &mut phones);
        assert_eq!(phones[2].heard.len() > before.0, stalled == 0, "the others have their turns");
        assert_eq!(phones[0].heard.len() > before.1, stalled == 1);
        span.stalled[stalled] = false;
        span.ticks(2 * SETTLED, &mut phones);
        assert_only_one_hears_the_first(2, &phones);
        let dropped = span.engine.stats().counts.whispers_dropped;
        assert_eq!(dropped > 100, stalled == 1, "{dropped}");
        span.ticks(SETTLED, &mut phones);
        let counts = span.engine.stats().counts;
        assert_eq!(counts.whispers_dropped, dropped, "nothing is behind any more");
        assert_only_one_hears_the_first(2, &phones);
    }
}

#[test]
fn nobody_hears_a_whisper_whose_listener_has_gone() {
    let (mut span, mut phones) = scene([CodecKind::Pcmu; 4]);
    whisper(&mut span, 0, 2);
    span.ticks(SETTLED, &mut phones);
    span.engine.detach(leg(2)).unwrap();
    // Its port may be another test's at once.
    phones[2].talks = false;
    span.ticks(SETTLED, &mut phones);
    assert_eq!(heard_by(&phones[1], &phones), [3]);
    assert_eq!(heard_by(&phones[3], &phones), [1]);
    let gone = span.engine.whisper(leg(0), leg(2));
    assert!(matches!(gone, Err(EngineError::UnknownLeg(LegId(3)))), "{gone:?}");
    let reserved = span.engine.reserve(LegId(9), ROOM, None).map(|_| LegId(9)).unwrap();
    let early = span.engine.whisper(leg(0), reserved);
    assert!(matches!(early, Err(EngineError::NotAttached(LegId(9)))), "{early:?}");
    span.engine.end_whisper(leg(0)).unwrap();
    span.ticks(SETTLED, &mut phones);
    assert_eq!(heard_by(&phones[3], &phones), [0, 1]);
}

#[test]
fn who_goes_to_another_room_leaves_its_whispers_behind() {
    const SIDE_ROOM: RoomId = RoomId(78);
    for mover in [0, 2] {
        let (mut span, mut phones) = scene([CodecKind::Pcmu; 4]);
        let settings = RoomSettings { members_max: 4, ..RoomSettings::default() };
        span.engine.open_room(SIDE_ROOM, settings).unwrap();
        whisper(&mut span, 0, 2);
        span.ticks(SETTLED, &mut phones);
        span.engine.move_leg(leg(mover), SIDE_ROOM, false).unwrap();
        span.ticks(SETTLED, &mut phones);
        let apart = span.engine.whisper(leg(0), leg(2));
        assert!(matches!(apart, Err(EngineError::Apart(..))), "{apart:?}");
        for (listener, phone) in phones.iter().enumerate() {
            assert!(phone.share_of(note(0)) < 1e-3, "{listener} hears it, {mover} has moved");
        }
        // Back again: nobody has said who shall hear it.
        span.engine.move_leg(leg(mover), ROOM, false).unwrap();
        span.ticks(SETTLED, &mut phones);
        for (index, phone) in phones.iter().enumerate() {
            assert_eq!(heard_by(phone, &phones), all_but(4, &[index, 0]), "{mover} is back");
        }
        whisper(&mut span, 0, 2);
        span.ticks(SETTLED, &mut phones);
        assert_only_one_hears_the_first(2, &phones);
    }
}

#[test]
fn a_change_of_codec_on_either_side_goes_unnoticed() {
    for changer in [0, 2] {
        let (mut span, mut phones) = scene([CodecKind::Pcmu; 4]);
        whisper(&mut span, 0, 2);
        span.ticks(SETTLED, &mut phones);
        let server = phones[changer].server;
        phones[changer] = Phone::new(CodecKind::G722, note(changer));
        phones[changer].server = server;
        span.engine.update(leg(changer), phones[changer].settings()).unwrap();
        span.ticks(2 * SETTLED, &mut phones);
        assert_only_one_hears_the_first(2, &phones);
        span.engine.end_whisper(leg(0)).unwrap();
        span.ticks(SETTLED, &mut phones);
        assert_eq!(heard_by(&phones[3], &phones), [0, 1, 2]);
    }
}

#[test]
fn whispers_that_end_and_begin_anew_at_once_take_no_place_for_good() {
    let (mut span, mut phones) = scene([CodecKind::Pcmu; 4]);
    for round in 0..600 {
        whisper(&mut span, 0, 1 + round % 3);
        if round % 4 == 0 {
            span.engine.end_whisper(leg(0)).unwrap();
        }
        if round % 5 == 0 {
            whisper(&mut span, 3, round % 3);
        }
        span.ticks(round % 2, &mut phones);
    }
    span.engine.end_whisper(leg(3)).unwrap();
    span.ticks(SETTLED, &mut phones);
    whisper(&mut span, 0, 2);
    span.ticks(SETTLED, &mut phones);
    assert_only_one_hears_the_first(2, &phones);
}

#[test]
fn what_the_workers_have_not_given_back_is_not_lent_again() {
    let (mut span, mut phones) = scene([CodecKind::Pcmu; 4]);
    span.stalled = vec![true; 2];
    let lent = (0..1_000).take_while(|_| span.engine.whisper(leg(0), leg(2)).is_ok()).count();
    assert!((1..1_000).contains(&lent), "{lent}");
    assert!(matches!(span.engine.whisper(leg(0), leg(2)), Err(EngineError::WorkerBusy(_))));
    span.stalled = vec![false; 2];
    span.ticks(SETTLED, &mut phones);
    assert_only_one_hears_the_first(2, &phones);
}

#[test]
fn so_many_are_whispered_to_at_once_and_no_more() {
    const PAIRS: usize = 9;
    let mut span = Span::new(2, PAIRS);
    let mut phones = phones(&[CodecKind::Pcmu; 2 * PAIRS]);
    phones[PAIRS..].iter_mut().for_each(|phone| phone.talks = false);
    join_all(&mut span, &mut phones);
    for from in 0..PAIRS {
        whisper(&mut span, from, PAIRS + from);
    }
    span.ticks(SETTLED, &mut phones);
    for from in 0..PAIRS - 1 {
        assert_eq!(heard_by(&phones[PAIRS + from], &phones), [from]);
    }
    assert_eq!(heard_by(&phones[2 * PAIRS - 1], &phones), [], "one too many");
    span.engine.end_whisper(leg(3)).unwrap();
    phones[3].talks = false;
    span.ticks(SETTLED, &mut phones);
    whisper(&mut span, PAIRS - 1, 2 * PAIRS - 1);
    span.ticks(SETTLED, &mut phones);
    assert_eq!(heard_by(&phones[2 * PAIRS - 1], &phones), [PAIRS - 1]);
    assert_eq!(heard_by(&phones[PAIRS + 3], &phones), []);
}

/// What may happen to the leg of one phone.
#[derive(Debug, Clone, Copy)]
enum Step {
    Whisper(usize),
    SpeakUp,
    ComeOrGo,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..6_usize).prop_map(Step::Whisper),
        1 => Just(Step::SpeakUp),
        1 => Just(Step::ComeOrGo),
    ]
}

/// Six phones on three workers, and who should whisper to whom.
struct Model {
    span: Span,
    phones: Vec<Phone>,
    is_there: [bool; 6],
    is_whispering: [bool; 6],
    /// By listener: who is whispering to it.
    heard: [Option<usize>; 6],
}

impl Model {
    fn new() -> Self {
        let mut span = Span::new(3, 2);
        let mut phones = phones(&[CodecKind::Pcmu; 6]);
        join_all(&mut span, &mut phones);
        let (is_whispering, heard) = ([false; 6], [None; 6]);
        Self { span, phones, is_there: [true; 6], is_whispering, heard }
    }

    fn take(&mut self, who: usize, step: Step) {
        match step {
            Step::Whisper(to) if self.is_there[who] && self.is_there[to] && who != to => {
                whisper(&mut self.span, who, to);
                self.part(who);
                (self.is_whispering[who], self.heard[to]) = (true, Some(who));
            }
            Step::SpeakUp if self.is_there[who] => {
                self.span.engine.end_whisper(leg(who)).unwrap();
                self.part(who);
                self.is_whispering[who] = false;
            }
            Step::ComeOrGo if self.is_there[who] => {
                self.span.engine.detach(leg(who)).unwrap();
                self.part(who);
                (self.is_there[who], self.is_whispering[who]) = (false, false);
                self.heard[who] = None;
                self.phones[who].talks = false;
                self.span.ticks(2, &mut self.phones);
            }
            Step::ComeOrGo => {
                self.span.join(who as u64 + 1, &mut self.phones[who]);
                self.phones[who].talks = true;
                self.is_there[who] = true;
            }
            _ => {}
        }
    }

    /// Whoever heard what one whispered hears it no more.
    fn part(&mut self, who: usize) {
        self.heard.iter_mut().filter(|by| **by == Some(who)).for_each(|by| *by = None);
    }

    fn expected(&self, listener: usize) -> Vec<usize> {
        let is_heard = |&who: &usize| {
            let aloud = self.is_there[who] && !self.is_whispering[who];
            who != listener && (aloud || self.heard[listener] == Some(who))
        };
        (0..6).filter(is_heard).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whoever whispers to whom, comes and goes, over whatever workers: it is heard by that one, unless another has
    /// whispered to it since, and by nobody else.
    #[test]
    fn whoever_whispers_to_whom_is_heard_by_that_one_alone(
        steps in prop::collection::vec((0..6_usize, step(), 0..3_usize), 1..40),
    ) {
        let mut model = Model::new();
        for (who, step, ticks) in steps {
            model.take(who, step);
            model.span.ticks(ticks, &mut model.phones);
        }
        model.span.ticks(2 * SETTLED, &mut model.phones);
        for listener in (0..6).filter(|&who| model.is_there[who]) {
            let heard = heard_by(&model.phones[listener], &model.phones);
            prop_assert_eq!(heard, model.expected(listener), "phone {}", listener);
        }
        for who in (0..6).filter(|&who| model.is_there[who]) {
            model.span.engine.detach(leg(who)).unwrap();
        }
        model.span.ticks(3, &mut []);
        prop_assert_eq!((model.span.parts(), model.span.engine.stats().legs), (1, 0));
    }
}
