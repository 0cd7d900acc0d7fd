//! From counts to results.

use std::time::Duration;

use audio::codec::CodecError;
use rtp::quality::{Robustness, rating};

use super::chirps::{self, Found};
use super::meter::{LegCounts, Meter};
use crate::distribution::Collector;
use crate::measured::{Gaps, Measured, Mos, Packets, Second, Stolen, Tester};
use crate::plan::{Codec, Plan};
use crate::sound::hearing::codec_delay;

/// Nothing is said of a server by steps that are later than this at the 99th percentile, in microseconds: a quarter of
/// a packet time. Virtual machines are late by 1 to 3 ms now and then, whatever runs on them; and latency counts
/// from when a packet was sent, not from when it should have been. Whose fault it was is told apart.
pub const LATENESS_US_P99_MAX: u64 = 5_000;

/// The share of packets that a tester may fail to send or to read itself: a tenth of what a server may lose.
pub const OWN_LOSS_MAX: f64 = 0.000_1;

/// The time that a phone takes to fill a packet.
const PACKET: Duration = Duration::from_millis(20);

/// What the media plane took down between the beginning and the end of a measurement.
pub struct Take {
    pub(crate) plan: Plan,
    pub(crate) meter: Box<Meter>,
    /// Datagrams for which the tester's receive buffers had no room.
    pub(crate) dropped: u64,
    pub(crate) realtime: bool,
}

impl Take {
    /// Works out what was measured. That decodes the sound of all ears and searches it: some milliseconds of
    /// processor time for each second of each ear. To be called where that disturbs no measurement.
    ///
    /// # Errors
    /// [`CodecError`], if libopus can't be set up.
    pub fn measure(&self) -> Result<Measured, CodecError> {
        let meter = &self.meter;
        let codec_delay = codec_delay(self.plan.request().codec)?.unwrap_or_default();
        let Found { hearing, latency } =
            chirps::search(&self.plan, &meter.ears, meter.chirps(), codec_delay)?;
        let median = Duration::from_micros(latency.quantile(0.5)) + codec_delay;
        Ok(Measured {
            seconds: self.seconds(),
            legs: meter.legs_at_end,
            packets: self.packets(),
            series: self.series(),
            gaps: self.gaps(),
            jitter_ms: meter.jitter.in_ms(),
            latency_ms: latency.in_ms(),
            codec_delay_ms: codec_delay.as_secs_f64() * 1_000.0,
            hearing,
            mos: mos(self.plan.request().codec, meter.legs(), median),
            tester: self.tester(),
            stolen: Stolen::default(),
        })
    }

    fn seconds(&self) -> f64 {
        self.meter.ended_ns.saturating_sub(self.meter.begun_ns) as f64 / 1e9
    }

    fn packets(&self) -> Packets {
        let totals = &self.meter.totals;
        let mut packets =
            Packets { sent: totals.sent, rejected: totals.rejected, ..Packets::default() };
        for LegCounts { counts, .. } in self.meter.legs() {
            packets.due += u64::from(counts.returned) + u64::from(counts.missing);
            packets.returned += u64::from(counts.returned);
            packets.duplicates += u64::from(counts.duplicates);
            packets.reordered += u64::from(counts.reordered);
            packets.silent_legs += u64::from(counts.returned == 0);
        }
        packets
    }

    fn series(&self) -> Vec<Second> {
        let seconds = (0..).zip(self.meter.seconds());
        let second = |(at, counts): (u64, &super::meter::SecondCounts)| Second {
            at,
            legs: counts.legs,
            sent: counts.sent,
            returned: counts.returned,
            missing: counts.missing,
            ..Second::default()
        };
        seconds.map(second).collect()
    }

    fn gaps(&self) -> Gaps {
        let legs = self.meter.legs();
        let longest_us = legs.iter().map(|leg| leg.counts.longest_us).max().unwrap_or(0);
        Gaps {
            count: legs.iter().map(|leg| u64::from(leg.counts.gaps)).sum(),
            legs: legs.iter().filter(|leg| leg.counts.gaps > 0).count() as u64,
            longest_ms: f64::from(longest_us) / 1_000.0,
        }
    }

    fn tester(&self) -> Tester {
        let Meter { totals, lateness, own_lateness, cpu, .. } = &*self.meter;
        let mut tester = Tester {
            lateness_us: lateness.in_us(),
            own_lateness_us: own_lateness.in_us(),
            late_steps: totals.late_steps,
            skipped_steps: totals.skipped_steps,
            unsent: totals.unsent,
            dropped: self.dropped,
            realtime: self.realtime,
            cpu_percent: cpu.as_secs_f64() / self.seconds().max(1e-3) * 100.0,
            valid: false,
            disturbed: false,
            reasons: Vec::new(),
        };
        let mut reasons = own_faults(&tester, own_lateness, totals.sent);
        if reasons.is_empty() {
            reasons = disturbances(&tester, lateness.quantile(0.99), own_lateness.quantile(0.99));
            tester.disturbed = !reasons.is_empty();
        }
        tester.valid = reasons.is_empty();
        tester.reasons = reasons;
        tester
    }
}

/// What the tester did wrong itself, in words.
fn own_faults(tester: &Tester, own_lateness: &Collector, sent: u64) -> Vec<String> {
    let mut faults = Vec::new();
    let late = own_lateness.quantile(0.99);
    if late > LATENESS_US_P99_MAX {
        let most = LATENESS_US_P99_MAX;
        faults
            .push(format!("the tester was late by its own work: {late} µs at p99, {most} allowed"));
    }
    if tester.skipped_steps > 0 && own_lateness.quantile(1.0) >= PACKET.as_micros() as u64 {
        let skipped = tester.skipped_steps;
        faults.push(format!("the tester left out {skipped} steps that were 20 ms late"));
    }
    let share = |count: u64| count as f64 / sent.max(1) as f64;
    if share(tester.unsent) > OWN_LOSS_MAX {
        let unsent = tester.unsent;
        faults.push(format!("the tester's kernel did not send {unsent} packets"));
    }
    if share(tester.dropped) > OWN_LOSS_MAX {
        let dropped = tester.dropped;
        faults.push(format!("{dropped} packets came, but the tester's receive buffers were full"));
    }
    faults
}

/// What the tester could not do because others had its core, in words.
fn disturbances(tester: &Tester, lateness_p99_us: u64, own_p99_us: u64) -> Vec<String> {
    let mut disturbances = Vec::new();
    if lateness_p99_us > LATENESS_US_P99_MAX {
        disturbances.push(format!(
            "the tester's core was taken from it: {lateness_p99_us} µs late at p99, by its own work {own_p99_us} µs"
        ));
    }
    if tester.skipped_steps > 0 {
        disturbances.push(format!(
            "the tester's core was taken from it: {} steps were left out",
            tester.skipped_steps
        ));
    }
    disturbances
}

/// Rates each leg by itself: see [`Mos`].
fn mos(codec: Codec, legs: &[LegCounts], latency: Duration) -> Mos {
    let robustness = match codec {
        Codec::Pcmu | Codec::Pcma => Robustness::G711,
        Codec::G722 => Robustness::G722,
        Codec::Opus => Robustness::OPUS,
    };
    let score = |leg: &LegCounts| {
        let due = leg.counts.returned.saturating_add(leg.counts.missing).max(1);
        let buffer = Duration::from_micros(leg.jitter_us.saturating_mul(2));
        let delay = latency.saturating_add(PACKET).saturating_add(buffer);
        let loss = leg.counts.missing as f32 / due as f32;
        f64::from(rating(robustness, delay, loss).mos())
    };
    let mut scores: Vec<f64> = legs.iter().map(score).collect();
    scores.sort_by(f64::total_cmp);
    let Some(worst) = scores.first().copied() else { return Mos::default() };
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    Mos { mean, p1: scores.get(scores.len() / 100).copied().unwrap_or(worst), worst }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::stream::Counts;
    use crate::plan::Request;

    fn leg(returned: u32, missing: u32) -> LegCounts {
        LegCounts { counts: Counts { returned, missing, ..Counts::default() }, jitter_us: 500 }
    }

    fn take() -> Take {
        let plan = Plan::new(Request::default()).unwrap();
        let mut meter = Box::new(Meter::new(&plan, &[]));
        (meter.begun_ns, meter.ended_ns) = (1_000_000_000, 11_000_000_000);
        meter.totals.sent = 10_000;
        for _ in 0..1_000 {
            meter.lateness.record(90);
            meter.own_lateness.record(0);
        }
        Take { plan, meter, dropped: 0, realtime: true }
    }

    #[test]
    fn counts_of_legs_add_up() {
        let mut take = take();
        take.meter.leg(leg(499, 1));
        take.meter.leg(leg(0, 499));
        take.meter.leg(leg(500, 0));
        let measured = take.measure().unwrap();
        assert_eq!((measured.packets.due, measured.packets.returned), (1_499, 999));
        assert_eq!(measured.packets.silent_legs, 1);
        assert!((measured.returned() - 999.0 / 1_499.0).abs() < 1e-9);
        assert_eq!((measured.series.len(), measured.seconds), (10, 10.0));
        assert!(measured.is_valid(), "{:?}", measured.tester);
    }

    #[test]
    fn a_tester_that_was_late_or_deaf_says_so() {
        let mut late = take();
        for _ in 0..100 {
            late.meter.lateness.record(LATENESS_US_P99_MAX * 2);
            late.meter.own_lateness.record(LATENESS_US_P99_MAX * 2);
        }
        let mut skipped = take();
        skipped.meter.totals.skipped_steps = 1;
        skipped.meter.own_lateness.record(20_500);
        let mut unsent = take();
        unsent.meter.totals.unsent = 3;
        let deaf = Take { dropped: 3, ..take() };
        for (take, word) in
            [(late, "late"), (skipped, "left out"), (unsent, "not send"), (deaf, "buffers")]
        {
            let measured = take.measure().unwrap();
            assert!(!measured.is_valid() && !measured.is_disturbed());
            assert_eq!(measured.tester.reasons.len(), 1);
            assert!(measured.tester.reasons[0].contains(word), "{:?}", measured.tester.reasons);
        }
    }

    #[test]
    fn a_tester_whose_core_was_taken_is_not_to_blame() {
        let mut late = take();
        for _ in 0..100 {
            late.meter.lateness.record(LATENESS_US_P99_MAX * 2);
        }
        late.meter.totals.skipped_steps = 3;
        let Tester { valid, disturbed, reasons, .. } = late.measure().unwrap().tester;
        assert!(!valid && disturbed);
        assert!(reasons.len() == 2 && reasons.iter().all(|it| it.contains("taken")), "{reasons:?}");
    }

    #[test]
    fn the_opinion_falls_with_loss_and_the_worst_leg_is_told() {
        let mut legs = vec![leg(1_000, 0); 199];
        let fine = mos(Codec::Pcmu, &legs, Duration::from_millis(25));
        assert!(fine.worst > 4.3 && fine.mean > 4.3);
        legs.push(leg(900, 100));
        let one_bad = mos(Codec::Pcmu, &legs, Duration::from_millis(25));
        assert!(one_bad.worst < 3.5 && one_bad.p1 > 4.3 && one_bad.mean > 4.3);
        assert_eq!(mos(Codec::Opus, &[], Duration::ZERO), Mos::default());
    }
}
