//! Batched datagram I/O: recvmmsg and sendmmsg.
