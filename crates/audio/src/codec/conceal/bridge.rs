//! Over a gap from both of its sides.
//!
//! What was heard before is continued onwards and what comes after it backwards, and the two cross-fade. A
//! voice's pitch never stays the same, so the two would be out of step where they meet; what comes from before
//! is stretched or squeezed by up to half a period, evenly over the gap, until its next beat falls where that
//! of the other side does. That is what ITU-T G.722 Appendix III does after the fact ("time-warping and
//! re-phasing"), with the next frame.

use super::{
    BRIDGED_MS_MAX,
    extrapolation::{Extrapolation, HEARD_MS_MIN},
    pitch::PERIOD_SAMPLES_MAX,
};
use crate::{rate::Rate, vector};

/// How much of what comes after is looked at.
const NEXT_MS_MAX: u32 = 20;

/// The stretch over which the two sides are compared to find out how far they are out of step.
const STEP_MS: u32 = 5;

/// By so much of the gap, at most, one side is stretched or squeezed: an eighth is two semitones.
const WARP_SHARE: usize = 8;

const GAP_SAMPLES_MAX: usize = Rate::Hz16000.samples_in_ms(BRIDGED_MS_MAX);
const NEXT_SAMPLES_MAX: usize = Rate::Hz16000.samples_in_ms(NEXT_MS_MAX);
const STEP_SAMPLES_MAX: usize = Rate::Hz16000.samples_in_ms(STEP_MS);

/// Samples beyond the gap that a comparison at any shift may need, and the interpolation.
const BEYOND_SAMPLES_MAX: usize = STEP_SAMPLES_MAX + PERIOD_SAMPLES_MAX / 2 + 2;

/// Whether enough of what comes next is here to go on from it.
pub(super) fn can_reach(rate: Rate, next: &[f32]) -> bool {
    next.len() >= rate.samples_in_ms(HEARD_MS_MIN)
}

/// Fills `out`, the gap, of at most [`BRIDGED_MS_MAX`]: onwards by an extrapolation and the gain that each of
/// its samples has, and backwards from `next`.
pub(super) fn fill(
    rate: Rate,
    (onward, gain): (&mut Extrapolation, &dyn Fn(usize) -> f32),
    next: &[f32],
    out: &mut [f32],
) {
    let mut from_before = [0.0; GAP_SAMPLES_MAX + BEYOND_SAMPLES_MAX];
    let from_before = &mut from_before[..out.len() + BEYOND_SAMPLES_MAX];
    onward.fill(from_before);
    let shift =
        if onward.is_voiced() { shift(rate, onward, from_before, next, out.len()) } else { 0 };
    let mut from_after = [0.0; GAP_SAMPLES_MAX];
    let from_after = &mut from_after[..out.len()];
    fill_backwards(rate, next, from_after);
    warp(from_before, shift, out);
    for (n, sample) in out.iter_mut().enumerate() {
        *sample *= gain(n);
    }
    cross_fade(out, from_after);
}

/// By how many samples what comes from before is ahead of (or behind) what comes after, where they meet.
fn shift(
    rate: Rate,
    onward: &Extrapolation,
    from_before: &[f32],
    next: &[f32],
    gap: usize,
) -> isize {
    let step = &next[..rate.samples_in_ms(STEP_MS)];
    let most = (onward.pitch().period / 2).min(gap / WARP_SHARE) as isize;
    let likeness = |shift: isize| {
        let there = &from_before[gap.saturating_add_signed(shift)..][..step.len()];
        vector::dot(there, step) / (vector::sum_of_squares(there) + f32::EPSILON).sqrt()
    };
    let mut best = (0, likeness(0));
    for shift in -most..=most {
        let likeness = likeness(shift);
        if likeness > best.1 {
            best = (shift, likeness);
        }
    }
    best.0
}

/// Fills `out` with what leads up to `next`: its continuation, with time turned round.
fn fill_backwards(rate: Rate, next: &[f32], out: &mut [f32]) {
    let mut turned = [0.0; NEXT_SAMPLES_MAX];
    let length = next.len().min(rate.samples_in_ms(NEXT_MS_MAX));
    let turned = &mut turned[..length];
    turned.copy_from_slice(&next[..length]);
    turned.reverse();
    let mut backward = Extrapolation::default();
    backward.begin(rate, turned);
    backward.fill(out);
    out.reverse();
}

/// Spreads `sound` so that its sample `out.len() + shift` would come right after `out`: by cubic interpolation
/// (Catmull and Rom's spline).
fn warp(sound: &[f32], shift: isize, out: &mut [f32]) {
    if shift == 0 {
        return out.copy_from_slice(&sound[..out.len()]);
    }
    let pace = out.len().saturating_add_signed(shift) as f32 / out.len() as f32;
    for (n, sample) in out.iter_mut().enumerate() {
        let place = n as f32 * pace;
        let at = place as usize;
        let t = place - at as f32;
        let [a, b, c, d] =
            [at.saturating_sub(1), at, at + 1, at + 2].map(|n| sound[n.min(sound.len() - 1)]);
        *sample = b + 0.5
            * t
            * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)));
    }
}

/// Fades from what is in `out` to `to` at equal loudness, however alike the two are.
fn cross_fade(out: &mut [f32], to: &[f32]) {
    let energies = vector::sum_of_squares(out) * vector::sum_of_squares(to);
    let likeness = (vector::dot(out, to) / (energies + f32::EPSILON).sqrt()).clamp(0.0, 1.0);
    let length = out.len() as f32;
    for (n, (out, to)) in out.iter_mut().zip(to).enumerate() {
        let come = (n as f32 + 0.5) / length;
        let go = 1.0 - come;
        let loudness = (go * go + come * come + 2.0 * likeness * go * come).sqrt();
        *out = (go * *out + come * to) / loudness;
    }
}
