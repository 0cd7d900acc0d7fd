//! What is counted, in Prometheus' text form.
//!
//! Each server has a recorder of its own, so that two in one process don't count together.

use std::sync::Arc;

use metrics::{Label, counter, describe_counter, describe_gauge, gauge};
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

    /// Sets a counter that a media worker keeps.
    pub fn worker_total(
        &self,
        name: &'static str,
        worker: usize,
        label: Option<(&'static str, &'static str)>,
        value: u64,
    ) {
        self.with(|| counter!(name, of_worker(worker, label)).absolute(value));
    }

    /// Sets a figure of a media worker.
    pub fn worker_gauge(
        &self,
        name: &'static str,
        worker: usize,
        label: Option<(&'static str, &'static str)>,
        value: f64,
    ) {
        self.with(|| gauge!(name, of_worker(worker, label)).set(value));
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

/// The labels of a worker's figure.
fn of_worker(worker: usize, label: Option<(&'static str, &'static str)>) -> Vec<Label> {
    let worker = Label::new("worker", worker.to_string());
    let more = label.map(|(key, value)| Label::from_static_parts(key, value));
    [worker].into_iter().chain(more).collect()
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
    /// Recordings that are being made.
    pub const RECORDINGS: &str = "confab_recordings";
    /// Recordings that ended, by ending: `disk_full` and `failed` are those that should not.
    pub const RECORDINGS_ENDED: &str = "confab_recordings_ended_total";
    /// Tries to tell programs outside of something, by outcome.
    pub const NOTICES: &str = "confab_webhook_tries_total";
    /// What programs outside were not told, for it could not be written.
    pub const NOTICES_LOST: &str = "confab_webhook_notices_lost_total";
    /// Legs in the media engine.
    pub const LEGS: &str = "confab_legs";
    /// Rooms in the media engine, each part of one that spans workers for itself.
    pub const ROOMS: &str = "confab_rooms";
    /// Pairs of RTP and RTCP ports open.
    pub const RTP_PORTS: &str = "confab_rtp_ports";
    /// Media packets, by worker and direction.
    pub const PACKETS: &str = "confab_media_packets_total";
    /// Media packets dropped, by worker and reason.
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
    /// How busy a worker is: the share of its time, smoothed over a second.
    pub const WORKER_LOAD: &str = "confab_media_load";
    /// 1 for a worker that takes nobody who is new until its load has sunk, else 0.
    pub const WORKER_OVERLOADED: &str = "confab_media_overloaded";
    /// Legs of a worker.
    pub const WORKER_LEGS: &str = "confab_media_legs";
    /// Rooms of a worker, parts of rooms that span several included.
    pub const WORKER_ROOMS: &str = "confab_media_rooms";
    /// Processor time of a worker, in seconds.
    pub const WORKER_CPU: &str = "confab_media_cpu_seconds_total";
    /// What goes between the parts of rooms that span workers, by worker and what became of it.
    pub const CASCADE: &str = "confab_media_cascade_total";
    /// How long a worker's turns took in the last 5 s that are over, by quantile: 0.5, 0.99 and 1.
    pub const TICK_QUANTILES: &str = "confab_media_tick_seconds";
    /// Turns of a worker that took at most `le`, as a histogram's buckets are counted.
    pub const TICK_BUCKET: &str = "confab_media_tick_duration_seconds_bucket";
    /// Turns of a worker, by its times' histogram.
    pub const TICK_COUNT: &str = "confab_media_tick_duration_seconds_count";
    /// Turns of the media workers, four to a tick of 20 ms.
    pub const TICKS: &str = "confab_media_ticks_total";
    /// Turns that came late, by how much: by 5 ms, or so late that they were skipped.
    pub const TICKS_LATE: &str = "confab_media_ticks_late_total";
    /// Turns that would have come late, or been skipped, even if the worker had had its core to itself.
    pub const TICKS_LATE_OWN: &str = "confab_media_ticks_late_own_total";
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
    describe_gauge!(RECORDINGS, "Recordings that are being made");
    describe_counter!(RECORDINGS_ENDED, "Recordings that ended, by ending");
    describe_counter!(NOTICES, "Tries to tell programs outside of something, by outcome");
    describe_counter!(NOTICES_LOST, "What programs outside were not told: it was not written");
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
    describe_gauge!(WORKER_LOAD, "Share of its time that a media worker works");
    describe_gauge!(WORKER_OVERLOADED, "1 if a media worker takes nobody who is new");
    describe_gauge!(WORKER_LEGS, "Legs of a media worker");
    describe_gauge!(WORKER_ROOMS, "Rooms, and parts of rooms, of a media worker");
    describe_gauge!(WORKER_CPU, "Processor time of a media worker");
    describe_counter!(CASCADE, "What goes between parts of rooms that span workers");
    describe_gauge!(TICK_QUANTILES, "How long a media worker's turns took in the last 5 s");
    describe_counter!(TICK_BUCKET, "Turns of a media worker that took at most so long");
    describe_counter!(TICK_COUNT, "Turns of a media worker, by its times' histogram");
    describe_counter!(TICKS, "Turns of the media workers");
    describe_counter!(TICKS_LATE, "Turns that came late, by how much");
    describe_counter!(TICKS_LATE_OWN, "Turns late by the worker's own work, not the host's doing");
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
