//! What the control side asks for, carried out.

use super::Worker;
use super::reporting::Moment;
use crate::message::{Command, Returned};

/// Commands taken in one sub-tick; the others wait for the next.
const COMMANDS_PER_TURN_MAX: usize = 256;

impl Worker {
    /// Takes in commands.
    pub(super) fn obey(&mut self, at: Moment) {
        for _ in 0..COMMANDS_PER_TURN_MAX {
            let Ok(command) = self.commands.pop() else { return };
            self.execute(command, at);
        }
    }

    fn execute(&mut self, command: Command, at: Moment) {
        match command {
            Command::AddPort(port) => self.tables.add_port(port),
            Command::RemovePort(slot) => self.tables.remove_port(slot),
            Command::OpenRoom(room) => self.tables.open_room(room),
            Command::CloseRoom(slot) => self.close_room(slot, at),
            Command::Link(slot, link) => self.tables.link(slot, link),
            Command::Unlink(slot, peer) => self.tables.unlink(slot, peer),
            Command::Tap(slot, tap) => self.tables.tap(slot, tap),
            Command::AddBrowser(browser) => self.tables.add_browser(browser, at.now),
            Command::RestartIce(slot, credentials) => {
                self.tables.browsers.restart(slot, &credentials);
            }
            Command::Attach(leg) => self.tables.attach(leg, at.now),
            Command::Update(slot, update) => self.tables.update(slot, update, at.now),
            Command::Move(slot, step) => self.tables.move_leg(slot, step, at.now),
            Command::Detach(slot) => self.detach(slot, at),
            Command::SetMuted(slot, is_muted) => self.tables.set_muted(slot, is_muted),
            Command::SetHeld(slot, is_held) => self.tables.set_held(slot, is_held),
            Command::SetDenoise(slot, denoise) => {
                if let Some((room, seat)) = self.tables.seated(slot) {
                    room.mixer.set_denoise(seat, denoise);
                }
            }
            Command::SetVolume(slot, volume_db) => {
                if let Some((room, seat)) = self.tables.seated(slot) {
                    room.mixer.set_volume(seat, volume_db);
                }
            }
            Command::Whisper(slot, mouthpiece) => self.tables.whisper(slot, mouthpiece),
            Command::Listen(slot, earpiece) => self.tables.listen(slot, earpiece),
            Command::EndWhisper(slot) => self.tables.end_whisper(slot),
            Command::Play(slot, playback) => {
                let replaced = match self.tables.seated(slot) {
                    Some((room, seat)) => room.mixer.play(seat, playback),
                    None => Some(playback),
                };
                self.tables.give_back(Returned::Playback(replaced));
            }
            Command::Announce(slot, tone) => {
                if let Some(room) = self.tables.room(slot) {
                    room.mixer.sound(tone);
                }
            }
            Command::Broadcast(slot, broadcast) => {
                let replaced = match self.tables.room(slot) {
                    Some(room) => room.mixer.broadcast(broadcast),
                    None => Some(broadcast),
                };
                self.tables.give_back(Returned::Broadcast(replaced));
            }
            Command::EndMusic(slot) => {
                if let Some(room) = self.tables.room(slot) {
                    room.mixer.end_music();
                }
            }
            Command::SendDigits(slot, digits) => {
                let leg = self.tables.leg(slot);
                let is_taken = leg.is_some_and(|leg| leg.media.sending.press(digits.as_str()));
                self.tables.counts.digits_refused += u64::from(!is_taken);
            }
        }
    }

    fn detach(&mut self, slot: u32, at: Moment) {
        // What was said to a browser before it was to go still reaches it.
        self.tables.send_dtls(&mut self.outbox);
        self.tables.report_to(slot, at, true, &mut self.outbox);
        // Before the leg's port may go.
        self.tables.flush(&mut self.outbox);
        self.tables.detach(slot, at.now);
    }

    fn close_room(&mut self, slot: u32, at: Moment) {
        while let Some(&(leg, _)) = self.tables.room(slot).and_then(|room| room.seated().first()) {
            self.detach(leg, at);
        }
        self.tables.close_room(slot);
    }
}
