//! What an engine and a leg are told at their start.

mod browser;
mod leg;
mod media;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::EngineError;
use crate::schedule::SUB_TICK;

pub use browser::{BROWSER_IPS_MAX, BrowserPort, BrowserSettings};
pub(crate) use leg::port_above;
pub use leg::{ALLOWED_SOURCES_MAX, CNAME_BYTES_MAX, LegSettings, TelephoneEvents};
pub(crate) use media::{MediaSettings, Playout};

/// Most workers an engine runs: more cores than that need several processes.
pub const WORKERS_MAX: usize = 64;

/// Most legs a worker may be set to hold. The kernel's cost of a packet allows some 4,000 legs of
/// 20 ms packets a core.
pub const LEGS_PER_WORKER_MAX: usize = 16_384;

/// Most rooms a worker may be set to hold.
pub const ROOMS_PER_WORKER_MAX: usize = 32_768;

/// How an [`Engine`](crate::Engine) is set up.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineSettings {
    /// Media threads, each pinned to a core of its own while there are enough; 1 to [`WORKERS_MAX`].
    pub workers: usize,
    /// The local address that media sockets are bound to.
    pub bind_ip: IpAddr,
    /// The address that peers are told to send to; it differs from `bind_ip` behind a NAT.
    pub advertised_ip: IpAddr,
    /// First and last UDP port used. RTP takes an even port and RTCP the odd one above it.
    pub port_range: (u16, u16),
    /// Most rooms that a worker holds, up to [`ROOMS_PER_WORKER_MAX`].
    pub rooms_per_worker_max: usize,
    /// Most legs that a worker holds, up to [`LEGS_PER_WORKER_MAX`].
    pub legs_per_worker_max: usize,
    /// Most legs that share one port. Legs on one port cost fewer system calls, but also share one
    /// receive buffer.
    pub legs_per_port_max: usize,
    /// The load, as a share of a worker's time, above which no further leg is taken, so that those
    /// that are there don't suffer; 0 to 1, where 1 takes whatever comes
    /// and 0 takes none. The kernel leaves a
    /// real-time thread 95 % of a core.
    pub load_max: f32,
    /// Where browsers are served; without it there are phones only.
    pub browser: Option<BrowserPort>,
    /// How long a browser is sent to after it last showed that it wants to be (RFC 7675), before
    /// [`ConsentLost`](crate::EngineEvent::ConsentLost) is told; up to 30 s.
    pub consent_timeout: Duration,
    /// How long packets wait in a leg's jitter buffer, to half a tick, where the network delays and loses none.
    pub jitter_depth: Duration,
    /// A leg from which neither RTP nor RTCP comes for this long is reported by
    /// [`MediaTimeout`](crate::EngineEvent::MediaTimeout).
    pub media_timeout: Duration,
    /// Whether to ask for the real-time scheduling class. Without the right to it the workers run
    /// as ordinary threads, which [`EngineStats`](crate::EngineStats) shows.
    pub realtime: bool,
    /// Whose packets' times of arrival are the kernel's.
    pub kernel_timestamps: KernelTimestamps,
    /// Most commands that wait for a worker; one more is refused as
    /// [`WorkerBusy`](EngineError::WorkerBusy).
    pub commands_max: usize,
    /// Most events that wait to be polled from a worker.
    pub events_max: usize,
}

/// Whose packets' times of arrival are the kernel's; those of others are of the sub-tick in which they
/// are read, up to 5 ms later.
///
/// A time from the kernel costs half a microsecond a packet, of the six that a leg costs in all. The
/// jitter buffer does as well without: it plays at whole ticks, for which a packet that was read in their own
/// sub-tick is in time. What suffers is the figure of jitter, by up to 2.5 ms. On a carrier's network it is next to
/// nothing, and tells nobody anything; over the air it is what says why somebody sounds bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelTimestamps {
    /// Nobody's: for workers whose time is not the clock's.
    Nobody,
    /// Browsers'.
    Browsers,
    /// Everybody's.
    Everybody,
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
            load_max: 0.85,
            browser: None,
            consent_timeout: Duration::from_secs(20),
            jitter_depth: Duration::from_millis(20),
            media_timeout: Duration::from_secs(30),
            realtime: true,
            kernel_timestamps: KernelTimestamps::Browsers,
            commands_max: 1_024,
            events_max: 4_096,
        }
    }
}

impl EngineSettings {
    /// How the packets of phones wait.
    pub(crate) fn phone_playout(&self) -> Playout {
        self.playout(self.kernel_timestamps == KernelTimestamps::Everybody)
    }

    /// How the packets of browsers wait.
    pub(crate) fn browser_playout(&self) -> Playout {
        self.playout(self.kernel_timestamps != KernelTimestamps::Nobody)
    }

    fn playout(&self, has_timestamps: bool) -> Playout {
        let grain = if has_timestamps { Duration::ZERO } else { SUB_TICK };
        Playout { depth: self.jitter_depth, grain }
    }

    /// Refuses what no engine can run with.
    ///
    /// # Errors
    /// [`EngineError::Setting`], which names the setting and what is allowed.
    pub fn validate(&self) -> Result<(), EngineError> {
        let (first, last) = self.port_range;
        let jitter = Duration::from_millis(10)..=Duration::from_millis(200);
        let consent = Duration::from_secs(1)..=Duration::from_secs(30);
        let checks = [
            ("workers", "1 to 64", (1..=WORKERS_MAX).contains(&self.workers)),
            ("port_range", "at least one even port and the one above it", has_pair(first, last)),
            (
                "rooms_per_worker_max",
                "1 to 32768",
                (1..=ROOMS_PER_WORKER_MAX).contains(&self.rooms_per_worker_max),
            ),
            (
                "legs_per_worker_max",
                "1 to 16384",
                (1..=LEGS_PER_WORKER_MAX).contains(&self.legs_per_worker_max),
            ),
            ("legs_per_port_max", "1 to 1024", (1..=1_024).contains(&self.legs_per_port_max)),
            ("load_max", "0 to 1", (0.0..=1.0).contains(&self.load_max)),
            ("consent_timeout", "1 s to 30 s", consent.contains(&self.consent_timeout)),
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
        let fault = checks.into_iter().find(|(_, _, holds)| !holds);
        let fault = fault.map(|(setting, allowed, _)| (setting, allowed));
        let browser = || self.browser.as_ref()?.fault(self.workers);
        match fault.or_else(browser) {
            Some((setting, allowed)) => Err(EngineError::Setting { setting, allowed }),
            None => Ok(()),
        }
    }
}

/// Whether the range holds an even port and the odd one above it.
fn has_pair(first: u16, last: u16) -> bool {
    let even = first.checked_next_multiple_of(2);
    first > 0 && even.and_then(|even| even.checked_add(1)).is_some_and(|odd| odd <= last)
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
        assert!(
            bad(|s| s.consent_timeout = Duration::from_secs(31)).starts_with("consent_timeout")
        );
        assert!(bad(|s| s.load_max = f32::NAN).starts_with("load_max"));
        assert!(bad(|s| s.commands_max = 0).starts_with("commands_max"));
        assert!(bad(|s| s.legs_per_worker_max = 1 << 20).starts_with("legs_per_worker_max"));
    }

    #[test]
    fn browsers_are_told_addresses_that_they_can_reach() {
        let fault = |ips: &[&str], advertised: &[&str], port| {
            let parse = |ips: &[&str]| ips.iter().map(|ip| ip.parse().unwrap()).collect();
            let browser = BrowserPort { ips: parse(ips), advertised_ips: parse(advertised), port };
            let settings =
                EngineSettings { workers: 2, browser: Some(browser), ..EngineSettings::default() };
            settings.validate().err().map(|error| error.to_string())
        };
        assert_eq!(fault(&["192.0.2.1", "2001:db8::1"], &[], 65_534), None);
        assert_eq!(fault(&["0.0.0.0", "::"], &["203.0.113.1"], 0), None);
        for (ips, advertised, port) in [
            (&["0.0.0.0"][..], &[][..], 0),
            (&["192.0.2.1"], &["0.0.0.0"], 0),
            (&["192.0.2.1"], &["::ffff:192.0.2.1"], 0),
            (&["::ffff:192.0.2.1"], &["192.0.2.1"], 0),
            (&["192.0.2.1", "192.0.2.1"], &[], 0),
            (&[], &["192.0.2.1"], 0),
            (&["192.0.2.1"], &[], 65_535),
        ] {
            let told = fault(ips, advertised, port).unwrap();
            assert!(told.starts_with("browser."), "{ips:?} {advertised:?} {port}: {told}");
        }
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
}
