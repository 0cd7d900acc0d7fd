//! RTCP of one leg: reports to the peer, and what the peer reports.

use std::time::Duration;

use rtp::BufferTooSmall;
use rtp::jitter::Reading;
use rtp::rtcp::{Compound, CompoundWriter, Packet, ParseError, ReportBlock, Schedule};
use rtp::sender::Sender;
use rtp::stats::{ReceiveStats, round_trip};
use rtp::time::NtpTime;

use crate::settings::MediaSettings;

/// Bandwidth of a leg, of which RTCP may take a share (RFC 3550 section 6.2). That of G.711: at
/// any codec's the shortest interval of 5 s governs.
const SESSION_BITS_PER_SECOND: u32 = 64_000;

/// How long what a peer has reported holds: two of the longest intervals between its reports.
const REPORT_VALID: Duration = Duration::from_secs(15);

/// A moment by the two clocks that reports need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// Monotonic time.
    pub(crate) now: Duration,
    /// How much later that is than the worker had meant to look.
    pub(crate) late_by: Duration,
    /// The wall clock's.
    pub(crate) ntp: NtpTime,
}

impl Moment {
    /// As the moment at which a packet was read.
    pub(crate) const fn reading(self) -> Reading {
        Reading { at: self.now, late_by: self.late_by }
    }
}

/// The RTCP side of a leg.
pub(crate) struct Reporting {
    cname: Box<str>,
    schedule: Option<Schedule>,
    /// State of a small generator: reports only have to be spread, not unforeseeable.
    random: u32,
    round_trip: Option<Duration>,
    lost_remote: i32,
    /// The share of our packets that the peer said last it has lost, and when.
    loss_out: Option<(f32, Duration)>,
}

impl Reporting {
    /// With `seed` at random.
    pub(crate) fn new(settings: &MediaSettings, seed: u32) -> Self {
        Self {
            cname: settings.cname.as_str().into(),
            schedule: None,
            random: seed.max(1),
            round_trip: None,
            lost_remote: 0,
            loss_out: None,
        }
    }

    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    pub(crate) fn lost_remote(&self) -> i32 {
        self.lost_remote
    }

    /// The share of our packets that the peer lost between its last two reports, from 0 to 1, as
    /// long as it reports.
    pub(crate) fn loss_out(&self, now: Duration) -> Option<f32> {
        let (loss, told_at) = self.loss_out?;
        (now.saturating_sub(told_at) <= REPORT_VALID).then_some(loss)
    }

    /// Whether a report is due. The first call begins the schedule.
    pub(crate) fn is_due(&mut self, now: Duration) -> bool {
        if self.schedule.is_none() {
            let random = self.next_random();
            self.schedule = Some(Schedule::new(now, SESSION_BITS_PER_SECOND, random));
        }
        self.schedule.as_ref().is_some_and(|schedule| schedule.is_due(now))
    }

    /// Writes a report: a sender's if anything was sent, with our name, and BYE if we are leaving.
    /// Gives its length.
    pub(crate) fn write(
        &mut self,
        at: Moment,
        sender: &Sender,
        received: &mut ReceiveStats,
        is_leaving: bool,
        out: &mut [u8],
    ) -> usize {
        let block = received.report(at.now);
        let length = self.compose(at, sender, block.as_slice(), is_leaving, out).unwrap_or(0);
        let random = self.next_random();
        if let Some(schedule) = &mut self.schedule {
            schedule.sent(at.now, length, random);
        }
        length
    }

    /// Takes a datagram of the peer's.
    ///
    /// # Errors
    /// When it is not RTCP. What could be read before a malformed packet has been taken.
    pub(crate) fn read(
        &mut self,
        at: Moment,
        datagram: &[u8],
        sender: &Sender,
        received: &mut ReceiveStats,
    ) -> Result<(), ParseError> {
        let compound = Compound::parse(datagram)?;
        if let Some(schedule) = &mut self.schedule {
            schedule.received(datagram.len());
        }
        for packet in compound.packets() {
            let blocks = match packet? {
                Packet::SenderReport(report) => {
                    received.sender_report(at.now, report.ssrc, report.info.ntp);
                    report.reports()
                }
                Packet::ReceiverReport(report) => report.reports(),
                // Who says goodbye is told by SIP or DTLS; how it is called does not matter here, nor
                // do the wishes of browsers (RFC 4585), none of which apply to our sound: to send
                // again what is too late, to adapt a bit rate that is as low as it gets.
                Packet::SourceDescription(_) | Packet::Goodbye(_) | Packet::Other { .. } => {
                    continue;
                }
            };
            for block in blocks.filter(|block| block.ssrc == sender.ssrc()) {
                self.lost_remote = block.cumulative_lost;
                self.loss_out = Some((f32::from(block.fraction_lost) / 256.0, at.now));
                self.round_trip = round_trip(at.ntp, &block).or(self.round_trip);
            }
        }
        Ok(())
    }

    fn compose(
        &self,
        at: Moment,
        sender: &Sender,
        blocks: &[ReportBlock],
        is_leaving: bool,
        out: &mut [u8],
    ) -> Result<usize, BufferTooSmall> {
        let ssrc = sender.ssrc();
        let mut writer = CompoundWriter::new(out);
        if sender.packets() > 0 {
            writer.sender_report(ssrc, &sender.info(at.ntp), blocks)?;
        } else {
            writer.receiver_report(ssrc, blocks)?;
        }
        writer.cname(ssrc, &self.cname)?;
        if is_leaving {
            writer.bye(ssrc)?;
        }
        Ok(writer.finish())
    }

    /// Xorshift (Marsaglia, 2003), which never comes to zero.
    fn next_random(&mut self) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random
    }
}

/// The stream that a compound datagram speaks for, if it begins with a report.
pub(crate) fn reporter(datagram: &[u8]) -> Option<u32> {
    match Compound::parse(datagram).ok()?.packets().next()?.ok()? {
        Packet::SenderReport(report) => Some(report.ssrc),
        Packet::ReceiverReport(report) => Some(report.ssrc),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LegSettings;
    use audio::codec::CodecKind;
    use rtp::packet::Header;
    use rtp::sender::Start;

    const fn moment(milliseconds: u64) -> Moment {
        let now = Duration::from_millis(milliseconds);
        // 1 s is 2^32 units of NTP.
        Moment {
            now,
            late_by: Duration::ZERO,
            ntp: NtpTime((1 << 40) + (milliseconds << 32) / 1_000),
        }
    }

    fn reporting() -> Reporting {
        let mut settings = LegSettings::new(CodecKind::Pcma, "192.0.2.1:4000".parse().unwrap());
        settings.cname = "legs@confab".to_owned();
        Reporting::new(&settings.media(), 99)
    }

    fn sender(ssrc: u32) -> Sender {
        Sender::new(Start { ssrc, sequence: 1, timestamp: 1 })
    }

    fn hear(stats: &mut ReceiveStats, ssrc: u32) {
        for sequence in 0..4 {
            let timestamp = u32::from(sequence) * 160;
            let header = Header { marker: false, payload_type: 8, sequence, timestamp, ssrc };
            stats.received(Duration::from_millis(20 * u64::from(sequence)), &header);
        }
    }

    /// Two ends that report to each other.
    #[test]
    fn the_round_trip_is_measured_through_the_peers_report() {
        let (mut ours, mut theirs) = (reporting(), reporting());
        let (mut our_sender, mut their_sender) = (sender(1), sender(2));
        let (mut our_stats, mut their_stats) = (ReceiveStats::new(8_000), ReceiveStats::new(8_000));
        our_sender.audio(8, 160);
        their_sender.audio(8, 160);
        hear(&mut our_stats, 2);
        hear(&mut their_stats, 1);

        let mut buffer = [0; 512];
        let length = ours.write(moment(1_000), &our_sender, &mut our_stats, false, &mut buffer);
        // 30 ms there, 400 ms at the peer's, 30 ms back.
        theirs.read(moment(1_030), &buffer[..length], &their_sender, &mut their_stats).unwrap();
        let length =
            theirs.write(moment(1_430), &their_sender, &mut their_stats, false, &mut buffer);
        assert_eq!(reporter(&buffer[..length]), Some(2));
        ours.read(moment(1_460), &buffer[..length], &our_sender, &mut our_stats).unwrap();
        let round_trip = ours.round_trip().unwrap();
        assert!(round_trip.abs_diff(Duration::from_millis(60)) < Duration::from_millis(1));
        assert_eq!(ours.lost_remote(), 0);
    }

    /// What browsers send along with their reports, or alone (RFC 5506).
    #[test]
    fn feedback_is_taken_without_a_word() {
        let mut report = [0; 64];
        let mut writer = CompoundWriter::new(&mut report);
        let block = ReportBlock { ssrc: 1, fraction_lost: 64, ..ReportBlock::default() };
        writer.receiver_report(2, &[block]).unwrap();
        let length = writer.finish();
        let report = report[..length].to_vec();
        let feedback = |format: u8, kind: u8, words: u8| {
            [&[0x80 | format, kind, 0, words][..], &vec![9; 4 * usize::from(words)]].concat()
        };
        // NACK, transport-wide congestion control, REMB, and an extended report (RFC 3611).
        let kinds = [(1, 205, 3), (15, 205, 5), (15, 206, 5), (0, 207, 4)];
        for (format, kind, words) in kinds {
            let feedback = feedback(format, kind, words);
            for datagram in [feedback.clone(), [&report[..], &feedback[..]].concat()] {
                let (mut ours, mut stats) = (reporting(), ReceiveStats::new(48_000));
                ours.read(moment(10), &datagram, &sender(1), &mut stats).unwrap();
                let has_report = datagram.len() > feedback.len();
                assert_eq!(ours.loss_out(moment(20).now), has_report.then_some(0.25));
            }
        }
    }

    #[test]
    fn the_loss_that_a_peer_told_holds_until_it_falls_silent() {
        let mut datagram = [0; 64];
        let mut writer = CompoundWriter::new(&mut datagram);
        let block = ReportBlock { ssrc: 1, fraction_lost: 128, ..ReportBlock::default() };
        let of_another = ReportBlock { ssrc: 3, fraction_lost: 255, ..ReportBlock::default() };
        writer.receiver_report(2, &[block, of_another]).unwrap();
        let length = writer.finish();
        let (mut ours, mut stats) = (reporting(), ReceiveStats::new(8_000));
        assert_eq!(ours.loss_out(Duration::ZERO), None);
        ours.read(moment(1_000), &datagram[..length], &sender(1), &mut stats).unwrap();
        assert_eq!(ours.loss_out(moment(16_000).now), Some(0.5));
        assert_eq!(ours.loss_out(moment(16_020).now), None);
    }

    #[test]
    fn reports_come_every_few_seconds_and_the_last_says_goodbye() {
        let mut ours = reporting();
        let sender = sender(1);
        let mut stats = ReceiveStats::new(8_000);
        let mut buffer = [0; 512];
        let mut sent_at = Vec::new();
        for step in 0..3_000 {
            let at = moment(step * 20);
            if ours.is_due(at.now) {
                ours.write(at, &sender, &mut stats, false, &mut buffer);
                sent_at.push(step * 20);
            }
        }
        assert!((8..=24).contains(&sent_at.len()), "{sent_at:?}");
        assert!(sent_at.windows(2).all(|pair| (2_480..=7_520).contains(&(pair[1] - pair[0]))));

        let length = ours.write(moment(60_000), &sender, &mut stats, true, &mut buffer);
        let packets: Vec<_> =
            Compound::parse(&buffer[..length]).unwrap().packets().map(Result::unwrap).collect();
        let [Packet::ReceiverReport(_), Packet::SourceDescription(sdes), Packet::Goodbye(bye)] =
            &packets[..]
        else {
            panic!("{packets:?}")
        };
        assert_eq!(sdes.cname(1), Some(&b"legs@confab"[..]));
        assert_eq!(bye.sources().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_buffer_that_is_too_small_makes_no_report() {
        let mut stats = ReceiveStats::new(8_000);
        let length = reporting().write(moment(0), &sender(1), &mut stats, true, &mut [0; 20]);
        assert_eq!(length, 0);
    }
}
