//! The floor: a server that mixes nothing.
//!
//! A thread receives and sends by the same crate, the same batches and the same kind of socket as a worker of
//! Confab's engine, and is woken as often; all that it does is to send every packet back to where it came from.
//! The same legs are carried against it as against a server, so what it takes for each of their packets is what
//! the kernel alone takes, and no server on this machine can be cheaper.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use udp::{BindError, RecvBatch, SendBatch, Socket, SocketOptions};

use crate::Measured;
use crate::media::{
    Layout, Media, MediaError, MediaLeg, MediaSettings, ask_for_realtime, monotonic, pin,
    sleep_until, thread_cpu,
};
use crate::plan::{Codec, LegId, Plan};

/// How often the thread is woken: as often as a worker of the engine.
const PERIOD: Duration = Duration::from_millis(5);

/// Batches read in one turn: then its counters are told, even if it never comes to an end.
const BATCHES_MAX: usize = 256;

/// Its socket's buffers, in bytes.
const BUFFER_BYTES: usize = 4 << 20;

/// Payload types here are nobody's business; these are the usual ones (RFC 3551), and what browsers say for Opus.
const fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::G722 => 9,
        Codec::Opus => 111,
    }
}

/// On which cores the two ends live; without, the scheduler decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cores {
    /// Where the reflector lives: where a server's worker would.
    pub server: Option<usize>,
    /// Where the legs are carried.
    pub load: Option<usize>,
}

/// What came of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reflected {
    /// Processor time that the reflector takes to receive and send one packet, in microseconds: of a leg in each
    /// 20 ms.
    pub cpu_us_per_packet: f64,
    /// The reflector's processor time in percent of one core.
    pub cpu_percent: f64,
    /// Packets reflected while it was measured.
    pub packets: u64,
    /// What the legs measured. Talkers hear themselves here, and nobody else.
    pub measured: Measured,
}

/// Carries the legs of a plan, as plain RTP whatever their kind, against a reflector, and stops by itself.
///
/// # Errors
/// Any [`MediaError`].
pub fn run(plan: &Plan, cores: Cores) -> Result<Reflected, MediaError> {
    let reflector = Reflector::start(cores.server)?;
    let mut media = Media::start(MediaSettings {
        plan: *plan,
        layout: Layout::Loopback,
        core: cores.load,
        realtime: true,
        allow_remote: false,
    })?;
    for leg in (0..plan.legs() as u32).map(LegId) {
        let settings = MediaLeg {
            leg,
            remote: reflector.address(),
            payload_type: payload_type(plan.request().codec),
            srtp: None,
            level_extension: None,
            mid: None,
        };
        attach(&mut media, &settings)?;
    }
    std::thread::sleep(plan.request().warm_up);
    let before = reflector.used();
    media.begin_measuring()?;
    std::thread::sleep(plan.request().duration);
    let take = media.end_measuring()?;
    let used = reflector.used().since(before);
    media.close();
    reflector.stop();
    let measured = take.measure()?;
    Ok(Reflected {
        cpu_us_per_packet: used.cpu_us as f64 / used.packets.max(1) as f64,
        cpu_percent: used.cpu_us as f64 / (measured.seconds.max(1e-3) * 1e6) * 100.0,
        packets: used.packets,
        measured,
    })
}

/// Attaches a leg as soon as there is room for the command.
fn attach(media: &mut Media, settings: &MediaLeg) -> Result<(), MediaError> {
    loop {
        match media.attach(settings.clone()) {
            Err(MediaError::Busy) => std::thread::sleep(Duration::from_millis(1)),
            result => return result,
        }
    }
}

/// What the reflector has used and done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Used {
    /// Its processor time, in microseconds.
    pub cpu_us: u64,
    /// Packets that it has sent back.
    pub packets: u64,
}

impl Used {
    /// What was used and done since then.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            cpu_us: self.cpu_us.saturating_sub(before.cpu_us),
            packets: self.packets.saturating_sub(before.packets),
        }
    }
}

/// A running reflector on loopback. When dropped, it stops.
pub struct Reflector {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    cpu_us: AtomicU64,
    packets: AtomicU64,
    stop: AtomicBool,
}

impl Reflector {
    /// Starts one, on a core if one is given, in the real-time class where that is allowed.
    ///
    /// # Errors
    /// [`MediaError::Bind`], [`MediaError::Thread`].
    pub fn start(core: Option<usize>) -> Result<Self, MediaError> {
        let socket = bind()?;
        let address = socket.local_addr();
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let run = move || {
            if let Some(core) = core {
                pin(core);
            }
            ask_for_realtime();
            reflect(&socket, &of_thread);
        };
        let thread = std::thread::Builder::new().name("load-reflect".into()).spawn(run);
        Ok(Self { address, shared, thread: Some(thread.map_err(MediaError::Thread)?) })
    }

    /// Where it can be reached.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has used and done since it started.
    #[must_use]
    pub fn used(&self) -> Used {
        Used {
            cpu_us: self.shared.cpu_us.load(Ordering::Relaxed),
            packets: self.shared.packets.load(Ordering::Relaxed),
        }
    }

    /// Stops it.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Reflector {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // Nothing is left to be done if it panicked.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn bind() -> Result<Socket, BindError> {
    let options = SocketOptions {
        receive_buffer_bytes: BUFFER_BYTES,
        send_buffer_bytes: BUFFER_BYTES,
        ..SocketOptions::default()
    };
    Socket::bind(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0), &options)
}

fn reflect(socket: &Socket, shared: &Shared) {
    let (mut receive, mut send) = (RecvBatch::new(), SendBatch::new());
    let mut packets = 0;
    let mut next = monotonic();
    while !shared.stop.load(Ordering::Relaxed) {
        next += PERIOD;
        sleep_until(next);
        for _ in 0..BATCHES_MAX {
            // What the kernel refuses to give is lost, and shows as loss.
            let received = receive.receive(socket).unwrap_or_default();
            let back = receive.iter().map(|datagram| (datagram.source, datagram.payload));
            packets += send.send(socket, back).sent as u64;
            if !received.is_full() {
                break;
            }
        }
        shared.packets.store(packets, Ordering::Relaxed);
        shared.cpu_us.store(thread_cpu().as_micros() as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Request;

    #[test]
    fn everything_comes_back_and_costs_something() {
        let request = Request {
            legs_per_room: 40,
            talkers: 2,
            duration: Duration::from_secs(2),
            warm_up: Duration::from_millis(300),
            ..Request::default()
        };
        let plan = Plan::new(request).unwrap();
        let reflected = run(&plan, Cores::default()).unwrap();
        let measured = &reflected.measured;
        assert!(measured.packets.due > 40 * 90, "{:?}", measured.packets);
        assert!(measured.returned() > 0.99, "{:?}", measured.packets);
        assert_eq!(measured.legs, 40);
        assert!(reflected.cpu_us_per_packet > 0.1 && reflected.packets > 40 * 90);
        assert_eq!(measured.hearing.hear_themselves, [LegId(0), LegId(1)]);
        assert_eq!(measured.hearing.chirps_heard, 0);
    }
}
