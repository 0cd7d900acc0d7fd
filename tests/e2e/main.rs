//! End-to-end tests: the real `confab serve`, and clients that this project did not write. sipp and
//! baresip call in and are called, Chromium presses *Call me*, and Chromium and aiortc join by themselves.
//! What is heard is found by correlation.
//!
//! `tools/test` installs what they need from Debian; aiortc comes from PyPI.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod architecture;
mod browser;
mod dial_in;
mod dial_out;
mod life;
mod load;
mod load_tester;
mod page;
mod simulated;
mod sound;
mod support;
