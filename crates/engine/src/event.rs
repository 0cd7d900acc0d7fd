//! What the engine tells the control world.

use std::net::SocketAddr;

use crate::{LegId, LegQuality, LegStats};

/// Something that happened in the media world. Drained by [`Engine::poll_event`](crate::Engine::poll_event).
#[derive(Debug, Clone, PartialEq)]
pub enum EngineEvent {
    /// The leg's first packet was accepted: its source is known and, if a phone's, locked.
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
    /// The leg was found to give back what it is sent, by its loudspeaker and microphone or by its line. The others
    /// don't hear that any more; a headset would help. Told each time that it is found.
    ReturnFound {
        /// The leg.
        leg: LegId,
    },
    /// What was played to the leg has been heard to its end.
    PlaybackEnded {
        /// The leg.
        leg: LegId,
    },
    /// Neither RTP nor RTCP has come from a phone for the configured time, though both directions
    /// are on. It is for the caller to end the call; told once for each silence. (A browser shows by
    /// its consent that it is there.)
    MediaTimeout {
        /// The leg.
        leg: LegId,
    },
    /// A browser sent a DTLS datagram, from an address that ICE has validated. It is for the
    /// caller's handshake.
    Dtls {
        /// The leg.
        leg: LegId,
        /// The datagram, up to [`DTLS_BYTES_MAX`](crate::DTLS_BYTES_MAX).
        datagram: Box<[u8]>,
    },
    /// A browser chose the path by which it wants to be sent to, at first or anew.
    PathChanged {
        /// The leg.
        leg: LegId,
        /// Where the browser is, as seen from here.
        source: SocketAddr,
    },
    /// A browser has not shown for the configured time that it wants to be sent to, or was never
    /// heard from; nothing is sent to it any more. It is for the caller to end the leg; told once
    /// for each loss.
    ConsentLost {
        /// The leg.
        leg: LegId,
    },
    /// How well the leg's sound comes through; every few seconds.
    Quality {
        /// The leg.
        leg: LegId,
        /// What was measured since this was last told.
        quality: LegQuality,
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
