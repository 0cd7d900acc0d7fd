//! Session descriptions (RFC 8866), and offer and answer (RFC 3264) for one stream of audio: with telephones
//! here, and with browsers in [`browser`].
//!
//! [`SessionDescription`] reads what phones and carriers really send, within the limits of [`limits`], and
//! writes what they really accept. [`offer`], [`answer`] and [`conclude`] negotiate: their result is either
//! [`Negotiated`], which has all that a media engine needs to know, or a [`Refusal`] that says why not. A
//! [`Session`] does the same for a whole call: it counts versions, and keeps payload types and the order of
//! the media from one offer to the next.
//!
//! ```
//! use sdp::{Direction, Encoding, LocalMedia, SessionDescription};
//!
//! let offer = SessionDescription::parse(
//!     b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
//!       m=audio 4000 RTP/AVP 18 8 101\r\na=rtpmap:101 telephone-event/8000\r\n",
//! )?;
//! let local = LocalMedia::new("198.51.100.1:20000".parse()?, 42);
//! let (answer, negotiated) = sdp::answer(&offer, &local)?;
//!
//! assert_eq!(negotiated.remote_rtp, "192.0.2.7:4000".parse()?);
//! assert_eq!(negotiated.codec.encoding, Encoding::Pcma);
//! assert_eq!(negotiated.direction, Direction::SendReceive);
//! assert!(answer.to_string().contains("m=audio 20000 RTP/AVP 8 101\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! - Any bytes are either parsed or refused with a typed error, in time linear in their number, and take
//!   memory in proportion to it.
//! - An answer has as many media lines as its offer, in the same order (RFC 3264 section 6).
//! - Payload types in an answer are those of the offer; what we send bears the peer's numbers, and what we
//!   receive ours.
//!
//! # Deliberately missing
//!
//! To telephones secure profiles are refused by name, as are names for connection addresses: nothing here
//! resolves them. Video and data channels are rejected in answers, and an offer to a browser is never made but
//! for clients of our own: it is the browser that asks (RFC 9725).

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

pub mod browser;
mod codec;
mod description;
mod direction;
pub mod limits;
mod negotiation;

pub use codec::{Encoding, OpusParameters};
pub use description::{
    Address, AddressFamily, Attribute, Media, Origin, ParseError, Rtcp, RtpMap, SessionDescription,
};
pub use direction::Direction;
pub use negotiation::{
    DynamicTypes, LocalMedia, Negotiated, NegotiatedCodec, Refusal, Session, TelephoneEvent,
    answer, conclude, offer,
};
