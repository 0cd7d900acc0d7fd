//! A whole server in this process, asked over its real sockets.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what goes wrong in a test shall end it, in its helpers too"
)]

mod api;
mod appointments;
mod auth;
mod bad_input;
mod call_records;
mod calls;
mod dial_in;
mod doors;
mod events;
mod hand_out;
mod hearing;
mod hostile;
mod hosts;
mod idempotency;
mod lifecycle;
mod limits;
mod mail;
mod names;
mod openapi;
mod outage;
mod overload;
mod people;
mod recordings;
mod reminders;
mod rooms;
mod sign_in;
mod smtp;
mod status;
mod subscribers;
mod support;
mod waiting;
mod webhooks;
mod whip;
