//! How long a file plays, also one that was cut.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use crate::ogg_opus::PRE_SKIP;

/// The longest page there can be (RFC 3533 section 6): a header, 255 lengths, and as many segments of 255 bytes.
const PAGE_BYTES_MAX: u64 = 27 + 255 + 255 * 255;

/// How long a recording plays: up to the end of its last whole page. Nothing, for a file that has none.
///
/// # Errors
/// The file can't be read.
pub fn length_of(path: &Path) -> io::Result<Duration> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    // The last whole page ends at most a page before the end of the file.
    file.seek(SeekFrom::Start(length.saturating_sub(2 * PAGE_BYTES_MAX)))?;
    let mut tail = Vec::new();
    file.take(2 * PAGE_BYTES_MAX).read_to_end(&mut tail)?;
    let samples = last_position(&tail).unwrap_or(0).saturating_sub(u64::from(PRE_SKIP));
    Ok(Duration::from_nanos(samples.saturating_mul(1_000_000_000) / 48_000))
}

/// Where the sound of the last whole page ends, in samples.
fn last_position(bytes: &[u8]) -> Option<u64> {
    let starts = bytes.windows(5).enumerate().rev().filter(|(_, five)| *five == b"OggS\0");
    starts.map(|(start, _)| &bytes[start..]).find_map(position)
}

/// Where the sound of a page ends that `bytes` begin with, if it is whole and a packet ends in it.
fn position(bytes: &[u8]) -> Option<u64> {
    let segments = usize::from(*bytes.get(26)?);
    let lengths = bytes.get(27..27 + segments)?;
    let body: usize = lengths.iter().map(|&length| usize::from(length)).sum();
    bytes.get(27 + segments..27 + segments + body)?;
    let position = u64::from_le_bytes(bytes.get(6..14)?.try_into().ok()?);
    (position != u64::MAX).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ogg_opus::OggOpus;

    fn length(bytes: &[u8]) -> Duration {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        length_of(file.path()).unwrap()
    }

    #[test]
    fn a_file_plays_to_its_last_whole_page_wherever_it_is_cut() {
        let mut file = OggOpus::new(1, &[]).unwrap();
        let mut bytes = file.take();
        let headers = bytes.len();
        (0..150).for_each(|_| file.packet(&[0xF8; 100]).unwrap());
        bytes.extend(file.take());
        let three_pages = bytes.len();
        file.packet(&[0xF8; 100]).unwrap();
        file.finish(&[0xF8; 100]).unwrap();
        bytes.extend(file.take());

        assert_eq!(length(&bytes), Duration::from_millis(3_020));
        let skipped = Duration::from_nanos(6_500_000);
        for cut in [three_pages, three_pages + 1, three_pages + 30, bytes.len() - 1] {
            assert_eq!(length(&bytes[..cut]), Duration::from_secs(3) - skipped, "{cut}");
        }
        let cut = three_pages - 1;
        assert_eq!(length(&bytes[..cut]), Duration::from_secs(2) - skipped);
        for cut in [0, 10, headers - 1, headers, headers + 40] {
            assert_eq!(length(&bytes[..cut]), Duration::ZERO, "{cut}");
        }
        assert_eq!(length(b"OggS\0OggS\0 but not really"), Duration::ZERO);
    }
}
