//! What those send who do not talk.

use audio::TICKS_PER_SECOND;
use audio::codec::{CodecError, EncoderSettings};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::{OPUS, Track};
use crate::plan::{Codec, Others};

/// How loud the noise of a quiet room is, in dBFS.
pub(crate) const NOISE_DBFS: f32 = -65.0;

/// The loop's length: 10 s, long enough for Opus to fall into the rhythm of its pauses.
const LOOP_TICKS: usize = 10 * TICKS_PER_SECOND as usize;

/// Where the codec knows no pauses, one packet in so many is sent: every 400 ms, as Opus does.
const SPARSE_TICKS: usize = 20;

/// The track of those who do not talk.
pub(super) fn track(codec: Codec, others: Others) -> Result<Track, CodecError> {
    let samples = LOOP_TICKS * codec.kind().audio_rate().tick_samples();
    let sound = match others {
        Others::Muted => vec![0.0; samples],
        Others::Noise => noise(samples),
        // A microphone that is on, and no room is silent: its encoder pauses all the same.
        Others::Dtx => noise(samples),
    };
    let settings = EncoderSettings { opus_dtx: others == Others::Dtx, ..OPUS };
    let mut track = Track::new(codec, settings, &sound)?;
    if others == Others::Dtx && codec != Codec::Opus {
        track.thin_out(SPARSE_TICKS);
    }
    Ok(track)
}

/// White noise, the same in every run.
fn noise(samples: usize) -> Vec<f32> {
    let mut random = SmallRng::seed_from_u64(65);
    // Evenly distributed values of ±a have a root mean square of a/√3.
    let amplitude = 10f32.powf(NOISE_DBFS / 20.0) * 3f32.sqrt();
    (0..samples).map(|_| random.random_range(-amplitude..amplitude)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::level::Dbfs;

    #[test]
    fn the_noise_is_as_loud_as_it_says() {
        assert!((Dbfs::of(&noise(80_000)).decibels() - NOISE_DBFS).abs() < 0.2);
    }

    #[test]
    fn who_pauses_still_gives_a_sign_of_life() {
        for codec in Codec::ALL {
            let track = track(codec, Others::Dtx).unwrap();
            let sent: Vec<u64> = (0..1_500).filter(|tick| track.payload(*tick).is_some()).collect();
            let longest = sent.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
            assert!((15..=25).contains(&longest), "{codec}: {longest}");
        }
    }
}
