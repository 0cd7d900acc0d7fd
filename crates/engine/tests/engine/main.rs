//! The engine over real loopback sockets, in time that the tests advance.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed call of a test's own is a failed test"
)]

mod broadcasts;
mod browsers;
mod cascade;
mod conversation;
mod delivery;
mod hostile;
mod large_rooms;
mod lifecycle;
mod moves;
mod overload;
mod paths;
mod sources;
mod support;
mod taps;
mod threads;
mod whispers;
mod whispers_afar;
