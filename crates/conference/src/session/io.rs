//! What goes into a session and what comes out of it.

use std::time::Duration;

use crate::access::Role;
use crate::breakout::Breakout;
use crate::call::{MutedBy, Progress};
use crate::ending::Ending;
use crate::ids::{CallSecret, ParticipantId, RecordingId};
use crate::phone::PhoneNumber;
use crate::pin::Pin;
use crate::prompt::Prompt;
use crate::quality::Measured;
use crate::record::{CallRecord, Conference};
use crate::recording::RecordingEnding;
use crate::text::ParticipantName;
use crate::view::Event;
use crate::volume::Volume;

/// Somebody who comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// A person on the page wants to be called.
    CallMe {
        /// What that page shall know its call by, freshly drawn.
        secret: CallSecret,
        /// The number to call.
        number: PhoneNumber,
        /// The name to show.
        name: Option<ParticipantName>,
        /// What it may do here, as its page has proved.
        role: Role,
        /// The session of the same person by browser, if it has one: the two are one person. One
        /// that has ended, or has a phone already, is passed over.
        browser: Option<CallSecret>,
    },
    /// A call came in over a trunk.
    DialIn {
        /// From whom, if the number was sent and could be read.
        caller: Option<PhoneNumber>,
    },
    /// A person on the page joins by that very browser.
    Browser {
        /// What that page shall know its session by, freshly drawn.
        secret: CallSecret,
        /// The name to show.
        name: Option<ParticipantName>,
        /// What it may do here, as its page has proved.
        role: Role,
        /// The call that the same person has asked for, if it has one: the two are one person.
        /// One that has ended is passed over.
        with: Option<CallSecret>,
        /// The session before of the same person by browser, whose place, name, mute and phone the
        /// new one takes over: the page was loaded again, or the network broke. One that has
        /// ended is passed over.
        replaces: Option<CallSecret>,
    },
}

/// Something that happens to a session. One that names a participant who isn't there any more
/// changes nothing: the world may always be a moment late.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A call took a step.
    Progress {
        /// Whose.
        participant: ParticipantId,
        /// Which.
        progress: Progress,
    },
    /// A call's leg has been put before the room, where it hears what is said to it and no more.
    Received {
        /// Whose.
        participant: ParticipantId,
    },
    /// What was said to a participant has been said.
    Told {
        /// To whom.
        participant: ParticipantId,
    },
    /// A PIN that was typed on the phone has been looked at.
    PinChecked {
        /// Whose.
        participant: ParticipantId,
        /// What it proves, if it is right.
        role: Option<Role>,
    },
    /// A participant was asked for its name, and that is over.
    NameTaken {
        /// Whose.
        participant: ParticipantId,
        /// Whether there is a name that can be announced.
        is_kept: bool,
    },
    /// A call was ended by the other side or failed: no hanging up is needed.
    Over {
        /// Whose.
        participant: ParticipantId,
        /// How.
        ending: Ending,
    },
    /// Nothing is heard of a call or a browser any more, though nobody hung up.
    MediaLost {
        /// Whose.
        participant: ParticipantId,
    },
    /// A key was pressed on the phone.
    Digit {
        /// By whom.
        participant: ParticipantId,
        /// Which: `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The mixer says that somebody began or ceased to speak.
    Speaking {
        /// Who.
        participant: ParticipantId,
        /// Whether it speaks now.
        speaking: bool,
    },
    /// The mixer says that somebody's device gives back what it plays: the others would hear themselves.
    EchoFound {
        /// Whose.
        participant: ParticipantId,
    },
    /// The media engine has measured a leg.
    Quality {
        /// Whose.
        participant: ParticipantId,
        /// How well it carries speech.
        measured: Measured,
    },
    /// Mute or unmute. A moderator may open the line of a phone, but nobody's microphone: whoever
    /// has a browser is asked, by [`Event::UnmuteAsked`].
    SetMuted {
        /// Whom, with its phone and its browser if it has both.
        participant: ParticipantId,
        /// Whether it shall be muted.
        muted: bool,
        /// By whose will.
        by: MutedBy,
    },
    /// The one who asked to be called, or joined by browser, cancels the call or hangs up. If the
    /// same person is there by phone and by browser, the other stays.
    HangUp {
        /// Who.
        participant: ParticipantId,
    },
    /// A host lets somebody in who waits in the lobby.
    Admit {
        /// Whom.
        participant: ParticipantId,
    },
    /// A host has it begin before the set time, and without being in.
    Begin,
    /// A host locks the conference, or unlocks it.
    SetLocked {
        /// Whether nobody else may come in.
        locked: bool,
    },
    /// A host mutes all guests.
    MuteAll,
    /// Somebody raises a hand, or it is lowered.
    SetHand {
        /// Whose.
        participant: ParticipantId,
        /// Whether it is up.
        raised: bool,
    },
    /// Somebody is called otherwise from now on.
    Rename {
        /// Who.
        participant: ParticipantId,
        /// The name to show.
        name: ParticipantName,
    },
    /// A host turns somebody's voice up or down for all others.
    SetVolume {
        /// Whose.
        participant: ParticipantId,
        /// How loud it is to be.
        volume: Volume,
    },
    /// A host speaks to one participant alone, or to all again.
    Whisper {
        /// Which host.
        participant: ParticipantId,
        /// To whom alone, if to one.
        to: Option<ParticipantId>,
    },
    /// A host sends somebody who is in to a break-out room, or back; or it comes back by itself.
    SetBreakout {
        /// Whom, with its phone and its browser if it has both.
        participant: ParticipantId,
        /// Where to; `None` is the conference's own room.
        breakout: Option<Breakout>,
    },
    /// A host brings all back from break-out rooms, [after a moment](super::GATHERING_TIME); said again, at once.
    Gather,
    /// A moderator removes somebody, or sends away somebody who waits to be let in.
    Remove {
        /// Whom, with its phone and its browser if it has both.
        participant: ParticipantId,
    },
    /// The subscriber has changed the conference: its title, its set time, or who may come in.
    Change {
        /// As it is from now on. One that has ended stays so.
        conference: Box<Conference>,
    },
    /// A host has the conference recorded.
    Record {
        /// By this name, which no recording had before.
        recording: RecordingId,
        /// Whether each voice is recorded by itself, too.
        voices: bool,
    },
    /// The recording that a host has asked for by phone can't be made.
    NotRecorded {
        /// Who has.
        participant: ParticipantId,
    },
    /// A host has the recording end.
    StopRecording,
    /// Some sound of a recording was lost, for the disk is slow.
    RecordingLost {
        /// Of which.
        recording: RecordingId,
        /// In all since its beginning.
        lost: Duration,
    },
    /// A recording is over.
    RecordingOver {
        /// Which.
        recording: RecordingId,
        /// How it ended.
        ending: RecordingEnding,
    },
    /// The subscriber ends the conference for good.
    End,
    /// The server is being stopped; the conference itself lives on.
    Stop,
    /// The time of [`Session::next_timeout`](super::Session::next_timeout) has come.
    Timeout,
}

/// Something that a session wants done, in the order in which it comes.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Place a call.
    Dial {
        /// For whom.
        participant: ParticipantId,
        /// To where.
        number: PhoneNumber,
        /// After how long of ringing to give it up, as [`Ending::NoAnswer`].
        ring_time: Duration,
    },
    /// Answer the call that came in, or the browser's offer.
    Answer {
        /// Whose.
        participant: ParticipantId,
    },
    /// Build the leg and put it before the room, where it hears what is said to it and no more,
    /// then tell [`Input::Received`].
    Receive {
        /// Whose.
        participant: ParticipantId,
        /// Whether it is held from the start.
        held: bool,
    },
    /// Say something to one participant, then tell [`Input::Told`].
    Say {
        /// To whom.
        participant: ParticipantId,
        /// What.
        prompt: Prompt,
    },
    /// Say something to everybody in the room, at once.
    SayToAll {
        /// What.
        prompt: Prompt,
    },
    /// Have music play for all who are somewhere, or no more.
    SetMusic {
        /// Where.
        place: Place,
        /// Whether there is to be any.
        on: bool,
    },
    /// Choose a name for a recording and tell [`Input::Record`]: a host has asked for one by phone. If it can't be,
    /// tell [`Input::NotRecorded`].
    PrepareRecording {
        /// Who.
        participant: ParticipantId,
    },
    /// Have the room recorded. [`Input::RecordingOver`] is to follow, also if it can't be done.
    StartRecording {
        /// By this name.
        recording: RecordingId,
        /// Whether each voice is recorded by itself, too.
        voices: bool,
    },
    /// Have a recording end, then tell [`Input::RecordingOver`].
    StopRecording {
        /// Which.
        recording: RecordingId,
        /// What that is called.
        ending: RecordingEnding,
    },
    /// Look at a PIN, then tell [`Input::PinChecked`].
    CheckPin {
        /// Whose.
        participant: ParticipantId,
        /// As it was typed.
        pin: Pin,
    },
    /// Ask a participant for its name where nobody else hears it, and keep what it says after the tone; then
    /// tell [`Input::NameTaken`], also if it can't be done. One that was in the room is [moved](Self::Move) back after
    /// that, or is moved elsewhere before, which breaks it off.
    AskName {
        /// Whom.
        participant: ParticipantId,
    },
    /// Take what has been said of a name so far for all of it, then tell [`Input::NameTaken`].
    EndName {
        /// Whose.
        participant: ParticipantId,
    },
    /// Let everybody in the room hear who comes or goes, by the name that it has said, when what is being announced
    /// has been heard.
    AnnounceName {
        /// Who.
        participant: ParticipantId,
        /// Whether it comes.
        comes: bool,
    },
    /// Build the leg, unless that was [received](Effect::Receive), and move it into the room, then tell
    /// [`Progress::Joined`].
    Join {
        /// Whose.
        participant: ParticipantId,
        /// Whether it is muted from the start.
        muted: bool,
        /// Whether it is held from the start.
        held: bool,
    },
    /// Let a participant's sound into the mix, or not.
    SetMuted {
        /// Whose.
        participant: ParticipantId,
        /// Whether it is kept out.
        muted: bool,
    },
    /// Let a browser hear the room and be heard, or neither, while its person is on the phone: one
    /// person in the room twice would hear its own echo.
    SetHeld {
        /// Whose.
        participant: ParticipantId,
        /// Whether it is silent both ways.
        held: bool,
    },
    /// Make a participant's voice louder or less for all others.
    SetVolume {
        /// Whose.
        participant: ParticipantId,
        /// How loud.
        volume: Volume,
    },
    /// Have what a participant says be heard by one other alone from now on, or by all again.
    Whisper {
        /// Who speaks.
        participant: ParticipantId,
        /// Who hears it, if it is one.
        to: Option<ParticipantId>,
    },
    /// Take the leg of a participant who is in to another room of the conference.
    Move {
        /// Whose.
        participant: ParticipantId,
        /// Which; `None` is the conference's own.
        breakout: Option<Breakout>,
        /// Whether it is muted there.
        muted: bool,
    },
    /// Let everybody in the room hear a chime.
    Announce(Chime),
    /// Let one participant hear a chime.
    Play {
        /// Whom.
        participant: ParticipantId,
        /// What.
        chime: Chime,
    },
    /// A participant is gone: free its leg and its ports. Comes once for each, whatever ended it.
    Release {
        /// Whose.
        participant: ParticipantId,
        /// How it ended.
        ending: Ending,
        /// Whether the call is still up on the other side, so that a CANCEL, a refusal or a BYE
        /// has to end it.
        hang_up: bool,
        /// What it is told before it is hung up, if it stood before the room or is removed from it.
        farewell: Option<Prompt>,
    },
    /// Show this on the pages that follow the conference.
    Publish(Event),
    /// Keep this. Comes once for each participant.
    Record(CallRecord),
    /// The last participant has left: close the room. The session may be dropped, or kept for
    /// the next arrival.
    Rest,
}

/// Where participants are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Before the room, where each hears what is said to it and nobody else.
    Anteroom,
    /// In the conference's room.
    Room,
}

/// A short sound with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chime {
    /// Somebody came in.
    Entry,
    /// Somebody left.
    Exit,
    /// Somebody waits to be let in.
    Knock,
    /// You are muted.
    Muted,
    /// You are not muted any more.
    Unmuted,
}
