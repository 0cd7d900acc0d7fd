//! What sound is like, in 32 bits a tick.
//!
//! Source: J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system", ISMIR 2002: of each pair of
//! neighbouring bands, whether the upper has gained on the lower since two ticks ago. Neither loudness nor a room's
//! or a telephone's frequency response changes much of it, and codecs little. Here with a window of 64 ms, which a
//! shift by half a tick doesn't matter to, and bands in what telephones carry.

use crate::{level::Dbfs, recent::Recent, spectrum};

/// Bands, each 7.2 % wide, from 300 to 3,000 Hz.
const BANDS: usize = 33;

/// The first bin of each band, and of what would follow the last: 300 · 10^(n/33) Hz in bins of 15.6 Hz.
const EDGES: [u16; BANDS + 1] = [
    19, 20, 22, 23, 25, 27, 29, 31, 33, 35, 38, 41, 44, 47, 51, 54, 58, 62, 67, 72, 77, 82, 88, 95,
    102, 109, 117, 126, 135, 144, 155, 166, 179, 192,
];

/// Takes the fingerprints of a stream.
#[derive(Debug, Clone)]
pub(super) struct Fingerprinter {
    /// The energies of the bands in the last two ticks, the older first. Windows that are two ticks apart have less in
    /// common than neighbours, so that a shift by half a tick flips fewer bits: 25 % of them, in place of 30.
    last: [[f32; BANDS]; 2],
}

/// A tick of sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fingerprint {
    bits: u32,
    /// How loud it is in the bands.
    pub(super) level: Dbfs,
}

impl Fingerprint {
    pub(super) const SILENCE: Self = Self { bits: 0, level: Dbfs::SILENCE };

    /// The part of its bits that differ from another's: about half for two that have nothing in common.
    pub(super) fn distance(self, other: Self) -> f32 {
        (self.bits ^ other.bits).count_ones() as f32 / u32::BITS as f32
    }
}

impl Fingerprinter {
    pub(super) const fn new() -> Self {
        Self { last: [[0.0; BANDS]; 2] }
    }

    /// The fingerprint of the latest tick.
    pub(super) fn update(&mut self, recent: &Recent) -> Fingerprint {
        const FIRST: usize = EDGES[0] as usize;
        const BINS: usize = EDGES[BANDS] as usize - FIRST;
        let mut powers = [0.0; BINS];
        spectrum::LONG.powers(recent, FIRST, &mut powers);
        let bands: [f32; BANDS] = std::array::from_fn(|band| {
            let [from, to] = [EDGES[band], EDGES[band + 1]].map(|edge| usize::from(edge) - FIRST);
            powers[from..to].iter().sum()
        });
        let mut bits = 0;
        let before = &self.last[0];
        for band in 1..BANDS {
            let gain = (bands[band] - bands[band - 1]) - (before[band] - before[band - 1]);
            bits = bits << 1 | u32::from(gain > 0.0);
        }
        self.last = [self.last[1], bands];
        Fingerprint { bits, level: Dbfs::of_mean_square(powers.iter().sum()) }
    }

    /// Begins anew after silence.
    pub(super) const fn reset(&mut self) {
        self.last = [[0.0; BANDS]; 2];
    }
}
