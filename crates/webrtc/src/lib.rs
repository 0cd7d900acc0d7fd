//! A browser as a peer: STUN and ICE, DTLS, and the keys for SRTP, without I/O.
//!
//! - [`Datagram`] tells apart what comes to one port: STUN, DTLS, RTP (RFC 7983).
//! - [`stun`] reads and writes STUN messages (RFC 8489).
//! - [`ice`] has the [`Agent`](ice::Agent) of a server that is ICE-lite (RFC 8445): it answers a peer's checks,
//!   and knows from which addresses the peer may be heard, to which one to send, and whether it is still there.
//! - [`dtls`] has the [`Certificate`](dtls::Certificate) and the [`Handshake`](dtls::Handshake) that ends with a
//!   verified peer and the keys for SRTP (RFC 5763, RFC 5764).
//!
//! Everything here is pure: datagrams and the time come in, datagrams and decisions come out. Time is a
//! [`Duration`](std::time::Duration) since a moment of the caller's choosing. An agent allocates nothing after it
//! was made, and so runs on a media thread; handshakes allocate, and belong into the control world.
//!
//! ```
//! use std::time::Duration;
//! use webrtc::ice::{Agent, Credentials, Reply};
//! use webrtc::stun::{self, Class, Key, Transaction, Writer};
//!
//! // The server's side of one peer, told apart from others by its user fragment ...
//! let ours = Credentials::new(0, 7, &[42; 26]);
//! let mut agent = Agent::new(&ours, Duration::from_secs(20), Duration::ZERO);
//!
//! // ... gets a connectivity check of the peer, which nominates the address that it comes from.
//! let source = "192.0.2.7:50000".parse()?;
//! let mut check = [0; 128];
//! let length = Writer::new(&mut check, Class::Request, Transaction([1; 12]))
//!     .attribute(stun::USERNAME, format!("{}:theirs", ours.ufrag).as_bytes())
//!     .attribute(stun::ICE_CONTROLLING, &[9; 8])
//!     .attribute(stun::PRIORITY, &[0, 0, 1, 0])
//!     .attribute(stun::USE_CANDIDATE, &[])
//!     .finish(Some(&Key::new(ours.pwd.as_str().as_bytes())))?;
//!
//! let mut answer = [0; webrtc::ice::ANSWER_BYTES_MAX];
//! let reply = agent.handle(Duration::from_secs(1), source, &check[..length], &mut answer);
//! assert_eq!(reply, Reply::Answer { length: 64, validated: true, nominated: true });
//! assert_eq!(agent.selected(), Some(source));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! - Any bytes may come in. No index can be out of range and no number from the network can overflow (the lints
//!   below are denied outside tests).
//! - Nothing is sent to an address that did not prove that it wants it, and no answer is larger than what it
//!   answers.
//! - Nobody is connected before the certificate was compared with the fingerprint from the signalling.
//!
//! # Deliberately missing
//!
//! A full ICE agent with checks of its own, and TURN: a server with an address of its own needs neither. Data
//! channels, and handshakes that are resumed or renegotiated.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod datagram;
pub mod dtls;
pub mod ice;
pub mod stun;

pub use datagram::Datagram;
