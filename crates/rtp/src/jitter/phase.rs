//! Where the playout of a stream stands.

/// Whether and where a stream is played.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// Nothing is played until the first packet that waits is due.
    Waiting,
    Playing(Playout),
}

/// Where playout stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Playout {
    /// Media time of the next unit to be played.
    pub(super) cursor: i64,
    /// Units bridged since the last packet.
    pub(super) bridged_units: u32,
    /// Of them, those made up while it was not known whether anything is lost or only late.
    pub(super) made_up_units: u32,
    /// The last packet said that silence follows.
    pub(super) is_pause: bool,
    /// And what that silence sounds like.
    pub(super) is_comfort: bool,
}
