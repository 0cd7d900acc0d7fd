//! What an endpoint counts.

/// Counters since the start, and how many of each thing there are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Calls now, those that are being ended included.
    pub calls: usize,
    /// Transactions now.
    pub transactions: usize,
    /// TCP connections now.
    pub connections: usize,
    /// Messages received, whatever became of them.
    pub received: u64,
    /// Messages sent, retransmissions included.
    pub sent: u64,
    /// Requests and responses that were sent again.
    pub retransmitted: u64,
    /// Messages that could be answered with nothing and were dropped: not SIP at all, or beyond a limit.
    pub dropped_malformed: u64,
    /// Malformed requests that were answered 4xx or 505.
    pub refused_malformed: u64,
    /// Requests of strangers that were refused.
    pub strangers_refused: u64,
    /// Requests of strangers that were dropped because they came too fast.
    pub strangers_dropped: u64,
    /// Requests that proved no knowledge of a trunk's credentials.
    pub challenged: u64,
    /// Responses that belong to no transaction.
    pub stray_responses: u64,
    /// New calls and requests refused because a limit was reached.
    pub over_limit: u64,
    /// Messages that could not be sent.
    pub send_failures: u64,
    /// TCP connections refused or closed because a limit was reached or the framing was lost.
    pub connections_refused: u64,
}
