//! Sender and receiver reports (RFC 3550 sections 6.4.1 and 6.4.2).

use crate::bytes::Reader;
use crate::time::NtpTime;

/// Bytes of a report block on the wire.
pub const REPORT_BLOCK_BYTES: usize = 24;

/// The smallest and largest loss that 24 bits can hold.
const LOST_MIN: i32 = -0x80_0000;
const LOST_MAX: i32 = 0x7F_FFFF;

/// What a sender says about its own stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// Wall-clock time of the report.
    pub ntp: NtpTime,
    /// Media time of the same moment.
    pub timestamp: u32,
    /// Packets sent, modulo 2^32.
    pub packets: u32,
    /// Bytes of payload sent, modulo 2^32.
    pub payload_bytes: u32,
}

impl SenderInfo {
    pub(super) const BYTES: usize = 20;

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            ntp: NtpTime(reader.u64()?),
            timestamp: reader.u32()?,
            packets: reader.u32()?,
            payload_bytes: reader.u32()?,
        })
    }

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let [n0, n1, n2, n3, n4, n5, n6, n7] = self.ntp.0.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [p0, p1, p2, p3] = self.packets.to_be_bytes();
        let [b0, b1, b2, b3] = self.payload_bytes.to_be_bytes();
        [n0, n1, n2, n3, n4, n5, n6, n7, t0, t1, t2, t3, p0, p1, p2, p3, b0, b1, b2, b3]
    }
}

/// What a receiver says about one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream that it is about.
    pub ssrc: u32,
    /// Packets lost since the last report, in 1/256 of those expected.
    pub fraction_lost: u8,
    /// Packets lost since the start; negative when duplicates outweigh losses. 24 bits on the wire.
    pub cumulative_lost: i32,
    /// Highest sequence number, with its wraps in the upper 16 bits.
    pub highest_sequence: u32,
    /// Interarrival jitter in units of the media clock.
    pub jitter: u32,
    /// [`NtpTime::middle`] of the last sender report, or zero.
    pub last_sender_report: u32,
    /// Time from that report to this one, in 1/65,536 s.
    pub delay_since: u32,
}

impl ReportBlock {
    fn from_bytes(bytes: &[u8; REPORT_BLOCK_BYTES]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let ssrc = reader.u32()?;
        let [fraction_lost, c0, c1, c2] = reader.array()?;
        // Into the upper bytes, and back by an arithmetic shift that keeps the sign.
        let cumulative_lost = i32::from_be_bytes([c0, c1, c2, 0]) >> 8;
        Some(Self {
            ssrc,
            fraction_lost,
            cumulative_lost,
            highest_sequence: reader.u32()?,
            jitter: reader.u32()?,
            last_sender_report: reader.u32()?,
            delay_since: reader.u32()?,
        })
    }

    /// The block as it goes onto the wire; losses beyond 24 bits are clamped.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; REPORT_BLOCK_BYTES] {
        let [s0, s1, s2, s3] = self.ssrc.to_be_bytes();
        let [_, c0, c1, c2] = self.cumulative_lost.clamp(LOST_MIN, LOST_MAX).to_be_bytes();
        let [h0, h1, h2, h3] = self.highest_sequence.to_be_bytes();
        let [j0, j1, j2, j3] = self.jitter.to_be_bytes();
        let [l0, l1, l2, l3] = self.last_sender_report.to_be_bytes();
        let [d0, d1, d2, d3] = self.delay_since.to_be_bytes();
        let fraction = self.fraction_lost;
        [
            s0, s1, s2, s3, fraction, c0, c1, c2, h0, h1, h2, h3, //
            j0, j1, j2, j3, l0, l1, l2, l3, d0, d1, d2, d3,
        ]
    }
}

/// Iterates over the blocks of a report.
#[derive(Clone, Debug)]
pub struct ReportBlocks<'a> {
    blocks: std::slice::Iter<'a, [u8; REPORT_BLOCK_BYTES]>,
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        self.blocks.next().and_then(ReportBlock::from_bytes)
    }
}

/// What a source has sent, and received from others.
#[derive(Clone, Copy, Debug)]
pub struct SenderReport<'a> {
    /// Who reports.
    pub ssrc: u32,
    /// Its own stream.
    pub info: SenderInfo,
    blocks: &'a [[u8; REPORT_BLOCK_BYTES]],
}

impl<'a> SenderReport<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        let ssrc = reader.u32()?;
        let info = SenderInfo::read(&mut reader)?;
        Some(Self { ssrc, info, blocks: blocks(count, reader.rest())? })
    }

    /// What it received.
    #[must_use]
    pub fn reports(&self) -> ReportBlocks<'a> {
        ReportBlocks { blocks: self.blocks.iter() }
    }
}

/// What a source that doesn't send has received from others.
#[derive(Clone, Copy, Debug)]
pub struct ReceiverReport<'a> {
    /// Who reports.
    pub ssrc: u32,
    blocks: &'a [[u8; REPORT_BLOCK_BYTES]],
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        let ssrc = reader.u32()?;
        Some(Self { ssrc, blocks: blocks(count, reader.rest())? })
    }

    /// What it received.
    #[must_use]
    pub fn reports(&self) -> ReportBlocks<'a> {
        ReportBlocks { blocks: self.blocks.iter() }
    }
}

/// The announced number of blocks; what follows them is an extension of a profile, and skipped.
fn blocks(count: u8, bytes: &[u8]) -> Option<&[[u8; REPORT_BLOCK_BYTES]]> {
    let (blocks, _) = bytes.as_chunks();
    blocks.get(..usize::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_block() -> impl Strategy<Value = ReportBlock> {
        (any::<[u32; 5]>(), any::<u8>(), LOST_MIN..=LOST_MAX).prop_map(
            |(
                [ssrc, highest_sequence, jitter, last_sender_report, delay_since],
                fraction_lost,
                cumulative_lost,
            )| {
                ReportBlock {
                    ssrc,
                    fraction_lost,
                    cumulative_lost,
                    highest_sequence,
                    jitter,
                    last_sender_report,
                    delay_since,
                }
            },
        )
    }

    #[test]
    fn a_profile_s_extension_is_skipped() {
        let mut body = vec![0, 0, 0, 9];
        body.extend(ReportBlock { ssrc: 5, ..Default::default() }.to_bytes());
        body.extend([1, 2, 3, 4]);
        let report = ReceiverReport::parse(1, &body).unwrap();
        assert_eq!((report.ssrc, report.reports().count()), (9, 1));
        assert!(ReceiverReport::parse(2, &body).is_none());
    }

    #[test]
    fn a_loss_beyond_24_bits_is_clamped() {
        let lost = |count| {
            let block = ReportBlock { cumulative_lost: count, ..Default::default() };
            ReportBlock::from_bytes(&block.to_bytes()).unwrap().cumulative_lost
        };
        assert_eq!([lost(i32::MAX), lost(i32::MIN), lost(-1)], [LOST_MAX, LOST_MIN, -1]);
    }

    proptest! {
        #[test]
        fn blocks_survive_the_wire(block in any_block()) {
            prop_assert_eq!(ReportBlock::from_bytes(&block.to_bytes()), Some(block));
        }

        #[test]
        fn sender_reports_survive_the_wire(ssrc: u32, ntp: u64, timestamp: u32, packets: u32, payload_bytes: u32) {
            let info = SenderInfo { ntp: NtpTime(ntp), timestamp, packets, payload_bytes };
            let mut body = ssrc.to_be_bytes().to_vec();
            body.extend(info.to_bytes());
            let report = SenderReport::parse(0, &body).unwrap();
            prop_assert_eq!((report.ssrc, report.info, report.reports().count()), (ssrc, info, 0));
        }
    }
}
