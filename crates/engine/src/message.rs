//! What goes through the rings.

use std::net::SocketAddr;

use audio::tone::Tone;
use mixer::{Broadcast, Denoise, Playback, Spare};
use webrtc::ice::Credentials;

use crate::digits::Digits;
use crate::tap::PartTap;
use crate::worker::browser::Browser;
use crate::worker::cascade::CascadeLink;
use crate::worker::leg::{Leg, LegMove, LegUpdate};
use crate::worker::port::Port;
use crate::worker::room::WorkerRoom;
use crate::worker::whispers::{Earpiece, Mouthpiece};
use crate::{LegId, LegQuality};

/// From the control side to a worker. Numbers are places in the worker's tables.
pub(crate) enum Command {
    AddPort(Box<Port>),
    RemovePort(u32),
    OpenRoom(Box<WorkerRoom>),
    /// Takes every leg out of the room, and the room away.
    CloseRoom(u32),
    /// Links a room to another part of it.
    Link(u32, Box<CascadeLink>),
    /// Parts a room from another part of it, which is named by its number.
    Unlink(u32, u16),
    /// Taps a part of a room.
    Tap(u32, Box<PartTap>),
    /// A browser whose leg is still to come: it is to be answered.
    AddBrowser(Box<Browser>),
    RestartIce(u32, Credentials),
    Attach(Box<Leg>),
    Update(u32, Box<LegUpdate>),
    /// Takes a leg to another room.
    Move(u32, Box<LegMove>),
    /// Takes a leg away, and the browser with it; or a browser that has no leg yet.
    Detach(u32),
    SetMuted(u32, bool),
    SetHeld(u32, bool),
    SetDenoise(u32, Option<Denoise>),
    /// Turns a leg's voice up or down, in decibels.
    SetVolume(u32, f32),
    /// Has what a leg says be heard by nobody but whom the other half of this is lent to.
    Whisper(u32, Box<Mouthpiece>),
    /// Has a leg hear what another whispers.
    Listen(u32, Box<Earpiece>),
    /// Has what a leg says be heard by all again.
    EndWhisper(u32),
    Play(u32, Playback),
    Announce(u32, Tone),
    Broadcast(u32, Box<Broadcast>),
    EndMusic(u32),
    SendDigits(u32, Digits),
}

/// From a worker to the control side: objects to be freed.
pub(crate) enum Returned {
    Leg(Box<Leg>),
    /// A browser that never had a leg.
    Browser(Box<Browser>),
    Room(Box<WorkerRoom>),
    Port(Box<Port>),
    /// What a leg's room has no need of: at most one for each leg and each update.
    Spare(Spare),
    /// A tap that nobody reads any more, and the room's place: the answer to every `Tap`, unless the room comes
    /// back with it.
    Tap(u32, Box<PartTap>),
    /// A link between parts of a room.
    Link(Box<CascadeLink>),
    /// What an update has replaced: the answer to every `Update`.
    Update(Box<LegUpdate>),
    /// What a leg was in the room that it was taken from: the answer to every `Move`.
    Move(Box<LegMove>),
    /// Half of a whisper that has ended or could not begin: every one comes back so.
    Mouthpiece(Box<Mouthpiece>),
    /// The other half.
    Earpiece(Box<Earpiece>),
    /// What is no longer played: the answer to every `Play`.
    Playback(Option<Playback>),
    /// What is no longer broadcast: the answer to every `Broadcast`.
    Broadcast(Option<Box<Broadcast>>),
}

/// From a worker to the control side: what happened.
///
/// Named by the leg's id, not its place: the place may be another leg's by the time this is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum WorkerEvent {
    Latched(LegId, SocketAddr),
    Digit(LegId, char),
    SpeakingStarted(LegId),
    SpeakingStopped(LegId),
    ReturnFound(LegId),
    PlaybackEnded(LegId),
    MediaTimeout(LegId),
    MediaStarted(LegId),
    PathChanged(LegId, SocketAddr),
    ConsentLost(LegId),
    Quality(LegId, LegQuality),
}
