//! The confab server: configuration, HTTP, events, wiring.

pub mod config;
