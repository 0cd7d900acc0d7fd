//! What other crates count, under our metrics' names.

use engine::{Counts, TickTimes, WorkerStats};

use crate::metrics::{Metrics, names};
use crate::switchboard::Gauges;

/// The bounds of [`engine::TICK_TIME_BOUNDS`] in seconds, as Prometheus has them.
const TICK_TIME_BOUNDS: [&str; engine::TICK_TIME_BOUNDS.len() + 1] = [
    "0.00005", "0.0001", "0.0002", "0.0004", "0.0007", "0.001", "0.0015", "0.002", "0.0025",
    "0.003", "0.004", "0.005", "0.0075", "0.01", "0.02", "+Inf",
];

/// Sets all gauges, and the counters that others keep.
pub(crate) fn publish(metrics: &Metrics, gauges: &Gauges) {
    metrics.gauge(names::CONFERENCES_ACTIVE, gauges.conferences_active);
    metrics.gauge(names::CALLS, gauges.calls);
    metrics.gauge(names::EVENT_STREAMS, gauges.watchers);
    metrics.gauge(names::RECORDINGS, gauges.recordings);
    metrics.gauge(names::BROWSERS, gauges.browsers);
    metrics.gauge(names::DTLS_HANDSHAKES_UNDER_WAY, gauges.handshakes);
    let counts = &gauges.engine.counts;
    metrics.gauge(names::LEGS, gauges.engine.legs);
    metrics.gauge(names::ROOMS, usize::try_from(counts.rooms).unwrap_or(usize::MAX));
    metrics.gauge(names::RTP_PORTS, gauges.engine.ports);
    metrics.total(names::STUN_ANSWERED, None, counts.stun_answered);
    for (number, worker) in gauges.workers.iter().enumerate() {
        let worker = Worker { metrics, number, stats: worker };
        worker.publish_load();
        worker.publish_packets();
        worker.publish_drops();
        worker.publish_ticks();
    }
    publish_sip(metrics, &gauges.sip);
}

/// One worker's figures, on their way to its metrics.
struct Worker<'a> {
    metrics: &'a Metrics,
    number: usize,
    stats: &'a WorkerStats,
}

impl Worker<'_> {
    fn publish_load(&self) {
        let Counts { legs, rooms, cpu_us, .. } = self.stats.counts;
        self.gauge(names::WORKER_LOAD, None, f64::from(self.stats.load));
        let is_overloaded = u8::from(self.stats.is_overloaded);
        self.gauge(names::WORKER_OVERLOADED, None, f64::from(is_overloaded));
        // Counts of legs and microseconds are far below 2^52, up to which f64 is exact.
        self.gauge(names::WORKER_LEGS, None, legs as f64);
        self.gauge(names::WORKER_ROOMS, None, rooms as f64);
        self.gauge(names::WORKER_CPU, None, cpu_us as f64 / 1e6);
    }

    fn publish_packets(&self) {
        let counts = &self.stats.counts;
        let packets = [
            ("rtp_received", counts.packets_received),
            ("rtp_sent", counts.packets_sent),
            ("rtcp_received", counts.reports_received),
            ("rtcp_sent", counts.reports_sent),
            ("dtls_received", counts.dtls_received),
            ("dtls_sent", counts.dtls_sent),
        ];
        for (kind, count) in packets {
            self.total(names::PACKETS, Some(("kind", kind)), count);
        }
        let cascade = [
            ("voices_sent", counts.cascade_sent),
            ("voices_received", counts.cascade_received),
            ("turns_dropped", counts.cascade_dropped),
            ("turns_missed", counts.cascade_missed),
            ("whispers_dropped", counts.whispers_dropped),
        ];
        for (kind, count) in cascade {
            self.total(names::CASCADE, Some(("kind", kind)), count);
        }
    }

    fn publish_drops(&self) {
        let counts = &self.stats.counts;
        let dropped = [
            ("stranger", counts.dropped_stranger),
            ("candidate", counts.dropped_candidate),
            ("malformed", counts.dropped_malformed),
            ("truncated", counts.dropped_truncated),
            ("payload_type", counts.dropped_payload_type),
            ("on_hold", counts.dropped_on_hold),
            ("jitter", counts.dropped_by_jitter),
            ("undecodable", counts.decode_errors),
            ("stun", counts.dropped_stun),
            ("dtls", counts.dropped_dtls),
            ("srtp_early", counts.dropped_srtp_early),
            ("srtp_malformed", counts.dropped_srtp_malformed),
            ("srtp_replayed", counts.dropped_srtp_replayed),
            ("srtp_forged", counts.dropped_srtp_forged),
            ("srtp_streams", counts.dropped_srtp_streams),
            ("unsent_dtls", counts.unsent_dtls),
            ("unsealed", counts.unsealed),
            ("unsent_full", counts.unsent_full),
            ("unsent_refused", counts.unsent_refused),
        ];
        for (reason, count) in dropped {
            self.total(names::PACKETS_DROPPED, Some(("reason", reason)), count);
        }
    }

    fn publish_ticks(&self) {
        let counts = &self.stats.counts;
        self.total(names::TICKS, None, counts.sub_ticks);
        self.total(names::TICKS_LATE, Some(("by", "5ms")), counts.sub_ticks_late);
        self.total(names::TICKS_LATE, Some(("by", "skipped")), counts.sub_ticks_skipped);
        self.total(names::TICKS_LATE_OWN, None, counts.sub_ticks_late_own);
        let TickTimes { buckets, p50, p99, max, .. } = self.stats.tick_times;
        for (quantile, time) in [("0.5", p50), ("0.99", p99), ("1", max)] {
            self.gauge(names::TICK_QUANTILES, Some(("quantile", quantile)), time.as_secs_f64());
        }
        let mut upto = 0;
        for (bound, count) in TICK_TIME_BOUNDS.into_iter().zip(buckets) {
            upto += count;
            self.total(names::TICK_BUCKET, Some(("le", bound)), upto);
        }
        self.total(names::TICK_COUNT, None, upto);
    }

    fn total(&self, name: &'static str, label: Option<(&'static str, &'static str)>, value: u64) {
        self.metrics.worker_total(name, self.number, label, value);
    }

    fn gauge(&self, name: &'static str, label: Option<(&'static str, &'static str)>, value: f64) {
        self.metrics.worker_gauge(name, self.number, label, value);
    }
}

fn publish_sip(metrics: &Metrics, sip: &sip::Stats) {
    let counts = [
        ("received", sip.received),
        ("sent", sip.sent),
        ("retransmitted", sip.retransmitted),
        ("dropped_malformed", sip.dropped_malformed),
        ("refused_malformed", sip.refused_malformed),
        ("strangers_refused", sip.strangers_refused),
        ("strangers_dropped", sip.strangers_dropped),
        ("challenged", sip.challenged),
        ("stray_responses", sip.stray_responses),
        ("over_limit", sip.over_limit),
        ("send_failures", sip.send_failures),
        ("connections_refused", sip.connections_refused),
    ];
    for (kind, count) in counts {
        metrics.total(names::SIP, Some(("kind", kind)), count);
    }
    metrics.gauge(names::SIP_CALLS, sip.calls);
    metrics.gauge(names::SIP_TRANSACTIONS, sip.transactions);
    metrics.gauge(names::SIP_CONNECTIONS, sip.connections);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_of_turns_are_those_of_the_engine() {
        let (infinite, finite) = TICK_TIME_BOUNDS.split_last().unwrap();
        let told: Vec<f64> = finite.iter().map(|bound| bound.parse().unwrap()).collect();
        assert_eq!(told, engine::TICK_TIME_BOUNDS.map(|bound| bound.as_secs_f64()));
        assert_eq!(*infinite, "+Inf");
    }
}
