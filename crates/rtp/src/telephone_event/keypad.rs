//! From a string of digits to packets of telephone events, one a tick.

use super::{Digit, EVENT_BYTES, Event};
use crate::time;
use std::time::Duration;

/// Digits that can wait to be sent.
pub const DIGITS_MAX: usize = 32;
/// The packet that ends an event is sent this many times (RFC 4733 section 2.5.1.4).
const END_COPIES: u8 = 3;

/// How digits are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeypadSettings {
    /// Clock of the event's payload type, as negotiated.
    pub clock_hz: u32,
    /// Time from one [`tick`](Keypad::tick) to the next, and so between packets.
    pub tick: Duration,
    /// How long a key is held; rounded up to whole ticks. At least 40 ms is recognised everywhere.
    pub tone: Duration,
    /// Time from the end of a tone to the next, the repeated end packets within it; rounded up likewise.
    pub pause: Duration,
    /// Level of the tone in -dBm0, 0 to 63.
    pub volume: u8,
}

impl Default for KeypadSettings {
    fn default() -> Self {
        Self {
            clock_hz: 8_000,
            tick: Duration::from_millis(20),
            tone: Duration::from_millis(100),
            pause: Duration::from_millis(100),
            volume: 10,
        }
    }
}

/// Why a string of digits is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeypadError {
    /// A character stands on no key.
    #[error("{0:?} is not on a telephone's keypad")]
    NotAKey(char),
    /// More than [`DIGITS_MAX`] would wait.
    #[error("more than {DIGITS_MAX} digits would wait to be sent")]
    TooMany,
}

/// One packet of an event, to be sent with [`Sender::event`](crate::sender::Sender::event).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// First packet of the event.
    pub marker: bool,
    /// Start of the event, or of its segment.
    pub timestamp: u32,
    /// The payload.
    pub payload: [u8; EVENT_BYTES],
}

/// Presses keys. Each tick it says which packet to send, if any; while it [`is_active`](Self::is_active),
/// audio is better not sent, as the peer may hear both.
#[derive(Clone, Debug)]
pub struct Keypad {
    settings: KeypadSettings,
    tick_units: u32,
    /// In their order, from the front on.
    waiting: [Option<Digit>; DIGITS_MAX],
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    Tone {
        press: Press,
        ticks_left: u32,
    },
    /// The end packet is being repeated.
    End {
        press: Press,
        copies_left: u8,
        pause_left: u32,
    },
    Pause {
        ticks_left: u32,
    },
}

/// The key that is being pressed.
#[derive(Clone, Copy, Debug)]
struct Press {
    digit: Digit,
    is_first: bool,
    /// Start of the segment.
    timestamp: u32,
    /// Since the start of the segment.
    duration: u32,
}

impl Keypad {
    /// A keypad on which nothing is pressed.
    #[must_use]
    pub fn new(settings: KeypadSettings) -> Self {
        let tick_units =
            u32::try_from(time::units(settings.tick, settings.clock_hz)).unwrap_or(u32::MAX);
        // A tick is at most one segment, which has 16 bits.
        let tick_units = tick_units.clamp(1, u32::from(u16::MAX));
        Self { settings, tick_units, waiting: [None; DIGITS_MAX], state: State::Idle }
    }

    /// Queues digits behind those that wait: all of them, or none.
    ///
    /// # Errors
    ///
    /// [`KeypadError`] if there are too many, or one of them is on no key.
    pub fn press(&mut self, digits: &str) -> Result<(), KeypadError> {
        if let Some(label) = digits.chars().find(|label| Digit::from_char(*label).is_none()) {
            return Err(KeypadError::NotAKey(label));
        }
        let count = digits.chars().count();
        if self.waiting.iter().filter(|place| place.is_none()).count() < count {
            return Err(KeypadError::TooMany);
        }
        let free = self.waiting.iter_mut().filter(|place| place.is_none());
        for (place, label) in free.zip(digits.chars()) {
            *place = Digit::from_char(label);
        }
        Ok(())
    }

    /// Whether a digit is being sent or waits.
    #[must_use]
    pub fn is_active(&self) -> bool {
        // Those that wait stand at the front.
        !matches!(self.state, State::Idle) || matches!(self.waiting, [Some(_), ..])
    }

    /// Lets a tick pass, at the end of which the stream's media time is `timestamp` plus one tick. Returns
    /// the packet to send now.
    pub fn tick(&mut self, timestamp: u32) -> Option<EventPacket> {
        match self.state {
            State::Idle => {
                let digit = self.take_digit()?;
                let press = Press { digit, is_first: true, timestamp, duration: 0 };
                Some(self.sound(press, self.ticks(self.settings.tone)))
            }
            State::Tone { press, ticks_left } => Some(self.sound(press, ticks_left)),
            State::End { press, copies_left, pause_left } => {
                Some(self.repeat_end(press, copies_left, pause_left))
            }
            State::Pause { ticks_left } => {
                let left = ticks_left.saturating_sub(1);
                self.state =
                    if left == 0 { State::Idle } else { State::Pause { ticks_left: left } };
                None
            }
        }
    }

    /// One more tick of tone; the last one carries the end bit.
    fn sound(&mut self, mut press: Press, ticks_left: u32) -> EventPacket {
        let end = ticks_left <= 1;
        press.extend(self.tick_units);
        let packet = press.packet(self.settings.volume, end);
        press.is_first = false;
        self.state = if end {
            let pause_left = self.ticks(self.settings.pause);
            State::End { press, copies_left: END_COPIES.saturating_sub(1), pause_left }
        } else {
            State::Tone { press, ticks_left: ticks_left.saturating_sub(1) }
        };
        packet
    }

    fn repeat_end(&mut self, press: Press, copies_left: u8, pause_left: u32) -> EventPacket {
        let copies_left = copies_left.saturating_sub(1);
        // The pause lasts one tick at least, or two presses of one key would be one.
        let pause_left = pause_left.saturating_sub(1).max(1);
        self.state = if copies_left == 0 {
            State::Pause { ticks_left: pause_left }
        } else {
            State::End { press, copies_left, pause_left }
        };
        press.packet(self.settings.volume, true)
    }

    fn take_digit(&mut self) -> Option<Digit> {
        let digit = self.waiting.first_mut()?.take();
        self.waiting.rotate_left(1);
        digit
    }

    /// Whole ticks in `time`, rounded up, at least one.
    fn ticks(&self, time: Duration) -> u32 {
        let tick = self.settings.tick.as_nanos().max(1);
        u32::try_from(time.as_nanos().div_ceil(tick)).unwrap_or(u32::MAX).max(1)
    }
}

impl Press {
    /// Goes on for `units`; in a new segment when the 16 bits are full (RFC 4733 section 2.5.1.3).
    fn extend(&mut self, units: u32) {
        let duration = self.duration.saturating_add(units);
        self.duration = match duration.checked_sub(u32::from(u16::MAX)) {
            Some(beyond) if beyond > 0 => {
                self.timestamp = self.timestamp.wrapping_add(u32::from(u16::MAX));
                beyond
            }
            _ => duration,
        };
    }

    fn packet(&self, volume: u8, end: bool) -> EventPacket {
        let duration = u16::try_from(self.duration).unwrap_or(u16::MAX);
        let event = Event { code: self.digit.code(), end, volume, duration };
        EventPacket { marker: self.is_first, timestamp: self.timestamp, payload: event.to_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a keypad sends until it has finished, tick by tick.
    fn run(keypad: &mut Keypad) -> Vec<Option<(bool, u32, Event)>> {
        let mut ticks = Vec::new();
        let mut timestamp = 1_000_u32;
        while keypad.is_active() {
            assert!(ticks.len() < 10_000, "the keypad never comes to rest");
            ticks.push(keypad.tick(timestamp).map(|packet| {
                (packet.marker, packet.timestamp, Event::parse(&packet.payload).unwrap())
            }));
            timestamp = timestamp.wrapping_add(160);
        }
        ticks
    }

    fn keypad(digits: &str) -> Keypad {
        let mut keypad = Keypad::new(KeypadSettings::default());
        keypad.press(digits).unwrap();
        keypad
    }

    #[test]
    fn a_press_grows_by_a_tick_and_ends_three_times() {
        let sent: Vec<_> = run(&mut keypad("5")).into_iter().flatten().collect();
        let durations: Vec<_> = sent.iter().map(|(.., event)| event.duration).collect();
        let ends: Vec<_> = sent.iter().map(|(.., event)| event.end).collect();
        let markers: Vec<_> = sent.iter().map(|(marker, ..)| *marker).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        assert_eq!(ends, [false, false, false, false, true, true, true]);
        assert_eq!(markers, [true, false, false, false, false, false, false]);
        assert!(sent.iter().all(|(_, timestamp, event)| *timestamp == 1_000 && event.code == 5));
    }

    #[test]
    fn presses_begin_a_tone_and_a_pause_apart() {
        let starts: Vec<_> = run(&mut keypad("12"))
            .into_iter()
            .enumerate()
            .filter_map(|(tick, sent)| sent.filter(|(marker, ..)| *marker).map(|_| tick))
            .collect();
        assert_eq!(starts, [0, 10]);
    }

    #[test]
    fn a_long_press_is_cut_into_segments() {
        let mut keypad =
            Keypad::new(KeypadSettings { tone: Duration::from_secs(10), ..Default::default() });
        keypad.press("1").unwrap();
        let sent: Vec<_> = run(&mut keypad).into_iter().flatten().collect();
        assert_eq!(sent.iter().filter(|(marker, ..)| *marker).count(), 1);
        let (_, timestamp, last) = sent.last().unwrap();
        assert_eq!(*timestamp, 1_000 + u32::from(u16::MAX));
        assert_eq!(u32::from(last.duration), 80_000 - u32::from(u16::MAX));
    }

    #[test]
    fn digits_are_taken_all_or_none() {
        let mut keypad = Keypad::new(KeypadSettings::default());
        assert_eq!(keypad.press("12x"), Err(KeypadError::NotAKey('x')));
        assert!(!keypad.is_active());
        keypad.press(&"1".repeat(DIGITS_MAX)).unwrap();
        assert_eq!(keypad.press("2"), Err(KeypadError::TooMany));
        // Once the first is being sent, another can wait.
        keypad.tick(0);
        assert_eq!(keypad.press("2"), Ok(()));
        let presses = run(&mut keypad).into_iter().flatten().filter(|(marker, ..)| *marker).count();
        assert_eq!(presses, DIGITS_MAX);
    }

    proptest! {
        #[test]
        fn any_settings_come_to_rest(
            clock_hz: u32, tick_ms in 1_u64..200, tone_ms in 0_u64..1_000, pause_ms in 0_u64..1_000, volume: u8,
            digits in "[0-9*#A-D]{0,5}",
        ) {
            let mut keypad = Keypad::new(KeypadSettings {
                clock_hz,
                tick: Duration::from_millis(tick_ms),
                tone: Duration::from_millis(tone_ms),
                pause: Duration::from_millis(pause_ms),
                volume,
            });
            keypad.press(&digits).unwrap();
            let sent: Vec<_> = run(&mut keypad).into_iter().flatten().collect();
            prop_assert_eq!(sent.iter().filter(|(marker, ..)| *marker).count(), digits.len());
            prop_assert_eq!(sent.iter().filter(|(.., event)| event.end).count(), 3 * digits.len());
        }
    }
}
