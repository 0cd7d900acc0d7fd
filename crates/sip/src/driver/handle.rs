//! The caller's side of a running endpoint.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use tokio::sync::{mpsc, watch};

use crate::{CallId, Command, Dial, HangUp, Rejection, SipError, Stats, TrunkId};

/// Commands a running endpoint. Cheap to clone; the endpoint shuts down when the last one is dropped.
///
/// Commands for a call that is over are ignored: its `Ended` is on the way.
#[derive(Debug, Clone)]
pub struct SipHandle {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) closed: watch::Receiver<bool>,
    pub(super) stats: watch::Receiver<Stats>,
    pub(super) trunks: Arc<[TrunkId]>,
    pub(super) udp: Option<SocketAddr>,
    pub(super) tcp: Option<SocketAddr>,
}

impl SipHandle {
    /// Places a call, which ends with `Ended` whatever happens.
    ///
    /// # Errors
    /// The trunk is unknown, the number can't be dialled, the id is reserved, or the endpoint takes no command.
    pub fn dial(&self, call: CallId, dial: Dial) -> Result<(), SipError> {
        if call.is_inbound() {
            return Err(SipError::ReservedCallId);
        }
        if !self.trunks.contains(&dial.trunk) {
            return Err(SipError::UnknownTrunk(dial.trunk));
        }
        dial.check()?;
        self.send(Command::Dial(call, dial))
    }

    /// Tells an inbound caller that it rings (180).
    ///
    /// # Errors
    /// The endpoint takes no command.
    pub fn ring(&self, call: CallId) -> Result<(), SipError> {
        self.send(Command::Ring(call))
    }

    /// Gives an inbound caller early media (183).
    ///
    /// # Errors
    /// The endpoint takes no command.
    pub fn progress(&self, call: CallId, sdp: Bytes) -> Result<(), SipError> {
        self.send(Command::Progress(call, sdp))
    }

    /// Picks up an inbound call (200) with the answer, or with our offer when the INVITE had none.
    ///
    /// # Errors
    /// The endpoint takes no command.
    pub fn answer(&self, call: CallId, sdp: Bytes) -> Result<(), SipError> {
        self.send(Command::Answer(call, sdp))
    }

    /// Refuses an inbound call.
    ///
    /// # Errors
    /// The endpoint takes no command.
    pub fn reject(&self, call: CallId, rejection: Rejection) -> Result<(), SipError> {
        self.send(Command::Reject(call, rejection))
    }

    /// Ends a call in whatever state it is: CANCEL, BYE or a refusal.
    ///
    /// # Errors
    /// The endpoint takes no command.
    pub fn hang_up(&self, call: CallId, reason: HangUp) -> Result<(), SipError> {
        self.send(Command::HangUp(call, reason))
    }

    /// Answers the peer's new offer (200).
    ///
    /// # Errors
    /// The endpoint takes no command.
    pub fn accept_offer(&self, call: CallId, answer: Bytes) -> Result<(), SipError> {
        self.send(Command::AcceptOffer(call, answer))
    }

    /// Refuses the peer's new offer, usually with 488; the session stays as it was.
    ///
    /// # Errors
    /// The endpoint takes no command.
    pub fn refuse_offer(&self, call: CallId, status: u16) -> Result<(), SipError> {
        self.send(Command::RefuseOffer(call, status))
    }

    /// Sends an offer of ours within an answered call (re-INVITE).
    ///
    /// # Errors
    /// The endpoint takes no command.
    pub fn offer(&self, call: CallId, sdp: Bytes) -> Result<(), SipError> {
        self.send(Command::Offer(call, sdp))
    }

    /// What the endpoint has counted so far.
    pub fn stats(&self) -> Stats {
        *self.stats.borrow()
    }

    /// The UDP address in use.
    pub fn local_udp_addr(&self) -> Option<SocketAddr> {
        self.udp
    }

    /// The TCP address in use.
    pub fn local_tcp_addr(&self) -> Option<SocketAddr> {
        self.tcp
    }

    /// Refuses new calls, ends those there are and waits until their peers have agreed, or 64 × T1 for each message that
    /// one of them owes us.
    ///
    /// [`SipEvent::Ended`](crate::SipEvent::Ended) of each call comes at once; keep taking events meanwhile.
    pub async fn shutdown(&self) {
        // Both an overfull queue and a closed one are waited out; only the first can happen to a live endpoint.
        if self.commands.send(Command::Shutdown).await.is_ok() {
            let mut closed = self.closed.clone();
            let _ = closed.wait_for(|closed| *closed).await;
        }
    }

    fn send(&self, command: Command) -> Result<(), SipError> {
        self.commands.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SipError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => SipError::Closed,
        })
    }
}
