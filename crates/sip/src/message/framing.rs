//! Messages out of a stream (RFC 3261 section 18.3): `Content-Length` says where each ends.

use bytes::{Buf, Bytes, BytesMut};

use super::{Name, Raw, screen::split_head, text::number};
use crate::limits::{BODY_BYTES_MAX, HEAD_BYTES_MAX};

/// Collects the bytes of one stream. Holds no more than one message of the largest size and what came with it.
#[derive(Debug, Default)]
pub(crate) struct Framer {
    buffer: BytesMut,
}

/// What a stream yields.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Framed {
    /// One message, from its start line to the end of its body.
    Message(Bytes),
    /// Two empty lines: the peer asks whether we are there, and gets one back (RFC 5626 section 4.4.1).
    Ping,
}

/// Nobody can say where the next message begins: the connection has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lost the framing of a stream")]
pub(crate) struct FramingLost;

impl Framer {
    /// Bytes of the largest message.
    const MESSAGE_BYTES_MAX: usize = HEAD_BYTES_MAX + BODY_BYTES_MAX;

    /// Takes what was read.
    pub(crate) fn push(&mut self, data: &[u8]) {
        self.buffer.extend_from_slice(data);
    }

    /// Whether a message has begun and is not complete.
    pub(crate) fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next thing, once it is complete.
    ///
    /// # Errors
    /// The head is too long, or there is no usable `Content-Length`, which is mandatory on streams.
    pub(crate) fn next(&mut self) -> Result<Option<Framed>, FramingLost> {
        if self.buffer.starts_with(b"\r\n\r\n") {
            self.buffer.advance(4);
            return Ok(Some(Framed::Ping));
        }
        // One empty line is a pong, or the first half of a ping.
        if self.buffer.len() > 3 && self.buffer.starts_with(b"\r\n") {
            self.buffer.advance(2);
        }
        let Some((head, _)) = split_head(&self.buffer) else {
            return if self.buffer.len() < HEAD_BYTES_MAX { Ok(None) } else { Err(FramingLost) };
        };
        let head_bytes = head.len() + 4;
        let body_bytes = body_length(self.buffer.get(..head_bytes).unwrap_or_default())?;
        let length = head_bytes.saturating_add(body_bytes);
        if body_bytes > BODY_BYTES_MAX || length > Self::MESSAGE_BYTES_MAX {
            return Err(FramingLost);
        }
        if self.buffer.len() < length {
            return Ok(None);
        }
        Ok(Some(Framed::Message(self.buffer.split_to(length).freeze())))
    }
}

fn body_length(head: &[u8]) -> Result<usize, FramingLost> {
    let raw = Raw::screen(head).map_err(|_| FramingLost)?;
    let mut lengths = raw.headers.all(&Name::ContentLength);
    match (lengths.next().and_then(number), lengths.next()) {
        (Some(length), None) => Ok(length),
        _ => Err(FramingLost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[u8] =
        b"\r\n\r\nA b\r\nl: 3\r\n\r\nxyz\r\n\r\n\r\nC d\r\nContent-Length: 0\r\n\r\n";

    #[test]
    fn cuts_the_same_messages_however_they_arrive() {
        for chunk in 1..=TWO.len() {
            let (mut framer, mut seen) = (Framer::default(), Vec::new());
            for part in TWO.chunks(chunk) {
                framer.push(part);
                while let Some(framed) = framer.next().unwrap() {
                    if let Framed::Message(message) = framed {
                        seen.push(message);
                    }
                }
            }
            assert_eq!(seen, [&b"A b\r\nl: 3\r\n\r\nxyz"[..], b"C d\r\nContent-Length: 0\r\n\r\n"]);
            assert!(!framer.is_partial());
        }
    }

    #[test]
    fn gives_up_where_the_end_can_not_be_known() {
        for bad in [
            "A b\r\nX: y\r\n\r\n".to_owned(),
            "A b\r\nl: 99999999999\r\n\r\n".to_owned(),
            "A b\r\nl: 3\r\nl: 4\r\n\r\n".to_owned(),
            "x".repeat(HEAD_BYTES_MAX),
        ] {
            let mut framer = Framer::default();
            framer.push(bad.as_bytes());
            assert_eq!(framer.next(), Err(FramingLost), "{bad:.20}");
        }
    }
}
