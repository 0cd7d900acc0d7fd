//! What an engine and a leg are told at their start.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use audio::codec::{CodecKind, EncoderSettings};

use crate::EngineError;

/// Most workers an engine runs: more cores than that need several processes.
pub const WORKERS_MAX: usize = 64;

/// Most legs a worker may be set to hold. The kernel's cost of a packet allows some 4,000 legs of
/// 20 ms packets a core.
pub const LEGS_PER_WORKER_MAX: usize = 16_384;

/// Most source addresses that may be allowed to a leg beside its signalled one.
pub const ALLOWED_SOURCES_MAX: usize = 8;

/// Longest RTCP canonical name, in bytes (RFC 3550 section 6.5 gives its length one byte).
pub const CNAME_BYTES_MAX: usize = 255;

/// How an [`Engine`](crate::Engine) is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSettings {
    /// Media threads, each pinned to a core of its own while there are enough; 1 to [`WORKERS_MAX`].
    pub workers: usize,
    /// The local address that media sockets are bound to.
    pub bind_ip: IpAddr,
    /// The address that peers are told to send to; it differs from `bind_ip` behind a NAT.
    pub advertised_ip: IpAddr,
    /// First and last UDP port used. RTP takes an even port and RTCP the odd one above it.
    pub port_range: (u16, u16),
    /// Most rooms that a worker holds.
    pub rooms_per_worker_max: usize,
    /// Most legs that a worker holds, up to [`LEGS_PER_WORKER_MAX`].
    pub legs_per_worker_max: usize,
    /// Most legs that share one port. Legs on one port cost fewer system calls, but also share one
    /// receive buffer.
    pub legs_per_port_max: usize,
    /// How long packets wait in a leg's jitter buffer.
    pub jitter_depth: Duration,
    /// A leg from which neither RTP nor RTCP comes for this long is reported by
    /// [`MediaTimeout`](crate::EngineEvent::MediaTimeout).
    pub media_timeout: Duration,
    /// Whether to ask for the real-time scheduling class. Without the right to it the workers run
    /// as ordinary threads, which [`EngineStats`](crate::EngineStats) shows.
    pub realtime: bool,
    /// Whether arrival times are the kernel's, which a worker that is waking up does not blur.
    pub kernel_timestamps: bool,
    /// Most commands that wait for a worker; one more is refused as
    /// [`WorkerBusy`](EngineError::WorkerBusy).
    pub commands_max: usize,
    /// Most events that wait to be polled from a worker.
    pub events_max: usize,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            workers: 1,
            bind_ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            advertised_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port_range: (16_384, 32_767),
            rooms_per_worker_max: 1_024,
            legs_per_worker_max: 2_048,
            legs_per_port_max: 256,
            jitter_depth: Duration::from_millis(20),
            media_timeout: Duration::from_secs(30),
            realtime: true,
            kernel_timestamps: true,
            commands_max: 1_024,
            events_max: 4_096,
        }
    }
}

impl EngineSettings {
    /// Refuses what no engine can run with.
    ///
    /// # Errors
    /// [`EngineError::Setting`], which names the setting and what is allowed.
    pub fn validate(&self) -> Result<(), EngineError> {
        let (first, last) = self.port_range;
        let jitter = Duration::from_millis(10)..=Duration::from_millis(200);
        let checks = [
            ("workers", "1 to 64", (1..=WORKERS_MAX).contains(&self.workers)),
            ("port_range", "at least one even port and the one above it", has_pair(first, last)),
            (
                "rooms_per_worker_max",
                "1 to 16384",
                (1..=16_384).contains(&self.rooms_per_worker_max),
            ),
            (
                "legs_per_worker_max",
                "1 to 16384",
                (1..=LEGS_PER_WORKER_MAX).contains(&self.legs_per_worker_max),
            ),
            ("legs_per_port_max", "1 to 1024", (1..=1_024).contains(&self.legs_per_port_max)),
            ("jitter_depth", "10 ms to 200 ms", jitter.contains(&self.jitter_depth)),
            ("media_timeout", "at least 1 s", self.media_timeout >= Duration::from_secs(1)),
            ("commands_max", "1 to 65536", (1..=65_536).contains(&self.commands_max)),
            ("events_max", "1 to 65536", (1..=65_536).contains(&self.events_max)),
            (
                "advertised_ip",
                "an address that peers can reach",
                !self.advertised_ip.is_unspecified(),
            ),
        ];
        match checks.into_iter().find(|(_, _, holds)| !holds) {
            Some((setting, allowed, _)) => Err(EngineError::Setting { setting, allowed }),
            None => Ok(()),
        }
    }
}

/// Whether the range holds an even port and the odd one above it.
fn has_pair(first: u16, last: u16) -> bool {
    let even = first.checked_next_multiple_of(2);
    first > 0 && even.and_then(|even| even.checked_add(1)).is_some_and(|odd| odd <= last)
}

/// Payload types of RFC 4733 telephone events, as negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvents {
    /// The payload type that the peer wants to be sent.
    pub send: u8,
    /// The payload type that the peer sends.
    pub receive: u8,
}

/// What was negotiated for a leg.
#[derive(Debug, Clone, PartialEq)]
pub struct LegSettings {
    /// The codec, the same in both directions.
    pub codec: CodecKind,
    /// How to encode. Members of a room with equal settings can share one encode.
    pub encoder: EncoderSettings,
    /// The payload type that the peer wants audio to be sent with.
    pub payload_type_send: u8,
    /// The payload type that the peer sends audio with.
    pub payload_type_receive: u8,
    /// Telephone events, if both sides have them.
    pub telephone_events: Option<TelephoneEvents>,
    /// Where the peer said that it wants RTP. An unspecified address (`0.0.0.0`, hold as RFC 2543
    /// had it) leaves a leg's destination as it is.
    pub remote_rtp: SocketAddr,
    /// Where the peer wants RTCP; `None` is the port above `remote_rtp` (RFC 3550 section 11).
    pub remote_rtcp: Option<SocketAddr>,
    /// Whether RTCP shares the port of RTP (RFC 5761).
    pub rtcp_mux: bool,
    /// Addresses from which media may come beside that of `remote_rtp`, such as the address that
    /// the call's signalling comes from; up to [`ALLOWED_SOURCES_MAX`].
    pub allowed_source_ips: Vec<IpAddr>,
    /// Whether we send. When false (hold), the leg gets no packet at all.
    pub send: bool,
    /// Whether we take what the peer sends into the room.
    pub receive: bool,
    /// Our canonical name in RTCP (RFC 3550 section 6.5.1), up to [`CNAME_BYTES_MAX`].
    pub cname: String,
}

impl LegSettings {
    /// A leg with a codec's static payload type (RFC 3551; 96 for Opus), in both directions, without
    /// telephone events or allowed sources.
    #[must_use]
    pub fn new(codec: CodecKind, remote_rtp: SocketAddr) -> Self {
        let payload_type = match codec {
            CodecKind::Pcmu => 0,
            CodecKind::Pcma => 8,
            CodecKind::G722 => 9,
            CodecKind::Opus => 96,
        };
        Self {
            codec,
            encoder: EncoderSettings::default(),
            payload_type_send: payload_type,
            payload_type_receive: payload_type,
            telephone_events: None,
            remote_rtp,
            remote_rtcp: None,
            rtcp_mux: false,
            allowed_source_ips: Vec::new(),
            send: true,
            receive: true,
            cname: "confab".to_owned(),
        }
    }

    /// Refuses what does not fit a leg.
    ///
    /// # Errors
    /// [`EngineError::Setting`], which names the setting and what is allowed.
    pub fn validate(&self) -> Result<(), EngineError> {
        let events = self.telephone_events.map_or((0, 0), |events| (events.send, events.receive));
        let types = [self.payload_type_send, self.payload_type_receive, events.0, events.1];
        let checks = [
            ("payload types", "0 to 127", types.iter().all(|&payload_type| payload_type < 128)),
            (
                "allowed_source_ips",
                "up to 8 addresses",
                self.allowed_source_ips.len() <= ALLOWED_SOURCES_MAX,
            ),
            ("cname", "1 to 255 bytes", (1..=CNAME_BYTES_MAX).contains(&self.cname.len())),
        ];
        match checks.into_iter().find(|(_, _, holds)| !holds) {
            Some((setting, allowed, _)) => Err(EngineError::Setting { setting, allowed }),
            None => Ok(()),
        }
    }

    /// Where RTCP goes: as signalled, or by RFC 3550's rule of the next port.
    #[must_use]
    pub fn rtcp_address(&self) -> SocketAddr {
        if self.rtcp_mux {
            return self.remote_rtp;
        }
        self.remote_rtcp.unwrap_or_else(|| port_above(self.remote_rtp))
    }
}

/// The address one port above (RFC 3550 section 11); the last port has none and stays.
pub(crate) fn port_above(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port().saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_each_limit_is_told_by_name() {
        let good = EngineSettings::default();
        good.validate().unwrap();
        let bad = |change: fn(&mut EngineSettings)| {
            let mut settings = good.clone();
            change(&mut settings);
            settings.validate().unwrap_err().to_string()
        };
        assert_eq!(bad(|s| s.workers = 0), "workers must be 1 to 64");
        assert!(bad(|s| s.port_range = (5_001, 5_002)).starts_with("port_range"));
        assert!(bad(|s| s.jitter_depth = Duration::from_secs(1)).starts_with("jitter_depth"));
        assert!(bad(|s| s.media_timeout = Duration::ZERO).starts_with("media_timeout"));
        assert!(bad(|s| s.commands_max = 0).starts_with("commands_max"));
        assert!(bad(|s| s.legs_per_worker_max = 1 << 20).starts_with("legs_per_worker_max"));
    }

    #[test]
    fn a_port_range_must_hold_a_pair() {
        assert!(has_pair(5_000, 5_001));
        assert!(has_pair(5_001, 5_003));
        assert!(has_pair(65_534, 65_535));
        assert!(!has_pair(5_000, 5_000));
        assert!(!has_pair(65_535, 65_535));
        assert!(!has_pair(0, 1), "port 0 means any port");
    }

    #[test]
    fn a_leg_is_held_to_its_limits() {
        let remote = "192.0.2.1:4000".parse().unwrap();
        let mut leg = LegSettings::new(CodecKind::Opus, remote);
        leg.validate().unwrap();
        assert_eq!(leg.rtcp_address().port(), 4_001);
        leg.rtcp_mux = true;
        assert_eq!(leg.rtcp_address(), remote);

        leg.payload_type_send = 128;
        assert!(leg.validate().is_err());
        leg.payload_type_send = 96;
        leg.cname = "x".repeat(CNAME_BYTES_MAX + 1);
        assert!(leg.validate().is_err());
        leg.cname = "x".to_owned();
        leg.allowed_source_ips = vec![remote.ip(); ALLOWED_SOURCES_MAX + 1];
        assert!(leg.validate().is_err());
    }
}
