//! Every limit of the endpoint, in one place.

use std::time::Duration;

/// The largest datagram or stream message that is looked at, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 65_535;
/// The most bytes of a message before its body: start line and headers.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The most header fields of a message.
pub const HEADERS_MAX: usize = 128;
/// The largest body, in bytes.
pub const BODY_BYTES_MAX: usize = 32 * 1024;
/// The most hops in a `Via` stack, a `Route` or a `Record-Route` set: what `Max-Forwards` usually allows.
pub const HOPS_MAX: usize = 70;
/// Above this many bytes a request prefers TCP (RFC 3261 section 18.1.1).
pub const DATAGRAM_REQUEST_BYTES_MAX: usize = 1300;
/// The most early dialogs of one forked call; later branches are ignored until they answer.
pub const FORKS_MAX: usize = 8;
/// How often a request is sent again with credentials before a challenge counts as a refusal.
pub const CHALLENGES_MAX: u8 = 3;
/// How long a nonce of ours is good for.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(300);

/// What the operator can set. What happens at each limit is said with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Calls at a time, inbound and outbound. Above: INVITEs get 503 with `Retry-After`, dials end as
    /// [`EndCause::Refused`](crate::EndCause::Refused).
    pub calls_max: usize,
    /// How long an inbound call may wait for our answer. Above: it gets 480 and ends as
    /// [`EndCause::RingTimeout`](crate::EndCause::RingTimeout): its caller may be long gone (timer C of proxies).
    pub unanswered: Duration,
    /// Transactions at a time. Above: new requests from the network get a stateless 503.
    pub transactions_max: usize,
    /// `Retry-After` of our 503.
    pub retry_after: Duration,
    /// Answered requests per second from one address that no trunk vouches for. Above: silence.
    pub stranger_rate_per_second: u32,
    /// Strangers' addresses remembered. Above: the longest unseen is forgotten.
    pub strangers_max: usize,
    /// TCP connections at a time, in and out. Above: new ones are closed at once.
    pub connections_max: usize,
    /// TCP connections from one address. Above: new ones are closed at once.
    pub connections_per_address_max: usize,
    /// A TCP connection without traffic for so long is closed.
    pub connection_idle: Duration,
    /// A message that began on a TCP connection must be complete within this time.
    pub message_time: Duration,
    /// Messages waiting to be written to one TCP connection. Above: it is closed.
    pub connection_queue_max: usize,
    /// Commands waiting for the endpoint. Above: [`SipError::Overloaded`](crate::SipError::Overloaded).
    pub commands_max: usize,
    /// Events waiting for the caller. Above: the endpoint stops reading the network until it is drained.
    pub events_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls_max: 4_000,
            unanswered: Duration::from_secs(180),
            transactions_max: 40_000,
            retry_after: Duration::from_secs(10),
            stranger_rate_per_second: 5,
            strangers_max: 4_096,
            connections_max: 1_000,
            connections_per_address_max: 100,
            connection_idle: Duration::from_secs(180),
            message_time: Duration::from_secs(10),
            connection_queue_max: 256,
            commands_max: 16_384,
            events_max: 16_384,
        }
    }
}
