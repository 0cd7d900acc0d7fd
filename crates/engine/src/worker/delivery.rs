//! How a leg is sent to, by what its peer tells of what has arrived.

use audio::codec::{CodecKind, Delivery};

use crate::LegQuality;
use crate::settings::MediaSettings;

/// From this share of lost packets on, a listener hears it: more than a stray report of one or two.
const LOSSY_FROM: f32 = 0.02;

/// From here on a coarse copy in the next packet is lost too often as well, and it is likely that too
/// much is sent.
const POOR_FROM: f32 = 0.12;

/// A line has become better when it loses less than this part of what made it worse,
const BETTER_BELOW: f32 = 0.5;

/// in so many looks in a row: for ten seconds. To what is worse it takes one.
const LOOKS_TO_MEND: u32 = 4;

/// How bad it is, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Good,
    Lossy,
    Poor,
}

impl Grade {
    fn of(loss: f32) -> Self {
        match loss {
            loss if loss >= POOR_FROM => Self::Poor,
            loss if loss >= LOSSY_FROM => Self::Lossy,
            _ => Self::Good,
        }
    }
}

/// Watches over the delivery to one leg, for one codec.
#[derive(Debug)]
pub(crate) struct DeliveryWatch {
    /// Whether anything can be done about it.
    is_adaptive: bool,
    /// Whether the peer takes frames twice.
    has_red: bool,
    grade: Grade,
    better_looks: u32,
}

impl DeliveryWatch {
    pub(crate) fn new(settings: &MediaSettings) -> Self {
        Self {
            is_adaptive: settings.codec == CodecKind::Opus,
            has_red: settings.red.is_some(),
            grade: Grade::Good,
            better_looks: 0,
        }
    }

    /// How what is sent is delivered, as far as that is known.
    pub(crate) fn delivery(&self) -> Delivery {
        match self.grade {
            Grade::Good => Delivery::Whole,
            _ if self.has_red => Delivery::Repeated,
            Grade::Lossy => Delivery::Lossy,
            Grade::Poor => Delivery::Poor,
        }
    }

    /// Takes in what was found at a look. Of a peer that doesn't report nothing is known: what is lost on
    /// the way from it may be our own fault, and then more effort for its sake would make it worse.
    pub(crate) fn look(&mut self, quality: &LegQuality) {
        if !self.is_adaptive {
            return;
        }
        let loss = quality.loss_out.unwrap_or(0.0);
        let (grade, mended) = (Grade::of(loss), Grade::of(loss / BETTER_BELOW));
        if grade > self.grade {
            (self.grade, self.better_looks) = (grade, 0);
        } else if mended < self.grade {
            self.better_looks += 1;
            if self.better_looks == LOOKS_TO_MEND {
                (self.grade, self.better_looks) = (mended, 0);
            }
        } else {
            self.better_looks = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::line::settings;
    use audio::codec::EncoderSettings;
    use std::time::Duration;

    fn watch(red: Option<u8>) -> DeliveryWatch {
        DeliveryWatch::new(&settings(red, EncoderSettings::MIX))
    }

    /// What is made of a loss that is told so many times.
    fn after(watch: &mut DeliveryWatch, loss_out: Option<f32>, looks: u32) -> Delivery {
        let (jitter, mos) = (Duration::ZERO, 4.0);
        let quality = LegQuality { loss_in: 0.3, loss_out, jitter, round_trip: None, mos };
        (0..looks).for_each(|_| watch.look(&quality));
        watch.delivery()
    }

    #[test]
    fn a_line_that_worsens_is_heeded_at_once_and_one_that_mends_after_a_while() {
        let mut watch = watch(None);
        assert_eq!(after(&mut watch, Some(0.01), 9), Delivery::Whole);
        assert_eq!(after(&mut watch, Some(0.03), 1), Delivery::Lossy);
        assert_eq!(after(&mut watch, Some(0.2), 1), Delivery::Poor);
        assert_eq!(after(&mut watch, Some(0.0), LOOKS_TO_MEND - 1), Delivery::Poor);
        assert_eq!(after(&mut watch, Some(0.07), 1), Delivery::Poor, "it wasn't over");
        assert_eq!(after(&mut watch, Some(0.05), LOOKS_TO_MEND), Delivery::Lossy, "half mended");
        assert_eq!(after(&mut watch, Some(0.015), 99), Delivery::Lossy, "not to and fro");
        assert_eq!(after(&mut watch, Some(0.0), LOOKS_TO_MEND), Delivery::Whole);
    }

    #[test]
    fn who_takes_frames_twice_gets_them_twice_while_some_are_lost() {
        let mut watch = watch(Some(63));
        assert_eq!(watch.delivery(), Delivery::Whole);
        assert_eq!(after(&mut watch, Some(0.03), 1), Delivery::Repeated);
        assert_eq!(after(&mut watch, Some(0.3), 1), Delivery::Repeated);
    }

    #[test]
    fn of_who_does_not_report_nothing_is_known_and_of_other_codecs_nothing_comes() {
        assert_eq!(after(&mut watch(None), None, 9), Delivery::Whole);
        let mut telephone = settings(None, EncoderSettings::MIX);
        telephone.codec = CodecKind::Pcma;
        assert_eq!(after(&mut DeliveryWatch::new(&telephone), Some(0.5), 1), Delivery::Whole);
    }
}
