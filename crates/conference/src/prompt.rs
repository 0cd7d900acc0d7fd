//! What is said to people on the phone, by meaning. Which recordings say it is the server's business.

use jiff::Zoned;

use crate::access::Role;
use crate::breakout::Breakout;
use crate::ids::ParticipantId;

/// Something to be said to one participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// Whose conference it is, and to press 1 to join.
    Invitation,
    /// To type the PIN, and `#`.
    EnterPin,
    /// That this was not the PIN.
    WrongPin,
    /// To say its name after the tone, which follows, and `#`.
    SayName,
    /// By which name one is announced from now on, or that none was heard.
    Named(Option<ParticipantId>),
    /// When the conference begins, which is too far ahead to wait for, and that a host opens it by PIN.
    TooEarly {
        /// When it begins, in its own time zone.
        starts: Box<Zoned>,
        /// What it is there now.
        now: Box<Zoned>,
    },
    /// That the conference has not begun yet.
    AwaitStart,
    /// That it begins now.
    Begins,
    /// That the conference begins when a host comes.
    AwaitHost,
    /// That a host has been told who waits.
    AwaitAdmission,
    /// Goodbye, for nobody has pressed 1.
    NotConfirmed,
    /// Goodbye, for it is too early and no host's PIN was typed.
    TryLater,
    /// Goodbye, for too many PINs were wrong.
    TooManyPins,
    /// Goodbye, for a host has said no or nobody has said yes.
    NotAdmitted,
    /// That one was sent away oneself, from the room.
    YouWereRemoved,
    /// Goodbye.
    Goodbye,
    /// How many are in.
    Count(usize),
    /// How many are in, and who.
    RollCall(Vec<Called>),
    /// Who is called next, and how many there are, if it is the first.
    RollCalls {
        /// How many are in.
        count: Option<usize>,
        /// Who.
        called: Called,
    },
    /// That all were called.
    RollIsOver,
    /// What keys there are while the roll is called.
    RollKeys,
    /// To press the key of a break-out room.
    WhichRoom,
    /// That the one who was called is muted now, or isn't any more.
    Muted(bool),
    /// That the one who was called is louder now, or softer.
    Louder(bool),
    /// That one is heard by the one who was called alone now, or by all again.
    Whispering(bool),
    /// That the one who was called was sent away.
    Removed,
    /// That the one who was called is in this break-out room now, or in the conference's own room.
    SentTo(Option<Breakout>),
    /// Where one is now oneself.
    YouAreIn {
        /// This break-out room, or the conference's own room.
        breakout: Option<Breakout>,
        /// Whether the conference is being recorded, which is of its own room alone.
        is_recorded: bool,
    },
    /// That everybody is brought back from break-out rooms in a moment:
    /// [`GATHERING_TIME`](crate::session::GATHERING_TIME).
    Gathering,
    /// That everybody is back.
    Gathered,
    /// That one's phone returns the sound of the others, and what helps.
    Echo,
    /// That this can't be done now.
    NotPossible,
    /// What keys there are for somebody of this role.
    Keys(Role),
    /// That a hand is up now, or down.
    Hand(bool),
    /// That nobody else may come in now, or that all may again.
    Lock(bool),
    /// That all guests are muted now.
    AllMuted,
    /// That only a host may do this.
    HostsOnly,
    /// That the conference is being recorded, or is no more.
    Recording(bool),
}

/// One of those who are in, as the roll is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Who it is, if it has said its name, which was kept.
    pub said_name: Option<ParticipantId>,
    /// The name it gave, if it gave one.
    pub name: Option<String>,
    /// The last two digits of its number, if it came by phone and that is known.
    pub digits: Option<String>,
    /// Whether it is muted.
    pub is_muted: bool,
}
