//! What a far end tells the server of what came (RFC 3550 section 6.4.2): the server adapts to that what it sends.

use std::time::Duration;

use rtp::packet::Header;
use rtp::rtcp::CompoundWriter;
use rtp::stats::ReceiveStats;

use super::Participant;
use crate::Fault;

/// The time between two reports (RFC 3550 section 6.2: 5 s), without the chance that would spread those of many.
const INTERVAL: Duration = Duration::from_secs(5);

/// The longest report.
const REPORT_BYTES_MAX: usize = 128;

/// Counts what comes, and reports on it.
pub(crate) struct Reports {
    ssrc: u32,
    stats: ReceiveStats,
    /// When the next is due; never, of a participant that makes none.
    due: Option<Duration>,
}

impl Reports {
    /// Those of a participant who comes at `now`, and whose stream is named by `ssrc`.
    pub(crate) fn new(participant: &Participant, ssrc: u32, now: Duration) -> Self {
        let stats = ReceiveStats::new(participant.codec.rtp_clock_hz());
        Self { ssrc, stats, due: participant.reports.then_some(now + INTERVAL) }
    }

    /// Takes note of a packet that came.
    pub(crate) fn note(&mut self, now: Duration, header: &Header) {
        self.stats.received(now, header);
    }

    /// The report that is to be sent now, if one is.
    pub(crate) fn write(&mut self, now: Duration) -> Result<Option<Vec<u8>>, Fault> {
        let Some(due) = self.due.filter(|due| now >= *due) else { return Ok(None) };
        self.due = Some(due + INTERVAL);
        let mut datagram = vec![0; REPORT_BYTES_MAX];
        let mut writer = CompoundWriter::new(&mut datagram);
        writer.receiver_report(self.ssrc, self.stats.report(now).as_slice())?;
        writer.cname(self.ssrc, "far-end")?;
        let length = writer.finish();
        datagram.truncate(length);
        Ok(Some(datagram))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::codec::CodecKind;
    use rtp::rtcp::{Compound, Packet};

    #[test]
    fn every_fifth_second_what_was_lost_since_is_told() {
        let mut reports = Reports::new(&Participant::phone(CodecKind::Opus), 7, Duration::ZERO);
        let mut told = Vec::new();
        for number in 0..500_u32 {
            let now = Duration::from_millis(20) * number;
            // In the second half every fourth is lost.
            if number < 250 || !number.is_multiple_of(4) {
                let (sequence, timestamp) = (number as u16, number * 960);
                let header =
                    Header { marker: false, payload_type: 111, sequence, timestamp, ssrc: 9 };
                reports.note(now, &header);
            }
            told.extend(reports.write(now).unwrap());
        }
        told.extend(reports.write(Duration::from_secs(10)).unwrap());
        let losses = told.iter().map(|datagram| {
            let compound = Compound::parse(datagram).unwrap();
            let Packet::ReceiverReport(report) = compound.packets().next().unwrap().unwrap() else {
                panic!("a receiver's report comes first");
            };
            report
                .reports()
                .next()
                .map(|block| (block.ssrc, f32::from(block.fraction_lost) / 256.0))
        });
        let losses: Vec<_> = losses.collect();
        assert_eq!(losses[0], Some((9, 0.0)));
        assert!(losses[1].is_some_and(|(_, loss)| (loss - 0.25).abs() < 0.02), "{losses:?}");
        let mute = Participant { reports: false, ..Participant::phone(CodecKind::Opus) };
        assert!(Reports::new(&mute, 7, Duration::ZERO).write(Duration::MAX).unwrap().is_none());
    }
}
