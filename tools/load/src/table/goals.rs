//! The rows of the capacity table: what each is called, what is to be reached, and when it is.

use crate::result::{Better, Bounds, Figures, Row};

/// What the 99th percentile of the latency may be above that of G.711, in milliseconds, where the server encodes by
/// Opus: an encoder of it looks ahead by 6.5 ms (RFC 6716 section 2).
const OPUS_LOOKAHEAD_MS: f64 = 6.5;

/// A row of the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Goal {
    /// G.711 legs in one room.
    G711Room,
    /// G.711 legs in rooms of four.
    G711Rooms,
    /// Opus legs by SIP in one room.
    OpusRoom,
    /// Browser legs in one room.
    Browsers,
    /// Opus legs in twenty rooms.
    OpusRooms,
    /// Processor time of a leg, against a bare reflector's.
    AgainstReflect,
    /// Processor time of a leg in a large room, against a small one's.
    LargeAgainstSmall,
    /// Latency below and near the capacity.
    Latency,
    /// Memory of a leg.
    Memory,
    /// Late ticks near the capacity.
    LateTicks,
}

impl Goal {
    /// All rows, in their order.
    pub const ALL: [Self; 10] = [
        Self::G711Room,
        Self::G711Rooms,
        Self::OpusRoom,
        Self::Browsers,
        Self::OpusRooms,
        Self::AgainstReflect,
        Self::LargeAgainstSmall,
        Self::Latency,
        Self::Memory,
        Self::LateTicks,
    ];

    /// What the row is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::G711Room => "G.711, one room, 3 talkers, ≥ 99.9% returned",
            Self::G711Rooms => "G.711, 750 rooms × 4, 2 talkers",
            Self::OpusRoom => "Opus SIP legs, one room, 3 talkers, others DTX or near-silent",
            Self::Browsers => "browser legs (SRTP), one room, 3 talkers",
            Self::OpusRooms => "Opus, 20 rooms × 50, 3 talkers each",
            Self::AgainstReflect => "CPU per leg against reflect in the same run, G.711",
            Self::LargeAgainstSmall => "CPU per leg at 2,000 in one room against 20 in one room",
            Self::Latency => "latency in to out, p50 / p99, at half of capacity and at 90%",
            Self::Memory => "memory per G.711 leg / per browser leg",
            Self::LateTicks => "late ticks at 90% of capacity",
        }
    }

    /// The unit of its numbers.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::G711Room
            | Self::G711Rooms
            | Self::OpusRoom
            | Self::Browsers
            | Self::OpusRooms => "legs a core",
            Self::AgainstReflect | Self::LargeAgainstSmall => "times",
            Self::Latency => "ms",
            Self::Memory => "KiB",
            Self::LateTicks => "%",
        }
    }

    /// What is to be reached. Of latency these are p50 and p99 at half of capacity, then p50 and p99 at 90%; of
    /// memory a G.711 leg's and a browser leg's.
    #[must_use]
    pub const fn figures(self) -> &'static [f64] {
        match self {
            Self::G711Room => &[3_000.0],
            Self::G711Rooms | Self::OpusRoom => &[2_500.0],
            Self::Browsers => &[2_000.0],
            Self::OpusRooms => &[700.0],
            Self::AgainstReflect => &[1.3],
            Self::LargeAgainstSmall => &[1.1],
            Self::Latency => &[25.0, 35.0, 25.0, 35.0],
            Self::Memory => &[32.0, 96.0],
            Self::LateTicks => &[0.1],
        }
    }

    /// Whether more is better.
    #[must_use]
    pub const fn better(self) -> Better {
        match self {
            Self::G711Room
            | Self::G711Rooms
            | Self::OpusRoom
            | Self::Browsers
            | Self::OpusRooms => Better::More,
            _ => Better::Less,
        }
    }

    /// What each step on the way to a row's capacity has to hold.
    #[must_use]
    pub fn bounds(self) -> Bounds {
        let Bounds { returned_min, latency_p99_ms_max } = Bounds::default();
        let later_ms = match self {
            Self::OpusRoom | Self::Browsers | Self::OpusRooms => OPUS_LOOKAHEAD_MS,
            _ => 0.0,
        };
        Bounds { returned_min, latency_p99_ms_max: latency_p99_ms_max + later_ms }
    }

    /// The legs that a row about capacity is about.
    #[must_use]
    pub fn legs(self) -> usize {
        self.figures().first().map_or(0, |legs| *legs as usize)
    }

    /// The row with what was reached. With `half`, half of the goal is enough: half as many legs, or twice as much of
    /// what should be little.
    #[must_use]
    pub fn row(self, reached: &[f64], half: bool, note: impl Into<String>) -> Row {
        let goal = self.figures();
        let is_reached = |(reached, goal): (&f64, &f64)| match (self.better(), half) {
            (Better::More, false) => reached >= goal,
            (Better::More, true) => *reached >= goal / 2.0,
            (Better::Less, false) => reached <= goal,
            (Better::Less, true) => *reached <= goal * 2.0,
        };
        let holds = reached.len() == goal.len() && reached.iter().zip(goal).all(is_reached);
        Row {
            row: self.name().to_owned(),
            reached: figures(reached),
            goal: figures(goal),
            holds,
            better: self.better(),
            unit: self.unit().to_owned(),
            note: note.into(),
        }
    }

    /// The row when it could not be measured, and why.
    #[must_use]
    pub fn missing(self, note: impl Into<String>) -> Row {
        self.row(&[], false, note)
    }
}

fn figures(values: &[f64]) -> Figures {
    // More digits than these say nothing.
    let rounded = |value: &f64| (value * 1_000.0).round() / 1_000.0;
    match values {
        [] => Figures::Missing,
        [one] => Figures::One(rounded(one)),
        several => Figures::Several(several.iter().map(rounded).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_ten_and_differ() {
        let names: std::collections::BTreeSet<_> =
            Goal::ALL.iter().map(|goal| goal.name()).collect();
        assert_eq!(names.len(), 10);
        assert_eq!(Goal::G711Room.legs(), 3_000);
        let latency = |goal: Goal| goal.bounds().latency_p99_ms_max;
        assert_eq!([Goal::G711Rooms, Goal::Browsers].map(latency), [35.0, 41.5]);
    }

    #[test]
    fn a_row_holds_when_each_figure_does() {
        assert!(Goal::G711Room.row(&[3_000.0], false, "").holds);
        assert!(!Goal::G711Room.row(&[2_999.0], false, "").holds);
        assert!(Goal::G711Room.row(&[1_500.0], true, "").holds);
        assert!(Goal::Latency.row(&[20.0, 30.0, 25.0, 35.0], false, "").holds);
        assert!(!Goal::Latency.row(&[20.0, 30.0, 25.0, 35.1], false, "").holds);
        assert!(Goal::Memory.row(&[64.0, 192.0], true, "").holds);
        assert!(!Goal::Memory.row(&[64.1, 1.0], true, "").holds);
        let missing = Goal::Memory.missing("no time was left");
        assert!(!missing.holds && missing.reached == Figures::Missing);
    }

    #[test]
    fn figures_are_numbers_lists_or_null_in_json() {
        let json = |row: Row| serde_json::to_value(row).unwrap();
        assert_eq!(json(Goal::G711Room.row(&[3_100.0], false, ""))["reached"], 3_100.0);
        assert_eq!(json(Goal::Memory.row(&[20.0, 80.5], false, ""))["reached"][1], 80.5);
        assert!(json(Goal::Memory.missing(""))["reached"].is_null());
    }
}
