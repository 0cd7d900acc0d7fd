//! The media world: pinned workers that move packets and tick the mixer, and the rings that join
//! them to the control world.
//!
//! A [`Worker`] owns sockets, legs and rooms, and shares nothing. Every 20 ms, in four sub-ticks over
//! which its rooms are spread, it receives batches of datagrams, finds the leg of each, stores RTP in
//! the leg's jitter buffer, decodes what is due, has the mixer mix, and sends each leg its packet.
//!
//! A room lives on the worker that had the least to do, and when it outgrows that one it spans others:
//! each has a part of it, and hands what its speakers say to the other parts in every tick
//! (`worker::cascade`). Callers know of rooms only. A worker that is so busy that those who are there
//! would suffer takes no further leg ([`Engine::is_overloaded`]).
//!
//! Legs are of two kinds. A phone's ([`reserve`](Engine::reserve), [`attach`](Engine::attach)) is
//! plain RTP on a port of the range. A browser's ([`reserve_browser`](Engine::reserve_browser),
//! [`attach_browser`](Engine::attach_browser)) comes to the one port on which a worker serves all of
//! them: the worker answers its STUN, hands its DTLS to the caller and back, and carries its SRTP
//! with the keys that come of it.
//!
//! The [`Engine`] is the control side's handle. It builds legs, rooms and sockets, moves them into a
//! worker by a ring, and frees them when they come back by another. No call of it waits.
//!
//! ```
//! use audio::codec::CodecKind;
//! use engine::{Engine, EngineEvent, EngineSettings, LegId, LegSettings, RoomId};
//! use mixer::RoomSettings;
//!
//! let bind_ip = "127.0.0.1".parse()?;
//! let settings = EngineSettings { bind_ip, advertised_ip: bind_ip, ..EngineSettings::default() };
//! let mut engine = Engine::start(settings)?;
//! engine.open_room(RoomId(1), RoomSettings::default())?;
//!
//! let peer = "127.0.0.1:40000".parse()?;
//! let ours = engine.reserve(LegId(1), RoomId(1), Some(peer))?; // goes into our SDP
//! engine.attach(LegId(1), LegSettings::new(CodecKind::Pcma, peer))?;
//! println!("the peer sends to {ours}, and hears the room");
//!
//! engine.detach(LegId(1))?;
//! loop {
//!     match engine.poll_event() {
//!         Some(EngineEvent::Left { leg, .. }) if leg == LegId(1) => break,
//!         _ => std::thread::sleep(std::time::Duration::from_millis(5)),
//!     }
//! }
//! engine.shutdown();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! - A worker's tick takes no lock, makes no allocation and does not wait, whatever the network sends
//!   (`tests/no_alloc` runs it under an allocator that refuses).
//! - A stranger's packet neither gets into a room nor draws its sound out: a phone is believed by
//!   where it is (`worker::transport::latch`), a browser by what it proves (`worker::intake`).
//! - Nothing unproved is answered with more bytes than it brought, and no handshake is spoken with an
//!   address that was not proved to be the browser's.
//! - Every reservation ends in exactly one [`EngineEvent::Left`]; nothing that was lent to a worker is
//!   lost, because the ring on which objects return has a place for each.
//! - Workers share nothing. What goes from one to another goes by bounded rings and waits for nobody; a
//!   voice that is heard in another part of a room is heard at most a tick later.
//! - A late turn is made up for within its tick or skipped and counted; work never queues up.
//!
//! # Deliberately missing
//!
//! Rooms that span machines: a cascade's link over the network joins them. Recording: a [`Tap`] hands a room's sound
//! out, and what becomes of it is the control world's. DTLS, of which only datagrams are carried: handshakes are
//! the control world's. SRTP with keys from SDP, for phones.

mod clock;
mod digits;
mod dtls;
mod engine;
mod error;
mod event;
mod figures;
mod id;
mod link;
mod load;
mod message;
mod own_time;
mod ports;
mod schedule;
mod settings;
mod sizes;
mod stats;
mod tap;
mod thread;
mod tick_times;
mod worker;

pub use digits::DIGITS_MAX;
pub use dtls::DTLS_BYTES_MAX;
pub use engine::{BrowserPlace, Engine};
pub use error::EngineError;
pub use event::EngineEvent;
pub use figures::WorkerStats;
pub use id::{LegId, RoomId};
pub use settings::{
    ALLOWED_SOURCES_MAX, BROWSER_IPS_MAX, BrowserPort, BrowserSettings, CNAME_BYTES_MAX,
    EngineSettings, KernelTimestamps, LEGS_PER_WORKER_MAX, LegSettings, ROOMS_PER_WORKER_MAX,
    TelephoneEvents, WORKERS_MAX,
};
pub use stats::{Counts, EngineStats, LegQuality, LegStats};
pub use tap::{TAP_TICKS_MAX, Tap, TapSettings, TapSource, Tapped};
pub use tick_times::{TICK_TIME_BOUNDS, TickTimes};
pub use worker::Worker;
