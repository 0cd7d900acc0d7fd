//! What can be done with a leg of any kind.

use audio::codec::{CodecKind, EncoderSettings};
use mixer::{Denoise, Playback};

use super::{Engine, LegRecord, Line, Negotiated, Stage};
use crate::clock::monotonic;
use crate::digits::Digits;
use crate::message::Command;
use crate::worker::whispers;
use crate::{EngineError, EngineEvent, LegId, LegStats};

impl Engine {
    /// Takes a leg out of its room, or cancels its reservation. [`Left`](EngineEvent::Left) comes
    /// once it is freed. A full ring doesn't stop this: the command is sent by a later poll then.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), also when it is leaving already.
    pub fn detach(&mut self, leg: LegId) -> Result<(), EngineError> {
        let record = self.legs.get_mut(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        match record.stage {
            Stage::Leaving => return Err(EngineError::UnknownLeg(leg)),
            // The worker has nothing of it.
            Stage::Reserved if record.line != Line::Browser => self.cancel_reservation(leg),
            Stage::Reserved | Stage::Attached(_) => {
                record.stage = Stage::Leaving;
                self.workers[record.worker].link.insist(Command::Detach(record.slot));
            }
        }
        Ok(())
    }

    /// Mutes a leg for the room, or ends that. Its digits are heard all the same.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), [`NotAttached`](EngineError::NotAttached) and
    /// [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn set_muted(&mut self, leg: LegId, muted: bool) -> Result<(), EngineError> {
        self.tell(leg, |slot| Command::SetMuted(slot, muted))
    }

    /// Holds a leg, or ends that: it neither hears nor is heard meanwhile, and keeps its seat. Its
    /// reports go on, and a browser's consent.
    ///
    /// # Errors
    /// Those of [`set_muted`](Self::set_muted).
    pub fn set_held(&mut self, leg: LegId, held: bool) -> Result<(), EngineError> {
        self.tell(leg, |slot| Command::SetHeld(slot, held))
    }

    /// Says whether noise is taken out of what a leg says; `None` leaves it to its room's settings.
    ///
    /// # Errors
    /// Those of [`set_muted`](Self::set_muted).
    pub fn set_denoise(&mut self, leg: LegId, denoise: Option<Denoise>) -> Result<(), EngineError> {
        self.tell(leg, |slot| Command::SetDenoise(slot, denoise))
    }

    /// Turns a leg's voice up or down for all others, by so many decibels.
    ///
    /// # Errors
    /// Those of [`set_muted`](Self::set_muted).
    pub fn set_volume(&mut self, leg: LegId, volume_db: f32) -> Result<(), EngineError> {
        self.tell(leg, |slot| Command::SetVolume(slot, volume_db))
    }

    /// Has what a leg says be heard by `to` alone, over what that hears, until the [end](Self::end_whisper) of it.
    /// When `to` leaves or goes to another room, or somebody else whispers to it, nobody hears it.
    ///
    /// # Errors
    /// Those of [`set_muted`](Self::set_muted) for either, and [`Apart`](EngineError::Apart). All is as before then, but
    /// for `to`, who may hear no more of what was whispered to it.
    pub fn whisper(&mut self, leg: LegId, to: LegId) -> Result<(), EngineError> {
        let (speaker, listener) = (self.attached(leg)?, self.attached(to)?);
        if speaker.room != listener.room || leg == to {
            return Err(EngineError::Apart(leg, to));
        }
        let (from, at) = ((speaker.worker, speaker.slot), (listener.worker, listener.slot));
        let (mouthpiece, earpiece) = whispers::pair(from.0 == at.0);
        // In this order: without the other half, an earpiece comes back, and a mouthpiece would take the voice away.
        self.lend_half(at.0, Command::Listen(at.1, earpiece))?;
        self.lend_half(from.0, Command::Whisper(from.1, mouthpiece))
    }

    fn lend_half(&mut self, worker: usize, command: Command) -> Result<(), EngineError> {
        let sent = self.workers[worker].link.lend_half(command);
        sent.map_err(|_| EngineError::WorkerBusy(worker))
    }

    /// Has all hear again what a leg says.
    ///
    /// # Errors
    /// Those of [`set_muted`](Self::set_muted).
    pub fn end_whisper(&mut self, leg: LegId) -> Result<(), EngineError> {
        self.tell(leg, Command::EndWhisper)
    }

    /// Plays something to one leg only. [`PlaybackEnded`](EngineEvent::PlaybackEnded) follows.
    ///
    /// # Errors
    /// Those of [`set_muted`](Self::set_muted).
    pub fn play(&mut self, leg: LegId, playback: Playback) -> Result<(), EngineError> {
        self.tell(leg, |slot| Command::Play(slot, playback))
    }

    /// Sends digits to a leg's peer by RFC 4733, in place of audio, behind those still being sent.
    ///
    /// # Errors
    /// Those of [`set_muted`](Self::set_muted), [`InvalidDigit`](EngineError::InvalidDigit),
    /// [`TooManyDigits`](EngineError::TooManyDigits) and
    /// [`NoTelephoneEvents`](EngineError::NoTelephoneEvents).
    pub fn send_digits(&mut self, leg: LegId, digits: &str) -> Result<(), EngineError> {
        let digits = Digits::parse(digits)?;
        if let Some(LegRecord { stage: Stage::Attached(negotiated), .. }) = self.legs.get(&leg)
            && !negotiated.takes_digits()
        {
            return Err(EngineError::NoTelephoneEvents(leg));
        }
        self.tell(leg, |slot| Command::SendDigits(slot, digits))
    }

    /// Sends a command about an attached leg.
    fn tell(
        &mut self,
        leg: LegId,
        command: impl FnOnce(u32) -> Command,
    ) -> Result<(), EngineError> {
        let LegRecord { worker, slot, .. } = *self.attached(leg)?;
        let link = &mut self.workers[worker].link;
        link.send(command(slot)).map_err(|_| EngineError::WorkerBusy(worker))
    }

    /// What is known of a leg that is attached.
    fn attached(&self, leg: LegId) -> Result<&LegRecord, EngineError> {
        let record = self.legs.get(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        match record.stage {
            Stage::Attached(_) => Ok(record),
            Stage::Reserved => Err(EngineError::NotAttached(leg)),
            Stage::Leaving => Err(EngineError::UnknownLeg(leg)),
        }
    }

    /// Notes a leg that has been given its place.
    pub(super) fn note(&mut self, leg: LegId, record: LegRecord) {
        self.enter_part(record.room, record.worker);
        self.legs.insert(leg, record);
    }

    fn cancel_reservation(&mut self, leg: LegId) {
        self.forget(leg);
        self.own_events.push_back(EngineEvent::Left { leg, stats: LegStats::default() });
    }

    /// Gives back what a leg had: its place, its share of a port, its seat in the room.
    pub(super) fn forget(&mut self, leg: LegId) {
        let Some(record) = self.legs.remove(&leg) else { return };
        let link = &mut self.workers[record.worker].link;
        link.legs.give_back(record.slot);
        if let Line::Phone { port } = record.line
            && let Some((worker, slot)) = self.ports.leave(port, leg, monotonic())
        {
            self.workers[worker].link.insist(Command::RemovePort(slot));
        }
        self.leave_part(record.room, record.worker, record.room_slot);
    }
}

impl Negotiated {
    /// By what it is encoded for.
    pub(super) fn encoding(&self) -> (CodecKind, EncoderSettings) {
        match self {
            Self::Phone(settings) => (settings.codec, settings.encoder),
            Self::Browser { encoder, .. } => (CodecKind::Opus, *encoder),
        }
    }

    fn takes_digits(&self) -> bool {
        match self {
            Self::Phone(settings) => settings.telephone_events.is_some(),
            Self::Browser { takes_digits, .. } => *takes_digits,
        }
    }
}
