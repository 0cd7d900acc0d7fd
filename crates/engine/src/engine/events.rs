//! What comes back from the workers: events to be told, and objects to be freed.

use std::time::Duration;

use super::{Engine, Line, Stage, WorkerRecord};
use crate::clock::monotonic;
use crate::dtls::DtlsDatagram;
use crate::message::{Returned, WorkerEvent};
use crate::{Counts, EngineEvent, LegId, LegStats};

/// How often a worker that falls behind is told of.
const LATE_EVENT_PERIOD: Duration = Duration::from_secs(1);

impl Engine {
    /// The next thing that happened, if any. Frees what the workers have returned.
    pub fn poll_event(&mut self) -> Option<EngineEvent> {
        for worker in 0..self.workers.len() {
            self.workers[worker].link.flush();
            while let Some(event) = self.workers[worker].link.event() {
                if let Some(event) = self.translate(event) {
                    return Some(event);
                }
            }
            while let Some(returned) = self.workers[worker].link.returned() {
                if let Some(event) = self.reclaim(worker, returned) {
                    return Some(event);
                }
            }
            while let Some(datagram) = self.workers[worker].link.dtls() {
                if let Some(event) = self.handshake(&datagram) {
                    return Some(event);
                }
            }
            if let Some(event) = self.workers[worker].lateness(worker) {
                return Some(event);
            }
        }
        self.own_events.pop_front()
    }

    /// What a worker's event means to the caller. Events of legs that are gone mean nothing.
    fn translate(&mut self, event: WorkerEvent) -> Option<EngineEvent> {
        let leg = match event {
            WorkerEvent::Latched(leg, _)
            | WorkerEvent::Digit(leg, _)
            | WorkerEvent::SpeakingStarted(leg)
            | WorkerEvent::SpeakingStopped(leg)
            | WorkerEvent::ReturnFound(leg)
            | WorkerEvent::PlaybackEnded(leg)
            | WorkerEvent::MediaTimeout(leg)
            | WorkerEvent::MediaStarted(leg)
            | WorkerEvent::PathChanged(leg, _)
            | WorkerEvent::ConsentLost(leg)
            | WorkerEvent::Quality(leg, _) => leg,
        };
        let record = self.legs.get_mut(&leg)?;
        Some(match event {
            WorkerEvent::Latched(_, source) => {
                if let Line::Phone { port } = record.line {
                    self.ports.latch(port, leg, source);
                }
                if std::mem::replace(&mut record.has_started, true) {
                    return None;
                }
                EngineEvent::MediaStarted { leg }
            }
            WorkerEvent::MediaStarted(_) => EngineEvent::MediaStarted { leg },
            WorkerEvent::PathChanged(_, source) => EngineEvent::PathChanged { leg, source },
            WorkerEvent::ConsentLost(_) => EngineEvent::ConsentLost { leg },
            WorkerEvent::Digit(_, digit) => EngineEvent::Digit { leg, digit },
            WorkerEvent::SpeakingStarted(_) => EngineEvent::SpeakingStarted { leg },
            WorkerEvent::SpeakingStopped(_) => EngineEvent::SpeakingStopped { leg },
            WorkerEvent::ReturnFound(_) => EngineEvent::ReturnFound { leg },
            WorkerEvent::PlaybackEnded(_) => EngineEvent::PlaybackEnded { leg },
            WorkerEvent::MediaTimeout(_) => EngineEvent::MediaTimeout { leg },
            WorkerEvent::Quality(_, quality) => EngineEvent::Quality { leg, quality },
        })
    }

    /// A browser's DTLS datagram, unless the browser is leaving.
    fn handshake(&self, datagram: &DtlsDatagram) -> Option<EngineEvent> {
        let leg = datagram.leg;
        let record = self.legs.get(&leg)?;
        let is_leaving = matches!(record.stage, Stage::Leaving);
        (!is_leaving).then(|| EngineEvent::Dtls { leg, datagram: datagram.as_bytes().into() })
    }

    /// Frees an object that came back, and with it the place that it had.
    fn reclaim(&mut self, worker: usize, returned: Returned) -> Option<EngineEvent> {
        let link = &mut self.workers[worker].link;
        match returned {
            Returned::Leg(object) => Some(self.left(object.id(), object.stats())),
            Returned::Browser(object) => Some(self.left(object.id(), LegStats::default())),
            Returned::Room(seat) => {
                link.rooms.give_back(seat.slot());
                None
            }
            Returned::Port(port) => {
                link.ports.give_back(port.slot());
                self.ports.close(port.number());
                None
            }
            Returned::Tap(slot, tap) => {
                drop(tap);
                self.tap_ended(worker, slot);
                None
            }
            Returned::Link(link) => {
                drop(link);
                None
            }
            Returned::Update(replaced) => {
                drop(replaced);
                None
            }
            Returned::Move(before) => {
                drop(before);
                None
            }
            Returned::Mouthpiece(half) => {
                drop(half);
                None
            }
            Returned::Earpiece(half) => {
                drop(half);
                None
            }
            Returned::Playback(replaced) => {
                drop(replaced);
                None
            }
            Returned::Broadcast(replaced) => {
                drop(replaced);
                None
            }
            Returned::Spare(spare) => {
                drop(spare);
                None
            }
        }
    }

    /// The last event of a leg whose objects came back.
    fn left(&mut self, leg: LegId, stats: LegStats) -> EngineEvent {
        self.forget(leg);
        EngineEvent::Left { leg, stats }
    }
}

impl WorkerRecord {
    /// An event if the worker has skipped turns since one was last made.
    fn lateness(&mut self, worker: usize) -> Option<EngineEvent> {
        let mut counts = Counts::default();
        self.link.figures.counts.add_to(&mut counts);
        let skipped = counts.sub_ticks_skipped - self.skipped_told;
        if skipped == 0 || monotonic().saturating_sub(self.told_at) < LATE_EVENT_PERIOD {
            return None;
        }
        self.skipped_told = counts.sub_ticks_skipped;
        self.told_at = monotonic();
        Some(EngineEvent::WorkerLate { worker, skipped })
    }
}
