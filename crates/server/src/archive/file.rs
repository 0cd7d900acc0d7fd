//! A file of a recording, read in pieces.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use futures_util::stream::{self, Stream};

use super::off_the_loop;

/// Bytes that are read at once.
const PIECE_BYTES: u64 = 64 * 1024;

/// A file of a recording, which may still be growing.
#[derive(Debug)]
pub struct RecordedFile {
    file: File,
    length: u64,
}

impl RecordedFile {
    pub(super) fn open(path: &Path) -> io::Result<RecordedFile> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(RecordedFile { file, length })
    }

    /// Its bytes, when it was opened.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Some of its bytes, as they are read.
    pub fn pieces(self, range: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send {
        stream::try_unfold((self.file, range), |(mut file, mut range)| async move {
            let length = (range.end.saturating_sub(range.start)).min(PIECE_BYTES);
            if length == 0 {
                return Ok(None);
            }
            let start = range.start;
            let (file, piece) = off_the_loop(move || {
                file.seek(SeekFrom::Start(start))?;
                let mut piece = Vec::new();
                (&mut file).take(length).read_to_end(&mut piece)?;
                Ok((file, piece))
            })
            .await?;
            if piece.is_empty() {
                // It was cut meanwhile.
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            range.start += piece.len() as u64;
            Ok(Some((Bytes::from(piece), (file, range))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;

    #[tokio::test]
    async fn any_part_of_a_file_is_read_and_no_more() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mix.ogg");
        let content: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
        std::fs::write(&path, &content).unwrap();
        for range in [0..200_000, 65_530..65_550, 199_999..200_000, 7..7] {
            let file = RecordedFile::open(&path).unwrap();
            assert_eq!(file.length(), 200_000);
            let pieces: Vec<Bytes> = file.pieces(range.clone()).try_collect().await.unwrap();
            let wanted = &content[range.start as usize..range.end as usize];
            assert_eq!(pieces.concat(), wanted);
        }
        let file = RecordedFile::open(&path).unwrap();
        std::fs::write(&path, b"").unwrap();
        assert!(file.pieces(0..10).try_collect::<Vec<_>>().await.is_err(), "cut meanwhile");
    }
}
