//! What a receiver knows of a stream: losses, jitter, and the way to the peer and back
//! (RFC 3550 sections 6.4.1, 6.4.3 and appendices A.3, A.8).

use crate::packet::Header;
use crate::rtcp::ReportBlock;
use crate::sequence::{SEQUENTIAL_MIN, Tracker, Verdict};
use crate::time::{self, NtpTime};
use std::time::Duration;

/// Units of LSR and DLSR in a second.
const REPORT_UNITS_HZ: u32 = 1 << 16;

/// Statistics of one incoming stream. They begin anew with another source once that is believed; a stray packet
/// of a stranger changes nothing.
#[derive(Clone, Debug)]
pub struct ReceiveStats {
    clock_hz: u32,
    source: Option<Source>,
    /// Another source that may take over.
    candidate: Option<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    ssrc: u32,
    sequence: Tracker,
    /// Arrival less timestamp of the packet before, and its timestamp.
    last: Option<(u32, u32)>,
    /// In sixteenths of a unit.
    jitter_q4: u32,
    expected_before: u32,
    received_before: u32,
    /// The last sender report, and when it came.
    sender_report: Option<(NtpTime, Duration)>,
}

impl ReceiveStats {
    /// For a stream whose timestamps count units of `clock_hz`.
    #[must_use]
    pub fn new(clock_hz: u32) -> Self {
        Self { clock_hz, source: None, candidate: None }
    }

    /// Takes a packet into account that arrived at `now`.
    pub fn received(&mut self, now: Duration, header: &Header) -> Verdict {
        // Truncation is right: only differences count, modulo 2^32.
        let arrival = time::units(now, self.clock_hz) as u32;
        let source = self.source.get_or_insert_with(|| Source::new(header));
        if source.ssrc == header.ssrc {
            self.candidate = None;
            return source.received(arrival, header);
        }
        let candidate = match self.candidate.take() {
            Some(candidate) if candidate.ssrc == header.ssrc => candidate,
            _ => Source::new(header),
        };
        let candidate = self.candidate.insert(candidate);
        let verdict = candidate.received(arrival, header);
        if candidate.sequence.is_valid() {
            self.source = self.candidate.take();
        }
        verdict
    }

    /// A sender report of the stream arrived at `now`; receiver reports will refer to it.
    pub fn sender_report(&mut self, now: Duration, ssrc: u32, ntp: NtpTime) {
        if let Some(source) = self.source.as_mut().filter(|source| source.ssrc == ssrc) {
            source.sender_report = Some((ntp, now));
        }
    }

    /// The block for the next report, or none as long as no source is believed. Each call begins the next
    /// interval of [`fraction_lost`](ReportBlock::fraction_lost).
    pub fn report(&mut self, now: Duration) -> Option<ReportBlock> {
        let source = self.source.as_mut().filter(|source| source.sequence.is_valid())?;
        let (last_sender_report, delay_since) = source.last_sender_report(now);
        Some(ReportBlock {
            ssrc: source.ssrc,
            fraction_lost: source.fraction_lost(),
            cumulative_lost: source.lost(),
            highest_sequence: source.sequence.highest(),
            jitter: source.jitter_q4 >> 4,
            last_sender_report,
            delay_since,
        })
    }

    /// The stream that is being received.
    #[must_use]
    pub fn ssrc(&self) -> Option<u32> {
        self.source.as_ref().map(|source| source.ssrc)
    }

    /// Packets of this stream that counted, duplicates included.
    #[must_use]
    pub fn packets(&self) -> u32 {
        self.source.as_ref().map_or(0, |source| source.sequence.received())
    }

    /// Packets of this stream that are missing; negative when there were more duplicates than losses.
    #[must_use]
    pub fn lost(&self) -> i32 {
        self.source.as_ref().map_or(0, Source::lost)
    }

    /// Smoothed interarrival jitter.
    #[must_use]
    pub fn jitter(&self) -> Duration {
        let units = self.source.as_ref().map_or(0, |source| source.jitter_q4 >> 4);
        time::duration(u64::from(units), self.clock_hz)
    }
}

impl Source {
    fn new(header: &Header) -> Self {
        Self {
            ssrc: header.ssrc,
            sequence: Tracker::new(header.sequence, SEQUENTIAL_MIN),
            last: None,
            jitter_q4: 0,
            expected_before: 0,
            received_before: 0,
            sender_report: None,
        }
    }

    fn received(&mut self, arrival: u32, header: &Header) -> Verdict {
        let verdict = self.sequence.update(header.sequence);
        match verdict {
            Verdict::Valid { .. } => self.update_jitter(arrival, header.timestamp),
            Verdict::Restarted => self.restart(arrival, header.timestamp),
            Verdict::Probation | Verdict::Jumped => {}
        }
        verdict
    }

    fn restart(&mut self, arrival: u32, timestamp: u32) {
        self.expected_before = 0;
        self.received_before = 0;
        self.last = Some((arrival.wrapping_sub(timestamp), timestamp));
    }

    /// RFC 3550 A.8. Packets of one timestamp, as those of a telephone event, say nothing of jitter.
    fn update_jitter(&mut self, arrival: u32, timestamp: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        let before = self.last.replace((transit, timestamp));
        let Some((transit_before, timestamp_before)) = before else { return };
        if timestamp == timestamp_before {
            return;
        }
        let difference = (transit.wrapping_sub(transit_before) as i32).unsigned_abs();
        let decay = self.jitter_q4.saturating_add(8) >> 4;
        self.jitter_q4 = self.jitter_q4.saturating_sub(decay).saturating_add(difference);
    }

    fn lost(&self) -> i32 {
        // As signed: more may be received than expected.
        self.sequence.expected().wrapping_sub(self.sequence.received()) as i32
    }

    /// RFC 3550 A.3.
    fn fraction_lost(&mut self) -> u8 {
        let (expected, received) = (self.sequence.expected(), self.sequence.received());
        let expected_now = expected.wrapping_sub(self.expected_before);
        let received_now = received.wrapping_sub(self.received_before);
        (self.expected_before, self.received_before) = (expected, received);
        let lost = u64::from(expected_now.saturating_sub(received_now));
        let fraction = (lost << 8).checked_div(u64::from(expected_now)).unwrap_or(0);
        u8::try_from(fraction).unwrap_or(u8::MAX)
    }

    fn last_sender_report(&self, now: Duration) -> (u32, u32) {
        let Some((ntp, arrived)) = self.sender_report else { return (0, 0) };
        let delay = time::units(now.saturating_sub(arrived), REPORT_UNITS_HZ);
        (ntp.middle(), u32::try_from(delay).unwrap_or(u32::MAX))
    }
}

/// Measures the loss of a stream over intervals of one's own, apart from those of reports.
#[derive(Clone, Debug, Default)]
pub struct LossWatch {
    /// The stream, and what was expected and received of it up to the last look.
    before: Option<(u32, u32, u32)>,
}

impl LossWatch {
    /// The share of packets lost since the last look, from 0 to 1. None if none was expected: for the first time,
    /// after another stream took over, or in a silence.
    pub fn look(&mut self, stats: &ReceiveStats) -> Option<f32> {
        let source = stats.source.as_ref().filter(|source| source.sequence.is_valid())?;
        let (expected, received) = (source.sequence.expected(), source.sequence.received());
        let (ssrc, expected_before, received_before) =
            self.before.replace((source.ssrc, expected, received))?;
        // A stream that has restarted counts anew.
        let expected = expected.checked_sub(expected_before).filter(|&count| count > 0)?;
        let received = received.checked_sub(received_before)?;
        let lost = expected.saturating_sub(received);
        (ssrc == source.ssrc).then(|| lost as f32 / expected as f32)
    }
}

/// The time to the peer and back that a block about our own stream tells (RFC 3550 section 6.4.1), given
/// the wall-clock time at which it arrived. None if the peer has had no sender report of ours yet, or if
/// the numbers are impossible.
#[must_use]
pub fn round_trip(now: NtpTime, block: &ReportBlock) -> Option<Duration> {
    if block.last_sender_report == 0 {
        return None;
    }
    let since_report = now.middle().wrapping_sub(block.last_sender_report);
    let units = u64::from(since_report.checked_sub(block.delay_since)?);
    Some(time::duration(units, REPORT_UNITS_HZ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLOCK_HZ: u32 = 8_000;
    const PTIME: Duration = Duration::from_millis(20);

    fn header(index: u16) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence: index.wrapping_add(65_500),
            timestamp: u32::from(index).wrapping_mul(160).wrapping_sub(1_000),
            ssrc: 7,
        }
    }

    fn receive(stats: &mut ReceiveStats, indices: impl IntoIterator<Item = u16>) {
        for index in indices {
            stats.received(PTIME * u32::from(index), &header(index));
        }
    }

    #[test]
    fn a_clean_stream_has_neither_loss_nor_jitter() {
        let mut stats = ReceiveStats::new(CLOCK_HZ);
        receive(&mut stats, 0..100);
        let block = stats.report(PTIME * 100).unwrap();
        assert_eq!((block.ssrc, block.fraction_lost, block.cumulative_lost), (7, 0, 0));
        assert_eq!(block.highest_sequence, 65_599);
        assert_eq!((block.jitter, block.last_sender_report), (0, 0));
        assert_eq!(stats.jitter(), Duration::ZERO);
    }

    #[test]
    fn the_fraction_lost_counts_from_report_to_report() {
        let mut stats = ReceiveStats::new(CLOCK_HZ);
        receive(&mut stats, (0..101).filter(|index| index % 4 != 2));
        let first = stats.report(Duration::ZERO).unwrap();
        assert_eq!((first.fraction_lost, first.cumulative_lost), (64, 25));
        receive(&mut stats, 101..201);
        let second = stats.report(Duration::ZERO).unwrap();
        assert_eq!((second.fraction_lost, second.cumulative_lost), (0, 25));
        assert_eq!(stats.lost(), 25);
    }

    #[test]
    fn loss_is_watched_from_look_to_look_whatever_reports_say() {
        let (mut stats, mut watch) = (ReceiveStats::new(CLOCK_HZ), LossWatch::default());
        assert_eq!(watch.look(&stats), None);
        receive(&mut stats, 0..101);
        assert_eq!(watch.look(&stats), None, "the first look has nothing to compare with");
        receive(&mut stats, (101..201).filter(|index| index % 10 != 5));
        stats.report(PTIME * 201);
        assert_eq!(watch.look(&stats), Some(0.1));
        assert_eq!(watch.look(&stats), None, "nothing was expected");
        receive(&mut stats, [201, 201, 201, 202]);
        assert_eq!(watch.look(&stats), Some(0.0), "duplicates make up for nothing");
        let other = |index| Header { ssrc: 8, ..header(index) };
        (0..200).for_each(|index| _ = stats.received(PTIME, &other(index)));
        assert_eq!(watch.look(&stats), None, "another stream");
    }

    #[test]
    fn duplicates_make_the_loss_negative_and_the_fraction_zero() {
        let mut stats = ReceiveStats::new(CLOCK_HZ);
        receive(&mut stats, [0, 1, 2, 2, 2, 3]);
        let block = stats.report(Duration::ZERO).unwrap();
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, -2));
    }

    #[test]
    fn jitter_settles_at_the_mean_difference() {
        let mut stats = ReceiveStats::new(CLOCK_HZ);
        for index in 0..1_000_u16 {
            // Every other packet is 5 ms late: consecutive transits differ by 40 units.
            let late = Duration::from_millis(u64::from(index % 2) * 5);
            stats.received(PTIME * u32::from(index) + late, &header(index));
        }
        let jitter = stats.jitter();
        assert!(
            jitter.abs_diff(Duration::from_millis(5)) < Duration::from_micros(300),
            "{jitter:?}"
        );
    }

    #[test]
    fn a_new_source_begins_anew_once_it_is_believed() {
        let mut stats = ReceiveStats::new(CLOCK_HZ);
        receive(&mut stats, [0, 1, 5]);
        let other = |index| Header { ssrc: 8, ..header(index) };
        assert_eq!(stats.received(Duration::ZERO, &other(40)), Verdict::Probation);
        assert_eq!(stats.ssrc(), Some(7));
        stats.received(PTIME, &other(41));
        let block = stats.report(PTIME).unwrap();
        assert_eq!((block.ssrc, block.cumulative_lost), (8, 0));
    }

    #[test]
    fn strangers_between_the_packets_change_nothing() {
        let mut stats = ReceiveStats::new(CLOCK_HZ);
        for index in 0..50 {
            receive(&mut stats, [index]);
            stats.received(PTIME, &Header { ssrc: 8, ..header(index) });
        }
        let block = stats.report(PTIME * 50).unwrap();
        assert_eq!((block.ssrc, block.cumulative_lost, stats.packets()), (7, 0, 49));
    }

    #[test]
    fn the_round_trip_is_what_the_peer_didn_t_keep() {
        let sent = Duration::from_secs(1_700_000_000);
        // The peer receives our report and answers 2 s later.
        let mut peer = ReceiveStats::new(CLOCK_HZ);
        receive(&mut peer, [0, 1]);
        peer.sender_report(Duration::from_secs(10), 7, NtpTime::from_unix(sent));
        let block = peer.report(Duration::from_secs(12)).unwrap();
        assert_eq!(block.delay_since, 2 << 16);
        // Both ways took 150 ms together.
        let back = NtpTime::from_unix(sent + Duration::from_millis(2_150));
        let measured = round_trip(back, &block).unwrap();
        assert!(measured.abs_diff(Duration::from_millis(150)) < Duration::from_micros(50));
    }

    #[test]
    fn impossible_round_trips_are_none() {
        let now = NtpTime(100 << 32);
        assert_eq!(round_trip(now, &ReportBlock::default()), None);
        let late = ReportBlock {
            last_sender_report: now.middle() - 10,
            delay_since: 11,
            ..Default::default()
        };
        assert_eq!(round_trip(now, &late), None);
    }

    #[test]
    fn a_report_of_a_stranger_is_not_echoed() {
        let mut stats = ReceiveStats::new(CLOCK_HZ);
        receive(&mut stats, [0, 1]);
        stats.sender_report(Duration::ZERO, 99, NtpTime(1 << 40));
        assert_eq!(stats.report(Duration::ZERO).unwrap().last_sender_report, 0);
    }

    proptest! {
        #[test]
        fn any_packets_are_safe(
            clock_hz: u32,
            packets in prop::collection::vec((any::<Duration>(), any::<u16>(), any::<u32>(), 0_u32..3), 0..100),
        ) {
            let (mut stats, mut watch) = (ReceiveStats::new(clock_hz), LossWatch::default());
            for (now, sequence, timestamp, ssrc) in packets {
                let loss = watch.look(&stats);
                prop_assert!(loss.is_none_or(|loss| (0.0..=1.0).contains(&loss)));
                stats.received(now, &Header { marker: false, payload_type: 0, sequence, timestamp, ssrc });
                stats.sender_report(now, ssrc, NtpTime(u64::from(timestamp) << 20));
                if let Some(block) = stats.report(now) {
                    let _ = round_trip(NtpTime(u64::from(timestamp) << 16), &block);
                }
            }
        }
    }
}
