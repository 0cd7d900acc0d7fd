//! What is said to people on the phone, by meaning. Which recordings say it is the server's business.

use crate::access::Role;

/// Something to be said to one participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// Whose conference it is, and to press 1 to join.
    Invitation,
    /// To type the PIN, and `#`.
    EnterPin,
    /// That this was not the PIN.
    WrongPin,
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
    /// Goodbye, for too many PINs were wrong.
    TooManyPins,
    /// Goodbye, for a host has said no or nobody has said yes.
    NotAdmitted,
    /// Goodbye.
    Goodbye,
    /// How many are in.
    Count(usize),
    /// How many are in, and who.
    RollCall(Vec<Called>),
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
    /// The name it gave, if it gave one.
    pub name: Option<String>,
    /// The last two digits of its number, if it came by phone and that is known.
    pub digits: Option<String>,
    /// Whether it is muted.
    pub is_muted: bool,
}
