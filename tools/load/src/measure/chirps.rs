//! Who hears whom, and how late: chirps that went out, searched in the sound that came in.

use std::collections::BTreeMap;
use std::time::Duration;

use audio::codec::CodecError;

use super::stream::PACKET_NS;
use super::{Ear, SentChirp};
use crate::distribution::Collector;
use crate::measured::{Deaf, Hearing};
use crate::plan::{LegId, Plan, Role};
use crate::sound::chirp::{self, CHIRP_MS, Sweep};
use crate::sound::hearing::{Listening, PACKET_SAMPLES, RATE};

/// A chirp is searched in what came from when it was sent to so much later. A talker whose chirps look alike may
/// chirp 100 ms after that.
pub(crate) const LATENCY_NS_MAX: u64 = 700_000_000;

/// A chirp that lasts longer than an ear's sound isn't due there.
const CHIRP_NS: u64 = CHIRP_MS as u64 * 1_000_000;

/// A receiver's clock that jumps further than this has begun another stream: what follows is laid behind it.
const JUMP_PACKETS_MAX: i64 = 500;

/// What the ears of a measurement heard.
#[derive(Default)]
pub(super) struct Found {
    pub(super) hearing: Hearing,
    pub(super) latency: Collector,
}

/// Searches all ears for all chirps of their rooms. `codec_delay` is what the codec takes by itself, and is left out.
///
/// # Errors
/// [`CodecError`], if libopus can't be set up.
pub(super) fn search(
    plan: &Plan,
    ears: &[Ear],
    sent: &[SentChirp],
    codec_delay: Duration,
) -> Result<Found, CodecError> {
    let mut by_room: BTreeMap<usize, Vec<&SentChirp>> = BTreeMap::new();
    for chirp in sent {
        by_room.entry(plan.room(chirp.talker)).or_default().push(chirp);
    }
    let mut found = Found::default();
    let mut own = Collector::new();
    for ear in ears {
        let sound = Sound::of(plan, ear, codec_delay)?;
        let chirps = by_room.get(&plan.room(ear.leg)).map(Vec::as_slice).unwrap_or_default();
        note(plan, ear.leg, &sound, chirps, &mut found, &mut own);
    }
    found.hearing.ears = ears.len();
    found.hearing.own_voice_ms = own.in_ms();
    Ok(found)
}

/// Notes which of a room's chirps are in one ear.
fn note(
    plan: &Plan,
    ear: LegId,
    sound: &Sound,
    chirps: &[&SentChirp],
    found: &mut Found,
    own: &mut Collector,
) {
    let hearing = &mut found.hearing;
    let mut heard_of: BTreeMap<LegId, u64> = BTreeMap::new();
    for chirp in chirps {
        let Some(latency_ns) = sound.find(plan, chirp) else { continue };
        let count = heard_of.entry(chirp.talker).or_default();
        *count += u64::from(latency_ns.is_some());
        let collector = if chirp.talker == ear { &mut *own } else { &mut found.latency };
        if let Some(latency_ns) = latency_ns {
            collector.record(latency_ns / 1_000);
        }
        if chirp.talker != ear {
            hearing.chirps_due += 1;
            hearing.chirps_heard += u64::from(latency_ns.is_some());
        }
    }
    for (talker, heard) in heard_of {
        if talker == ear {
            hearing.talkers_with_ears += 1;
            hearing.hear_themselves.extend((heard > 0).then_some(ear));
        } else {
            hearing.pairs += 1;
            hearing.deaf.extend((heard == 0).then_some(Deaf { ear, talker }));
        }
    }
}

/// What one ear heard: sound, and when the kernel had each packet of it.
struct Sound {
    samples: Vec<f32>,
    /// Of each packet time: when its packet came, if one did.
    came_ns: Vec<Option<u64>>,
    /// How much later sound stands in `samples` than it was in its packet.
    delay_samples: usize,
    codec_delay: Duration,
}

impl Sound {
    /// Decodes what an ear kept.
    fn of(plan: &Plan, ear: &Ear, codec_delay: Duration) -> Result<Self, CodecError> {
        let codec = plan.request().codec;
        let mut listening = Listening::new(codec)?;
        let mut samples = Vec::new();
        let mut came_ns: Vec<Option<u64>> = Vec::new();
        for (place, kept) in places(ear, codec.packet_units()) {
            let missed = place.saturating_sub(came_ns.len() as u64);
            listening.miss(missed, &mut samples);
            came_ns.resize(came_ns.len() + missed as usize, None);
            listening.hear(ear.payload(kept), &mut samples);
            came_ns.push(Some(kept.at_ns));
        }
        Ok(Self { samples, came_ns, delay_samples: listening.delay_samples(), codec_delay })
    }

    /// Looks for a chirp: none, if it can't be told whether it came, because the ear did not listen for long enough;
    /// else its latency, if it was heard.
    fn find(&self, plan: &Plan, sent: &SentChirp) -> Option<Option<u64>> {
        let Role::Talker(talker) = plan.role(sent.talker) else { return None };
        let until = sent.at_ns + LATENCY_NS_MAX;
        let (first, last) = self.listened()?;
        if sent.at_ns < first {
            return None;
        }
        let unheard = (until <= last).then_some(None);
        let came_within =
            |came: &Option<u64>| came.is_some_and(|at| (sent.at_ns..until).contains(&at));
        // The packets in which it can be; those that are lost between them are silence there.
        let begin = self.came_ns.iter().position(came_within);
        let end = self.came_ns.iter().rposition(came_within);
        let (Some(begin), Some(end)) = (begin, end) else { return unheard };
        let window = begin * PACKET_SAMPLES..((end + 1) * PACKET_SAMPLES).min(self.samples.len());
        let chirp = chirp::samples(RATE, Sweep::of(talker));
        let found = chirp::find(&chirp, self.samples.get(window.clone())?);
        if !found.is_heard() {
            return unheard;
        }
        let at = (window.start + found.at).saturating_sub(self.delay_samples);
        let codec_ns = self.codec_delay.as_nanos() as u64;
        Some(self.due_ns(at).map(|due_ns| due_ns.saturating_sub(sent.at_ns + codec_ns)))
    }

    /// When a sample is due: its packet's arrival, and its place inside of it. If that packet was lost, the
    /// one before tells.
    fn due_ns(&self, sample: usize) -> Option<u64> {
        let place = sample / PACKET_SAMPLES;
        let came = self.came_ns.get(..=place)?;
        let (back, came_ns) =
            came.iter().rev().enumerate().find_map(|(n, at)| Some((n, (*at)?)))?;
        let inside_ns = (sample % PACKET_SAMPLES) as u64 * PACKET_NS / PACKET_SAMPLES as u64;
        Some(came_ns + back as u64 * PACKET_NS + inside_ns)
    }

    /// From when to when the ear listened.
    fn listened(&self) -> Option<(u64, u64)> {
        let mut came = self.came_ns.iter().flatten();
        let first = *came.next()?;
        // A chirp that begins with the last packet would be cut off.
        let last = came.next_back()?.saturating_sub(CHIRP_NS);
        Some((first, last))
    }
}

/// The packets of an ear with their places in media time, each place once, in order and from 0.
fn places(ear: &Ear, packet_units: u32) -> Vec<(u64, &super::ear::Kept)> {
    let units = i64::from(packet_units.max(1));
    let mut newest: Option<(i64, u32)> = None;
    let mut placed: Vec<(i64, &super::ear::Kept)> = Vec::with_capacity(ear.packets().len());
    for kept in ear.packets() {
        let place = match newest {
            None => 0,
            Some((place, timestamp)) => {
                let ahead = i64::from(kept.timestamp.wrapping_sub(timestamp) as i32);
                let step = (ahead + units / 2).div_euclid(units);
                place + if step.abs() > JUMP_PACKETS_MAX { 1 } else { step }
            }
        };
        if newest.is_none_or(|(newest, _)| place > newest) {
            newest = Some((place, kept.timestamp));
        }
        placed.push((place, kept));
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.dedup_by_key(|(place, _)| *place);
    let first = placed.first().map_or(0, |(place, _)| *place);
    placed.into_iter().map(|(place, kept)| ((place - first) as u64, kept)).collect()
}

#[cfg(test)]
mod tests;
