//! A browser's RTCP: reports to the server, by which it knows what becomes of what it sends, and the server's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rtp::BufferTooSmall;
use rtp::rtcp::{Compound, CompoundWriter, Packet};
use rtp::sender::Sender;
use rtp::stats::{ReceiveStats, round_trip};
use rtp::time::NtpTime;

/// From one report to the next. Browsers report audio as often.
const INTERVAL: Duration = Duration::from_millis(2_500);

const CNAME: &str = "simulated";

const REPORT_BYTES_MAX: usize = 256;

/// Writes reports when they are due.
#[derive(Default)]
pub(super) struct Reports {
    due: Option<Duration>,
}

impl Reports {
    /// The next report, when it is due at `since`.
    pub(super) fn tick(
        &mut self,
        since: Duration,
        sender: &Sender,
        received: &mut ReceiveStats,
    ) -> Option<Vec<u8>> {
        let due = *self.due.get_or_insert(since + INTERVAL / 5);
        if since < due {
            return None;
        }
        self.due = Some(due + INTERVAL);
        write(since, sender, received).ok()
    }
}

fn write(
    since: Duration,
    sender: &Sender,
    received: &mut ReceiveStats,
) -> Result<Vec<u8>, BufferTooSmall> {
    let block = received.report(since);
    let mut report = vec![0; REPORT_BYTES_MAX];
    let mut writer = CompoundWriter::new(&mut report);
    if sender.packets() > 0 {
        writer.sender_report(sender.ssrc(), &sender.info(ntp()), block.as_slice())?;
    } else {
        writer.receiver_report(sender.ssrc(), block.as_slice())?;
    }
    writer.cname(sender.ssrc(), CNAME)?;
    let length = writer.finish();
    report.truncate(length);
    Ok(report)
}

/// Takes a report of the server's; the round trip, when it tells of that.
pub(super) fn read(
    since: Duration,
    datagram: &[u8],
    sender: &Sender,
    received: &mut ReceiveStats,
) -> Option<Duration> {
    let mut measured = None;
    for packet in Compound::parse(datagram).ok()?.packets().flatten() {
        let blocks = match packet {
            Packet::SenderReport(report) => {
                received.sender_report(since, report.ssrc, report.info.ntp);
                report.reports()
            }
            Packet::ReceiverReport(report) => report.reports(),
            _ => continue,
        };
        for block in blocks.filter(|block| block.ssrc == sender.ssrc()) {
            measured = round_trip(ntp(), &block).or(measured);
        }
    }
    measured
}

fn ntp() -> NtpTime {
    NtpTime::from_unix(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}
