//! Any datagram as RTCP: all of it can be walked through, and reports are written as they were read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::rtcp::{COUNT_MAX, Compound, CompoundWriter, Packet, ReportBlock};
use rtp::stats::{ReceiveStats, round_trip};
use rtp::time::NtpTime;
use std::time::Duration;

fuzz_target!(|datagram: &[u8]| {
    let Ok(compound) = Compound::parse(datagram) else { return };
    let mut stats = ReceiveStats::new(8_000);
    for packet in compound.packets().flatten() {
        match packet {
            Packet::SenderReport(report) => {
                stats.sender_report(Duration::from_secs(1), report.ssrc, report.info.ntp);
                let blocks: Vec<_> = report.reports().collect();
                let mut buffer = [0; 1_024];
                let mut writer = CompoundWriter::new(&mut buffer);
                writer.sender_report(report.ssrc, &report.info, &blocks).expect("it fits");
                let length = writer.finish();
                let mut again =
                    Compound::parse(&buffer[..length]).expect("it was written").packets();
                let Some(Ok(Packet::SenderReport(again))) = again.next() else {
                    panic!("no report")
                };
                assert_eq!((again.ssrc, again.info), (report.ssrc, report.info));
                assert!(again.reports().eq(blocks.iter().copied()));
                examine(&blocks);
            }
            Packet::ReceiverReport(report) => examine(&report.reports().collect::<Vec<_>>()),
            Packet::SourceDescription(sdes) => {
                let items: usize = sdes.chunks().map(|chunk| chunk.items().count()).sum();
                assert!(items <= datagram.len());
                let _ = sdes.cname(1);
            }
            Packet::Goodbye(bye) => {
                assert!(bye.sources().count() <= COUNT_MAX);
                assert!(bye.reason().is_none_or(|reason| reason.len() <= datagram.len()));
            }
            Packet::Other { .. } => {}
        }
    }
});

fn examine(blocks: &[ReportBlock]) {
    assert!(blocks.len() <= COUNT_MAX);
    for block in blocks {
        let _ = round_trip(NtpTime(0x8765_4321_0000_0000), block);
    }
}
