//! Commands that participants type on their phones.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::access::Role;

/// How long after a digit the next may come and still belong to the same command.
pub const DIGIT_GAP_MAX: Duration = Duration::from_secs(3);

/// What a participant asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `**` or `*0`: tell me the keys.
    Keys,
    /// `*1`: have the conference recorded, or no more. For hosts.
    ToggleRecording,
    /// `*2`: tell me who is there. For a host, one after the other, for each of whom there are keys.
    RollCall,
    /// `*3`: take me back from a break-out room; for a host who is in none: bring everybody back.
    Back,
    /// `*4`: mute all guests. For hosts.
    MuteAll,
    /// `*5`: let nobody else in, or let people in again. For hosts.
    ToggleLock,
    /// `*6`: mute me, or unmute me.
    ToggleMute,
    /// `*7`: let in whoever has waited longest. For hosts.
    Admit,
    /// `*7` as well, of whoever isn't one: let me say my name anew. Hosts do so while the roll is called.
    SayName,
    /// `*8`: send away whoever has waited longest. For hosts.
    Refuse,
    /// `*9`: raise my hand, or lower it.
    ToggleHand,
    /// `*#`: tell me how many are there.
    Count,
}

impl Command {
    /// What a key means after a star, of somebody of this role.
    const fn of(key: char, role: Role) -> Option<Self> {
        Some(match key {
            '*' | '0' => Self::Keys,
            '1' => Self::ToggleRecording,
            '2' => Self::RollCall,
            '3' => Self::Back,
            '4' => Self::MuteAll,
            '5' => Self::ToggleLock,
            '6' => Self::ToggleMute,
            '7' if matches!(role, Role::Guest) => Self::SayName,
            '7' => Self::Admit,
            '8' => Self::Refuse,
            '9' => Self::ToggleHand,
            '#' => Self::Count,
            _ => return None,
        })
    }

    /// Whether it is a host's alone.
    #[must_use]
    pub const fn is_for_hosts(self) -> bool {
        matches!(
            self,
            Self::ToggleRecording | Self::MuteAll | Self::ToggleLock | Self::Admit | Self::Refuse
        )
    }
}

/// Reads one participant's digits. Commands are a star and a key; all else is ignored, so that
/// an extension typed ahead or a pocket does no harm.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keypad {
    starred_at: Option<Timestamp>,
}

impl Keypad {
    /// Takes a digit (`0`–`9`, `*`, `#`, `A`–`D`) of somebody of this role and gives the command that it completes.
    pub fn press(&mut self, now: Timestamp, role: Role, digit: char) -> Option<Command> {
        let is_starred = self.is_starred(now);
        self.starred_at = None;
        if is_starred {
            return Command::of(digit, role);
        }
        if digit == '*' {
            self.starred_at = Some(now);
        }
        None
    }

    /// Whether the next key belongs to a star.
    #[must_use]
    pub fn is_starred(&self, now: Timestamp) -> bool {
        let gap_max = SignedDuration::try_from(DIGIT_GAP_MAX).unwrap_or_default();
        self.starred_at.is_some_and(|starred| now.duration_since(starred) <= gap_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presses keys one second apart, a space being a second without.
    fn press(keys: &str) -> Vec<Option<Command>> {
        press_as(Role::Host, keys)
    }

    fn press_as(role: Role, keys: &str) -> Vec<Option<Command>> {
        let mut keypad = Keypad::default();
        let seconds = 1_800_000_000..;
        let pressed = seconds.zip(keys.chars()).filter(|(_, key)| *key != ' ');
        pressed
            .map(|(second, key)| keypad.press(Timestamp::from_second(second).unwrap(), role, key))
            .collect()
    }

    fn commands(keys: &str) -> usize {
        press(keys).into_iter().flatten().count()
    }

    #[test]
    fn star_six_toggles() {
        assert_eq!(press("*6"), [None, Some(Command::ToggleMute)]);
        assert_eq!(commands("*6*6"), 2);
        assert_eq!(commands("12*6#"), 1);
    }

    #[test]
    fn each_command_has_its_key() {
        let keys = [
            ("**", Command::Keys),
            ("*0", Command::Keys),
            ("*1", Command::ToggleRecording),
            ("*2", Command::RollCall),
            ("*3", Command::Back),
            ("*4", Command::MuteAll),
            ("*5", Command::ToggleLock),
            ("*7", Command::Admit),
            ("*8", Command::Refuse),
            ("*9", Command::ToggleHand),
            ("*#", Command::Count),
        ];
        for (keys, command) in keys {
            assert_eq!(press(keys), [None, Some(command)], "{keys}");
        }
        assert_eq!(press_as(Role::Guest, "*7"), [None, Some(Command::SayName)]);
        assert_eq!(press("***6"), [None, Some(Command::Keys), None, Some(Command::ToggleMute)]);
    }

    #[test]
    fn other_keys_do_nothing() {
        for keys in ["6", "*", "#6", "66", "*A6", "*💥6"] {
            assert_eq!(commands(keys), 0, "{keys:?}");
        }
        assert_eq!(press("*36"), [None, Some(Command::Back), None]);
        assert_eq!(commands("*66"), 1, "the second six belongs to nothing");
    }

    #[test]
    fn a_command_must_be_typed_in_one_go() {
        assert_eq!(commands("*  6"), 1);
        assert_eq!(commands("*   6"), 0);
        assert_eq!(commands("*   *6"), 1, "a star that comes late begins anew");
    }
}
