//! Where branches, tags, Call-IDs and nonces come from.

use std::fmt;

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

/// Tokens that nobody can guess; from a seed, in a simulation, the same ones every time.
pub struct Entropy(StdRng);

impl Entropy {
    /// Seeded by the system.
    pub fn from_system() -> Self {
        Self(StdRng::from_rng(&mut rand::rng()))
    }

    /// The same tokens every time, for simulations.
    pub fn from_seed(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A token of 96 random bits in hexadecimal.
    pub(crate) fn token(&mut self) -> String {
        let (high, low) = (self.0.next_u32(), self.0.next_u64());
        format!("{high:08x}{low:016x}")
    }

    /// A `branch` parameter with the cookie of RFC 3261 section 8.1.1.7.
    pub(crate) fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.token())
    }

    /// Key material, as much as a block of SHA-256.
    pub(crate) fn key(&mut self) -> [u8; 64] {
        let mut key = [0; 64];
        self.0.fill_bytes(&mut key);
        key
    }

    /// Evenly from `0..=max`.
    pub(crate) fn up_to(&mut self, max: u64) -> u64 {
        self.0.random_range(0..=max)
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}
