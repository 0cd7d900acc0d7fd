//! A browser as a peer: ICE-lite, DTLS and the keys for SRTP, without I/O.
