//! Putting a datagram of RTCP packets together.

use super::{COUNT_MAX, REPORT_BLOCK_BYTES, ReportBlock, SenderInfo, item, packet_type};
use crate::bytes::{BufferTooSmall, Writer};
use crate::packet::VERSION;

/// Bytes that every packet begins with.
const HEADER_BYTES: usize = 4;
/// An item's text has a length of eight bits.
const TEXT_BYTES_MAX: usize = 255;

/// Writes RTCP packets one after the other into a buffer of the caller's. A packet that doesn't fit is an
/// error, and those before it stand. A compound datagram begins with a report and has a
/// [`cname`](Self::cname) (RFC 3550 section 6.1).
///
/// ```
/// use rtp::rtcp::CompoundWriter;
///
/// let mut buffer = [0; 128];
/// let mut writer = CompoundWriter::new(&mut buffer);
/// writer.receiver_report(7, &[])?;
/// writer.cname(7, "conference@confab")?;
/// writer.bye(7)?;
/// let datagram_bytes = writer.finish();
/// assert!(rtp::rtcp::Compound::parse(&buffer[..datagram_bytes]).is_ok());
/// # Ok::<(), rtp::BufferTooSmall>(())
/// ```
#[derive(Debug)]
pub struct CompoundWriter<'a> {
    writer: Writer<'a>,
}

impl<'a> CompoundWriter<'a> {
    /// Starts at the front of `buffer`.
    #[must_use]
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Self { writer: Writer::new(buffer) }
    }

    /// A sender report with at most [`COUNT_MAX`] of the blocks.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`]; nothing of it is written then.
    pub fn sender_report(
        &mut self,
        ssrc: u32,
        info: &SenderInfo,
        blocks: &[ReportBlock],
    ) -> Result<(), BufferTooSmall> {
        let blocks = blocks.get(..COUNT_MAX).unwrap_or(blocks);
        let body = SenderInfo::BYTES.saturating_add(report_bytes(blocks));
        self.begin(packet_type::SENDER_REPORT, blocks.len(), body)?;
        self.writer.put(&ssrc.to_be_bytes())?;
        self.writer.put(&info.to_bytes())?;
        self.blocks(blocks)
    }

    /// A receiver report with at most [`COUNT_MAX`] of the blocks.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`]; nothing of it is written then.
    pub fn receiver_report(
        &mut self,
        ssrc: u32,
        blocks: &[ReportBlock],
    ) -> Result<(), BufferTooSmall> {
        let blocks = blocks.get(..COUNT_MAX).unwrap_or(blocks);
        self.begin(packet_type::RECEIVER_REPORT, blocks.len(), report_bytes(blocks))?;
        self.writer.put(&ssrc.to_be_bytes())?;
        self.blocks(blocks)
    }

    /// A source description that gives the source's canonical name, cut to 255 bytes.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`]; nothing of it is written then.
    pub fn cname(&mut self, ssrc: u32, name: &str) -> Result<(), BufferTooSmall> {
        let name = name.get(..name.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or(name).as_bytes();
        // Source, type, length and text; then one to four zeros up to the next word.
        let text = name.len().saturating_add(6);
        let zeros = 4_usize.saturating_sub(text % 4);
        self.begin(packet_type::SOURCE_DESCRIPTION, 1, text.saturating_add(zeros))?;
        self.writer.put(&ssrc.to_be_bytes())?;
        self.writer.put(&[item::CNAME, u8::try_from(name.len()).unwrap_or(u8::MAX)])?;
        self.writer.put(name)?;
        self.writer.put([0; 4].get(..zeros).unwrap_or_default())
    }

    /// Says that the source leaves.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`]; nothing of it is written then.
    pub fn bye(&mut self, ssrc: u32) -> Result<(), BufferTooSmall> {
        self.begin(packet_type::GOODBYE, 1, 4)?;
        self.writer.put(&ssrc.to_be_bytes())
    }

    /// The length of what was written.
    #[must_use]
    pub fn finish(self) -> usize {
        self.writer.used()
    }

    /// Makes sure that the whole packet fits, then writes its header. `body` is a multiple of four.
    fn begin(&mut self, kind: u8, count: usize, body: usize) -> Result<(), BufferTooSmall> {
        self.writer.require(HEADER_BYTES.saturating_add(body))?;
        let count = u8::try_from(count).unwrap_or(0) & 0x1F;
        let words = u16::try_from(body / 4).map_err(|_| BufferTooSmall)?;
        let [w0, w1] = words.to_be_bytes();
        self.writer.put(&[(VERSION << 6) | count, kind, w0, w1])
    }

    fn blocks(&mut self, blocks: &[ReportBlock]) -> Result<(), BufferTooSmall> {
        blocks.iter().try_for_each(|block| self.writer.put(&block.to_bytes()))
    }
}

/// The reporter's name and its blocks.
fn report_bytes(blocks: &[ReportBlock]) -> usize {
    blocks.len().saturating_mul(REPORT_BLOCK_BYTES).saturating_add(4)
}

#[cfg(test)]
mod tests {
    use super::super::{Compound, Packet};
    use super::*;
    use crate::time::NtpTime;
    use proptest::prelude::*;

    const INFO: SenderInfo =
        SenderInfo { ntp: NtpTime(1 << 40), timestamp: 3, packets: 4, payload_bytes: 5 };

    fn written(
        buffer: &mut [u8],
        blocks: &[ReportBlock],
        name: &str,
    ) -> Result<usize, BufferTooSmall> {
        let mut writer = CompoundWriter::new(buffer);
        writer.sender_report(1, &INFO, blocks)?;
        writer.receiver_report(1, blocks)?;
        writer.cname(1, name)?;
        writer.bye(1)?;
        Ok(writer.finish())
    }

    #[test]
    fn what_is_written_can_be_read() {
        let block = ReportBlock { ssrc: 9, jitter: 8, ..Default::default() };
        let mut buffer = [0; 512];
        let length = written(&mut buffer, &[block; 2], "me@here").unwrap();
        let packets: Vec<_> =
            Compound::parse(&buffer[..length]).unwrap().packets().map(Result::unwrap).collect();
        let [
            Packet::SenderReport(sender),
            Packet::ReceiverReport(receiver),
            Packet::SourceDescription(sdes),
            Packet::Goodbye(bye),
        ] = packets[..]
        else {
            panic!("{packets:?}")
        };
        assert_eq!((sender.ssrc, sender.info), (1, INFO));
        assert_eq!(sender.reports().collect::<Vec<_>>(), [block; 2]);
        assert_eq!(receiver.reports().collect::<Vec<_>>(), [block; 2]);
        assert_eq!(sdes.cname(1), Some(&b"me@here"[..]));
        assert_eq!(bye.sources().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn at_most_31_blocks_fit() {
        let mut buffer = [0; 2_048];
        let mut writer = CompoundWriter::new(&mut buffer);
        writer.receiver_report(1, &[ReportBlock::default(); 40]).unwrap();
        let length = writer.finish();
        let Some(Ok(Packet::ReceiverReport(report))) =
            Compound::parse(&buffer[..length]).unwrap().packets().next()
        else {
            panic!("no report")
        };
        assert_eq!(report.reports().count(), COUNT_MAX);
    }

    #[test]
    fn a_packet_that_doesn_t_fit_leaves_the_others_whole() {
        let mut buffer = [0; 20];
        let mut writer = CompoundWriter::new(&mut buffer);
        writer.receiver_report(1, &[]).unwrap();
        assert_eq!(writer.cname(1, "too long for this buffer"), Err(BufferTooSmall));
        writer.bye(1).unwrap();
        let length = writer.finish();
        assert_eq!(length, 16);
        assert_eq!(Compound::parse(&buffer[..length]).unwrap().packets().count(), 2);
    }

    proptest! {
        #[test]
        fn any_name_and_any_buffer_are_fine(name in ".{0,300}", size in 0_usize..600) {
            let mut buffer = vec![0; size];
            let Ok(length) = written(&mut buffer, &[ReportBlock::default()], &name) else { return Ok(()) };
            let packets = Compound::parse(&buffer[..length]).unwrap();
            let cname = packets.packets().find_map(|packet| match packet {
                Ok(Packet::SourceDescription(sdes)) => sdes.cname(1),
                _ => None,
            });
            prop_assert!(name.as_bytes().starts_with(cname.unwrap()));
            prop_assert!(cname.unwrap().len() > 251 || cname.unwrap().len() == name.len());
        }
    }
}
