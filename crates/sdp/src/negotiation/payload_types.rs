//! Numbers for formats that have none of their own.

/// Payload types from the dynamic range, as we use them in offers. Within a call a number, once used, must
/// go on to mean the same (RFC 3264 section 8.3.2), so that those of a peer that offered first are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DynamicTypes {
    /// Opus.
    pub opus: u8,
    /// Telephone events with a clock of 8,000 Hz.
    pub telephone_event: u8,
    /// Telephone events with a clock of 48,000 Hz, to go with Opus.
    pub telephone_event_48k: u8,
}

impl Default for DynamicTypes {
    /// The numbers that most use.
    fn default() -> Self {
        Self { opus: 111, telephone_event: 101, telephone_event_48k: 110 }
    }
}

impl DynamicTypes {
    pub(super) fn of_telephone_event(&self, clock_hz: u32) -> u8 {
        if clock_hz == 48_000 { self.telephone_event_48k } else { self.telephone_event }
    }

    pub(super) fn use_for_opus(&mut self, payload_type: u8) {
        self.exchange(|types| &mut types.opus, payload_type);
    }

    pub(super) fn use_for_telephone_event(&mut self, clock_hz: u32, payload_type: u8) {
        if clock_hz == 48_000 {
            self.exchange(|types| &mut types.telephone_event_48k, payload_type);
        } else {
            self.exchange(|types| &mut types.telephone_event, payload_type);
        }
    }

    /// Gives a format a new number; if another has it, that one gets the old.
    fn exchange(&mut self, place: impl Fn(&mut Self) -> &mut u8, payload_type: u8) {
        let old = *place(self);
        for number in [&mut self.opus, &mut self.telephone_event, &mut self.telephone_event_48k] {
            if *number == payload_type {
                *number = old;
            }
        }
        *place(self) = payload_type;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_ever_stands_for_two() {
        let mut types = DynamicTypes::default();
        types.use_for_opus(101);
        assert_eq!(
            types,
            DynamicTypes { opus: 101, telephone_event: 111, telephone_event_48k: 110 }
        );
        types.use_for_telephone_event(48_000, 96);
        types.use_for_telephone_event(8_000, 97);
        assert_eq!(types, DynamicTypes { opus: 101, telephone_event: 97, telephone_event_48k: 96 });
        types.use_for_opus(101);
        assert_eq!(types.opus, 101);
    }
}
