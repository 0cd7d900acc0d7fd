//! The sums: one mix of everybody, and for each who is heard, one without itself.

use audio::{Frame, Rate, vector};

/// Mixes the shares of a tick.
///
/// A mix without a voice is a sum that the voice was never part of, rather than the whole less the
/// voice: that would leave rounding errors of it, and nobody is to hear itself, however faintly. It
/// costs no more, for all such sums are built from the sums of those before and of those after:
///
/// ```text
/// without c  =  (a + b)  +  (d + e + ambience)
/// ```
pub struct Mixer {
    rate: Rate,
    /// What each voice contributes to this tick. Only the first `len` count.
    shares: Vec<Frame>,
    len: usize,
    /// What everybody hears besides the voices.
    ambience: Frame,
    /// The whole, and after it, for each share, the mix without it.
    mixes: Vec<Frame>,
    /// The sum of the shares before the one in turn.
    before: Frame,
}

/// Which of a tick's mixes somebody hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixId(usize);

impl MixId {
    /// The mix of everybody.
    pub const WHOLE: MixId = MixId(0);
}

impl Mixer {
    /// A mixer of at most `shares_max` voices.
    pub fn new(shares_max: usize, rate: Rate) -> Self {
        Self {
            rate,
            shares: vec![Frame::silent(rate); shares_max],
            len: 0,
            ambience: Frame::silent(rate),
            mixes: vec![Frame::silent(rate); shares_max + 1],
            before: Frame::silent(rate),
        }
    }

    /// Changes the rate, and silences everything.
    pub fn set_rate(&mut self, rate: Rate) {
        self.rate = rate;
        let frames = self.shares.iter_mut().chain(&mut self.mixes);
        frames.chain([&mut self.ambience, &mut self.before]).for_each(|frame| frame.set_rate(rate));
    }

    /// The rate of all frames.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// Begins a tick: no voices, and a silent ambience to add to.
    pub fn begin(&mut self) -> &mut Frame {
        self.len = 0;
        self.ambience.silence();
        &mut self.ambience
    }

    /// A place for one more share, and the name of the mix that will be without it.
    pub fn add_share(&mut self) -> Option<(&mut Frame, MixId)> {
        let share = self.shares.get_mut(self.len)?;
        self.len += 1;
        Some((share, MixId(self.len)))
    }

    /// Makes all the sums.
    pub fn mix(&mut self) {
        let shares = &self.shares[..self.len];
        let mixes = &mut self.mixes[..=self.len];
        // From the last share to the first: mix n becomes the sum of all shares from n on.
        mixes[self.len].copy_from(&self.ambience);
        for (n, share) in shares.iter().enumerate().rev() {
            let (upto, after) = mixes.split_at_mut(n + 1);
            vector::sum(upto[n].samples_mut(), share.samples(), after[0].samples());
        }
        // From the first to the last: the sum of all after a share gains the sum of all before it.
        self.before.silence();
        for (share, mix) in shares.iter().zip(&mut mixes[1..]) {
            vector::add(mix.samples_mut(), self.before.samples());
            vector::add(self.before.samples_mut(), share.samples());
        }
    }

    /// Whether somebody speaks in one of this tick's mixes: a mix of one's own is without oneself.
    pub const fn has_voice(&self, id: MixId) -> bool {
        self.len > (id.0 > 0) as usize
    }

    /// One of the mixes of this tick. It may exceed ±1.0.
    pub fn get(&self, id: MixId) -> &Frame {
        &self.mixes[id.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mixer_of(shares: &[Vec<f32>], ambience: f32) -> (Mixer, Vec<MixId>) {
        let mut mixer = Mixer::new(shares.len(), Rate::Hz8000);
        mixer.begin().samples_mut().fill(ambience);
        let mut ids = Vec::new();
        for samples in shares {
            let (share, id) = mixer.add_share().unwrap();
            share.fill_from(samples);
            ids.push(id);
        }
        assert!(mixer.add_share().is_none());
        mixer.mix();
        (mixer, ids)
    }

    fn naive_sum(shares: &[Vec<f32>], except: Option<usize>, ambience: f32, n: usize) -> f64 {
        let others = shares.iter().enumerate().filter(|(index, _)| Some(*index) != except);
        others.map(|(_, share)| f64::from(share[n])).sum::<f64>() + f64::from(ambience)
    }

    fn shares() -> impl Strategy<Value = Vec<Vec<f32>>> {
        let share = proptest::collection::vec(-1.0f32..1.0, 160);
        proptest::collection::vec(share, 0..10)
    }

    proptest! {
        #[test]
        fn sums_agree_with_the_naive_ones(shares in shares(), ambience in -0.2f32..0.2) {
            let (mixer, ids) = mixer_of(&shares, ambience);
            let cases = ids.iter().enumerate().map(|(index, &id)| (Some(index), id));
            for (except, id) in cases.chain([(None, MixId::WHOLE)]) {
                for (n, &sample) in mixer.get(id).samples().iter().enumerate() {
                    let naive = naive_sum(&shares, except, ambience, n);
                    prop_assert!((f64::from(sample) - naive).abs() < 1e-5);
                }
            }
        }

        #[test]
        fn the_mix_without_a_voice_holds_not_a_trace_of_it(
            mut shares in shares().prop_filter("somebody speaks", |shares| !shares.is_empty()),
            other in -1.0f32..1.0,
        ) {
            for index in 0..shares.len() {
                let (mixer, ids) = mixer_of(&shares, 0.0);
                let before = mixer.get(ids[index]).samples().to_vec();
                shares[index].fill(other);
                let (mixer, ids) = mixer_of(&shares, 0.0);
                prop_assert_eq!(mixer.get(ids[index]).samples(), before);
            }
        }
    }

    #[test]
    fn one_voice_alone_hears_exact_silence() {
        let (mixer, ids) = mixer_of(&[vec![0.3; 160]], 0.0);
        assert_eq!(mixer.get(ids[0]).samples(), [0.0; 160]);
        assert_eq!(mixer.get(MixId::WHOLE).samples(), [0.3; 160]);
        assert!(mixer.has_voice(MixId::WHOLE) && !mixer.has_voice(ids[0]));
        let (mixer, ids) = mixer_of(&[vec![0.3; 160], vec![0.2; 160]], 0.0);
        assert!(mixer.has_voice(ids[0]) && mixer.has_voice(ids[1]));
        assert!(!mixer_of(&[], 0.1).0.has_voice(MixId::WHOLE), "a chime is no voice");
    }

    #[test]
    fn a_new_tick_and_a_new_rate_start_from_nothing() {
        let (mut mixer, _) = mixer_of(&[vec![0.3; 160]], 0.1);
        mixer.begin();
        mixer.mix();
        assert_eq!(mixer.get(MixId::WHOLE).samples(), [0.0; 160]);
        mixer.set_rate(Rate::Hz48000);
        mixer.begin();
        assert_eq!(mixer.add_share().unwrap().0.rate(), Rate::Hz48000);
        mixer.mix();
        assert_eq!(mixer.get(MixId::WHOLE).samples().len(), 960);
    }
}
