use conference::{Breakout, Called, ParticipantId, Prompt, Role};
use jiff::Zoned;

use super::numbers::{day_of_month, number, time};
use super::*;
use Word::*;

fn at(text: &str) -> Zoned {
    text.parse().unwrap()
}

fn said(language: Language, starts: &str, now: &str) -> Vec<Word> {
    let words = not_yet_open(language, &at(starts), &at(now));
    assert_eq!(words[0], ConferenceWillBegin);
    assert_eq!(words[words.len() - 2..], [TryAgainLater, Goodbye]);
    words[1..words.len() - 2].to_vec()
}

const NOW: &str = "2026-11-22T15:00[Europe/Paris]";

#[test]
fn near_days_are_called_as_people_call_them() {
    let word = |starts| said(Language::En, starts, NOW)[0];
    assert_eq!(word("2026-11-22T23:00[Europe/Paris]"), Today);
    assert_eq!(word("2026-11-23T00:10[Europe/Paris]"), Tomorrow);
    assert_eq!(word("2026-11-24T14:30[Europe/Paris]"), Weekday(2));
    assert_eq!(word("2026-11-28T14:30[Europe/Paris]"), Weekday(6));
}

#[test]
fn a_far_day_has_its_date() {
    let words = said(Language::En, "2026-12-31T14:30[Europe/Paris]", NOW);
    let expected = [Weekday(4), Month(11), Number(30), Ordinal(1), At, Number(2), Number(30), Pm];
    assert_eq!(words, expected);
    let words = said(Language::En, "2027-01-22T09:00[Europe/Paris]", NOW);
    assert_eq!(words[..4], [Weekday(5), Month(0), Number(20), Ordinal(2)]);
    let words = said(Language::Fr, "2026-12-31T14:31[Europe/Paris]", NOW);
    let expected = [
        Weekday(4),
        Number(30),
        And,
        Number(1),
        Month(11),
        At,
        Number(14),
        Hours,
        Number(30),
        And,
        Number(1),
    ];
    assert_eq!(words, expected);
}

#[test]
fn times_are_of_the_conferences_zone() {
    let zone = |zone: &str| {
        let starts = at("2026-11-24T14:30[Europe/Paris]").in_tz(zone).unwrap();
        let words = not_yet_open(Language::En, &starts, &at(NOW).in_tz(zone).unwrap());
        words[3..words.len() - 2].to_vec()
    };
    assert_eq!(zone("Europe/Paris"), [Number(2), Number(30), Pm]);
    assert_eq!(zone("America/New_York"), [Number(8), Number(30), Am]);
}

#[test]
fn the_twelve_hour_clock() {
    let said = |text: &str| time(Language::En, &at(&format!("2026-11-24T{text}[UTC]")));
    assert_eq!(said("00:00"), [Number(12), OClock, Am]);
    assert_eq!(said("12:05"), [Number(12), Oh, Number(5), Pm]);
    assert_eq!(said("23:59"), [Number(11), Number(50), Number(9), Pm]);
    assert_eq!(said("09:20"), [Number(9), Number(20), Am]);
}

/// All that can be said.
fn everything(language: Language) -> Vec<Word> {
    let mut words = Vec::new();
    for minute in 0..24 * 60 {
        let text = format!("2026-11-24T{:02}:{:02}[UTC]", minute / 60, minute % 60);
        words.extend(time(language, &at(&text)));
    }
    words.extend((1..=31).flat_map(|day| day_of_month(language, day)));
    words.extend((0..10_000).flat_map(|count| number(language, count)));
    words.extend((0..7).map(Weekday).chain((0..12).map(Month)));
    words.extend(not_yet_open(
        language,
        &at("2026-11-24T14:30[UTC]"),
        &at("2026-11-22T14:30[UTC]"),
    ));
    words.extend([Today, Tomorrow, OnlyPerson]);
    words.extend([HasJoined, HasLeft, Named]);
    words.extend(prompts().iter().flat_map(|prompt| sentence(language, prompt)));
    words
}

/// Every prompt.
fn prompts() -> Vec<Prompt> {
    let called = |digits: Option<&str>, is_muted| Called {
        said_name: None,
        name: Some("Ada".to_owned()),
        digits: digits.map(str::to_owned),
        is_muted,
    };
    let roll = vec![called(Some("78"), true), called(None, false)];
    vec![
        Prompt::Invitation,
        Prompt::EnterPin,
        Prompt::WrongPin,
        Prompt::SayName,
        Prompt::Named(None),
        Prompt::Echo,
        Prompt::TooEarly { starts: Box::new(at("2026-11-24T14:30[UTC]")), now: Box::new(at(NOW)) },
        Prompt::TryLater,
        Prompt::AwaitStart,
        Prompt::Begins,
        Prompt::AwaitHost,
        Prompt::AwaitAdmission,
        Prompt::NotConfirmed,
        Prompt::TooManyPins,
        Prompt::NotAdmitted,
        Prompt::Goodbye,
        Prompt::YouWereRemoved,
        Prompt::Count(1),
        Prompt::RollCall(roll),
        Prompt::RollCalls { count: Some(2), called: called(None, false) },
        Prompt::RollIsOver,
        Prompt::RollKeys,
        Prompt::WhichRoom,
        Prompt::Muted(true),
        Prompt::Muted(false),
        Prompt::Louder(true),
        Prompt::Louder(false),
        Prompt::Whispering(true),
        Prompt::Whispering(false),
        Prompt::Removed,
        Prompt::SentTo(None),
        Prompt::SentTo(Breakout::new(12)),
        Prompt::YouAreIn { breakout: None, is_recorded: true },
        Prompt::YouAreIn { breakout: Breakout::new(1), is_recorded: true },
        Prompt::Gathering,
        Prompt::Gathered,
        Prompt::NotPossible,
        Prompt::Keys(Role::Guest),
        Prompt::Keys(Role::Host),
        Prompt::Hand(true),
        Prompt::Hand(false),
        Prompt::Lock(true),
        Prompt::Lock(false),
        Prompt::AllMuted,
        Prompt::HostsOnly,
        Prompt::Recording(true),
        Prompt::Recording(false),
    ]
}

#[test]
fn every_word_was_recorded_in_every_language() {
    let prompts = Prompts::load(None).unwrap();
    for language in Language::ALL {
        let voice = &prompts.by_language[&language];
        for word in everything(language) {
            let samples = voice.get(word.file().as_str());
            assert!(samples.is_some_and(|samples| samples.len() > 800), "{language} {word:?}");
        }
    }
}

#[test]
fn what_is_said_is_speech_and_not_too_long() {
    let prompts = Prompts::load(None).unwrap();
    for language in Language::ALL {
        let words =
            not_yet_open(language, &at("2027-09-27T16:45[UTC]"), &at("2026-11-24T00:00[UTC]"));
        let clip = prompts.say(language, &words);
        let seconds = clip.samples().len() as f32 / 8000.0;
        assert!((5.0..20.0).contains(&seconds), "{seconds} s");
        let peak = clip.samples().iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        assert!((0.1..=1.0).contains(&peak), "{peak}");
    }
}

#[test]
fn who_has_said_a_name_is_called_by_it() {
    let prompts = Prompts::load(None).unwrap();
    let [ada, bert] = [1, 2].map(ParticipantId::new);
    let name = SaidName::new(&[0.5; 4_000]);
    let name_of = |who| (who == ada).then_some(&name);
    let say = |who| {
        prompts.say_with_names(Language::En, &comes_or_goes(who, true), name_of).samples().to_vec()
    };
    let by_name = say(ada);
    assert!(by_name[BREATH_SAMPLES..][..4_000].iter().all(|sample| (sample - 0.5).abs() < 0.02));
    assert_eq!(by_name.len(), say(bert).len() + name.samples().len());
    let called = |said_name| Called {
        said_name,
        name: None,
        digits: Some("78".to_owned()),
        is_muted: false,
    };
    let roll = Prompt::RollCall(vec![called(Some(ada)), called(None)]);
    let words = sentence(Language::En, &roll);
    assert_eq!(words[3..], [Name(ada), NumberEnding, Number(7), Number(8)]);
}

#[test]
fn the_operators_own_recordings_go_first() {
    let directory = tempfile::tempdir().unwrap();
    let french = directory.path().join("fr");
    fs::create_dir(&french).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let path = french.join("goodbye.wav");
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    (0..80).for_each(|_| writer.write_sample(16384i16).unwrap());
    writer.finalize().unwrap();
    let prompts = Prompts::load(Some(directory.path())).unwrap();
    let own = prompts.say(Language::Fr, &[Goodbye]);
    assert_eq!(own.samples()[BREATH_SAMPLES..], [0.5; 80]);
    assert!(prompts.say(Language::En, &[Goodbye]).samples().len() > BREATH_SAMPLES + 80);

    fs::write(&path, b"RIFF but no more").unwrap();
    let refused = Prompts::load(Some(directory.path())).err().unwrap();
    assert!(refused.to_string().contains("goodbye.wav"), "{refused}");
}
