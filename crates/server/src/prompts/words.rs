//! The recorded words.

/// A word, or a few that were spoken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// "The conference will begin".
    ConferenceWillBegin,
    /// "Please try your call again later."
    TryAgainLater,
    /// "Goodbye."
    Goodbye,
    /// "You are currently the only person in this conference."
    OnlyPerson,
    /// "today"
    Today,
    /// "tomorrow"
    Tomorrow,
    /// "at"
    At,
    /// "o'clock"
    OClock,
    /// "oh", as in "two oh five".
    Oh,
    /// "a.m."
    Am,
    /// "p.m."
    Pm,
    /// "Sunday" (0) to "Saturday" (6).
    Weekday(u8),
    /// "January" (0) to "December" (11).
    Month(u8),
    /// "one" to "twenty", "thirty", "forty", "fifty".
    Number(u8),
    /// "first" to "twentieth", "thirtieth".
    Ordinal(u8),
}

macro_rules! recording {
    ($name:literal) => {
        include_bytes!(concat!("../../assets/prompts/", $name, ".wav"))
    };
}

const RECORDINGS: &[(Word, &[u8])] = &[
    (Word::At, recording!("at")),
    (Word::Today, recording!("today")),
    (Word::Tomorrow, recording!("tomorrow")),
    (Word::OClock, recording!("oclock")),
    (Word::Oh, recording!("oh")),
    (Word::Am, recording!("a-m")),
    (Word::Pm, recording!("p-m")),
    (Word::ConferenceWillBegin, recording!("conference-will-begin")),
    (Word::TryAgainLater, recording!("try-again-later")),
    (Word::Goodbye, recording!("goodbye")),
    (Word::OnlyPerson, recording!("only-person")),
    (Word::Weekday(0), recording!("day-0")),
    (Word::Weekday(1), recording!("day-1")),
    (Word::Weekday(2), recording!("day-2")),
    (Word::Weekday(3), recording!("day-3")),
    (Word::Weekday(4), recording!("day-4")),
    (Word::Weekday(5), recording!("day-5")),
    (Word::Weekday(6), recording!("day-6")),
    (Word::Month(0), recording!("mon-0")),
    (Word::Month(1), recording!("mon-1")),
    (Word::Month(2), recording!("mon-2")),
    (Word::Month(3), recording!("mon-3")),
    (Word::Month(4), recording!("mon-4")),
    (Word::Month(5), recording!("mon-5")),
    (Word::Month(6), recording!("mon-6")),
    (Word::Month(7), recording!("mon-7")),
    (Word::Month(8), recording!("mon-8")),
    (Word::Month(9), recording!("mon-9")),
    (Word::Month(10), recording!("mon-10")),
    (Word::Month(11), recording!("mon-11")),
    (Word::Number(1), recording!("1")),
    (Word::Number(2), recording!("2")),
    (Word::Number(3), recording!("3")),
    (Word::Number(4), recording!("4")),
    (Word::Number(5), recording!("5")),
    (Word::Number(6), recording!("6")),
    (Word::Number(7), recording!("7")),
    (Word::Number(8), recording!("8")),
    (Word::Number(9), recording!("9")),
    (Word::Number(10), recording!("10")),
    (Word::Number(11), recording!("11")),
    (Word::Number(12), recording!("12")),
    (Word::Number(13), recording!("13")),
    (Word::Number(14), recording!("14")),
    (Word::Number(15), recording!("15")),
    (Word::Number(16), recording!("16")),
    (Word::Number(17), recording!("17")),
    (Word::Number(18), recording!("18")),
    (Word::Number(19), recording!("19")),
    (Word::Number(20), recording!("20")),
    (Word::Number(30), recording!("30")),
    (Word::Number(40), recording!("40")),
    (Word::Number(50), recording!("50")),
    (Word::Ordinal(1), recording!("h-1")),
    (Word::Ordinal(2), recording!("h-2")),
    (Word::Ordinal(3), recording!("h-3")),
    (Word::Ordinal(4), recording!("h-4")),
    (Word::Ordinal(5), recording!("h-5")),
    (Word::Ordinal(6), recording!("h-6")),
    (Word::Ordinal(7), recording!("h-7")),
    (Word::Ordinal(8), recording!("h-8")),
    (Word::Ordinal(9), recording!("h-9")),
    (Word::Ordinal(10), recording!("h-10")),
    (Word::Ordinal(11), recording!("h-11")),
    (Word::Ordinal(12), recording!("h-12")),
    (Word::Ordinal(13), recording!("h-13")),
    (Word::Ordinal(14), recording!("h-14")),
    (Word::Ordinal(15), recording!("h-15")),
    (Word::Ordinal(16), recording!("h-16")),
    (Word::Ordinal(17), recording!("h-17")),
    (Word::Ordinal(18), recording!("h-18")),
    (Word::Ordinal(19), recording!("h-19")),
    (Word::Ordinal(20), recording!("h-20")),
    (Word::Ordinal(30), recording!("h-30")),
];

/// Every word and its recording: a WAV file of 8 kHz, 16 bit, mono.
pub(super) fn recordings() -> impl Iterator<Item = (Word, &'static [u8])> {
    RECORDINGS.iter().copied()
}
