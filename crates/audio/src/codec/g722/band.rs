//! The two sub-bands of G.722, each coded as the difference to what was predicted, in steps that follow the
//! sound (ADPCM). Encoder and decoder learn from the coded differences alone, and so stay in step.
//!
//! Integers are of the widths of the recommendation, ITU-T G.722 §3 and §6, whose block names are given.

/// What the two bands' step sizes begin with (DETL and DETH).
const LOW_STEP_FIRST: i32 = 32;
const HIGH_STEP_FIRST: i32 = 8;

/// The logarithmic step size stays below this (blocks LOGSCL and LOGSCH).
const LOW_SCALE_MAX: i32 = 18_432;
const HIGH_SCALE_MAX: i32 = 22_528;

/// The thresholds of the low band's quantiser, in 4,096ths of the step (Q6).
const LOW_THRESHOLDS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1_023,
    1_121, 1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
];

/// The threshold of the high band's quantiser (Q2).
const HIGH_THRESHOLD: i32 = 564;

/// What the six bits of the low band stand for (QM6).
const LOW_VALUES: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192,
    -10_232, -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008,
    -3_576, -3_168, -2_776, -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008,
    16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000,
    5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432,
    136, -432, -136,
];

/// What their upper four bits stand for, from which alone is learnt (QM4).
const LOW_VALUES_COARSE: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288,
    4_240, 2_584, 1_200, 0,
];

/// What the two bits of the high band stand for (QM2).
const HIGH_VALUES: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];

/// By how much the logarithmic step size grows with each code (WL of RL42, and WH of RH2).
const LOW_GROWTH: [i32; 16] =
    [-60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60];
const HIGH_GROWTH: [i32; 4] = [798, -214, 798, -214];

/// Powers of two in steps of a 32nd (ILB).
const POWERS: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656,
    2_714, 2_774, 2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520,
    3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
];

/// A sample of each band, at 8 kHz.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SubBands {
    pub(super) low: i32,
    pub(super) high: i32,
}

/// The state of both bands, the same in an encoder and a decoder.
#[derive(Debug, Clone)]
pub(super) struct Bands {
    low: Band,
    high: Band,
}

impl Bands {
    pub(super) const fn new() -> Self {
        Self::with_steps(LOW_STEP_FIRST, HIGH_STEP_FIRST)
    }

    /// Bands whose first steps are of these sizes.
    pub(super) const fn with_steps(low: i32, high: i32) -> Self {
        Self { low: Band::new(low), high: Band::new(high) }
    }

    /// The byte for a pair of samples, from which is learnt.
    pub(super) fn encode(&mut self, sample: SubBands) -> u8 {
        let byte = self.quantise(sample);
        self.low.learn_low(usize::from(byte & 0x3F));
        self.high.learn_high(usize::from(byte >> 6));
        byte
    }

    /// The byte for a pair of samples.
    pub(super) fn quantise(&self, sample: SubBands) -> u8 {
        let low = self.low.quantise_low(sample.low);
        let high = self.high.quantise_high(sample.high);
        (high << 6 | low) as u8
    }

    /// The pair of samples that a byte stands for, from which is learnt.
    pub(super) fn decode(&mut self, byte: u8) -> SubBands {
        let (low, high) = (usize::from(byte & 0x3F), usize::from(byte >> 6));
        let difference = scaled(self.low.step, LOW_VALUES[low]);
        let low_sample = (self.low.predicted + difference).clamp(-16_384, 16_383);
        self.low.learn_low(low);
        let difference = scaled(self.high.step, HIGH_VALUES[high]);
        let high_sample = (self.high.predicted + difference).clamp(-16_384, 16_383);
        self.high.learn_high(high);
        SubBands { low: low_sample, high: high_sample }
    }
}

/// Holds a value to 16 bits.
pub(super) fn saturate(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// The predictor of one band, of two poles and six zeros, and its step size.
#[derive(Debug, Clone)]
struct Band {
    /// The next sample as predicted, and the zeros' part in it.
    predicted: i32,
    predicted_by_zeros: i32,
    /// Weights of the latest samples, and of the latest differences.
    poles: [i32; 2],
    zeros: [i32; 6],
    /// The latest samples, the same less what the poles had predicted, and the latest differences: each the
    /// newest first.
    samples: [i32; 2],
    partial: [i32; 2],
    differences: [i32; 6],
    /// The step size, and its logarithm.
    step: i32,
    scale: i32,
}

impl Band {
    const fn new(step: i32) -> Self {
        Self {
            predicted: 0,
            predicted_by_zeros: 0,
            poles: [0; 2],
            zeros: [0; 6],
            samples: [0; 2],
            partial: [0; 2],
            differences: [0; 6],
            step,
            scale: 0,
        }
    }

    /// The code of a sample of the low band (block QUANTL): 63 and 62 for the least differences below zero, then
    /// from 31 down to 4; from 61 down to 32 for those above.
    fn quantise_low(&self, sample: i32) -> usize {
        let (magnitude, is_negative) = self.difference_to(sample);
        let step = self.step;
        let interval = LOW_THRESHOLDS.partition_point(|t| (t * step) >> 12 <= magnitude);
        match interval {
            _ if !is_negative => 61 - interval,
            0 | 1 => 63 - interval,
            _ => 33 - interval,
        }
    }

    /// The code of a sample of the high band (block QUANTH).
    fn quantise_high(&self, sample: i32) -> usize {
        let (magnitude, is_negative) = self.difference_to(sample);
        let is_small = magnitude < (HIGH_THRESHOLD * self.step) >> 12;
        usize::from(is_small) + if is_negative { 0 } else { 2 }
    }

    /// The magnitude of a sample's difference to what was predicted, in one's complement, and its sign (blocks
    /// SUBTRA and SUBTRB).
    fn difference_to(&self, sample: i32) -> (i32, bool) {
        let difference = saturate(sample - self.predicted);
        (difference ^ (difference >> 31), difference < 0)
    }

    fn learn_low(&mut self, code: usize) {
        let coarse = code >> 2;
        let difference = scaled(self.step, LOW_VALUES_COARSE[coarse]);
        self.rescale(LOW_GROWTH[coarse], LOW_SCALE_MAX, 8);
        self.adapt(difference);
    }

    fn learn_high(&mut self, code: usize) {
        let difference = scaled(self.step, HIGH_VALUES[code]);
        self.rescale(HIGH_GROWTH[code], HIGH_SCALE_MAX, 10);
        self.adapt(difference);
    }

    /// Lets the step size grow or shrink (blocks LOGSCL and SCALEL, LOGSCH and SCALEH).
    fn rescale(&mut self, growth: i32, scale_max: i32, exponent: i32) {
        self.scale = (((self.scale * 127) >> 7) + growth).clamp(0, scale_max);
        let power = POWERS[(self.scale >> 6 & 31) as usize];
        let shift = exponent - (self.scale >> 11);
        self.step = if shift < 0 { power << -shift } else { power >> shift } << 2;
    }

    /// Adapts the predictor to a difference, and predicts the next sample (block 4 of §6.2.1.4 and §6.2.2.4).
    fn adapt(&mut self, difference: i32) {
        let sample = saturate(self.predicted + difference);
        let partial = saturate(self.predicted_by_zeros + difference);
        self.adapt_poles(partial);
        self.adapt_zeros(difference);
        self.differences.copy_within(..5, 1);
        self.differences[0] = difference;
        self.samples = [sample, self.samples[0]];
        self.partial = [partial, self.partial[0]];
        let by = |weight: i32, value: i32| (weight * saturate(2 * value)) >> 15;
        let [first, second] = self.poles;
        let by_poles = saturate(by(first, self.samples[0]) + by(second, self.samples[1]));
        let zeros = self.zeros.iter().zip(&self.differences);
        self.predicted_by_zeros = saturate(zeros.map(|(&zero, &value)| by(zero, value)).sum());
        self.predicted = saturate(by_poles + self.predicted_by_zeros);
    }

    /// Blocks UPPOL1 and UPPOL2: the poles follow whether the signs of successive samples are the same.
    fn adapt_poles(&mut self, partial: i32) {
        let [first, second] = self.poles;
        let is_like = |earlier: i32| (partial < 0) == (earlier < 0);
        let (like_first, like_second) = (is_like(self.partial[0]), is_like(self.partial[1]));
        let cross = saturate(first << 2);
        let cross = if like_first { -cross } else { cross }.min(i32::from(i16::MAX)) >> 7;
        let push = if like_second { 128 } else { -128 };
        let second = (cross + push + ((second * 32_512) >> 15)).clamp(-12_288, 12_288);
        let push = if like_first { 192 } else { -192 };
        let limit = saturate(15_360 - second);
        let first = saturate(push + ((first * 32_640) >> 15)).clamp(-limit, limit);
        self.poles = [first, second];
    }

    /// Block UPZERO: each zero follows whether the signs of its difference and the newest are the same.
    fn adapt_zeros(&mut self, difference: i32) {
        let push = if difference == 0 { 0 } else { 128 };
        for (zero, earlier) in self.zeros.iter_mut().zip(self.differences) {
            let is_like = (earlier < 0) == (difference < 0);
            let push = if is_like { push } else { -push };
            *zero = saturate(push + ((*zero * 32_640) >> 15));
        }
    }
}

fn scaled(step: i32, value: i32) -> i32 {
    (step * value) >> 15
}
