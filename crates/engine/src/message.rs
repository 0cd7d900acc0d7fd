//! What goes through the rings.

use std::net::SocketAddr;

use audio::tone::Tone;
use mixer::Playback;

use crate::LegId;
use crate::digits::Digits;
use crate::worker::leg::{Leg, LegUpdate};
use crate::worker::port::Port;
use crate::worker::room::WorkerRoom;

/// From the control side to a worker. Numbers are places in the worker's tables.
pub(crate) enum Command {
    AddPort(Box<Port>),
    RemovePort(u32),
    OpenRoom(Box<WorkerRoom>),
    /// Takes every leg out of the room, and the room away.
    CloseRoom(u32),
    Attach(Box<Leg>),
    Update(u32, Box<LegUpdate>),
    Detach(u32),
    SetMuted(u32, bool),
    Play(u32, Playback),
    Announce(u32, Tone),
    SendDigits(u32, Digits),
}

/// From a worker to the control side: objects to be freed.
pub(crate) enum Returned {
    Leg(Box<Leg>),
    Room(Box<WorkerRoom>),
    Port(Box<Port>),
    /// What an update has replaced: the answer to every `Update`.
    Update(Box<LegUpdate>),
    /// What is no longer played: the answer to every `Play`.
    Playback(Option<Playback>),
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
    PlaybackEnded(LegId),
    MediaTimeout(LegId),
}
