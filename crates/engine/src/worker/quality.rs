//! How well a leg's sound comes through, looked at every few seconds.

use std::time::Duration;

use audio::TICK;
use audio::codec::{CodecKind, Delivery};
use rtp::quality::{Robustness, loss_behind_redundancy, rating};
use rtp::stats::LossWatch;

use super::last_sent::GENERATIONS;
use super::receiving::{Receiving, TicksHeard};
use super::reporting::Reporting;
use crate::LegQuality;
use crate::settings::MediaSettings;

/// Time from one look to the next.
pub(crate) const QUALITY_INTERVAL: Duration = Duration::from_millis(2_500);

/// If less was heard than this, what was concealed of it says nothing yet: half a second.
const TICKS_HEARD_MIN: u64 = 25;

/// What a frame that in-band FEC has brought back counts, where a lost one counts 1.
const COARSE_FRAME: f32 = 0.2;

/// What of the losses on a way can be made good at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recovery {
    Nothing,
    /// A coarse version of each frame comes with the next packet.
    Coarse,
    /// Each frame comes with so many packets after it once more.
    Full(u8),
}

impl Recovery {
    /// What is heard of a random loss.
    fn heard_of(self, loss: f32) -> f32 {
        match self {
            Self::Nothing => loss,
            Self::Coarse => {
                let gone = loss_behind_redundancy(loss, 1);
                gone + COARSE_FRAME * (loss - gone)
            }
            Self::Full(generations) => loss_behind_redundancy(loss, generations),
        }
    }
}

/// Looks at one leg, for one codec.
pub(crate) struct QualityWatch {
    robustness: Robustness,
    has_fec: bool,
    /// What the peer is taken to do for us.
    recovery_in: Recovery,
    due: Option<Duration>,
    loss: LossWatch,
    before: TicksHeard,
}

impl QualityWatch {
    pub(crate) fn new(settings: &MediaSettings) -> Self {
        let (robustness, has_fec) = match settings.codec {
            CodecKind::Pcmu | CodecKind::Pcma => (Robustness::G711, false),
            CodecKind::G722 => (Robustness::G722, false),
            CodecKind::Opus => (Robustness::OPUS, settings.encoder.opus_fec),
        };
        let recovery_in = match (settings.red, has_fec) {
            // As browsers do by themselves.
            (Some(_), _) => Recovery::Full(1),
            (None, true) => Recovery::Coarse,
            (None, false) => Recovery::Nothing,
        };
        let (loss, before) = (LossWatch::default(), TicksHeard::default());
        Self { robustness, has_fec, recovery_in, due: None, loss, before }
    }

    /// What we do for the peer.
    fn recovery_out(&self, delivery: Delivery) -> Recovery {
        match delivery {
            Delivery::Repeated => Recovery::Full(GENERATIONS as u8),
            Delivery::Lossy | Delivery::Poor if self.has_fec => Recovery::Coarse,
            _ => Recovery::Nothing,
        }
    }

    /// What was found since the last look, if it is time for one; with how the peer has been sent to.
    pub(crate) fn look(
        &mut self,
        now: Duration,
        receiving: &mut Receiving,
        reporting: &Reporting,
        delivery: Delivery,
    ) -> Option<LegQuality> {
        let due = *self.due.get_or_insert(now.saturating_add(QUALITY_INTERVAL));
        if now < due {
            return None;
        }
        self.due = Some(now.saturating_add(QUALITY_INTERVAL));
        let loss_in = self.loss.look(receiving.stats()).unwrap_or(0.0);
        let loss_out = reporting.loss_out(now);
        let round_trip = reporting.round_trip();
        // The peer's buffer is taken to be as deep as ours; a frame waits for its end and for a tick.
        let on_the_way = round_trip.map_or(Duration::ZERO, |round_trip| round_trip / 2);
        let delay = on_the_way + receiving.depth() + 2 * TICK;
        let score = |loss| rating(self.robustness, delay, loss).mos();
        let recovery_out = self.recovery_out(delivery);
        let mos_out = score(recovery_out.heard_of(loss_out.unwrap_or(0.0)));
        let mos_in = score(self.unheard(receiving.ticks(), loss_in));
        self.before = receiving.ticks();
        let jitter = receiving.stats().jitter();
        Some(LegQuality { loss_in, loss_out, jitter, round_trip, mos: mos_in.min(mos_out) })
    }

    /// The share of the peer's sound that was not heard as it was sent. Packets that came too late
    /// are missing like those that were lost, and some of those came back; if little was listened
    /// to, that is reckoned.
    fn unheard(&self, ticks: TicksHeard, loss: f32) -> f32 {
        let heard = ticks.heard.saturating_sub(self.before.heard);
        if heard < TICKS_HEARD_MIN {
            return self.recovery_in.heard_of(loss);
        }
        let concealed = ticks.concealed.saturating_sub(self.before.concealed);
        let coarse = ticks.coarse.saturating_sub(self.before.coarse);
        (concealed as f32 + COARSE_FRAME * coarse as f32) / heard as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::line::{Line, Random, settings, voice};
    use audio::codec::EncoderSettings;
    use mixer::Interest;

    /// What is told, look by look, of twelve seconds over a line that loses so many packets.
    fn looks(red: Option<u8>, interest: Interest, percent: u32) -> Vec<LegQuality> {
        let encoder = EncoderSettings { opus_complexity: 0, ..EncoderSettings::default() };
        let settings = settings(red, encoder);
        let (mut line, mut random) = (Line::new(&settings), Random::new(5));
        let mut watch = QualityWatch::new(&settings);
        let reporting = Reporting::new(&settings, 7);
        let mut looks = Vec::new();
        for tick in 0..600_u32 {
            line.say(&voice(tick as usize, 1), interest, |_| random.percent(percent));
            looks.extend(watch.look(TICK * tick, line.receiving(), &reporting, Delivery::Whole));
        }
        looks
    }

    #[test]
    fn a_clean_line_is_as_good_as_can_be_and_told_every_few_seconds() {
        let looks = looks(None, Interest::Everything, 0);
        assert_eq!(looks.len(), 4);
        for quality in looks {
            assert!(quality.mos > 4.3, "{quality:?}");
            assert_eq!((quality.loss_in, quality.loss_out), (0.0, None));
            assert_eq!((quality.jitter, quality.round_trip), (Duration::ZERO, None));
        }
    }

    #[test]
    fn loss_is_told_as_it_was_and_weighs_as_it_is_heard() {
        let mean = |red, interest| {
            let looks = looks(red, interest, 15);
            let count = looks.len() as f32;
            let loss = looks.iter().map(|quality| quality.loss_in).sum::<f32>() / count;
            (loss, looks.iter().map(|quality| quality.mos).sum::<f32>() / count)
        };
        let (loss_red, mos_red) = mean(Some(63), Interest::Everything);
        let (loss_fec, mos_fec) = mean(None, Interest::Everything);
        assert!((loss_red - 0.15).abs() < 0.06 && (loss_fec - loss_red).abs() < 0.01);
        assert!(mos_red > 4.0 && mos_fec < mos_red - 0.1, "{mos_red} with RED, {mos_fec} without");
        // Who isn't listened to is judged by what was lost and could be made good.
        let (_, mos_unheard) = mean(Some(63), Interest::Nothing);
        assert!((mos_unheard - mos_red).abs() < 0.3, "{mos_unheard}");
    }
}
