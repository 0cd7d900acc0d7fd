//! One Ogg file of one Opus stream (RFC 7845), made in memory page by page.

use std::io;

use audio::Rate;
use ogg::writing::{PacketWriteEndInfo, PacketWriter};

/// Samples at 48 kHz by which libopus is late, for sound of all kinds: 2.5 ms that it looks ahead and 4 ms that its
/// coders are apart (`OPUS_GET_LOOKAHEAD`). Players skip them.
pub(crate) const PRE_SKIP: u16 = 312;

/// Samples of one tick at 48 kHz.
pub(crate) const TICK_SAMPLES: u32 = Rate::Hz48000.tick_samples() as u32;

/// Samples in a page: one second, as RFC 7845 section 6 advises, and the most that a crash can take.
const PAGE_SAMPLES: u32 = 48_000;

/// What begins a packet of several frames of 20 ms, mono, of all the bandwidth there is (RFC 6716 section 3.1):
/// configuration 31, code 3.
const SEVERAL_FRAMES: u8 = 31 << 3 | 3;

/// Frames of 20 ms in a packet at most.
pub(crate) const FRAMES_MAX: u8 = 6;

/// The file so far, of which [`take`](Self::take) gives what is to be written next.
pub(crate) struct OggOpus {
    writer: PacketWriter<'static, Vec<u8>>,
    serial: u32,
    /// Samples at 48 kHz in all packets so far.
    samples: u64,
    /// Of those, the ones in the page that is being filled.
    page_samples: u32,
}

impl OggOpus {
    /// Begins a file, by pages of their own for its two headers. `comments` are `NAME=value`.
    pub(crate) fn new(serial: u32, comments: &[String]) -> io::Result<Self> {
        let mut file =
            Self { writer: PacketWriter::new(Vec::new()), serial, samples: 0, page_samples: 0 };
        for header in [head(), tags(comments)] {
            file.writer.write_packet(header, serial, PacketWriteEndInfo::EndPage, 0)?;
        }
        Ok(file)
    }

    /// Adds a packet of 20 ms.
    pub(crate) fn packet(&mut self, payload: &[u8]) -> io::Result<()> {
        self.add(payload.to_vec(), TICK_SAMPLES)
    }

    /// Adds so many ticks, at most [`FRAMES_MAX`], of which nothing is known: frames without a byte, which have the
    /// decoder conceal them (RFC 7845 section 4.1). After silence that is silence.
    pub(crate) fn nothing(&mut self, ticks: u8) -> io::Result<()> {
        let ticks = ticks.clamp(1, FRAMES_MAX);
        self.add(vec![SEVERAL_FRAMES, ticks], u32::from(ticks) * TICK_SAMPLES)
    }

    /// Ends the file with one packet more, of which only what the encoder was late by is played.
    pub(crate) fn finish(&mut self, payload: &[u8]) -> io::Result<()> {
        let end = self.samples + u64::from(PRE_SKIP);
        self.writer.write_packet(payload.to_vec(), self.serial, PacketWriteEndInfo::EndStream, end)
    }

    /// What has been finished since the last time: whole pages.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.inner_mut())
    }

    fn add(&mut self, packet: Vec<u8>, samples: u32) -> io::Result<()> {
        self.samples += u64::from(samples);
        self.page_samples += samples;
        let is_full = self.page_samples >= PAGE_SAMPLES;
        let end = if is_full {
            self.page_samples = 0;
            PacketWriteEndInfo::EndPage
        } else {
            PacketWriteEndInfo::NormalPacket
        };
        self.writer.write_packet(packet, self.serial, end, self.samples)
    }
}

/// The identification header (RFC 7845 section 5.1): version 1, one channel, no gain.
fn head() -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(PRE_SKIP.to_le_bytes());
    head.extend(Rate::Hz48000.hz().to_le_bytes());
    head.extend([0, 0, 0]);
    head
}

/// The comment header (RFC 7845 section 5.2).
fn tags(comments: &[String]) -> Vec<u8> {
    let mut tags = b"OpusTags".to_vec();
    put_text(&mut tags, "Confab");
    tags.extend(length_of(comments.len()));
    comments.iter().for_each(|comment| put_text(&mut tags, comment));
    tags
}

fn put_text(tags: &mut Vec<u8>, text: &str) {
    tags.extend(length_of(text.len()));
    tags.extend(text.as_bytes());
}

fn length_of(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ogg::PacketReader;
    use std::io::Cursor;

    fn read(bytes: Vec<u8>) -> Vec<ogg::Packet> {
        let mut reader = PacketReader::new(Cursor::new(bytes));
        std::iter::from_fn(|| reader.read_packet().unwrap()).collect()
    }

    #[test]
    fn headers_have_pages_of_their_own_and_say_what_players_need() {
        let mut file = OggOpus::new(7, &["TITLE=Ünïcode".to_owned()]).unwrap();
        let packets = read(file.take());
        assert_eq!(packets.len(), 2);
        assert!(packets.iter().all(ogg::Packet::last_in_page));
        assert!(packets[0].first_in_stream());
        let head = &packets[0].data;
        assert_eq!(head.len(), 19);
        assert_eq!(&head[..12], b"OpusHead\x01\x01\x38\x01");
        assert_eq!(&head[12..], [0x80, 0xBB, 0, 0, 0, 0, 0], "48000 Hz, no gain, mapping 0");
        assert!(packets[1].data.ends_with(b"\x01\0\0\0\x0f\0\0\0TITLE=\xc3\x9cn\xc3\xafcode"));
        assert!(packets[1].data.starts_with(b"OpusTags\x06\0\0\0Confab"));
    }

    #[test]
    fn each_second_is_a_page_and_the_end_is_where_the_sound_ends() {
        let mut file = OggOpus::new(7, &[]).unwrap();
        file.take();
        (0..49).for_each(|_| file.packet(&[0xF8, 1, 2]).unwrap());
        assert!(file.take().is_empty(), "a page isn't written before it is full");
        file.packet(&[0xF8]).unwrap();
        let page = file.take();
        assert!(page.starts_with(b"OggS") && !page.is_empty());
        assert_eq!(page[6..14], 48_000_u64.to_le_bytes());
        file.nothing(3).unwrap();
        file.finish(&[0xF8]).unwrap();
        let end = file.take();
        assert_eq!(end[6..14], (48_000_u64 + 3 * 960 + 312).to_le_bytes());
        assert_eq!(end[5], 4, "the end of the stream");
        assert!(end.ends_with(&[0xFB, 3, 0xF8]));
    }
}
