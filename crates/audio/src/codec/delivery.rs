//! What becomes of packets on their way to a listener, and how it is encoded for.

use super::{CodecKind, EncoderSettings};

/// How what is sent to a listener arrives there, in few kinds: those for whom it is the same can share
/// an encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Delivery {
    /// As good as all of it.
    #[default]
    Whole,
    /// Some is lost.
    Lossy,
    /// Much is lost.
    Poor,
    /// Some or much is lost, and so each frame is sent three times (RED, RFC 2198): with the two packets after its own,
    /// too.
    Repeated,
}

/// What is sent at most where some is lost, copies of frames included: a line that loses may do so
/// because too much is sent to it.
const LOSSY_BPS_MAX: u32 = 40_000;

/// What is sent at most where much is lost.
const POOR_BPS_MAX: u32 = 32_000;

/// What each frame takes at most where all are sent three times: 72 kbit/s in all, about what a telephone takes. Where a
/// tenth of the packets is lost, in PESQ-WB 0.2 are won by that over frames of 32 kbit/s sent twice.
const REPEATED_BPS_MAX: u32 = 24_000;

/// The loss that is prepared for: of those two kinds, what is about the middle. From 25 percent on,
/// libopus makes copies no finer.
const LOSSY_PERCENT: u8 = 10;
const POOR_PERCENT: u8 = 25;

impl Delivery {
    /// The number of kinds.
    pub const COUNT: usize = 4;

    /// All kinds, in the order of their [`index`](Self::index).
    pub const ALL: [Self; Self::COUNT] = [Self::Whole, Self::Lossy, Self::Poor, Self::Repeated];

    /// The kind, where something can be done about it.
    pub const fn relevant_to(self, kind: CodecKind) -> Self {
        match kind {
            CodecKind::Opus => self,
            CodecKind::Pcmu | CodecKind::Pcma | CodecKind::G722 => Self::Whole,
        }
    }

    /// The place of a kind among all.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl EncoderSettings {
    /// These settings as they are for a listener to whom packets are delivered so. No kind of delivery
    /// asks for more bits than these settings have. Copies of frames are made for those alone who lose
    /// some, and whose settings have them: to all others they would be bits and effort wasted.
    pub fn over(self, delivery: Delivery) -> Self {
        let (bitrate_bps_max, loss_percent) = match delivery {
            Delivery::Whole => return self,
            Delivery::Lossy => (LOSSY_BPS_MAX, LOSSY_PERCENT),
            Delivery::Poor => (POOR_BPS_MAX, POOR_PERCENT),
            Delivery::Repeated => (REPEATED_BPS_MAX, 0),
        };
        Self {
            opus_bitrate_bps: self.opus_bitrate_bps.min(bitrate_bps_max),
            opus_expected_loss_percent: loss_percent,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_deliveries_get_fewer_bits_and_never_more_than_agreed() {
        for (index, delivery) in Delivery::ALL.into_iter().enumerate() {
            assert_eq!(delivery.index(), index);
            let over = EncoderSettings::MIX.over(delivery);
            assert!(over.opus_bitrate_bps <= EncoderSettings::MIX.opus_bitrate_bps);
            let scarce = EncoderSettings { opus_bitrate_bps: 12_000, ..EncoderSettings::MIX };
            assert_eq!(scarce.over(delivery).opus_bitrate_bps, 12_000);
        }
        assert_eq!(EncoderSettings::MIX.over(Delivery::Whole), EncoderSettings::MIX);
    }

    #[test]
    fn copies_are_for_those_who_lose_some_and_get_no_frame_again() {
        let percent = |delivery| EncoderSettings::MIX.over(delivery).opus_expected_loss_percent;
        assert_eq!(Delivery::ALL.map(percent), [0, 10, 25, 0]);
    }
}
