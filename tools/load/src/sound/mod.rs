//! What legs say: recorded speech with a chirp now and then by which a talker is known, noise, silence; encoded
//! once, and looped. And how it is found again in what other legs received.

pub(crate) mod chirp;
pub(crate) mod hearing;
mod quiet;
pub(crate) mod rounds;
mod speech;
mod track;

pub(crate) use track::{Payload, Track};

use audio::codec::{CodecError, EncoderSettings};

use crate::plan::{Plan, Role};
use rounds::Rounds;

/// How Opus is encoded: as browsers do for one voice, with in-band redundancy.
const OPUS: EncoderSettings = EncoderSettings {
    opus_bitrate_bps: 32_000,
    opus_complexity: 5,
    opus_fec: true,
    opus_expected_loss_percent: 10,
    ..EncoderSettings::MIX
};

/// Everything that is said in a run.
pub(crate) struct Sounds {
    rounds: Rounds,
    /// A track of each talker of a room, and behind them that of all others.
    tracks: Vec<Track>,
}

impl Sounds {
    /// Encodes what a plan needs.
    ///
    /// # Errors
    /// [`CodecError`], if libopus can't be set up.
    pub(crate) fn new(plan: &Plan) -> Result<Self, CodecError> {
        let request = plan.request();
        let rounds = Rounds::of(request.talkers);
        let talkers =
            (0..request.talkers).map(|talker| speech::track(request.codec, talker, &rounds));
        let mut tracks = talkers.collect::<Result<Vec<_>, _>>()?;
        tracks.push(quiet::track(request.codec, request.others)?);
        Ok(Self { rounds, tracks })
    }

    /// The number of the track that a leg of this role plays.
    pub(crate) fn track_of(&self, role: Role) -> usize {
        match role {
            Role::Talker(talker) => talker,
            Role::Listener => self.tracks.len().saturating_sub(1),
        }
    }

    /// How many packet times the tracks of a room run ahead: so that rooms don't all chirp at once.
    pub(crate) fn lead(&self, room: usize) -> u64 {
        self.rounds.lead(room)
    }

    /// What a track has for a packet time; nothing is sent if there is nothing.
    pub(crate) fn payload(&self, track: usize, tick: u64) -> Option<Payload<'_>> {
        self.tracks.get(track)?.payload(tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Codec, Others, Request};

    #[test]
    fn every_codec_and_way_of_silence_has_its_sounds() {
        for codec in Codec::ALL {
            for others in [Others::Noise, Others::Muted, Others::Dtx] {
                let request = Request { codec, others, talkers: 2, ..Request::default() };
                let sounds = Sounds::new(&Plan::new(request).unwrap()).unwrap();
                let (first, rest) =
                    (sounds.track_of(Role::Talker(0)), sounds.track_of(Role::Listener));
                let ticks = 0..sounds.rounds.ticks() * 3;
                let chirps = ticks.clone().filter_map(|tick| sounds.payload(first, tick));
                assert_eq!(chirps.filter(|payload| payload.begins_chirp).count(), 3);
                let quiet: Vec<_> =
                    ticks.clone().filter_map(|tick| sounds.payload(rest, tick)).collect();
                assert!(
                    quiet.iter().all(|payload| !payload.begins_chirp && payload.level.dbov > 55)
                );
                let sparse = quiet.len() * 8 < ticks.count();
                assert_eq!(
                    sparse,
                    others == Others::Dtx,
                    "{codec}, {others:?}: {} packets",
                    quiet.len()
                );
            }
        }
    }
}
