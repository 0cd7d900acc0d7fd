//! What was measured, ready to be shown: in summaries, in JSON, in reports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Distribution, LegId};

/// Everything that the media plane found between the beginning and the end of a measurement.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Measured {
    /// How long was measured, in seconds.
    pub seconds: f64,
    /// Legs that were there at the end.
    pub legs: usize,
    /// Packets that went out and came back.
    pub packets: Packets,
    /// The same second by second, from the beginning.
    pub series: Vec<Second>,
    /// Times in which a leg received nothing.
    pub gaps: Gaps,
    /// Interarrival jitter in milliseconds (RFC 3550 section 6.4.1 and appendix A.8, by kernel receive
    /// timestamps): each leg's smoothed value, taken once a second.
    pub jitter_ms: Distribution,
    /// From a talker's packets into those of a listener, in milliseconds: from the moment that the talker's packet with
    /// a chirp's first sample went out, to the moment at which that sample is due in the listener's received sound,
    /// if each packet were played as soon as the kernel had it. So it holds the way there and back, the server's
    /// buffers, and the delay of the codec by which the server encodes; not that of the talker's own
    /// ([`codec_delay_ms`](Self::codec_delay_ms)), nor the 20 ms that a phone takes to fill a packet, nor a phone's
    /// jitter buffer.
    pub latency_ms: Distribution,
    /// The delay of the codec alone, encoded and decoded once, in milliseconds: what there would be with no server.
    pub codec_delay_ms: f64,
    /// Who hears whom.
    pub hearing: Hearing,
    /// What people would say of it.
    pub mos: Mos,
    /// How well the tester kept its own time.
    pub tester: Tester,
    /// What the host took meanwhile from the cores of the server and of the tester.
    pub stolen: Stolen,
}

impl Measured {
    /// The share of packets due that came back, from 0 to 1; 1 if none was due.
    #[must_use]
    pub fn returned(&self) -> f64 {
        self.packets.returned_share()
    }

    /// Whether others than the server and the tester took so much time of their cores that a figure may be theirs.
    #[must_use]
    pub fn is_disturbed(&self) -> bool {
        self.tester.disturbed || self.stolen.is_much()
    }

    /// Whether the tester was well enough itself for the rest to count.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.tester.valid
    }
}

/// Counts of packets, of all legs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Packets {
    /// RTP packets that the legs sent.
    pub sent: u64,
    /// Packets that should have come back: for each leg, one for each 20 ms of media time from its first to its
    /// last, and for each 20 ms that it waited in vain before and after these, if it waited 200 ms or more.
    pub due: u64,
    /// Packets due that came, each counted once.
    pub returned: u64,
    /// Packets that came a second time.
    pub duplicates: u64,
    /// Packets that came after a later one.
    pub reordered: u64,
    /// Datagrams that were neither RTP that could be opened, nor RTCP, STUN or DTLS.
    pub rejected: u64,
    /// Legs that received nothing at all.
    pub silent_legs: u64,
}

impl Packets {
    /// The share of packets due that came back, from 0 to 1; 1 if none was due.
    #[must_use]
    pub fn returned_share(&self) -> f64 {
        if self.due == 0 { 1.0 } else { self.returned as f64 / self.due as f64 }
    }
}

/// One second of a measurement.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Second {
    /// Seconds from the beginning of the measurement to that of this second.
    pub at: u64,
    /// Legs that were there at its end.
    pub legs: u64,
    /// Packets that the legs sent.
    pub sent: u64,
    /// Packets that came back.
    pub returned: u64,
    /// Packets that were found missing.
    pub missing: u64,
    /// The server's processor time in percent of one core, if it is known.
    pub server_cpu_percent: Option<f64>,
    /// The server's resident memory in bytes, if it is known.
    pub server_memory_bytes: Option<u64>,
}

impl Second {
    /// The share of packets that were lost, from 0 to 1.
    #[must_use]
    pub fn loss(&self) -> f64 {
        let due = self.returned + self.missing;
        if due == 0 { 0.0 } else { self.missing as f64 / due as f64 }
    }
}

/// Times of at least [`GAP_MS_MIN`] between two packets of a leg, by kernel receive timestamps.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Gaps {
    /// How many there were.
    pub count: u64,
    /// Legs that had one.
    pub legs: u64,
    /// The longest, in milliseconds: of all times between two packets, gap or not.
    pub longest_ms: f64,
}

/// What is a gap, in milliseconds: two packets in a row that did not come, or came as late.
pub const GAP_MS_MIN: u64 = 60;

/// Who hears whom, as found in the sound of the ears.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Hearing {
    /// Legs whose sound was kept and searched.
    pub ears: usize,
    /// Pairs of a talker and an ear in its room, other than the talker itself, with a chirp that should be heard.
    pub pairs: usize,
    /// Chirps that should have been found in somebody else's ear.
    pub chirps_due: u64,
    /// Chirps that were.
    pub chirps_heard: u64,
    /// Talkers with ears, in how many of whose own sound was searched.
    pub talkers_with_ears: usize,
    /// Talkers who hear themselves.
    pub hear_themselves: Vec<LegId>,
    /// After how many milliseconds they do.
    pub own_voice_ms: Distribution,
    /// Ears that never hear one of their talkers.
    pub deaf: Vec<Deaf>,
}

impl Hearing {
    /// Whether every ear hears all talkers of its room, and no talker itself; false if nobody listened.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.pairs > 0 && self.deaf.is_empty() && self.hear_themselves.is_empty()
    }
}

/// An ear that never hears one of the talkers of its room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Deaf {
    /// Who listens.
    pub ear: LegId,
    /// Who isn't heard.
    pub talker: LegId,
}

/// Mean opinion scores, from 1 (bad) to 4.5 (excellent), by the E-model (ITU-T G.107): of each leg's own loss,
/// and of the median latency with 20 ms for the packet and a jitter buffer of twice the leg's jitter added.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Mos {
    /// The mean of all legs.
    pub mean: f64,
    /// 99% of the legs have this at least.
    pub p1: f64,
    /// The worst leg's.
    pub worst: f64,
}

/// How the tester itself did. Where it was late or deaf, nothing can be said of the server.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Tester {
    /// How late the steps of 1 ms began, in microseconds.
    pub lateness_us: Distribution,
    /// How late they would have begun had the media thread had its core to itself, by the processor time that it
    /// used: what of the lateness is its own work's. The rest is the host's, or another thread's.
    pub own_lateness_us: Distribution,
    /// Steps that began later than the next was due.
    pub late_steps: u64,
    /// Steps left out, because they were a whole packet late.
    pub skipped_steps: u64,
    /// Packets that the tester's own kernel did not take.
    pub unsent: u64,
    /// Packets that came, but found the tester's receive buffers full.
    pub dropped: u64,
    /// Whether the media thread runs in the real-time class.
    pub realtime: bool,
    /// Processor time of the media thread, in percent of a core.
    pub cpu_percent: f64,
    /// Whether the measurement says something of the server.
    pub valid: bool,
    /// If not, whether others took its core from it, and it did nothing wrong itself.
    pub disturbed: bool,
    /// If not, why.
    pub reasons: Vec<String>,
}

/// What the host of a virtual machine took from its cores.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Stolen {
    /// By core: the share of its time, in percent.
    pub percent: BTreeMap<usize, f64>,
}

/// The share of a core's time from which on the host may be the cause of what is wrong, in percent: of a measurement
/// of 6 s these are 60 ms, and few enough of them in one piece are heard.
pub const STOLEN_PERCENT_MAX: f64 = 1.0;

impl Stolen {
    /// The share that was taken from the core that suffered most, in percent.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.percent.values().copied().fold(0.0, f64::max)
    }

    /// Whether it may be the cause of what is wrong.
    #[must_use]
    pub fn is_much(&self) -> bool {
        self.most() > STOLEN_PERCENT_MAX
    }

    /// In words: by core.
    #[must_use]
    pub fn in_words(&self) -> String {
        let core = |(core, percent): (&usize, &f64)| format!("{percent:.1} % of core {core}");
        let words: Vec<String> = self.percent.iter().map(core).collect();
        if words.is_empty() { "not told by the kernel".to_owned() } else { words.join(", ") }
    }
}
