//! What a room is set up with.

use crate::mix::SPEAKERS_MAX;
use audio::level::Dbfs;

/// The limits and thresholds of a room. They hold for as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoomSettings {
    /// The most members that the room takes; more are refused.
    pub members_max: usize,
    /// The most members that are heard at once: at least one, and at most [`SPEAKERS_MAX`].
    pub speakers_max: usize,
    /// From this level on a member is taken to speak, at once: low enough for the soft beginning of
    /// a word, above the noise of a line.
    pub gate_opens: Dbfs,
    /// A speaker whose smoothed level falls below this has stopped. Lower than `gate_opens`; how
    /// long it takes to get there is the pause that a speaker may make.
    pub gate_closes: Dbfs,
    /// By how many decibels a member must be louder than the faintest speaker to take its place
    /// when all places are taken.
    pub challenge_db: f32,
    /// How loud the faint [noise](audio::comfort::NoiseFloor) is that is heard always, if any is, so that nobody takes
    /// a pause for a line that is dead.
    pub comfort_noise: Option<Dbfs>,
    /// What is done to each voice before it is mixed.
    pub strip: StripSettings,
    /// Who may have the floor.
    pub heed: Heed,
    /// Which [part](crate::SpeakerId::part) of a larger room this is, if it is one.
    pub part: u16,
}

/// What is done to a voice before it is mixed, while it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StripSettings {
    /// Whether rumble is cut off, which is lower than any voice.
    pub high_pass: bool,
    /// Whose noise is taken out, unless a member [wishes otherwise](crate::Room::set_denoise).
    pub denoise: Denoise,
    /// Whether all voices are brought to the same loudness.
    pub level: bool,
}

/// Whose noise is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denoise {
    /// Nobody's.
    Never,
    /// That of those under whose speech there is so much noise that it would be heard.
    WhereNoisy,
    /// Everybody's.
    Always,
}

impl StripSettings {
    /// Nothing: voices are mixed as they come.
    pub const BYPASS: Self = Self { high_pass: false, denoise: Denoise::Never, level: false };
}

impl Default for StripSettings {
    fn default() -> Self {
        Self { high_pass: true, denoise: Denoise::WhereNoisy, level: true }
    }
}

/// What a room gives the floor for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Heed {
    /// For speech: noise, music on hold and what a leg gives back of the room's own sound have the floor no longer than
    /// it takes to know them, and the tones of keys are left out.
    Speech,
    /// For whatever is loud enough: all is heard as it comes. For music, and for tests.
    #[default]
    AnySound,
}

impl RoomSettings {
    /// The most members that are heard at once, within what there is room for.
    pub(crate) fn speakers_max(&self) -> usize {
        self.speakers_max.clamp(1, SPEAKERS_MAX)
    }
}

impl Default for RoomSettings {
    fn default() -> Self {
        Self {
            members_max: 1_024,
            speakers_max: 8,
            gate_opens: Dbfs::new(-52.0),
            gate_closes: Dbfs::new(-60.0),
            challenge_db: 6.0,
            comfort_noise: None,
            strip: StripSettings::default(),
            heed: Heed::AnySound,
            part: 0,
        }
    }
}
