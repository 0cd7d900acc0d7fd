//! How well a participant's connection carries speech, in steps that people can see.
//!
//! The media engine measures each leg every few seconds, and no two measurements are alike. What
//! is shown is rounded, and follows the measurements only when somebody would see the difference,
//! so that a conference of hundreds doesn't keep its pages busy with digits that flicker.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// What is shown stays at least so long, even when the rating changes.
pub const RATING_PERIOD_MIN: Duration = Duration::from_secs(2);

/// What is shown stays at least so long while the rating is the same.
pub const FIGURES_PERIOD_MIN: Duration = Duration::from_secs(5);

/// From this mean opinion score on, in tenths, a connection is [good](Rating::Good). Users are
/// "satisfied" from 4.03 on (ITU-T G.107 annex B, R = 80).
const GOOD_TENTHS_MIN: u8 = 40;

/// From this one on it is [fair](Rating::Fair). Below 3.10 "nearly all users [are] dissatisfied"
/// (as above, R = 60).
const FAIR_TENTHS_MIN: u8 = 31;

/// The worst score there is, in tenths.
const MOS_TENTHS_MIN: u8 = 10;

/// How far, in tenths, a score must be beyond a border before the rating crosses it again.
const MARGIN_TENTHS: u8 = 1;

/// Changes smaller than these aren't shown.
const MOS_STEP_TENTHS: u8 = 2;
const LOSS_STEP_PERMILLE: u16 = 10;
const JITTER_STEP_MS: u16 = 10;
const ROUND_TRIP_STEP_MS: u16 = 25;

/// What was measured of a leg over the last few seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The mean opinion score that the E-model (ITU-T G.107) expects, from 1.0 to 4.5.
    pub mos: f32,
    /// Which part of the participant's packets was lost, from 0.0 to 1.0.
    pub loss: f32,
    /// Which part of ours was lost, as the participant reports it.
    pub loss_out: Option<f32>,
    /// How unevenly its packets come (RFC 3550 section 6.4.1).
    pub jitter: Duration,
    /// How long a packet takes to the participant and back.
    pub round_trip: Option<Duration>,
}

/// How a connection feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// Nothing to complain of.
    Good,
    /// A word may be missed.
    Fair,
    /// Hard to understand.
    Poor,
}

/// A connection's quality as it is shown, rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    rating: Rating,
    mos_tenths: u8,
    loss_permille: u16,
    loss_out_permille: Option<u16>,
    jitter_ms: u16,
    round_trip_ms: Option<u16>,
}

/// Keeps what is shown of one connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gauge {
    shown: Option<(Quality, Timestamp)>,
}

impl Gauge {
    /// Takes a measurement, and gives what is to be shown from now on if that is something new.
    pub fn take(&mut self, now: Timestamp, measured: Measured) -> Option<Quality> {
        let Some((shown, since)) = self.shown else {
            return Some(self.show(now, Quality::new(measured, None)));
        };
        let quality = Quality::new(measured, Some(shown.rating));
        let period_min = if quality.rating != shown.rating {
            RATING_PERIOD_MIN
        } else if quality.differs_from(shown) {
            FIGURES_PERIOD_MIN
        } else {
            return None;
        };
        let shown_for = now.duration_since(since);
        // A clock that was set back doesn't freeze what is shown.
        let is_due = shown_for.is_negative()
            || shown_for >= SignedDuration::try_from(period_min).unwrap_or_default();
        is_due.then(|| self.show(now, quality))
    }

    /// What is shown, once something was measured.
    #[must_use]
    pub fn shown(&self) -> Option<Quality> {
        self.shown.map(|(quality, _)| quality)
    }

    fn show(&mut self, now: Timestamp, quality: Quality) -> Quality {
        self.shown = Some((quality, now));
        quality
    }
}

impl Quality {
    /// Rounds a measurement. `before` is the rating that is shown, so that a score that is close
    /// to a border doesn't make it flicker.
    #[must_use]
    pub fn new(measured: Measured, before: Option<Rating>) -> Self {
        // What is no number is rounded to 0.
        let mos_tenths = (measured.mos.clamp(1.0, 4.5) * 10.0).round() as u8;
        let mos_tenths = mos_tenths.max(MOS_TENTHS_MIN);
        Self {
            rating: Rating::of(mos_tenths, before),
            mos_tenths,
            loss_permille: permille(measured.loss),
            loss_out_permille: measured.loss_out.map(permille),
            jitter_ms: whole_ms(measured.jitter),
            round_trip_ms: measured.round_trip.map(whole_ms),
        }
    }

    /// How it feels.
    #[must_use]
    pub const fn rating(&self) -> Rating {
        self.rating
    }

    /// Whether somebody would see the difference.
    fn differs_from(self, other: Self) -> bool {
        let known =
            |quality: Self| (quality.loss_out_permille.is_some(), quality.round_trip_ms.is_some());
        let loss_out = |quality: Self| quality.loss_out_permille.unwrap_or_default();
        let round_trip = |quality: Self| quality.round_trip_ms.unwrap_or_default();
        known(self) != known(other)
            || self.mos_tenths.abs_diff(other.mos_tenths) >= MOS_STEP_TENTHS
            || self.loss_permille.abs_diff(other.loss_permille) >= LOSS_STEP_PERMILLE
            || loss_out(self).abs_diff(loss_out(other)) >= LOSS_STEP_PERMILLE
            || self.jitter_ms.abs_diff(other.jitter_ms) >= JITTER_STEP_MS
            || round_trip(self).abs_diff(round_trip(other)) >= ROUND_TRIP_STEP_MS
    }
}

impl Rating {
    fn of(mos_tenths: u8, before: Option<Self>) -> Self {
        // The border towards the rating that is shown is moved away from it.
        let good_min = match before {
            Some(Self::Good) => GOOD_TENTHS_MIN - MARGIN_TENTHS,
            Some(_) => GOOD_TENTHS_MIN + MARGIN_TENTHS,
            None => GOOD_TENTHS_MIN,
        };
        let fair_min = match before {
            Some(Self::Poor) => FAIR_TENTHS_MIN + MARGIN_TENTHS,
            Some(_) => FAIR_TENTHS_MIN - MARGIN_TENTHS,
            None => FAIR_TENTHS_MIN,
        };
        match mos_tenths {
            tenths if tenths >= good_min => Self::Good,
            tenths if tenths >= fair_min => Self::Fair,
            _ => Self::Poor,
        }
    }
}

/// `{"rating": "good", "mos": 4.3, "loss": 0.012, …}`: times in milliseconds, losses from 0 to 1.
impl Serialize for Quality {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let share = |permille: u16| f64::from(permille) / 1000.0;
        let mut fields = serializer.serialize_struct("Quality", 6)?;
        fields.serialize_field("rating", &self.rating)?;
        fields.serialize_field("mos", &(f64::from(self.mos_tenths) / 10.0))?;
        fields.serialize_field("loss", &share(self.loss_permille))?;
        fields.serialize_field("loss_out", &self.loss_out_permille.map(share))?;
        fields.serialize_field("jitter_ms", &self.jitter_ms)?;
        fields.serialize_field("rtt_ms", &self.round_trip_ms)?;
        fields.end()
    }
}

/// A share in thousandths; what is no number counts as none.
fn permille(share: f32) -> u16 {
    (share.clamp(0.0, 1.0) * 1000.0).round() as u16
}

fn whole_ms(time: Duration) -> u16 {
    u16::try_from(time.as_millis()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{json, to_value};

    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millisecond).unwrap()
    }

    fn of(mos: f32) -> Measured {
        Measured {
            mos,
            loss: 0.0,
            loss_out: None,
            jitter: Duration::from_millis(4),
            round_trip: Some(Duration::from_millis(40)),
        }
    }

    #[test]
    fn figures_are_rounded_for_people() {
        let measured = Measured {
            mos: 4.26,
            loss: 0.0123,
            loss_out: Some(1.7),
            jitter: Duration::from_micros(7_900),
            round_trip: None,
        };
        assert_eq!(
            to_value(Quality::new(measured, None)).unwrap(),
            json!({
                "rating": "good", "mos": 4.3, "loss": 0.012, "loss_out": 1.0,
                "jitter_ms": 7, "rtt_ms": null,
            })
        );
    }

    #[test]
    fn a_score_has_a_rating() {
        let rating = |mos| Quality::new(of(mos), None).rating();
        assert_eq!([rating(4.5), rating(4.0)], [Rating::Good; 2]);
        assert_eq!([rating(3.9), rating(3.1)], [Rating::Fair; 2]);
        assert_eq!([rating(3.0), rating(1.0), rating(f32::NAN)], [Rating::Poor; 3]);
    }

    #[test]
    fn a_score_near_a_border_keeps_its_rating() {
        for (rating, scores) in
            [(Rating::Good, [3.9, 4.5]), (Rating::Fair, [3.0, 4.0]), (Rating::Poor, [1.0, 3.1])]
        {
            for mos in scores {
                assert_eq!(Quality::new(of(mos), Some(rating)).rating(), rating, "{mos}");
            }
        }
        assert_eq!(Quality::new(of(4.1), Some(Rating::Fair)).rating(), Rating::Good);
        assert_eq!(Quality::new(of(2.9), Some(Rating::Fair)).rating(), Rating::Poor);
    }

    #[test]
    fn the_first_is_shown_at_once_and_likeness_is_not_shown_again() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.shown(), None);
        assert!(gauge.take(at(0), of(4.3)).is_some());
        for second in 1..100 {
            let mos = if second % 2 == 0 { 4.3 } else { 4.2 };
            assert_eq!(gauge.take(at(second * 2_500), of(mos)), None);
        }
    }

    #[test]
    fn a_difference_is_shown_when_the_last_was_shown_for_a_while() {
        let mut gauge = Gauge::default();
        gauge.take(at(0), of(4.4));
        assert_eq!(gauge.take(at(4_999), of(4.1)), None, "still good");
        assert!(gauge.take(at(5_000), of(4.1)).is_some());
        assert_eq!(gauge.take(at(6_999), of(3.5)), None);
        assert_eq!(gauge.take(at(7_000), of(3.5)).map(|q| q.rating()), Some(Rating::Fair));
        let lossy = Measured { loss_out: Some(0.0), ..of(3.5) };
        assert!(gauge.take(at(20_000), lossy).is_some(), "a figure that wasn't known");
    }

    #[test]
    fn a_clock_set_back_does_not_freeze_it() {
        let mut gauge = Gauge::default();
        gauge.take(at(1_000_000), of(4.4));
        assert!(gauge.take(at(0), of(2.0)).is_some());
    }

    proptest! {
        #[test]
        fn whatever_is_measured_can_be_shown(
            mos: f32, loss: f32, loss_out: Option<f32>, jitter: Duration,
            round_trip: Option<Duration>,
        ) {
            let quality = Quality::new(Measured { mos, loss, loss_out, jitter, round_trip }, None);
            let json = to_value(quality).unwrap();
            prop_assert!((1.0..=4.5).contains(&json["mos"].as_f64().unwrap_or(1.0)));
            prop_assert!((0.0..=1.0).contains(&json["loss"].as_f64().unwrap()));
        }
    }
}
