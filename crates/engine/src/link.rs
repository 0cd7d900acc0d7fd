//! The two doors between the control world and one worker: bounded rings, and who holds what.
//!
//! Rings join them. *Commands* go in. *Events* come out; when nobody polls them, they are dropped
//! and counted, or tried again if they must not be lost. *DTLS datagrams* go both ways by rings of
//! their own, so that a flood of them holds up nothing else. *Returns* carry objects back to be
//! freed, and never fill up: the ring has a place for every object that the control side can have
//! lent, which the slot pools and [`Link::send`] limit.

use std::collections::VecDeque;
use std::sync::Arc;

use rtrb::{Consumer, Producer, PushError, RingBuffer};

use crate::EngineSettings;
use crate::dtls::DtlsDatagram;
use crate::figures::SharedFigures;
use crate::message::{Command, Returned, WorkerEvent};
use crate::sizes::Sizes;

/// DTLS datagrams that wait in each direction: of some 50 handshakes in one flight.
const DTLS_DATAGRAMS_MAX: usize = 256;

/// Numbers of places in a worker's table, handed out by the control side.
#[derive(Debug)]
pub(crate) struct SlotPool {
    free: Vec<u32>,
    size: usize,
}

impl SlotPool {
    fn new(size: usize) -> Self {
        let free: Vec<u32> = (0..u32::try_from(size).unwrap_or(u32::MAX)).rev().collect();
        Self { size: free.len(), free }
    }

    pub(crate) fn take(&mut self) -> Option<u32> {
        self.free.pop()
    }

    pub(crate) fn give_back(&mut self, slot: u32) {
        self.free.push(slot);
    }

    pub(crate) fn available(&self) -> usize {
        self.free.len()
    }

    /// Places that were taken and have not come back.
    pub(crate) fn taken(&self) -> usize {
        self.size - self.free.len()
    }
}

/// How many objects of a kind a worker has or is giving back, and may have at most.
struct Lent {
    out: usize,
    max: usize,
}

impl Lent {
    fn up_to(max: usize) -> Self {
        Self { out: 0, max }
    }

    /// Whether so many more may be lent.
    fn has(&self, count: usize) -> bool {
        self.out + count <= self.max
    }

    fn lend(&mut self, count: usize) {
        self.out += count;
    }

    fn take_back(&mut self, count: usize) {
        self.out = self.out.saturating_sub(count);
    }
}

/// The control side's end.
pub(crate) struct Link {
    commands: Producer<Command>,
    events: Consumer<WorkerEvent>,
    returns: Consumer<Returned>,
    dtls_in: Producer<DtlsDatagram>,
    dtls_out: Consumer<DtlsDatagram>,
    pub(crate) figures: Arc<SharedFigures>,
    pub(crate) legs: SlotPool,
    pub(crate) rooms: SlotPool,
    pub(crate) ports: SlotPool,
    /// Links between parts of rooms.
    links: Lent,
    taps: Lent,
    /// Halves of whispers.
    halves: Lent,
    /// What is answered by exactly one return each.
    errands: Lent,
    /// Commands that must arrive and found the ring full; at most one a leg, room and port, and two
    /// a link.
    backlog: VecDeque<Command>,
}

/// The worker's end.
pub(crate) struct WorkerEnd {
    pub(crate) commands: Consumer<Command>,
    pub(crate) events: Producer<WorkerEvent>,
    pub(crate) returns: Producer<Returned>,
    /// From the control side to browsers.
    pub(crate) dtls_in: Consumer<DtlsDatagram>,
    /// From browsers to the control side.
    pub(crate) dtls_out: Producer<DtlsDatagram>,
    pub(crate) figures: Arc<SharedFigures>,
}

/// Both ends of a link for a worker under `settings`.
pub(crate) fn link(settings: &EngineSettings) -> (Link, WorkerEnd) {
    let sizes = Sizes::new(settings);
    let (commands, commands_out) = RingBuffer::new(settings.commands_max);
    let (events_in, events) = RingBuffer::new(settings.events_max);
    let (returns_in, returns) = RingBuffer::new(sizes.objects());
    let datagrams = if settings.browser.is_some() { DTLS_DATAGRAMS_MAX } else { 0 };
    let (dtls_in, dtls_to_browsers) = RingBuffer::new(datagrams);
    let (dtls_from_browsers, dtls_out) = RingBuffer::new(datagrams);
    let figures = Arc::new(SharedFigures::default());
    let link = Link {
        commands,
        events,
        returns,
        dtls_in,
        dtls_out,
        figures: Arc::clone(&figures),
        legs: SlotPool::new(sizes.legs),
        rooms: SlotPool::new(sizes.rooms),
        ports: SlotPool::new(sizes.ports),
        links: Lent::up_to(sizes.links),
        taps: Lent::up_to(sizes.taps()),
        halves: Lent::up_to(sizes.halves()),
        errands: Lent::up_to(sizes.errands),
        backlog: VecDeque::new(),
    };
    let end = WorkerEnd {
        commands: commands_out,
        events: events_in,
        returns: returns_in,
        dtls_in: dtls_to_browsers,
        dtls_out: dtls_from_browsers,
        figures,
    };
    (link, end)
}

impl Link {
    /// Whether a command would be refused.
    pub(crate) fn is_full(&self) -> bool {
        self.commands.is_full() || !self.backlog.is_empty()
    }

    /// Sends a command, or gives it back, with the object that it carries, if the ring is full.
    pub(crate) fn send(&mut self, command: Command) -> Result<(), Command> {
        // What waits in the backlog was meant to come first.
        if !self.backlog.is_empty() {
            return Err(command);
        }
        let is_errand = matches!(
            command,
            Command::Update(..) | Command::Move(..) | Command::Play(..) | Command::Broadcast(..)
        );
        if is_errand && !self.errands.has(1) {
            return Err(command);
        }
        self.commands.push(command).map_err(|PushError::Full(command)| command)?;
        self.errands.lend(usize::from(is_errand));
        Ok(())
    }

    /// Sends a command that ends something and so must not be lost: at once, or by a later
    /// [`flush`](Self::flush).
    pub(crate) fn insist(&mut self, command: Command) {
        if let Err(command) = self.send(command) {
            self.backlog.push_back(command);
        }
    }

    /// Whether so many more links between parts of rooms may be lent.
    pub(crate) fn has_links(&self, count: usize) -> bool {
        self.links.has(count)
    }

    /// Notes that so many are lent.
    pub(crate) fn lend_links(&mut self, count: usize) {
        self.links.lend(count);
    }

    /// Lends a tap: sends `command`, which carries one, or gives it back if that may not be.
    pub(crate) fn lend_tap(&mut self, command: Command) -> Result<(), Command> {
        if !self.taps.has(1) {
            return Err(command);
        }
        self.send(command)?;
        self.taps.lend(1);
        Ok(())
    }

    /// Lends half of a whisper: sends `command`, which carries one, or gives it back if that may not be.
    pub(crate) fn lend_half(&mut self, command: Command) -> Result<(), Command> {
        if !self.halves.has(1) {
            return Err(command);
        }
        self.send(command)?;
        self.halves.lend(1);
        Ok(())
    }

    /// Sends what the ring had no place for.
    pub(crate) fn flush(&mut self) {
        while let Some(command) = self.backlog.pop_front() {
            if let Err(PushError::Full(command)) = self.commands.push(command) {
                self.backlog.push_front(command);
                return;
            }
        }
    }

    pub(crate) fn event(&mut self) -> Option<WorkerEvent> {
        self.events.pop().ok()
    }

    /// Sends a DTLS datagram to a browser; false if too many wait.
    pub(crate) fn send_dtls(&mut self, datagram: DtlsDatagram) -> bool {
        self.dtls_in.push(datagram).is_ok()
    }

    /// A DTLS datagram from a browser.
    pub(crate) fn dtls(&mut self) -> Option<DtlsDatagram> {
        self.dtls_out.pop().ok()
    }

    /// An object that came back.
    pub(crate) fn returned(&mut self) -> Option<Returned> {
        let returned = self.returns.pop().ok()?;
        match &returned {
            Returned::Update(_)
            | Returned::Move(_)
            | Returned::Playback(_)
            | Returned::Broadcast(_) => self.errands.take_back(1),
            Returned::Link(_) => self.links.take_back(1),
            Returned::Tap(..) => self.taps.take_back(1),
            Returned::Mouthpiece(_) | Returned::Earpiece(_) => self.halves.take_back(1),
            Returned::Room(room) => {
                self.links.take_back(room.cascade.len());
                self.taps.take_back(usize::from(room.tap.is_some()));
            }
            Returned::Leg(_) | Returned::Browser(_) | Returned::Port(_) | Returned::Spare(_) => {}
        }
        Some(returned)
    }
}
