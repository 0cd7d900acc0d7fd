//! The side of the carrier that calls: phones that dial in to a server.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sdp::{Encoding, SessionDescription};
use sip::{
    CallId, Dial, EndCause, Endpoint, HangUp, HostPort, Settings, SipEvent, SipHandle, Trunk,
    TrunkId,
};
use tokio::sync::{mpsc, oneshot};

use crate::phone::{Conversation, Phone, PhoneError, Says};

/// How long a phone that dials in lets it ring.
const RING_TIME: Duration = Duration::from_secs(60);

const TRUNK: &str = "server";

/// Phones that dial in to one server.
pub struct Caller {
    handle: SipHandle,
    ip: IpAddr,
    next: AtomicU64,
    waiting: Waiting,
}

/// Who waits for an answer to their call.
type Waiting = Arc<Mutex<HashMap<CallId, oneshot::Sender<Result<bytes::Bytes, EndCause>>>>>;

/// A call that a phone placed and that was answered. It ends when this is dropped.
pub struct Connection {
    /// What is said and heard.
    pub conversation: Conversation,
    handle: SipHandle,
    call: CallId,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Fails only when the endpoint has closed, and its calls with it.
        let _ = self.handle.hang_up(self.call, HangUp::Normal);
    }
}

impl Caller {
    /// Phones on `ip` that call `server`.
    ///
    /// # Errors
    /// There is no socket to be had.
    pub async fn open(ip: IpAddr, server: SocketAddr) -> Result<Self, PhoneError> {
        let mut settings = Settings::udp(SocketAddr::new(ip, 0));
        settings.user_agent = "Simulated phone".to_owned();
        settings.trunks = vec![Trunk::new(TRUNK, HostPort::from(server))];
        let (handle, events) = Endpoint::bind(settings).await?;
        let waiting = Waiting::default();
        tokio::spawn(tell(events, Arc::clone(&waiting)));
        Ok(Self { handle, ip, next: AtomicU64::new(1), waiting })
    }

    /// Dials `code`, showing `caller_id`, and talks as soon as the call is answered.
    ///
    /// # Errors
    /// The call isn't answered, or can't be placed.
    pub async fn dial(
        &self,
        code: &str,
        caller_id: &str,
        says: impl Into<Says>,
    ) -> Result<Connection, PhoneError> {
        let phone = Phone::open(self.ip).await?;
        let mut session =
            phone.session(&[Encoding::Pcma, Encoding::Pcmu, Encoding::G722, Encoding::Opus]);
        let call = CallId(self.next.fetch_add(1, Ordering::Relaxed));
        let (answered, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(call, answered);
        let dial = Dial {
            trunk: TrunkId(TRUNK.to_owned()),
            to_number: code.to_owned(),
            caller_id: Some(caller_id.to_owned()),
            offer: session.offer().to_string().into(),
            ring_time: RING_TIME,
        };
        self.handle.dial(call, dial)?;
        let answer = answer.await.map_err(|_| sip::SipError::Closed)?;
        let answer = SessionDescription::parse(&answer.map_err(PhoneError::NotAnswered)?)?;
        let negotiated = session.conclude(&answer)?;
        let conversation = phone.talk(&negotiated, says)?;
        Ok(Connection { conversation, handle: self.handle.clone(), call })
    }

    /// Hangs up whoever talks, and closes.
    pub async fn close(self) {
        self.handle.shutdown().await;
    }
}

/// Tells those who wait what became of their calls.
async fn tell(mut events: mpsc::Receiver<SipEvent>, waiting: Waiting) {
    while let Some(event) = events.recv().await {
        let call = event.call();
        let result = match event {
            SipEvent::Answered { sdp, .. } => Ok(sdp),
            SipEvent::Ended { cause, .. } => Err(cause),
            _ => continue,
        };
        let waits = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
        if let Some(waits) = waits {
            // Whoever asked may have gone away.
            let _ = waits.send(result);
        }
    }
}
