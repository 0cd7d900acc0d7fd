//! Real-time transport as a conference needs it: RTP packets (RFC 3550) with header extensions (RFC 8285), RTCP
//! reports, keypad digits (RFC 4733), redundant audio (RFC 2198), SRTP (RFC 3711), the jitter buffer, the send
//! side and the statistics of a stream.
//!
//! Everything here is pure. Bytes and the time come in, bytes and decisions come out; there is no socket,
//! clock, thread or lock. Time is a [`Duration`](std::time::Duration) since a moment of the caller's choosing,
//! the same for all calls. What needs memory takes it when it is built; nothing allocates per packet.
//!
//! ```
//! use rtp::jitter::{Insert, JitterBuffer, Next, Settings};
//! use rtp::packet::{Header, Packet};
//! use std::time::Duration;
//!
//! // A datagram with 20 ms of G.711 arrives ...
//! let header =
//!     Header { marker: true, payload_type: 0, sequence: 7, timestamp: 1_600, ssrc: 0xC0FF_EE00 };
//! let mut datagram = header.to_bytes().to_vec();
//! datagram.extend([0xFF; 160]);
//!
//! // ... waits in its jitter buffer, and is due 20 ms later.
//! let mut buffer = JitterBuffer::new(Settings { depth: Duration::from_millis(20), ..Settings::default() });
//! let packet = Packet::parse(&datagram)?;
//! assert_eq!(buffer.insert(Duration::ZERO, &packet), Insert::Stored);
//! assert!(matches!(buffer.next(Duration::ZERO), Next::Wait));
//! let Next::Packet(stored) = buffer.next(Duration::from_millis(20)) else { unreachable!() };
//! assert_eq!(stored.payload.len(), 160);
//! # Ok::<(), rtp::packet::ParseError>(())
//! ```
//!
//! # Invariants
//!
//! - Every parser takes any bytes: a malformed datagram is a typed error. No index can be out of range and no
//!   number from the network can overflow (the lints below are denied outside tests).
//! - Delay through the jitter buffer is bounded, and returns to what the network needs after a stall.
//!
//! # Deliberately missing
//!
//! RTCP feedback (RFC 4585) is later work. Codecs are not known here, but for how long
//! a payload lasts ([`jitter::Framing`]).

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod bytes;
pub mod extension;
pub mod jitter;
pub mod packet;
pub mod quality;
pub mod red;
pub mod rtcp;
pub mod sender;
pub mod sequence;
pub mod srtp;
pub mod stats;
pub mod telephone_event;
pub mod time;

pub use bytes::BufferTooSmall;
