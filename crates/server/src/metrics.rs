//! What is counted, in Prometheus' text form.
//!
//! Each server has a recorder of its own, so that two in one process don't count together.

use std::sync::Arc;

use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// Counters and gauges. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let metrics = Metrics { recorder: Arc::new(recorder), handle };
        metrics.with(describe);
        metrics
    }
}

impl Metrics {
    /// Counts one more.
    pub fn count(&self, name: &'static str, label: Option<(&'static str, &'static str)>) {
        self.with(|| match label {
            Some((key, value)) => counter!(name, key => value).increment(1),
            None => counter!(name).increment(1),
        });
    }

    /// Sets a counter that something else keeps.
    pub fn total(
        &self,
        name: &'static str,
        label: Option<(&'static str, &'static str)>,
        value: u64,
    ) {
        self.with(|| match label {
            Some((key, name_of_kind)) => counter!(name, key => name_of_kind).absolute(value),
            None => counter!(name).absolute(value),
        });
    }

    /// Sets how many there are just now.
    pub fn gauge(&self, name: &'static str, value: usize) {
        // A count of calls or rooms is far below 2^52, up to which f64 is exact.
        self.with(|| gauge!(name).set(value as f64));
    }

    /// Everything, for `/metrics`.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }

    fn with(&self, act: impl FnOnce()) {
        metrics::with_local_recorder(&*self.recorder, act);
    }
}

/// Names of what is counted.
pub mod names {
    /// HTTP responses, by class of status.
    pub const HTTP_RESPONSES: &str = "confab_http_responses_total";
    /// Event streams open.
    pub const EVENT_STREAMS: &str = "confab_event_streams";
    /// Event streams that fell behind and were given a new snapshot.
    pub const EVENT_STREAMS_LAGGED: &str = "confab_event_streams_lagged_total";
    /// Conferences with somebody in them.
    pub const CONFERENCES_ACTIVE: &str = "confab_conferences_active";
    /// Calls, both ways, at whatever stage.
    pub const CALLS: &str = "confab_calls";
    /// Calls that ended, by ending.
    pub const CALLS_ENDED: &str = "confab_calls_ended_total";
    /// Calls not admitted, by reason.
    pub const CALLS_REFUSED: &str = "confab_calls_refused_total";
    /// Call records that could not be written.
    pub const RECORDS_LOST: &str = "confab_call_records_lost_total";
    /// Legs in the media engine.
    pub const LEGS: &str = "confab_legs";
    /// Rooms in the media engine.
    pub const ROOMS: &str = "confab_rooms";
    /// Pairs of RTP and RTCP ports open.
    pub const RTP_PORTS: &str = "confab_rtp_ports";
    /// Media packets, by direction.
    pub const PACKETS: &str = "confab_media_packets_total";
    /// Media packets dropped, by reason.
    pub const PACKETS_DROPPED: &str = "confab_media_packets_dropped_total";
    /// Browsers in conferences, those on their way in included.
    pub const BROWSERS: &str = "confab_browsers";
    /// DTLS handshakes that are on their way.
    pub const DTLS_HANDSHAKES_UNDER_WAY: &str = "confab_dtls_handshakes_under_way";
    /// DTLS handshakes, by what they came to.
    pub const DTLS_HANDSHAKES: &str = "confab_dtls_handshakes_total";
    /// Checks of ICE that were answered.
    pub const STUN_ANSWERED: &str = "confab_stun_answered_total";
    /// Connections of browsers that have TCP alone.
    pub const ICE_TCP_CONNECTIONS: &str = "confab_ice_tcp_connections";
    /// Connections for browsers that were not taken or were cut, by reason.
    pub const ICE_TCP_REFUSED: &str = "confab_ice_tcp_refused_total";
    /// Frames on connections of browsers, by direction.
    pub const ICE_TCP_FRAMES: &str = "confab_ice_tcp_frames_total";
    /// Ticks of the media workers.
    pub const TICKS: &str = "confab_media_ticks_total";
    /// Ticks skipped because they came too late.
    pub const TICKS_LATE: &str = "confab_media_ticks_late_total";
    /// SIP messages and what became of them.
    pub const SIP: &str = "confab_sip_total";
    /// Calls that signalling knows, those being ended included.
    pub const SIP_CALLS: &str = "confab_sip_calls";
    /// SIP transactions.
    pub const SIP_TRANSACTIONS: &str = "confab_sip_transactions";
    /// SIP connections by TCP.
    pub const SIP_CONNECTIONS: &str = "confab_sip_connections";
}

fn describe() {
    use names::*;
    describe_counter!(HTTP_RESPONSES, "HTTP responses by class of status");
    describe_gauge!(EVENT_STREAMS, "Event streams open");
    describe_counter!(EVENT_STREAMS_LAGGED, "Event streams that fell behind and began anew");
    describe_gauge!(CONFERENCES_ACTIVE, "Conferences with somebody in them");
    describe_gauge!(CALLS, "Calls at whatever stage");
    describe_counter!(CALLS_ENDED, "Calls that ended, by ending");
    describe_counter!(CALLS_REFUSED, "Calls not admitted, by reason");
    describe_counter!(RECORDS_LOST, "Call records that could not be written");
    describe_gauge!(LEGS, "Legs in the media engine");
    describe_gauge!(ROOMS, "Rooms in the media engine");
    describe_gauge!(RTP_PORTS, "Pairs of RTP and RTCP ports open");
    describe_counter!(PACKETS, "Media packets by direction");
    describe_counter!(PACKETS_DROPPED, "Media packets dropped, by reason");
    describe_gauge!(BROWSERS, "Browsers in conferences");
    describe_gauge!(DTLS_HANDSHAKES_UNDER_WAY, "DTLS handshakes on their way");
    describe_counter!(DTLS_HANDSHAKES, "DTLS handshakes, by result");
    describe_counter!(STUN_ANSWERED, "Checks of ICE that were answered");
    describe_gauge!(ICE_TCP_CONNECTIONS, "ICE-TCP connections");
    describe_counter!(ICE_TCP_REFUSED, "ICE-TCP connections not taken or cut, by reason");
    describe_counter!(ICE_TCP_FRAMES, "ICE-TCP frames, by direction");
    describe_counter!(TICKS, "Ticks of the media workers");
    describe_counter!(TICKS_LATE, "Ticks skipped because they came too late");
    describe_counter!(SIP, "SIP messages and what became of them");
    describe_gauge!(SIP_CALLS, "Calls that signalling knows");
    describe_gauge!(SIP_TRANSACTIONS, "SIP transactions");
    describe_gauge!(SIP_CONNECTIONS, "SIP connections by TCP");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_servers_count_apart() {
        let (one, other) = (Metrics::default(), Metrics::default());
        one.count(names::CALLS_ENDED, Some(("ending", "busy")));
        one.gauge(names::LEGS, 3);
        let text = one.render();
        assert!(text.contains("confab_calls_ended_total{ending=\"busy\"} 1"), "{text}");
        assert!(text.contains("confab_legs 3"), "{text}");
        assert!(!other.render().contains("busy"));
    }
}
