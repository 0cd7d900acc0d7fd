//! The end of all calls.

use std::time::Duration;

use conference::Input;
use sip::{CallId, HangUp, SipEvent};
use tokio::sync::mpsc;

use super::Switchboard;
use super::call::Role;

/// Until each BYE is answered. A peer that is gone would take 32 s (RFC 3261's timer F).
const SIGNALLING_TIME: Duration = Duration::from_secs(3);

impl Switchboard {
    /// Ends every call with BYE, and the media world after them.
    pub(super) async fn stop(mut self, sip_events: &mut mpsc::Receiver<SipEvent>) {
        self.is_draining = true;
        for key in self.conferences.active() {
            self.advance(key, Input::Stop);
        }
        // What is left came in and isn't in a conference.
        let left: Vec<(CallId, Role)> =
            self.calls.iter().map(|(id, call)| (*id, call.role)).collect();
        for (id, role) in left {
            match role {
                Role::Listening { room, .. } => {
                    self.stop_listening(id, room, Some(HangUp::Stopping))
                }
                Role::Looking | Role::Seated { .. } => self.free(id, Some(HangUp::Stopping)),
            }
        }
        let signalled = async {
            // Its events are taken, so that it isn't kept from its end by a full queue.
            let shutdown = self.sip.shutdown();
            tokio::pin!(shutdown);
            loop {
                tokio::select! {
                    () = &mut shutdown => return,
                    Some(_) = sip_events.recv() => {}
                }
            }
        };
        if tokio::time::timeout(SIGNALLING_TIME, signalled).await.is_err() {
            tracing::warn!("not all calls were seen to end at the other side");
        }
        self.take_engine_events();
        self.finish_tapes().await;
        self.recorder.finish().await;
        self.notices.finish().await;
        self.engine.shutdown();
    }
}
