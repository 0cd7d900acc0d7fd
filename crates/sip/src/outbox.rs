//! What the driver has to do, in the order in which it was decided.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{SipEvent, flow::Flow};

/// What the driver has to do.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send these bytes.
    Send(Flow, Bytes),
    /// Give this to the caller.
    Event(SipEvent),
}

/// What the driver has yet to do, and what was counted on the way.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Output>,
    sent: u64,
    retransmitted: u64,
}

impl Outbox {
    pub(crate) fn send(&mut self, flow: Flow, bytes: Bytes) {
        self.sent += 1;
        self.queue.push_back(Output::Send(flow, bytes));
    }

    /// The same as [`Self::send`], for what has been sent before.
    pub(crate) fn send_again(&mut self, flow: Flow, bytes: Bytes) {
        self.retransmitted += 1;
        self.send(flow, bytes);
    }

    pub(crate) fn event(&mut self, event: SipEvent) {
        self.queue.push_back(Output::Event(event));
    }

    /// The next thing to do.
    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    /// Messages sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Those among them that had been sent before.
    pub(crate) fn retransmitted(&self) -> u64 {
        self.retransmitted
    }
}
