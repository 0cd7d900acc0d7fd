//! How a conversation sounds, estimated from the network alone: the E-model (ITU-T G.107, 06/2015).
//!
//! From delay, loss and codec comes a transmission rating, and from that the mean opinion score that people
//! would give. All that belongs to telephones and rooms is at the defaults of G.107 table 3; what the network
//! and the codec do is computed in full: echo and pure delay (section 7.4), coding and loss (section 7.5).
//!
//! The scale is that of narrowband telephony, on which G.711 without loss is as good as it gets: wideband adds
//! no points, so that participants of all kinds are measured alike.
//!
//! ```
//! use rtp::quality::{Robustness, rating};
//! use std::time::Duration;
//!
//! let clean = rating(Robustness::OPUS, Duration::from_millis(60), 0.0);
//! let lossy = rating(Robustness::OPUS, Duration::from_millis(60), 0.05);
//! assert!(clean.mos() > 4.3 && lossy.mos() < 3.7);
//! ```

use std::time::Duration;

/// Signal to noise, Ro, with everything at its default (G.107 section 7.2).
const SIGNAL_TO_NOISE: f32 = 94.769;
/// What impairs the voice as it is spoken, Is, with everything at its default (G.107 section 7.3).
const SIMULTANEOUS: f32 = 1.414;
/// How much fainter the talker's own echo comes back, TELR, in decibels (G.107 table 3).
const TALKER_ECHO_LOUDNESS: f32 = 65.0;
/// Weighted echo path loss at the listener, WEPL, in decibels (G.107 table 3).
const LISTENER_ECHO_LOSS: f32 = 110.0;
/// Delay up to which a conversation isn't hampered, in milliseconds (G.107 section 7.4).
const FREE_DELAY_MS: f32 = 100.0;

/// How a codec sounds, and how it stands loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Robustness {
    /// Equipment impairment factor Ie: 0 for none.
    pub impairment: f32,
    /// Packet-loss robustness factor Bpl: at this loss in percent, half of the quality is gone.
    pub loss_robustness: f32,
}

impl Robustness {
    /// G.711 whose losses are concealed (G.113, 11/2007, appendix I: Ie 0, Bpl 25.1).
    pub const G711: Self = Self { impairment: 0.0, loss_robustness: 25.1 };

    /// G.722: on the scale of narrowband telephony without impairment (its Ie of 13 on the wideband scale, G.113
    /// appendix IV, is above what narrowband reaches), and concealed here in the way of G.711.
    pub const G722: Self = Self { impairment: 0.0, loss_robustness: 25.1 };

    /// Opus from 11 kbit/s on, without redundancy. The ITU has no figures; these are measured: M. Alahmadi,
    /// P. Počta, H. Melvin, "An Adaptive Bitrate Switching Algorithm for Speech Applications in Context of
    /// WebRTC", ACM TOMM 17(4), 2021, doi:10.1145/3458751 (11 kbit/s, narrowband: Ie 2.0, Bpl 15.95 at random
    /// loss; the Ie is within what the measurement can tell from none, and falls with the bit rate).
    pub const OPUS: Self = Self { impairment: 0.0, loss_robustness: 15.95 };
}

/// Transmission rating factor R: 93.2 is the best, below 50 nobody would stay on the line.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rating(f32);

impl Rating {
    /// The factor itself, from 0 to 100.
    #[must_use]
    pub fn factor(self) -> f32 {
        self.0
    }

    /// The estimated mean opinion score, from 1 (bad) to 4.5 (excellent): G.107 annex B.
    #[must_use]
    pub fn mos(self) -> f32 {
        let r = self.0;
        let mos = 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6;
        // Below a factor of 6.5 the polynomial dips under its own minimum.
        mos.clamp(1.0, 4.5)
    }
}

/// Rates one direction of a conversation: `delay` from mouth to ear, and `loss` from 0 to 1 of what isn't heard,
/// lost independently of each other. What isn't a number counts as the worst.
#[must_use]
pub fn rating(robustness: Robustness, delay: Duration, loss: f32) -> Rating {
    let best = SIGNAL_TO_NOISE - SIMULTANEOUS;
    let factor = best - delay_impairment(delay) - equipment_impairment(robustness, loss);
    // NaN fails the comparison.
    Rating(if factor > 0.0 { factor.min(100.0) } else { 0.0 })
}

/// What is left of a random `loss` where each packet also carries so many before it (RFC 2198): a frame is gone only if
/// as many packets and one more are in a row.
#[must_use]
pub fn loss_behind_redundancy(loss: f32, generations: u8) -> f32 {
    loss.powi(i32::from(generations).saturating_add(1))
}

/// Effective equipment impairment Ie-eff (G.107 section 7.5), for random loss.
fn equipment_impairment(robustness: Robustness, loss: f32) -> f32 {
    let Robustness { impairment, loss_robustness } = robustness;
    let percent = loss.clamp(0.0, 1.0) * 100.0;
    impairment + (95.0 - impairment) * percent / (percent + loss_robustness)
}

/// Delay impairment Id (G.107 section 7.4): the talker's echo, the listener's echo, and the delay itself. The
/// way there is taken to be as long as the way back.
fn delay_impairment(delay: Duration) -> f32 {
    let one_way_ms = delay.as_secs_f32() * 1_000.0;
    talker_echo(one_way_ms) + listener_echo(2.0 * one_way_ms) + absolute_delay(one_way_ms)
}

/// Idte.
fn talker_echo(one_way_ms: f32) -> f32 {
    let t = one_way_ms;
    let masked = 40.0 * ((1.0 + t / 10.0) / (1.0 + t / 150.0)).log10();
    let loudness = TALKER_ECHO_LOUDNESS - masked + 6.0 * (-0.3 * t * t).exp();
    let half = (SIGNAL_TO_NOISE - (80.0 + 2.5 * (loudness - 14.0))) / 2.0;
    (half + (half * half + 100.0).sqrt() - 1.0) * (1.0 - (-t).exp())
}

/// Idle.
fn listener_echo(round_trip_ms: f32) -> f32 {
    let rating = 10.5 * (LISTENER_ECHO_LOSS + 7.0) * (round_trip_ms + 1.0).powf(-0.25);
    let half = (SIGNAL_TO_NOISE - rating) / 2.0;
    half + (half * half + 169.0).sqrt()
}

/// Idd.
fn absolute_delay(one_way_ms: f32) -> f32 {
    if one_way_ms <= FREE_DELAY_MS {
        return 0.0;
    }
    let x = (one_way_ms / FREE_DELAY_MS).log2();
    let root = |x: f32| (1.0 + x.powi(6)).powf(1.0 / 6.0);
    25.0 * (root(x) - 3.0 * root(x / 3.0) + 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(value: f32, expected: f32, tolerance: f32) {
        assert!((value - expected).abs() <= tolerance, "{value}, not {expected}");
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// G.107 section 7.7: with all parameters at their defaults, R is 93.2.
    #[test]
    fn the_best_line_has_the_published_rating() {
        near(rating(Robustness::G711, Duration::ZERO, 0.0).factor(), 93.2, 0.05);
        near(rating(Robustness::G711, Duration::ZERO, 0.0).mos(), 4.41, 0.01);
    }

    /// G.107 annex B, table B.1.
    #[test]
    fn ratings_are_the_published_scores() {
        for (factor, mos) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)]
        {
            near(Rating(factor).mos(), mos, 0.01);
        }
        assert_eq!((Rating(0.0).mos(), Rating(3.0).mos()), (1.0, 1.0));
        near(Rating(100.0).mos(), 4.5, 1e-5);
    }

    /// Impairments at random loss as G.113 appendix I lists them for codecs that were tested by people.
    #[test]
    fn loss_impairs_as_in_the_published_tables() {
        let g729a = Robustness { impairment: 11.0, loss_robustness: 19.0 };
        let listed = [(0.0, 11.0), (1.0, 15.0), (2.0, 19.0), (3.0, 23.0), (4.0, 26.0), (8.0, 36.0)];
        for (percent, impairment) in listed.into_iter().chain([(16.0, 49.0)]) {
            near(equipment_impairment(g729a, percent / 100.0), impairment, 0.6);
        }
        let g7231 = Robustness { impairment: 15.0, loss_robustness: 16.1 };
        for (percent, impairment) in [(1.0, 19.0), (2.0, 24.0), (4.0, 32.0), (8.0, 41.0)] {
            near(equipment_impairment(g7231, percent / 100.0), impairment, 1.2);
        }
        for (percent, impairment) in [(2.0, 7.0), (5.0, 15.0), (10.0, 25.0), (20.0, 45.0)] {
            near(equipment_impairment(Robustness::G711, percent / 100.0), impairment, 3.0);
        }
    }

    /// The line that R. Cole and J. Rosenbluth ("Voice over IP performance monitoring", CCR 31(2), 2001) drew
    /// through the E-model's curve of delay.
    #[test]
    fn delay_impairs_as_published() {
        for one_way in [0_u16, 50, 100, 150, 200, 250, 300, 400] {
            let d = f32::from(one_way);
            let line = 0.024 * d + 0.11 * (d - 177.3).max(0.0);
            near(delay_impairment(ms(u64::from(one_way))), line, 3.0);
        }
    }

    #[test]
    fn redundancy_leaves_the_losses_of_several_in_a_row() {
        near(loss_behind_redundancy(0.1, 0), 0.1, 1e-6);
        near(loss_behind_redundancy(0.1, 1), 0.01, 1e-6);
        near(loss_behind_redundancy(0.1, 2), 0.001, 1e-6);
        let lossy = rating(Robustness::OPUS, ms(80), 0.1).mos();
        let redundant = rating(Robustness::OPUS, ms(80), loss_behind_redundancy(0.1, 1)).mos();
        assert!(lossy < 3.0 && redundant > 4.1, "{lossy}, {redundant}");
    }

    #[test]
    fn what_is_no_number_is_the_worst() {
        assert_eq!(rating(Robustness::OPUS, Duration::ZERO, f32::NAN).mos(), 1.0);
        assert_eq!(rating(Robustness::OPUS, Duration::MAX, 0.0).mos(), 1.0);
    }

    proptest! {
        #[test]
        fn scores_stay_on_their_scale_and_never_rise_with_loss_or_delay(
            milliseconds in 0_u64..5_000, more_ms in 0_u64..500,
            loss in 0_f32..1.0, more in 0_f32..0.5,
        ) {
            let score = |delay, loss| rating(Robustness::OPUS, delay, loss).mos();
            let base = score(ms(milliseconds), loss);
            prop_assert!((1.0..=4.5).contains(&base));
            prop_assert!(score(ms(milliseconds), loss + more) <= base + 1e-3);
            prop_assert!(score(ms(milliseconds + more_ms), loss) <= base + 1e-3);
        }

        #[test]
        fn any_number_is_safe(delay: Duration, loss: f32, impairment: f32, loss_robustness: f32) {
            let score = rating(Robustness { impairment, loss_robustness }, delay, loss).mos();
            prop_assert!((1.0..=4.5).contains(&score));
        }
    }
}
