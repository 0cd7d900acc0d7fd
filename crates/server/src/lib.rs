//! The confab server: configuration, HTTP, events, wiring.
