//! What the media world tells.

use conference::{Input, Measured};
use engine::{EngineEvent, LegId, LegQuality};

use super::Switchboard;
use super::call::{Call, KeyWay, Role, call_of};

impl Switchboard {
    /// Takes all events that there are.
    pub(super) fn take_engine_events(&mut self) {
        while let Some(event) = self.engine.poll_event() {
            self.take_engine_event(event);
        }
    }

    fn take_engine_event(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::MediaStarted { leg } => {
                let span = self.calls.get(&call_of(leg)).map(|call| call.span.clone());
                if let Some(span) = span {
                    span.in_scope(|| tracing::debug!("media"));
                }
            }
            EngineEvent::Digit { leg, digit } => {
                self.key_pressed(call_of(leg), KeyWay::Media, digit);
            }
            EngineEvent::SpeakingStarted { leg } => self.speaking(leg, true),
            EngineEvent::SpeakingStopped { leg } => self.speaking(leg, false),
            EngineEvent::ReturnFound { leg } => {
                self.of_participant(leg, |participant| Input::EchoFound { participant });
            }
            EngineEvent::PlaybackEnded { leg } => {
                let call = call_of(leg);
                if self.booths.begin(call) {
                    return;
                }
                match self.calls.get(&call).map(|call| call.role) {
                    Some(Role::Listening { room, .. }) => {
                        self.stop_listening(call, room, Some(sip::HangUp::Normal));
                    }
                    _ => self.of_participant(leg, |participant| Input::Told { participant }),
                }
            }
            EngineEvent::MediaTimeout { leg } => {
                self.of_participant(leg, |participant| Input::MediaLost { participant });
            }
            EngineEvent::Dtls { leg, datagram } => self.take_dtls(leg, &datagram),
            EngineEvent::PathChanged { leg, source } => self.path_changed(leg, source),
            EngineEvent::ConsentLost { leg } => self.consent_lost(leg),
            EngineEvent::Quality { leg, quality } => {
                let LegQuality { loss_in: loss, loss_out, jitter, round_trip, mos } = quality;
                let measured = Measured { mos, loss, loss_out, jitter, round_trip };
                self.of_participant(leg, |participant| Input::Quality { participant, measured });
            }
            EngineEvent::Left { leg, stats } => {
                tracing::info!(
                    call = %call_of(leg),
                    received = stats.packets_received,
                    sent = stats.packets_sent,
                    lost = stats.packets_lost,
                    jitter_ms = stats.jitter.as_millis(),
                    "leg freed"
                );
            }
            EngineEvent::WorkerLate { worker, skipped } => {
                tracing::warn!(worker, skipped, "a media worker is late");
            }
        }
    }

    fn speaking(&mut self, leg: LegId, speaking: bool) {
        self.of_participant(leg, |participant| Input::Speaking { participant, speaking });
    }

    fn of_participant(
        &mut self,
        leg: LegId,
        input: impl FnOnce(conference::ParticipantId) -> Input,
    ) {
        if let Some((key, participant)) = self.calls.get(&call_of(leg)).and_then(Call::seat) {
            self.advance(key, input(participant));
        }
    }
}
