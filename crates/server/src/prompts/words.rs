//! The recorded words.

use conference::ParticipantId;

/// A word, or a few that were spoken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// "You are invited to a conference."
    Invitation,
    /// "To join it, press one."
    PressOne,
    /// "Please enter your personal identification number, followed by the pound or hash key."
    EnterPin,
    /// "That PIN is incorrect for this conference."
    WrongPin,
    /// "You have entered too many invalid personal identification numbers."
    TooManyPins,
    /// "After the tone say your name and then press the pound key."
    SayName,
    /// The tone after which something is to be said.
    Beep,
    /// The name that a participant has said itself.
    Name(ParticipantId),
    /// "has joined the conference"
    HasJoined,
    /// "has left the conference"
    HasLeft,
    /// "Please wait. The conference has not begun yet."
    AwaitStart,
    /// "The conference will now begin."
    Begins,
    /// "The conference will begin when the leader arrives."
    AwaitHost,
    /// "Please wait. A host will let you in."
    AwaitAdmission,
    /// "You were not let in."
    NotAdmitted,
    /// "There are currently"
    ThereAre,
    /// "participants in the conference"
    Participants,
    /// "You are currently the only person in this conference."
    OnlyPerson,
    /// "a guest"
    Guest,
    /// "a phone, whose number ends in"
    NumberEnding,
    /// "muted"
    Muted,
    /// "not muted any more"
    Unmuted,
    /// "Playback of the list of people attending is complete."
    RollIsOver,
    /// The keys while the roll is called.
    RollKeys,
    /// "Press the number of a break-out room, or zero for the main room."
    WhichRoom,
    /// "louder"
    Louder,
    /// "softer"
    Softer,
    /// "Only this participant hears you. Press five to speak to all again."
    Whispering,
    /// "Everybody hears you again."
    HeardByAll,
    /// "sent away"
    Removed,
    /// "You have been removed from this conference."
    YouWereRemoved,
    /// "You are in"
    YouAreIn,
    /// "break-out room"
    BreakoutRoom,
    /// "the main room"
    MainRoom,
    /// "In ten seconds everybody is brought back."
    Gathering,
    /// "Everybody is back."
    Gathered,
    /// "Your phone returns the sound of the others. Please use a headset, or turn its loudspeaker down."
    Echo,
    /// "Your name is now"
    Named,
    /// "No name was heard."
    NotNamed,
    /// "This can't be done now."
    NotPossible,
    /// "What is said in this room is not recorded."
    NotRecordedHere,
    /// "The conference is now locked."
    Locked,
    /// "The conference is now unlocked."
    Unlocked,
    /// "Your hand is raised."
    HandRaised,
    /// "Your hand is lowered."
    HandLowered,
    /// "All guests are muted."
    AllMuted,
    /// "Only a host can do this."
    HostsOnly,
    /// "This conference is being recorded."
    Recording,
    /// "The recording has ended."
    NotRecording,
    /// The keys of everybody.
    Keys,
    /// The keys of those who are no hosts.
    KeysGuest,
    /// The keys of hosts.
    KeysHost,
    /// "The conference will begin".
    ConferenceWillBegin,
    /// "If you are the host, type the host's PIN and the hash key, and it begins at once."
    OpenByPin,
    /// "Please try your call again later."
    TryAgainLater,
    /// "Goodbye."
    Goodbye,
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
    /// "hours", as French tells the time.
    Hours,
    /// "and", as in the French for twenty-one.
    And,
    /// "a.m."
    Am,
    /// "p.m."
    Pm,
    /// "hundred"
    Hundred,
    /// "thousand"
    Thousand,
    /// "Sunday" (0) to "Saturday" (6).
    Weekday(u8),
    /// "January" (0) to "December" (11).
    Month(u8),
    /// "zero" to "twenty", and the tens to "ninety".
    Number(u8),
    /// "first" to "twentieth", "thirtieth".
    Ordinal(u8),
}

impl Word {
    /// The name of its recording, without `.wav`; of a participant's name there is none.
    pub fn file(self) -> String {
        match self {
            Word::Weekday(day) => format!("day-{day}"),
            Word::Month(month) => format!("mon-{month}"),
            Word::Number(number) => number.to_string(),
            Word::Ordinal(number) => format!("h-{number}"),
            other => other.fixed_file().to_owned(),
        }
    }

    const fn fixed_file(self) -> &'static str {
        match self {
            Word::Invitation => "invitation",
            Word::PressOne => "press-1",
            Word::EnterPin => "enter-pin",
            Word::WrongPin => "wrong-pin",
            Word::TooManyPins => "too-many-pins",
            Word::SayName => "say-name",
            Word::Beep => "beep",
            Word::HasJoined => "has-joined",
            Word::HasLeft => "has-left",
            Word::AwaitStart => "await-start",
            Word::Begins => "begins",
            Word::AwaitHost => "await-host",
            Word::AwaitAdmission => "await-admission",
            Word::NotAdmitted => "not-admitted",
            Word::ThereAre => "there-are",
            Word::Participants => "participants",
            Word::OnlyPerson => "only-person",
            Word::Guest => "guest",
            Word::NumberEnding => "number-ending",
            Word::Muted => "muted",
            Word::Unmuted => "unmuted",
            Word::RollIsOver => "roll-over",
            Word::RollKeys => "keys-roll",
            Word::WhichRoom => "which-room",
            Word::Louder => "louder",
            Word::Softer => "softer",
            Word::Whispering => "whispering",
            Word::HeardByAll => "heard-by-all",
            Word::Removed => "removed",
            Word::YouWereRemoved => "you-were-removed",
            Word::YouAreIn => "you-are-in",
            Word::BreakoutRoom => "breakout-room",
            Word::MainRoom => "main-room",
            Word::Gathering => "gathering",
            Word::Gathered => "gathered",
            Word::Echo => "echo",
            Word::Named => "named",
            Word::NotNamed => "not-named",
            Word::NotPossible => "not-possible",
            Word::NotRecordedHere => "not-recorded-here",
            Word::Locked => "locked",
            Word::Unlocked => "unlocked",
            Word::HandRaised => "hand-raised",
            Word::HandLowered => "hand-lowered",
            Word::AllMuted => "all-muted",
            Word::HostsOnly => "hosts-only",
            Word::Recording => "recording",
            Word::NotRecording => "not-recording",
            Word::Keys => "keys",
            Word::KeysGuest => "keys-guest",
            Word::KeysHost => "keys-host",
            Word::ConferenceWillBegin => "conference-will-begin",
            Word::OpenByPin => "open-by-pin",
            Word::TryAgainLater => "try-again-later",
            Word::Goodbye => "goodbye",
            other => other.file_of_time(),
        }
    }

    /// The same of what times are made of.
    const fn file_of_time(self) -> &'static str {
        match self {
            Word::Today => "today",
            Word::Tomorrow => "tomorrow",
            Word::At => "at",
            Word::OClock => "oclock",
            Word::Oh => "oh",
            Word::Hours => "hours",
            Word::And => "and",
            Word::Am => "a-m",
            Word::Pm => "p-m",
            Word::Hundred => "hundred",
            Word::Thousand => "thousand",
            _ => "",
        }
    }
}
