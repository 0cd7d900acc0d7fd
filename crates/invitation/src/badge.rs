//! A badge for any web page: what the conference is called and whether it is on, as an SVG that needs
//! no script, no font and nothing from elsewhere.

use crate::markup::escape;

/// Width of a badge, in CSS pixels.
pub const WIDTH: u32 = 240;

/// Height of a badge, in CSS pixels.
pub const HEIGHT: u32 = 56;

/// Where text may stand, in CSS pixels from the left.
const TEXT_LEFT: f32 = 48.0;
const TEXT_WIDTH: f32 = WIDTH as f32 - TEXT_LEFT - 12.0;

const TITLE_SIZE: f32 = 15.0;
const STATE_SIZE: f32 = 12.5;

/// What a conference is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State<'a> {
    /// Somebody is there.
    On,
    /// Nobody is there, and anybody may come.
    Open,
    /// It isn't open yet: when it will be, as people say it.
    Later(&'a str),
    /// It is over for good.
    Over,
}

/// In whose colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Those of the reader's system.
    #[default]
    Auto,
    /// For light pages.
    Light,
    /// For dark pages.
    Dark,
}

const LIGHT: &str =
    ".b{fill:#fff;stroke:#c9cfcb}.t{fill:#16211b}.s{fill:#4c5a52}.o{fill:#0b7a4b}.d{fill:#8a958e}";
const DARK: &str = ".b{fill:#141a17;stroke:#3a443e}.t{fill:#f2f6f3}.s{fill:#b4c0b9}.o{fill:#4ade93}.d{fill:#7d8982}";

/// The badge, as an SVG document.
#[must_use]
pub fn svg(title: &str, state: State<'_>, theme: Theme) -> String {
    let colours = match theme {
        Theme::Auto => format!("{LIGHT}@media(prefers-color-scheme:dark){{{DARK}}}"),
        Theme::Light => LIGHT.to_owned(),
        Theme::Dark => DARK.to_owned(),
    };
    let words = match state {
        State::On => "On now: click to join",
        State::Open => "Click to join",
        State::Later(when) => when,
        State::Over => "Has ended",
    };
    let shown_title = escape(&fitting(title, TITLE_SIZE));
    let shown_words = escape(&fitting(words, STATE_SIZE));
    let label = escape(&format!("{}. {}", fitting(title, 1.0), words));
    let dot = match state {
        State::On => {
            "<circle class=\"o p\" cx=\"26\" cy=\"28\" r=\"8\"/><circle class=\"o\" cx=\"26\" cy=\"28\" r=\"8\"/>"
        }
        State::Open => "<circle class=\"o\" cx=\"26\" cy=\"28\" r=\"8\" fill-opacity=\".45\"/>",
        State::Later(_) | State::Over => "<circle class=\"d\" cx=\"26\" cy=\"28\" r=\"8\"/>",
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\"><style>{colours}\
         text{{font-family:system-ui,-apple-system,'Segoe UI',sans-serif}}\
         @media(prefers-reduced-motion:no-preference){{.p{{animation:p 2s ease-out infinite;\
         transform-origin:26px 28px}}@keyframes p{{to{{transform:scale(2);opacity:0}}}}}}</style>\
         <rect class=\"b\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"12\"/>{dot}\
         <text class=\"t\" x=\"{TEXT_LEFT}\" y=\"25\" font-size=\"{TITLE_SIZE}\" font-weight=\"600\">\
         {shown_title}</text>\
         <text class=\"s\" x=\"{TEXT_LEFT}\" y=\"42\" font-size=\"{STATE_SIZE}\">{shown_words}</text></svg>",
        WIDTH - 1,
        HEIGHT - 1,
    )
}

/// What is pasted into a page to show the badge of a conference at `url`. Its size is given, so that
/// the page doesn't jump when it comes.
#[must_use]
pub fn html(url: &str, title: &str) -> String {
    let url = escape(url);
    let alt = escape(&fitting(title, 1.0));
    format!(
        "<a href=\"{url}\"><img src=\"{url}/badge.svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         alt=\"Join {alt}\" loading=\"lazy\" referrerpolicy=\"no-referrer\"></a>"
    )
}

/// As much of a text as fits at a font size, by a guess at its width that wide
/// fonts hold to: nobody knows the reader's.
fn fitting(text: &str, size: f32) -> String {
    let width = |c: char| {
        size * if c >= '\u{1100}' {
            1.05
        } else if c.is_uppercase() {
            0.8
        } else {
            0.64
        }
    };
    let mut left = TEXT_WIDTH;
    let mut fitted = String::new();
    for c in text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }) {
        left -= width(c);
        if left < 0.0 {
            fitted.pop();
            fitted.push('…');
            break;
        }
        fitted.push(c);
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_words() {
        let words = |state| svg("Planning", state, Theme::Auto);
        assert!(words(State::On).contains("On now: click to join"));
        assert!(words(State::On).contains("animation"));
        assert!(words(State::Later("Tue 24 Nov, 14:30")).contains(">Tue 24 Nov, 14:30<"));
        assert!(words(State::Over).contains("Has ended"));
    }

    #[test]
    fn a_theme_has_its_colours_alone() {
        assert!(svg("x", State::Open, Theme::Auto).contains("prefers-color-scheme"));
        let dark = svg("x", State::Open, Theme::Dark);
        assert!(dark.contains("#141a17") && !dark.contains("prefers-color-scheme"));
    }

    #[test]
    fn hostile_titles_are_short_text() {
        let title = format!("</text><script>alert(1)</script>{}", "x".repeat(10_000));
        let badge = svg(&title, State::On, Theme::Auto);
        assert!(!badge.contains("<script"), "{badge}");
        assert!(badge.len() < 2_500, "{} bytes", badge.len());
        assert!(svg(&"漢".repeat(100), State::On, Theme::Auto).contains(">漢漢漢漢漢漢漢漢漢漢…<"));
        let snippet = html("https://confab.example/c/abc", "\"><script>");
        assert!(snippet.contains("alt=\"Join &quot;&gt;&lt;script&gt;\""), "{snippet}");
    }
}
