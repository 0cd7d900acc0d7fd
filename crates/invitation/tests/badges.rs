//! Badges as they are: kept as files, which `tests/web/badge.test.mjs` looks at in a browser.
//!
//! `BADGES=write cargo test -p invitation --test badges` writes them anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panic")]
#![allow(clippy::disallowed_methods, reason = "whoever runs a test may ask it for something")]

use std::fs;
use std::path::Path;

use invitation::badge::{State, Theme, svg};

const TITLE: &str = "Weekly planning";

#[test]
fn the_badges_that_a_browser_is_shown_are_those_that_are_made() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/badges");
    let states = [
        ("on", State::On),
        ("open", State::Open),
        ("later", State::Later("Tue 24 Nov, 14:30")),
        ("over", State::Over),
    ];
    let themes = [("light", Theme::Light), ("dark", Theme::Dark), ("auto", Theme::Auto)];
    for (name, state) in states {
        for (look, theme) in themes {
            let file = directory.join(format!("{name}-{look}.svg"));
            let made = svg(TITLE, state, theme) + "\n";
            if std::env::var("BADGES").is_ok_and(|wish| wish == "write") {
                fs::write(&file, &made).unwrap();
            }
            let kept = fs::read_to_string(&file).unwrap_or_default();
            assert_eq!(kept, made, "{} (BADGES=write writes it)", file.display());
        }
    }
}
