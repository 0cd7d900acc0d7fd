//! What other crates count, under our metrics' names.

use engine::Counts;

use crate::metrics::{Metrics, names};
use crate::switchboard::Gauges;

/// Sets all gauges, and the counters that others keep.
pub(crate) fn publish(metrics: &Metrics, gauges: &Gauges) {
    metrics.gauge(names::CONFERENCES_ACTIVE, gauges.conferences_active);
    metrics.gauge(names::CALLS, gauges.calls);
    metrics.gauge(names::EVENT_STREAMS, gauges.watchers);
    metrics.gauge(names::BROWSERS, gauges.browsers);
    metrics.gauge(names::DTLS_HANDSHAKES_UNDER_WAY, gauges.handshakes);
    let counts = &gauges.engine.counts;
    metrics.gauge(names::LEGS, gauges.engine.legs);
    metrics.gauge(names::ROOMS, usize::try_from(counts.rooms).unwrap_or(usize::MAX));
    metrics.gauge(names::RTP_PORTS, gauges.engine.ports);
    let packets = [
        ("rtp_received", counts.packets_received),
        ("rtp_sent", counts.packets_sent),
        ("rtcp_received", counts.reports_received),
        ("rtcp_sent", counts.reports_sent),
    ];
    for (kind, count) in packets {
        metrics.total(names::PACKETS, Some(("kind", kind)), count);
    }
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
        ("unsent_full", counts.unsent_full),
        ("unsent_refused", counts.unsent_refused),
    ];
    for (reason, count) in dropped {
        metrics.total(names::PACKETS_DROPPED, Some(("reason", reason)), count);
    }
    publish_browsers(metrics, counts);
    metrics.total(names::TICKS, None, counts.sub_ticks);
    metrics.total(names::TICKS_LATE, Some(("by", "5ms")), counts.sub_ticks_late);
    metrics.total(names::TICKS_LATE, Some(("by", "skipped")), counts.sub_ticks_skipped);
    publish_sip(metrics, &gauges.sip);
}

fn publish_browsers(metrics: &Metrics, counts: &Counts) {
    metrics.total(names::STUN_ANSWERED, None, counts.stun_answered);
    metrics.total(names::PACKETS, Some(("kind", "dtls_received")), counts.dtls_received);
    metrics.total(names::PACKETS, Some(("kind", "dtls_sent")), counts.dtls_sent);
    metrics.total(names::PACKETS_DROPPED, Some(("reason", "unsent_dtls")), counts.unsent_dtls);
    metrics.total(names::PACKETS_DROPPED, Some(("reason", "unsealed")), counts.unsealed);
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
