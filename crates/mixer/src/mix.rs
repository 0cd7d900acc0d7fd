//! The desk that rooms are mixed on, and the sums: one mix of everybody, and for each who is heard, one without itself.

use crate::denoisers::{DENOISERS_MAX, Denoisers};
use audio::{
    Frame, Rate,
    codec::{self, COMPLEXITY_MAX},
    comfort::NoiseFloor,
    denoise::Denoiser,
    vector,
};

/// The most members that are heard at once in any room.
pub const SPEAKERS_MAX: usize = 32;

/// The desk on which rooms are mixed, one after the other: the memory that a tick needs and leaves
/// nothing behind in, and the denoisers that its rooms share. One serves all rooms of a thread, so that it stays in the processor's cache and a
/// room of four costs next to nothing besides its members.
pub struct Desk {
    pub(crate) mixer: Mixer,
    /// For those of all rooms who need one.
    pub(crate) denoisers: Denoisers,
    /// What is about to be encoded, one a rate.
    frames: [Frame; Rate::ALL.len()],
    /// The same in two channels, at 48 kHz.
    channels: [Frame; 2],
    /// What is to the left of a mix less what is to the right, at the room's rate.
    side: Frame,
    pub(crate) noise_floor: NoiseFloor,
    /// The effort that encoders make at most.
    pub(crate) complexity_max: u8,
}

/// A mix of this tick.
#[derive(Clone, Copy)]
pub struct Mix<'a> {
    /// It may exceed ±1.0.
    pub frame: &'a Frame,
    /// Whether somebody speaks in it.
    pub has_voice: bool,
    /// Whether it is the room's own [comfort noise](audio::comfort) and nothing else.
    pub is_comfort: bool,
}

/// A mix of two channels: the left one is the middle and the side, the right one the middle without the side.
pub(crate) struct StereoMix<'a> {
    /// The mix of one channel.
    pub(crate) middle: Mix<'a>,
    /// It may exceed ±1.0.
    pub(crate) side: &'a Frame,
}

impl Desk {
    /// Makes a desk for rooms of any settings: two megabytes, of which a tick touches no more than
    /// its speakers need. If another thread than this is to use it, that is to [prepare](Self::prepare_thread).
    pub fn new() -> Self {
        // Each speaker may be replaced in one tick, while it fades out.
        Self::prepare_thread();
        Self {
            mixer: Mixer::new(2 * SPEAKERS_MAX),
            denoisers: Denoisers::new(DENOISERS_MAX),
            frames: Rate::ALL.map(Frame::silent),
            channels: [(); 2].map(|()| Frame::silent(Rate::Hz48000)),
            side: Frame::silent(Rate::Hz48000),
            noise_floor: NoiseFloor::new(),
            complexity_max: COMPLEXITY_MAX,
        }
    }

    /// Has encoders make no more than this [effort](audio::codec::Encoder::limit_complexity), in all rooms that are
    /// mixed here from now on.
    pub fn limit_complexity(&mut self, complexity_max: u8) {
        self.complexity_max = complexity_max;
    }

    /// Makes what a thread needs besides a desk, so that no tick on it has to. To be called once by a thread
    /// that is given a desk, before it mixes.
    pub fn prepare_thread() {
        Denoiser::warm_up_thread();
        codec::prepare_thread();
    }

    /// The mix that everybody hears who doesn't speak, and the place for what becomes of it at a rate.
    pub(crate) fn shared(&mut self, rate: Rate) -> (Mix<'_>, &mut Frame) {
        self.private(MixId::WHOLE, rate)
    }

    /// A mix, and the place for what becomes of it at a rate.
    pub(crate) fn private(&mut self, id: MixId, rate: Rate) -> (Mix<'_>, &mut Frame) {
        (self.mixer.get(id), &mut self.frames[rate.index()])
    }

    /// A mix in two channels, and the places for what becomes of them.
    pub(crate) fn stereo(&mut self, id: MixId) -> (StereoMix<'_>, &mut [Frame; 2]) {
        self.mixer.side(id, &mut self.side);
        (StereoMix { middle: self.mixer.get(id), side: &self.side }, &mut self.channels)
    }

    /// What has become of a mix at a rate.
    pub(crate) fn frame(&self, rate: Rate) -> &Frame {
        &self.frames[rate.index()]
    }

    /// What has become of the two channels.
    pub(crate) fn channels(&self) -> &[Frame; 2] {
        &self.channels
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

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
    shares: Box<[Frame]>,
    /// Where each of them stands, from -1 on the right to 1 on the left.
    places: Box<[f32]>,
    len: usize,
    /// What everybody hears besides the voices of members.
    ambience: Frame,
    /// Of that, what is to the left less what is to the right, if there is anything.
    ambience_side: Option<Frame>,
    /// Whether a guest speaks in it.
    ambience_has_voice: bool,
    /// Whether it is comfort noise and nothing else.
    ambience_is_comfort: bool,
    /// The whole, and after it, for each share, the mix without it.
    mixes: Box<[Frame]>,
    /// The sum of the shares before the one in turn; and, before mixing, a guest's share.
    before: Frame,
}

/// Which of a tick's mixes somebody hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixId(u16);

impl MixId {
    /// The mix of everybody.
    pub const WHOLE: MixId = MixId(0);
}

impl Mixer {
    /// A mixer of at most `shares_max` voices.
    pub fn new(shares_max: usize) -> Self {
        let frame = Frame::silent(Rate::Hz8000);
        Self {
            rate: Rate::Hz8000,
            shares: vec![frame.clone(); shares_max].into_boxed_slice(),
            places: vec![0.0; shares_max].into_boxed_slice(),
            len: 0,
            ambience: frame.clone(),
            ambience_side: None,
            ambience_has_voice: false,
            ambience_is_comfort: false,
            mixes: vec![frame.clone(); shares_max + 1].into_boxed_slice(),
            before: frame,
        }
    }

    /// Begins a tick at a rate: no voices, and a silent ambience to add to.
    pub fn begin(&mut self, rate: Rate) -> &mut Frame {
        self.rate = rate;
        self.len = 0;
        self.ambience_has_voice = false;
        self.ambience_is_comfort = false;
        self.ambience_side = None;
        self.ambience.set_rate(rate);
        &mut self.ambience
    }

    /// A place for one more share, and the name of the mix that will be without it.
    pub fn add_share(&mut self) -> Option<(&mut Frame, MixId)> {
        let share = self.shares.get_mut(self.len)?;
        retune(share, self.rate);
        self.places[self.len] = 0.0;
        self.len += 1;
        Some((share, MixId(self.len as u16)))
    }

    /// Has the voice that a mix is without stand elsewhere than in the middle.
    pub fn place(&mut self, without_it: MixId, place: f32) {
        let index = usize::from(without_it.0).checked_sub(1);
        if let Some(own) = index.and_then(|index| self.places.get_mut(index)) {
            *own = place;
        }
    }

    /// Adds a share that all members hear, as it is of none of them, and that stands at this place.
    pub fn add_guest(&mut self, place: f32, write: impl FnOnce(&mut Frame)) {
        retune(&mut self.before, self.rate);
        write(&mut self.before);
        vector::add(self.ambience.samples_mut(), self.before.samples());
        let side = self.ambience_side.get_or_insert_with(|| Frame::silent(self.rate));
        vector::add_scaled(side.samples_mut(), self.before.samples(), place);
        self.ambience_has_voice = true;
    }

    /// Adds comfort noise to the ambience, made so much louder or fainter, once all else is in it.
    pub fn add_comfort(&mut self, noise: &[f32], gain: f32) {
        self.ambience_is_comfort = vector::peak(self.ambience.samples()) == 0.0;
        vector::add_scaled(self.ambience.samples_mut(), noise, gain);
    }

    /// Makes all the sums.
    pub fn mix(&mut self) {
        let shares = &self.shares[..self.len];
        let mixes = &mut self.mixes[..=self.len];
        mixes.iter_mut().for_each(|mix| retune(mix, self.rate));
        // From the last share to the first: mix n becomes the sum of all shares from n on.
        mixes[self.len].copy_from(&self.ambience);
        for (n, share) in shares.iter().enumerate().rev() {
            let (upto, after) = mixes.split_at_mut(n + 1);
            vector::sum(upto[n].samples_mut(), share.samples(), after[0].samples());
        }
        // From the first to the last: the sum of all after a share gains the sum of all before it.
        let Some((first, rest)) = shares.split_first() else { return };
        self.before.copy_from(first);
        for (share, mix) in rest.iter().zip(&mut mixes[2..]) {
            vector::add(mix.samples_mut(), self.before.samples());
            vector::add(self.before.samples_mut(), share.samples());
        }
    }

    /// One of the mixes of this tick. Of a mix of one's own, oneself is not part.
    pub fn get(&self, id: MixId) -> Mix<'_> {
        let voices = self.len - usize::from(id != MixId::WHOLE);
        let has_voice = voices > 0 || self.ambience_has_voice;
        let is_comfort = !has_voice && self.ambience_is_comfort;
        Mix { frame: &self.mixes[usize::from(id.0)], has_voice, is_comfort }
    }

    /// What of one of this tick's mixes is to the left less what is to the right. Of one's own, oneself is
    /// not part either.
    pub fn side(&self, id: MixId, out: &mut Frame) {
        match &self.ambience_side {
            Some(side) => out.copy_from(side),
            None => out.set_rate(self.rate),
        }
        let without = usize::from(id.0).checked_sub(1);
        for (index, (share, place)) in self.shares[..self.len].iter().zip(&self.places).enumerate()
        {
            if Some(index) != without {
                vector::add_scaled(out.samples_mut(), share.samples(), *place);
            }
        }
    }

    /// The share that a mix is without.
    pub fn share(&self, id: MixId) -> Option<&Frame> {
        self.shares[..self.len].get(usize::from(id.0).checked_sub(1)?)
    }
}

/// Gives a frame that is about to be written another rate.
fn retune(frame: &mut Frame, rate: Rate) {
    if frame.rate() != rate {
        frame.set_rate(rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mixer_of(shares: &[Vec<f32>], ambience: f32) -> (Mixer, Vec<MixId>) {
        let mut mixer = Mixer::new(shares.len());
        mixer.begin(Rate::Hz8000).samples_mut().fill(ambience);
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
                for (n, &sample) in mixer.get(id).frame.samples().iter().enumerate() {
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
                let before = mixer.get(ids[index]).frame.samples().to_vec();
                shares[index].fill(other);
                let (mixer, ids) = mixer_of(&shares, 0.0);
                prop_assert_eq!(mixer.get(ids[index]).frame.samples(), before);
            }
        }
    }

    #[test]
    fn one_voice_alone_hears_exact_silence() {
        let (mixer, ids) = mixer_of(&[vec![0.3; 160]], 0.0);
        assert_eq!(mixer.get(ids[0]).frame.samples(), [0.0; 160]);
        assert_eq!(mixer.get(MixId::WHOLE).frame.samples(), [0.3; 160]);
        assert!(mixer.get(MixId::WHOLE).has_voice && !mixer.get(ids[0]).has_voice);
        let (mixer, ids) = mixer_of(&[vec![0.3; 160], vec![0.2; 160]], 0.0);
        assert!(mixer.get(ids[0]).has_voice && mixer.get(ids[1]).has_voice);
        assert!(!mixer_of(&[], 0.1).0.get(MixId::WHOLE).has_voice, "a chime is no voice");
    }

    #[test]
    fn a_new_tick_and_a_new_rate_start_from_nothing() {
        let (mut mixer, _) = mixer_of(&[vec![0.3; 160]], 0.1);
        mixer.begin(Rate::Hz8000);
        mixer.mix();
        assert_eq!(mixer.get(MixId::WHOLE).frame.samples(), [0.0; 160]);
        mixer.begin(Rate::Hz48000);
        assert_eq!(mixer.add_share().unwrap().0.rate(), Rate::Hz48000);
        mixer.mix();
        assert_eq!(mixer.get(MixId::WHOLE).frame.samples().len(), 960);
    }

    #[test]
    fn comfort_noise_is_told_from_all_else() {
        let (mut mixer, noise) = (Mixer::new(2), [1e-3; 160]);
        let is_comfort = |mixer: &Mixer, id| mixer.get(id).is_comfort;
        mixer.begin(Rate::Hz8000);
        mixer.mix();
        assert!(!is_comfort(&mixer, MixId::WHOLE), "silence is none");
        mixer.begin(Rate::Hz8000);
        mixer.add_comfort(&noise, 1.0);
        let (share, id) = mixer.add_share().unwrap();
        share.fill_from(&[0.5; 160]);
        mixer.mix();
        assert!(!is_comfort(&mixer, MixId::WHOLE) && is_comfort(&mixer, id));
        assert_eq!(mixer.get(id).frame.samples(), noise, "who speaks hears it as well");
        mixer.begin(Rate::Hz8000).samples_mut()[7] = 0.1;
        mixer.add_comfort(&noise, 1.0);
        mixer.mix();
        assert!(!is_comfort(&mixer, MixId::WHOLE), "a chime");
        mixer.begin(Rate::Hz8000);
        mixer.add_guest(0.5, |share| share.samples_mut().fill(0.0));
        mixer.add_comfort(&noise, 1.0);
        mixer.mix();
        assert!(!is_comfort(&mixer, MixId::WHOLE), "a guest");
    }

    #[test]
    fn each_stands_at_its_place_and_in_its_own_mix_nowhere() {
        let (mut mixer, ids) = mixer_of(&[vec![0.5; 160], vec![0.25; 160]], 0.1);
        mixer.place(ids[0], 0.5);
        mixer.place(ids[1], -1.0);
        let mut side = Frame::silent(Rate::Hz48000);
        let mut of = |mixer: &Mixer, id| {
            mixer.side(id, &mut side);
            assert_eq!(side.samples().len(), 160);
            side.samples()[7]
        };
        assert_eq!(of(&mixer, MixId::WHOLE), 0.25 - 0.25);
        assert_eq!([of(&mixer, ids[0]), of(&mixer, ids[1])], [-0.25, 0.25]);
        mixer.begin(Rate::Hz8000);
        mixer.add_guest(0.5, |share| share.samples_mut().fill(0.5));
        mixer.mix();
        assert_eq!(of(&mixer, MixId::WHOLE), 0.25, "a guest has its place, too");
        mixer.begin(Rate::Hz8000);
        mixer.mix();
        assert_eq!(of(&mixer, MixId::WHOLE), 0.0);
    }

    #[test]
    fn a_guest_is_heard_by_all() {
        let mut mixer = Mixer::new(1);
        mixer.begin(Rate::Hz8000);
        mixer.add_guest(0.5, |share| share.samples_mut().fill(0.25));
        let (share, id) = mixer.add_share().unwrap();
        share.samples_mut().fill(0.5);
        mixer.mix();
        assert_eq!(mixer.get(MixId::WHOLE).frame.samples(), [0.75; 160]);
        assert_eq!(mixer.get(id).frame.samples(), [0.25; 160]);
        assert!(mixer.get(id).has_voice);
        assert_eq!(mixer.share(id).unwrap().samples(), [0.5; 160]);
        assert!(mixer.share(MixId::WHOLE).is_none());
    }
}
