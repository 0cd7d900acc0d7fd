//! A party of simulated people around a room: each says a steady note of its own and keeps what
//! it hears.

use audio::{
    Frame, Rate,
    codec::{CodecKind, DECODED_SAMPLES_MAX, Decoder, EncoderSettings},
};
use mixer::{Desk, Member, Room, RoomEvent, RoomSettings, SlotId};
use std::f32::consts::TAU;

pub(crate) struct Party {
    pub(crate) room: Room,
    pub(crate) desk: Desk,
    pub(crate) people: Vec<Person>,
    pub(crate) events: Vec<RoomEvent>,
    /// Who whispers to whom, by their places.
    pub(crate) whispers: Vec<(usize, usize)>,
    ticks: usize,
}

pub(crate) struct Person {
    pub(crate) id: SlotId,
    pub(crate) codec: CodecKind,
    /// The note that it says, in hertz and amplitude, or silence.
    pub(crate) says: Option<(f32, f32)>,
    /// Each payload that it was sent; none for a tick without.
    pub(crate) payloads: Vec<Option<Vec<u8>>>,
    /// All that it heard.
    pub(crate) heard: Vec<f32>,
    decoder: Decoder,
}

impl Party {
    pub(crate) fn new() -> Self {
        Self::with_settings(RoomSettings::default())
    }

    pub(crate) fn with_settings(settings: RoomSettings) -> Self {
        Self {
            room: Room::new(settings),
            desk: Desk::new(),
            people: Vec::new(),
            events: Vec::new(),
            whispers: Vec::new(),
            ticks: 0,
        }
    }

    /// Lets somebody in; gives its place in `people`.
    pub(crate) fn join(&mut self, codec: CodecKind) -> usize {
        self.join_with(codec, EncoderSettings::default())
    }

    pub(crate) fn join_with(&mut self, codec: CodecKind, settings: EncoderSettings) -> usize {
        let member = Member::new(codec, settings).unwrap();
        let id = self.room.join(Box::new(member)).unwrap();
        self.people.push(Person {
            id,
            codec,
            says: None,
            payloads: Vec::new(),
            heard: Vec::new(),
            decoder: Decoder::new(codec).unwrap(),
        });
        self.people.len() - 1
    }

    pub(crate) fn leave(&mut self, person: usize) {
        assert!(self.room.leave(self.people[person].id).is_some());
        self.people[person].says = None;
    }

    pub(crate) fn say(&mut self, person: usize, hz: f32, amplitude: f32) {
        self.people[person].says = Some((hz, amplitude));
    }

    pub(crate) fn hush(&mut self, person: usize) {
        self.people[person].says = None;
    }

    /// Runs some ticks.
    pub(crate) fn run(&mut self, ticks: usize) {
        for _ in 0..ticks {
            for (index, person) in self.people.iter().enumerate() {
                let Some(said) = person.said(self.ticks) else { continue };
                self.room.hear(person.id, said.samples());
                let listener = self.whispers.iter().find(|(from, _)| *from == index);
                if let Some(&(_, to)) = listener
                    && let Some(whispered) = self.room.whispered(person.id, said.samples())
                {
                    self.room.hear_whisper(self.people[to].id, whispered);
                }
            }
            self.room.mix(&mut self.desk);
            for person in &mut self.people {
                person.listen(self.room.output(person.id).map(|output| output.payload));
            }
            self.events.extend(std::iter::from_fn(|| self.room.poll_event()));
            self.ticks += 1;
        }
    }
}

impl Person {
    /// What it says in a tick. Notes go on where they would be, had they never been interrupted.
    fn said(&self, tick: usize) -> Option<Frame> {
        let (hz, amplitude) = self.says?;
        let rate = self.codec.audio_rate();
        let mut frame = Frame::silent(rate);
        for (n, sample) in frame.samples_mut().iter_mut().enumerate() {
            let turns =
                f64::from(hz) * (tick * rate.tick_samples() + n) as f64 / f64::from(rate.hz());
            *sample = amplitude * (TAU * turns.fract() as f32).sin();
        }
        Some(frame)
    }

    fn listen(&mut self, payload: Option<&[u8]>) {
        let mut samples = [0.0; DECODED_SAMPLES_MAX];
        let length = match payload {
            Some(payload) => self.decoder.decode(payload, &mut samples).unwrap(),
            None => self.rate().tick_samples(),
        };
        self.heard.extend_from_slice(&samples[..length]);
        self.payloads.push(payload.map(<[u8]>::to_vec));
    }

    pub(crate) fn rate(&self) -> Rate {
        self.codec.audio_rate()
    }

    /// What it heard in the last ticks.
    pub(crate) fn heard_last(&self, ticks: usize) -> &[f32] {
        &self.heard[self.heard.len() - ticks * self.rate().tick_samples()..]
    }

    /// How loud it heard a note in the last ticks: its amplitude.
    pub(crate) fn hears(&self, hz: f32, ticks: usize) -> f32 {
        let samples = self.heard_last(ticks);
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &sample) in samples.iter().enumerate() {
            let angle =
                TAU * (f64::from(hz) * n as f64 / f64::from(self.rate().hz())).fract() as f32;
            re += sample * angle.cos();
            im += sample * angle.sin();
        }
        2.0 * re.hypot(im) / samples.len() as f32
    }

    /// The largest step from one sample to the next in the last ticks.
    pub(crate) fn largest_step(&self, ticks: usize) -> f32 {
        let steps = self.heard_last(ticks).windows(2).map(|pair| (pair[1] - pair[0]).abs());
        steps.fold(0.0, f32::max)
    }
}

/// The largest step from sample to sample in a note.
pub(crate) fn step_of(hz: f32, amplitude: f32, rate: Rate) -> f32 {
    amplitude * TAU * hz / rate.hz() as f32
}
