//! DTLS-SRTP (RFC 5763, RFC 5764): a handshake that ends with a verified peer and the keys for its media.
//!
//! The protocol itself, DTLS 1.2 and 1.3, is `dimpl`'s. What is ours: the one certificate of a server, the
//! comparison of the peer's certificate with the fingerprint that came by signalling, without which nobody is
//! connected, and the keys in the form that SRTP takes them.

mod certificate;
mod fingerprint;
mod handshake;
mod verdict;

pub use certificate::{Certificate, CertificateError};
pub use fingerprint::{Algorithm, Fingerprint, FingerprintError};
pub use handshake::{DATAGRAM_BYTES_MAX, DtlsError, Epoch, Event, Handshake};
pub use rtp::srtp::Side;
