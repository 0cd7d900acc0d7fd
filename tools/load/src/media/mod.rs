//! The media plane: one thread carries all legs.
//!
//! [`Media`] is the handle of the control side. It says where each leg can be reached, attaches legs once
//! signalling has agreed on how they talk, carries datagrams of ICE and DTLS from and to the legs' own addresses,
//! and measures. The thread sends by absolute deadlines, in batches, and takes in everything that has come once a
//! millisecond; the two meet only at bounded lock-free rings.

mod carrier;
mod clock;
mod error;
mod leg;
mod live;
mod message;
mod outgoing;
mod own_time;
mod pacer;
mod wire;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rtrb::{Consumer, Producer, RingBuffer};
use udp::Socket;

pub use clock::allowed_cores;
pub(crate) use clock::{ask_for_realtime, monotonic, pin, sleep_until, thread_cpu};
pub use error::MediaError;
pub use leg::{MID_BYTES_MAX, MediaLeg};
pub use live::Progress;
pub use message::DATAGRAM_BYTES_MAX;
pub use wire::Layout;

use crate::measure::{Meter, Take};
use crate::plan::{LegId, Plan};
use crate::sound::Sounds;
use carrier::{Carrier, Doors};
use leg::{Leg, Part, Start};
use live::Live;
use message::{Bytes, Command, Report};
use wire::Wire;

/// Commands that wait for the media thread. It takes up to 64 a millisecond.
const COMMANDS_MAX: usize = 4_096;

/// Reports that wait for the control side.
const REPORTS_MAX: usize = 4_096;

/// Places among them that datagrams leave to others.
const RESERVED_REPORTS: usize = 128;

/// How long the media thread may take to give back a measurement.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the media plane is set up.
#[derive(Clone, Copy, Debug)]
pub struct MediaSettings {
    /// What is to be loaded.
    pub plan: Plan,
    /// How legs are laid onto sockets.
    pub layout: Layout,
    /// The core on which the thread is to live; without one, the scheduler decides.
    pub core: Option<usize>,
    /// Whether the thread asks for the real-time class.
    pub realtime: bool,
    /// Whether packets may go elsewhere than to loopback.
    pub allow_remote: bool,
}

/// The media plane, seen from the control side. When dropped, it stops and everything is freed.
pub struct Media {
    settings: MediaSettings,
    addresses: Vec<SocketAddr>,
    /// By leg: what it plays.
    parts: Vec<Part>,
    is_attached: Vec<bool>,
    sockets: Arc<[Socket]>,
    commands: Producer<Command>,
    reports: Consumer<Report>,
    /// Datagrams that came while something else was waited for.
    datagrams: VecDeque<(LegId, SocketAddr, Bytes)>,
    live: Arc<Live>,
    /// What the sockets had dropped when measuring began.
    dropped_before: Option<u64>,
    stop: Arc<AtomicBool>,
    is_realtime: Arc<AtomicBool>,
    thread: Option<JoinHandle<Carrier>>,
}

impl Media {
    /// Encodes the sounds, binds the sockets and starts the thread. Legs are not there yet.
    ///
    /// # Errors
    /// [`MediaError::Bind`], [`MediaError::Codec`], [`MediaError::Thread`].
    pub fn start(settings: MediaSettings) -> Result<Self, MediaError> {
        let plan = &settings.plan;
        let sounds = Sounds::new(plan)?;
        let part = |leg: LegId| Part {
            track: sounds.track_of(plan.role(leg)) as u16,
            lead: sounds.lead(plan.room(leg)) as u16,
        };
        let legs = plan.legs();
        let parts = (0..legs as u32).map(|leg| part(LegId(leg))).collect();
        let wire = Wire::new(settings.layout, legs)?;
        let addresses = (0..legs).filter_map(|leg| wire.address(leg)).collect();
        let sockets = wire.sockets();
        let (commands, at_thread) = RingBuffer::new(COMMANDS_MAX);
        let (to_us, reports) = RingBuffer::new(REPORTS_MAX);
        let live = Arc::new(Live::default());
        let doors = Doors { commands: at_thread, reports: to_us, live: Arc::clone(&live) };
        let carrier = Carrier::new(legs, plan.request().codec, sounds, wire, doors);
        let (stop, is_realtime) = (Arc::default(), Arc::default());
        let thread = spawn(carrier, &settings, Arc::clone(&stop), Arc::clone(&is_realtime))?;
        Ok(Self {
            settings,
            addresses,
            parts,
            is_attached: vec![false; legs],
            sockets,
            commands,
            reports,
            datagrams: VecDeque::new(),
            live,
            dropped_before: None,
            stop,
            is_realtime,
            thread: Some(thread),
        })
    }

    /// The plan that it was set up for.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.settings.plan
    }

    /// The address that is a leg's, whether it is attached or not: what its SDP says.
    ///
    /// # Errors
    /// [`MediaError::NoSuchLeg`].
    pub fn reserve(&self, leg: LegId) -> Result<SocketAddr, MediaError> {
        self.addresses.get(leg.index()).copied().ok_or(MediaError::NoSuchLeg(leg))
    }

    /// Has a leg talk and listen from now on. One that was attached before is replaced.
    ///
    /// # Errors
    /// [`MediaError::NoSuchLeg`], [`MediaError::NotLoopback`], [`MediaError::OutOfReach`],
    /// [`MediaError::Mid`], [`MediaError::Keys`], [`MediaError::Busy`].
    pub fn attach(&mut self, settings: MediaLeg) -> Result<(), MediaError> {
        let id = settings.leg;
        let part = *self.parts.get(id.index()).ok_or(MediaError::NoSuchLeg(id))?;
        self.check_destination(settings.remote)?;
        let mid_bytes = settings.mid.as_ref().map(|(_, mid)| mid.len());
        if let Some(bytes) = mid_bytes.filter(|bytes| !(1..=MID_BYTES_MAX).contains(bytes)) {
            return Err(MediaError::Mid(bytes));
        }
        let start =
            Start { ssrc: rand::random(), sequence: rand::random(), timestamp: rand::random() };
        let leg = Leg::new(&settings, part, start)?;
        self.place(id, leg)
    }

    /// Has a leg fall silent and deaf.
    ///
    /// # Errors
    /// [`MediaError::NoSuchLeg`], [`MediaError::Busy`].
    pub fn detach(&mut self, leg: LegId) -> Result<(), MediaError> {
        if leg.index() >= self.parts.len() {
            return Err(MediaError::NoSuchLeg(leg));
        }
        self.place(leg, Leg::vacant())
    }

    /// Sends a datagram, which is not RTP, from a leg's address.
    ///
    /// # Errors
    /// [`MediaError::NoSuchLeg`], [`MediaError::NotLoopback`], [`MediaError::OutOfReach`],
    /// [`MediaError::DatagramTooLong`], [`MediaError::Busy`].
    pub fn send(&mut self, leg: LegId, to: SocketAddr, bytes: &[u8]) -> Result<(), MediaError> {
        self.reserve(leg)?;
        self.check_destination(to)?;
        let bytes = Bytes::of(bytes).ok_or(MediaError::DatagramTooLong(bytes.len()))?;
        self.command(Command::Send(leg, to, bytes))
    }

    /// The next datagram of STUN or DTLS that came for a leg, and who sent it.
    pub fn poll_datagram(&mut self) -> Option<(LegId, SocketAddr, Vec<u8>)> {
        self.take_reports();
        let (leg, source, bytes) = self.datagrams.pop_front()?;
        Some((leg, source, bytes.as_slice().to_vec()))
    }

    /// Counts from now on. A measurement that runs already is given up.
    ///
    /// # Errors
    /// [`MediaError::Busy`].
    pub fn begin_measuring(&mut self) -> Result<(), MediaError> {
        self.take_reports();
        let is_attached = |leg: LegId| self.is_attached.get(leg.index()) == Some(&true);
        let ears = self.settings.plan.ears(is_attached);
        let meter = Meter::new(&self.settings.plan, &ears);
        self.command(Command::Begin(Box::new(meter)))?;
        self.dropped_before = Some(self.dropped());
        Ok(())
    }

    /// Where things stand.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.live.read()
    }

    /// Ends counting; all legs talk on. Waits for the media thread's next step.
    ///
    /// # Errors
    /// [`MediaError::NotMeasuring`], [`MediaError::Busy`], [`MediaError::Stopped`].
    pub fn end_measuring(&mut self) -> Result<Take, MediaError> {
        let dropped_before = self.dropped_before.take().ok_or(MediaError::NotMeasuring)?;
        self.command(Command::End)?;
        let deadline = Instant::now() + PATIENCE;
        let meter = loop {
            if let Some(meter) = self.take_reports() {
                break meter;
            }
            if Instant::now() > deadline {
                return Err(MediaError::Stopped);
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        Ok(Take {
            plan: self.settings.plan,
            meter,
            dropped: self.dropped().saturating_sub(dropped_before),
            realtime: self.is_realtime.load(Ordering::Relaxed),
        })
    }

    /// Stops the thread and frees everything.
    pub fn close(self) {
        drop(self);
    }

    fn place(&mut self, id: LegId, leg: Leg) -> Result<(), MediaError> {
        let is_there = leg.is_there;
        self.command(Command::Place(id, Box::new(leg)))?;
        if let Some(attached) = self.is_attached.get_mut(id.index()) {
            *attached = is_there;
        }
        Ok(())
    }

    fn command(&mut self, command: Command) -> Result<(), MediaError> {
        // Room for reports is room for commands: each is answered by one at most.
        self.take_reports();
        self.commands.push(command).map_err(|_| MediaError::Busy)
    }

    /// Takes all reports away, and gives the measurement that has ended, if one has.
    fn take_reports(&mut self) -> Option<Box<Meter>> {
        let mut ended = None;
        while let Ok(report) = self.reports.pop() {
            match report {
                Report::Displaced(leg) => drop(leg),
                Report::Ended(meter) => ended = Some(meter),
                Report::Datagram(leg, source, bytes) if self.datagrams.len() < REPORTS_MAX => {
                    self.datagrams.push_back((leg, source, bytes));
                }
                // As on the ring: a peer repeats what is lost.
                Report::Datagram(..) => {}
            }
        }
        ended
    }

    fn check_destination(&self, to: SocketAddr) -> Result<(), MediaError> {
        let ip = to.ip().to_canonical();
        if !ip.is_loopback() && !self.settings.allow_remote {
            return Err(MediaError::NotLoopback(to));
        }
        let reaches = match self.settings.layout {
            Layout::Loopback => matches!(ip, IpAddr::V4(ip) if ip.is_loopback()),
            Layout::Sockets { .. } => true,
        };
        if reaches { Ok(()) } else { Err(MediaError::OutOfReach(to)) }
    }

    /// Datagrams for which the receive buffers had no room, since the beginning.
    fn dropped(&self) -> u64 {
        self.sockets.iter().filter_map(|socket| socket.dropped().ok()).map(u64::from).sum()
    }
}

impl Drop for Media {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // The carrier is freed here, not there. One that panicked has nothing left to free.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn spawn(
    mut carrier: Carrier,
    settings: &MediaSettings,
    stop: Arc<AtomicBool>,
    is_realtime: Arc<AtomicBool>,
) -> Result<JoinHandle<Carrier>, MediaError> {
    let (core, realtime) = (settings.core, settings.realtime);
    let run = move || {
        if let Some(core) = core {
            pin(core);
        }
        is_realtime.store(realtime && ask_for_realtime(), Ordering::Relaxed);
        carrier.start(monotonic());
        while !stop.load(Ordering::Relaxed) {
            sleep_until(carrier.next_due());
            carrier.run_step(monotonic());
        }
        carrier
    };
    std::thread::Builder::new().name("load-media".into()).spawn(run).map_err(MediaError::Thread)
}

#[cfg(test)]
mod tests;
