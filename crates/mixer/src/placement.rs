//! Where voices stand between left and right, for those who hear two channels.
//!
//! A voice at the place `p` is heard on the left by 1 + p, and on the right by 1 - p: a difference in loudness
//! alone. So two channels are a middle, which is the mix that all others hear, and a side, which is the sum of the
//! voices by their places; whoever adds the channels up again, on one loudspeaker, hears the middle and nothing
//! is missing from it (mid/side stereophony: Blumlein, GB patent 394325, 1933).

/// How far from the middle voices stand at most: there one is 12 dB louder on one side than on the other, which is
/// heard as about two thirds of the way, and still comes from both.
const SPREAD: f32 = 0.6;

/// The place of the voice of a seat, from -1 on the right to 1 on the left. It stays, whoever comes and goes:
/// a voice that wandered would confuse. However many there are, they stand spread evenly, by van der Corput's
/// sequence (1935): in the middle, halfway to the right and to the left, and in the gaps between.
pub(crate) fn of_seat(index: usize) -> f32 {
    let index = u32::try_from(index).unwrap_or(0).wrapping_add(1);
    let fraction = f64::from(index.reverse_bits()) / f64::from(u32::MAX);
    SPREAD * (2.0 * fraction - 1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_stand_apart_and_to_both_sides() {
        let places: Vec<f32> = (0..7).map(of_seat).collect();
        assert!(places[0].abs() < 1e-6, "the first stands in the middle");
        let mut sorted = places.clone();
        sorted.sort_by(f32::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] > SPREAD / 4.5), "{sorted:?}");
        assert!(sorted.iter().sum::<f32>().abs() < 1e-5, "as many to the left as to the right");
    }

    #[test]
    fn nobody_stands_beyond_the_spread() {
        assert!((0..5_000).all(|index| of_seat(index).abs() <= SPREAD));
        assert!(of_seat(usize::MAX).abs() <= SPREAD);
    }
}
