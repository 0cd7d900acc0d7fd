//! A name as its owner has said it, kept to be said again.

use std::time::Duration;

use audio::Rate;
use audio::codec::g711;

/// The longest name: a first and a second one, without haste.
pub const SAID_NAME_MAX: Duration = Duration::from_secs(3);

/// What follows a name, so that it doesn't run into the next word: 100 ms at 8 kHz.
const PAUSE_SAMPLES: usize = 800;

/// A name in somebody's own voice. It is kept as telephones send it, 8,000 bytes a second (A-law, ITU-T G.711), in
/// memory alone, and goes with the call that it was said in.
#[derive(Clone, PartialEq, Eq)]
pub struct SaidName(Box<[u8]>);

impl SaidName {
    /// Keeps what was said, at 8 kHz: the first [`SAID_NAME_MAX`] of it.
    pub fn new(samples: &[f32]) -> SaidName {
        let samples_max = Rate::Hz8000.samples_in_ms(SAID_NAME_MAX.as_millis() as u32);
        let mut kept = vec![0; samples.len().min(samples_max)];
        g711::encode_alaw(samples, &mut kept);
        SaidName(kept.into())
    }

    /// What was said, at 8 kHz, and a pause.
    pub fn samples(&self) -> Vec<f32> {
        let mut samples = vec![0.0; self.0.len() + PAUSE_SAMPLES];
        g711::decode_alaw(&self.0, &mut samples);
        samples
    }

    /// How long it takes to say.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.0.len() as f64 / f64::from(Rate::Hz8000.hz()))
    }
}

impl std::fmt::Debug for SaidName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SaidName").field(&self.duration()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_said_as_it_was_and_no_longer_than_may_be() {
        let said: Vec<f32> = (0..8_000).map(|n| (n as f32 / 9.0).sin() / 2.0).collect();
        let name = SaidName::new(&said);
        assert_eq!(name.duration(), Duration::from_secs(1));
        let again = name.samples();
        assert_eq!(again.len(), said.len() + PAUSE_SAMPLES);
        let off = said.iter().zip(&again).map(|(was, is)| (was - is).abs()).fold(0.0, f32::max);
        assert!(off < 0.02, "{off}");
        assert!(again[8_000..].iter().all(|sample| *sample == 0.0));
        assert_eq!(SaidName::new(&vec![0.5; 80_000]).duration(), SAID_NAME_MAX);
        assert_eq!(SaidName::new(&[]).duration(), Duration::ZERO);
    }
}
