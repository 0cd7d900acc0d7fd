//! Commands that participants type on their phones.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How long after a digit the next may come and still belong to the same command.
pub const DIGIT_GAP_MAX: Duration = Duration::from_secs(3);

/// What a participant asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `*6`: mute me, or unmute me.
    ToggleMute,
}

/// Reads one participant's digits. Commands are a star and a digit; all else is ignored, so that
/// an extension typed ahead or a pocket does no harm.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keypad {
    starred_at: Option<Timestamp>,
}

impl Keypad {
    /// Takes a digit (`0`–`9`, `*`, `#`, `A`–`D`) and gives the command that it completes.
    pub fn press(&mut self, now: Timestamp, digit: char) -> Option<Command> {
        let starred_at = self.starred_at.take();
        if digit == '*' {
            self.starred_at = Some(now);
            return None;
        }
        let gap = now.duration_since(starred_at?);
        let in_time = gap <= SignedDuration::try_from(DIGIT_GAP_MAX).unwrap_or_default();
        match digit {
            '6' if in_time => Some(Command::ToggleMute),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presses keys one second apart, a space being a second without.
    fn press(keys: &str) -> Vec<Option<Command>> {
        let mut keypad = Keypad::default();
        let seconds = 1_800_000_000..;
        let pressed = seconds.zip(keys.chars()).filter(|(_, key)| *key != ' ');
        pressed
            .map(|(second, key)| keypad.press(Timestamp::from_second(second).unwrap(), key))
            .collect()
    }

    fn commands(keys: &str) -> usize {
        press(keys).into_iter().flatten().count()
    }

    #[test]
    fn star_six_toggles() {
        assert_eq!(press("*6"), [None, Some(Command::ToggleMute)]);
        assert_eq!(commands("*6*6"), 2);
        assert_eq!(commands("**6"), 1, "a second star begins anew");
        assert_eq!(commands("12*6#"), 1);
    }

    #[test]
    fn other_keys_do_nothing() {
        for keys in ["6", "*", "*5", "*56", "*#6", "#6", "66", "*A6", "*💥6"] {
            assert_eq!(commands(keys), 0, "{keys:?}");
        }
        assert_eq!(commands("*66"), 1, "the second six belongs to nothing");
    }

    #[test]
    fn a_command_must_be_typed_in_one_go() {
        assert_eq!(commands("*  6"), 1);
        assert_eq!(commands("*   6"), 0);
    }
}
