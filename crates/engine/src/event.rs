//! What the engine tells the control world.

use crate::{LegId, LegStats};

/// Something that happened in the media world. Drained by [`Engine::poll_event`](crate::Engine::poll_event).
#[derive(Debug, Clone, PartialEq)]
pub enum EngineEvent {
    /// The leg's first packet was accepted: its source is known and locked.
    MediaStarted {
        /// The leg.
        leg: LegId,
    },
    /// The peer pressed a key (RFC 4733).
    Digit {
        /// The leg.
        leg: LegId,
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        digit: char,
    },
    /// The leg became one of the speakers of its room.
    SpeakingStarted {
        /// The leg.
        leg: LegId,
    },
    /// The leg is a speaker no longer.
    SpeakingStopped {
        /// The leg.
        leg: LegId,
    },
    /// What was played to the leg has been heard to its end.
    PlaybackEnded {
        /// The leg.
        leg: LegId,
    },
    /// Neither RTP nor RTCP has come for the configured time, though both directions are on. It is
    /// for the caller to end the call; told once for each silence.
    MediaTimeout {
        /// The leg.
        leg: LegId,
    },
    /// The leg is gone and freed; the last event of every leg, also of a reservation.
    Left {
        /// The leg.
        leg: LegId,
        /// What it sent and received.
        stats: LegStats,
    },
    /// A worker fell behind its schedule.
    WorkerLate {
        /// Which worker.
        worker: usize,
        /// Sub-ticks skipped since this was last told.
        skipped: u64,
    },
}
