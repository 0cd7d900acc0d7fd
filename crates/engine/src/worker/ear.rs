//! From packets that are due to samples: decoded where it is worth it, and bridged where something is missing.

use audio::codec::{CodecError, CodecKind, Decoder};
use audio::comfort::{NoiseDescription, NoiseSource};
use audio::level::Dbfs;
use mixer::Interest;
use rtp::jitter::Stored;
use rtp::packet::PAYLOAD_TYPE_COMFORT_NOISE;

use super::attention::{self, Attention, Due};
use super::deep::Depth;
use super::recent::Recent;
use super::workbench::Workbench;

/// What became of a stretch of a peer's sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// It was decoded.
    Decoded,
    /// It was decoded, and its header was found untrue.
    Untrue,
    /// It was lost, and a copy was decoded that came along later.
    Copied,
    /// It was lost, and what came after it told coarsely what it was.
    Coarse,
    /// It was lost, and its place was filled with a guess.
    Concealed,
    /// It could not be decoded, and was filled like a lost one.
    Malformed,
    /// It was not listened to.
    Undecoded,
    /// There was nothing to be heard, and the peer had said so.
    Silent,
}

/// Whether a stream rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It doesn't.
    No,
    /// It does.
    Yes,
    /// It did until now, by what was found untrue.
    Broken,
}

/// A decoder, and whether it listens.
pub(crate) struct Ear {
    decoder: Decoder,
    depth: Depth,
    attention: Attention,
    recent: Recent,
    /// What the peer's silence sounds like, if it tells (RFC 3389): not with Opus, which has its own way.
    noise: Option<Box<NoiseSource>>,
    /// Whether it is that silence just now.
    is_noise: bool,
    /// Whether the last packet was decoded, so that what comes next joins on to it.
    is_listening: bool,
}

impl Ear {
    pub(crate) fn new(codec: CodecKind) -> Result<Self, CodecError> {
        Ok(Self {
            decoder: Decoder::new(codec)?,
            depth: Depth::default(),
            attention: Attention::new(codec),
            recent: Recent::new(codec),
            noise: (codec != CodecKind::Opus).then(Box::default),
            is_noise: false,
            is_listening: true,
        })
    }

    /// Another stream begins.
    pub(crate) fn turn_to_another(&mut self) {
        self.depth.abandon();
        self.decoder.reset();
        self.attention = Attention::new(self.decoder.kind());
        self.recent.forget();
        self.is_noise = false;
    }

    /// Whether it knows what to make of comfort noise.
    pub(crate) const fn takes_comfort_noise(&self) -> bool {
        self.noise.is_some()
    }

    /// The level that is known of a packet, in -dBov, if any is: `told` is its header's. To be asked for when the
    /// packet comes and its bytes are at hand.
    pub(crate) fn level_of(&self, payload: &[u8], told: Option<u8>) -> Option<u8> {
        attention::level_of(self.decoder.kind(), payload, told)
    }

    /// Whether a packet of this level that has just come need not even wait for its tick; [`Rest::Broken`] if it was
    /// said to be silent and isn't.
    pub(crate) fn rests(
        &mut self,
        payload: &[u8],
        level: Option<u8>,
        bench: &mut Workbench,
    ) -> Rest {
        match self.attention.due_on_arrival(level) {
            Due::Yes => Rest::No,
            Due::No => Rest::Yes,
            Due::InDoubt => match self.look_at(payload, bench) {
                Some(found) if self.attention.finds_untrue(self.attention.interest(), found) => {
                    Rest::Broken
                }
                Some(_) => Rest::Yes,
                None => Rest::No,
            },
        }
    }

    /// Keeps a packet that will not be listened to, for what follows it.
    pub(crate) fn keep(&mut self, payload: &[u8]) {
        self.recent.keep(payload);
        self.is_listening = false;
    }

    /// What the room has an interest in is not what it was.
    pub(crate) fn rouse(&mut self) {
        self.attention.rouse();
    }

    /// Takes a packet that is due and lasts `length` samples, of which `skip` were bridged already.
    pub(crate) fn packet(
        &mut self,
        bench: &mut Workbench,
        stored: &Stored<'_>,
        (length, skip): (usize, usize),
        interest: Interest,
    ) -> Stretch {
        let mut is_untrue = false;
        self.is_listening = match self.attention.due(interest, stored.level) {
            Due::Yes => true,
            Due::No => false,
            Due::InDoubt => match self.look_at(stored.payload, bench) {
                Some(found) => {
                    is_untrue = self.attention.finds_untrue(interest, found);
                    is_untrue
                }
                None => true,
            },
        };
        self.is_noise =
            self.takes_comfort_noise() && stored.payload_type == PAYLOAD_TYPE_COMFORT_NOISE;
        if self.is_noise {
            return self.comfort_noise(bench, stored, length.saturating_sub(skip));
        }
        if !self.is_listening {
            self.recent.keep(stored.payload);
            bench.silence(length.saturating_sub(skip));
            return Stretch::Undecoded;
        }
        self.depth.sit(&mut self.decoder, &mut bench.deep);
        let stretch = self.decode(bench, stored, (length, skip), interest, is_untrue);
        self.depth.rise(&mut self.decoder, &mut bench.deep);
        stretch
    }

    /// Decodes a packet, which may have been found untrue already.
    fn decode(
        &mut self,
        bench: &mut Workbench,
        stored: &Stored<'_>,
        (length, skip): (usize, usize),
        interest: Interest,
        mut is_untrue: bool,
    ) -> Stretch {
        self.catch_up(bench);
        let Self { decoder, attention, depth, .. } = self;
        if decoder.kind().is_pause(stored.payload) {
            depth.pause(decoder);
        } else {
            depth.decoded(decoder, &bench.deep);
        }
        let decoded = bench.try_extend(|room| {
            let samples = decoder.decode(stored.payload, room)?;
            is_untrue |= attention.finds_untrue(interest, Dbfs::of(&room[..samples]));
            let skip = skip.min(samples);
            room.copy_within(skip..samples, 0);
            Ok::<_, CodecError>(samples - skip)
        });
        match decoded {
            Err(_) => {
                self.conceal(bench, length.saturating_sub(skip));
                Stretch::Malformed
            }
            Ok(()) if is_untrue => Stretch::Untrue,
            Ok(()) if stored.is_copy => Stretch::Copied,
            Ok(()) => Stretch::Decoded,
        }
    }

    /// Bridges a loss of so many samples, with the help of the packet that follows it, if it is there.
    pub(crate) fn loss(
        &mut self,
        bench: &mut Workbench,
        samples: usize,
        following: Option<&[u8]>,
    ) -> Stretch {
        if !self.is_listening {
            bench.silence(samples);
            return Stretch::Undecoded;
        }
        let Self { decoder, depth, .. } = self;
        depth.sit(decoder, &mut bench.deep);
        let mut reader = bench.deep.take_reader();
        let mut is_told = false;
        bench.extend(|room| {
            let samples = samples.min(room.len());
            let room = &mut room[..samples];
            match (following, &mut reader) {
                (Some(next), Some(reader)) => is_told = decoder.recover_deep(next, room, reader),
                (Some(next), None) => is_told = decoder.recover(next, room),
                (None, _) => decoder.conceal(room),
            }
            samples
        });
        bench.deep.put_reader(reader);
        depth.lost(decoder, &mut bench.deep);
        depth.rise(decoder, &mut bench.deep);
        if is_told { Stretch::Coarse } else { Stretch::Concealed }
    }

    /// Fills so many samples of an announced silence with the noise that was described, or that the decoder
    /// makes of it.
    pub(crate) fn silence(&mut self, bench: &mut Workbench, samples: usize) -> Stretch {
        match &mut self.noise {
            _ if !self.is_listening => bench.silence(samples),
            Some(noise) if self.is_noise => bench.extend(|room| fill(noise, room, samples)),
            _ => {
                self.depth.sit(&mut self.decoder, &mut bench.deep);
                self.depth.pause(&mut self.decoder);
                self.conceal(bench, samples);
                self.depth.rise(&mut self.decoder, &mut bench.deep);
            }
        }
        Stretch::Silent
    }

    /// Takes a description of the peer's silence, and begins with so many samples of it.
    fn comfort_noise(
        &mut self,
        bench: &mut Workbench,
        stored: &Stored<'_>,
        samples: usize,
    ) -> Stretch {
        if let Some((noise, told)) =
            self.noise.as_mut().zip(NoiseDescription::parse(stored.payload))
        {
            noise.follow(&told);
        }
        if self.is_listening {
            return self.silence(bench, samples);
        }
        bench.silence(samples);
        Stretch::Undecoded
    }

    /// How loud a packet is that isn't listened to, if that can be found without its own decoder.
    fn look_at(&self, payload: &[u8], bench: &mut Workbench) -> Option<Dbfs> {
        bench.probe.level(self.decoder.kind(), self.recent.payloads().chain([payload]))
    }

    /// Brings the decoder to where the stream is, by what was kept of it.
    fn catch_up(&mut self, bench: &mut Workbench) {
        let Self { decoder, depth, recent, .. } = self;
        if recent.has_gap() {
            decoder.reset();
            depth.begin_anew();
        }
        recent.take(|payload| {
            bench.extend(|room| {
                // What it sounds like is past; what can't be decoded is not missed.
                let _ = decoder.decode(payload, room);
                0
            });
        });
    }

    fn conceal(&mut self, bench: &mut Workbench, samples: usize) {
        bench.extend(|room| {
            let samples = samples.min(room.len());
            self.decoder.conceal(&mut room[..samples]);
            samples
        });
    }
}

fn fill(noise: &mut NoiseSource, room: &mut [f32], samples: usize) -> usize {
    let samples = samples.min(room.len());
    noise.fill(&mut room[..samples]);
    samples
}
