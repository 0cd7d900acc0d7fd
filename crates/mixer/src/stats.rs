//! What a tick cost.

/// The work of one tick, for tests, benches and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TickStats {
    /// Members that have the floor.
    pub speakers: u32,
    /// Distinct mixes that were rendered: one for all who share it, and one for each who hears its
    /// own.
    pub mixes: u32,
    /// Frames that were encoded.
    pub encodes: u32,
    /// Voices that noise was taken out of.
    pub denoised: u32,
    /// Members that were looked at: those who were heard above the gate, have the floor, are played to
    /// or hear a stream of their own. Whoever merely listens costs a tick nothing.
    pub touched: u32,
}
