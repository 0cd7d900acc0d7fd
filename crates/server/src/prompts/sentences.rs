//! Of which words a prompt is made.

use conference::{Breakout, Called, ParticipantId, Prompt, Role};
use jiff::Zoned;

use super::numbers::{day_of_month, number, time};
use super::{Language, Word};

/// Those whom a roll call names: more is more than anybody listens to.
const CALLED_MAX: usize = 30;

/// What a conference has to say to somebody, in words.
pub fn sentence(language: Language, prompt: &Prompt) -> Vec<Word> {
    match prompt {
        Prompt::Invitation => vec![Word::Invitation, Word::PressOne],
        Prompt::EnterPin => vec![Word::EnterPin],
        Prompt::WrongPin => vec![Word::WrongPin, Word::EnterPin],
        Prompt::SayName => vec![Word::SayName, Word::Beep],
        Prompt::Named(Some(who)) => vec![Word::Named, Word::Name(*who)],
        Prompt::Named(None) => vec![Word::NotNamed],
        Prompt::Echo => vec![Word::Echo],
        Prompt::TooEarly { starts, now } => {
            let mut words = will_begin(language, starts, now);
            words.push(Word::OpenByPin);
            words
        }
        Prompt::TryLater => vec![Word::TryAgainLater, Word::Goodbye],
        Prompt::AwaitStart => vec![Word::AwaitStart],
        Prompt::Begins => vec![Word::Begins],
        Prompt::AwaitHost => vec![Word::AwaitHost],
        Prompt::AwaitAdmission => vec![Word::AwaitAdmission],
        Prompt::NotConfirmed | Prompt::Goodbye => vec![Word::Goodbye],
        Prompt::TooManyPins => vec![Word::TooManyPins, Word::Goodbye],
        Prompt::NotAdmitted => vec![Word::NotAdmitted, Word::Goodbye],
        Prompt::YouWereRemoved => vec![Word::YouWereRemoved, Word::Goodbye],
        Prompt::Count(count) => there_are(language, *count),
        Prompt::RollCall(called) => {
            let mut words = there_are(language, called.len());
            for one in called.iter().take(CALLED_MAX) {
                words.extend(roll(language, one));
            }
            words
        }
        Prompt::RollCalls { count, called } => {
            let mut words = count.map(|count| there_are(language, count)).unwrap_or_default();
            words.extend(roll(language, called));
            words
        }
        Prompt::RollIsOver => vec![Word::RollIsOver],
        Prompt::RollKeys => vec![Word::RollKeys],
        Prompt::WhichRoom => vec![Word::WhichRoom],
        Prompt::Muted(true) => vec![Word::Muted],
        Prompt::Muted(false) => vec![Word::Unmuted],
        Prompt::Louder(true) => vec![Word::Louder],
        Prompt::Louder(false) => vec![Word::Softer],
        Prompt::Whispering(true) => vec![Word::Whispering],
        Prompt::Whispering(false) => vec![Word::HeardByAll],
        Prompt::Removed => vec![Word::Removed],
        Prompt::SentTo(breakout) => place(language, *breakout),
        Prompt::YouAreIn { breakout, is_recorded } => {
            let mut words = vec![Word::YouAreIn];
            words.extend(place(language, *breakout));
            let told = if breakout.is_some() { Word::NotRecordedHere } else { Word::Recording };
            words.extend(is_recorded.then_some(told));
            words
        }
        Prompt::Gathering => vec![Word::Gathering],
        Prompt::Gathered => vec![Word::Gathered],
        Prompt::NotPossible => vec![Word::NotPossible],
        Prompt::Keys(Role::Guest) => vec![Word::Keys, Word::KeysGuest],
        Prompt::Keys(Role::Host) => vec![Word::Keys, Word::KeysHost],
        Prompt::Hand(true) => vec![Word::HandRaised],
        Prompt::Hand(false) => vec![Word::HandLowered],
        Prompt::Lock(true) => vec![Word::Locked],
        Prompt::Lock(false) => vec![Word::Unlocked],
        Prompt::AllMuted => vec![Word::AllMuted],
        Prompt::HostsOnly => vec![Word::HostsOnly],
        Prompt::Recording(true) => vec![Word::Recording],
        Prompt::Recording(false) => vec![Word::NotRecording],
    }
}

/// "Ada has joined the conference", or has left it.
pub fn comes_or_goes(who: ParticipantId, comes: bool) -> Vec<Word> {
    vec![Word::Name(who), if comes { Word::HasJoined } else { Word::HasLeft }]
}

/// "You are currently the only person in this conference."
pub fn alone() -> Vec<Word> {
    vec![Word::OnlyPerson]
}

/// "The conference will begin tomorrow at two thirty p.m. Please try your call again later. Goodbye."
///
/// `starts` and `now` are in the conference's time zone. Today and tomorrow are called so, a day within
/// the week by its name, and any other by its date as well.
pub fn not_yet_open(language: Language, starts: &Zoned, now: &Zoned) -> Vec<Word> {
    let mut words = will_begin(language, starts, now);
    words.extend([Word::TryAgainLater, Word::Goodbye]);
    words
}

/// "The conference will begin tomorrow at two thirty p.m."
fn will_begin(language: Language, starts: &Zoned, now: &Zoned) -> Vec<Word> {
    let mut words = vec![Word::ConferenceWillBegin];
    words.extend(day(language, starts, now));
    words.push(Word::At);
    words.extend(time(language, starts));
    words
}

fn there_are(language: Language, count: usize) -> Vec<Word> {
    if count == 1 {
        return alone();
    }
    let mut words = vec![Word::ThereAre];
    words.extend(number(language, count));
    words.push(Word::Participants);
    words
}

/// What is said to all, as those hear it who are in a break-out room meanwhile: that isn't recorded.
pub fn sentence_in_breakout(language: Language, prompt: &Prompt) -> Vec<Word> {
    let mut words = sentence(language, prompt);
    words.extend((*prompt == Prompt::Recording(true)).then_some(Word::NotRecordedHere));
    words
}

/// A break-out room by its number, or the conference's own room.
fn place(language: Language, breakout: Option<Breakout>) -> Vec<Word> {
    let Some(breakout) = breakout else { return vec![Word::MainRoom] };
    let mut words = vec![Word::BreakoutRoom];
    words.extend(number(language, breakout.number().into()));
    words
}

/// One by the name that it has said itself, or else by the end of its number: a name that was typed is in nobody's
/// voice.
fn roll(language: Language, called: &Called) -> Vec<Word> {
    let mut words = match (called.said_name, &called.digits) {
        (Some(who), _) => vec![Word::Name(who)],
        (None, Some(digits)) => {
            let mut words = vec![Word::NumberEnding];
            let digits = digits.chars().filter_map(|digit| digit.to_digit(10));
            words.extend(digits.flat_map(|digit| number(language, digit as usize)));
            words
        }
        (None, None) => vec![Word::Guest],
    };
    if called.is_muted {
        words.push(Word::Muted);
    }
    words
}

fn day(language: Language, starts: &Zoned, now: &Zoned) -> Vec<Word> {
    let days = (starts.date() - now.date()).get_days();
    let weekday = Word::Weekday(starts.weekday().to_sunday_zero_offset().unsigned_abs());
    let month = Word::Month(starts.month().unsigned_abs() - 1);
    let of_month = day_of_month(language, starts.day().unsigned_abs());
    match (days, language) {
        (0, _) => vec![Word::Today],
        (1, _) => vec![Word::Tomorrow],
        (2..=6, _) => vec![weekday],
        (_, Language::En) => [vec![weekday, month], of_month].concat(),
        (_, Language::Fr) => [vec![weekday], of_month, vec![month]].concat(),
    }
}
