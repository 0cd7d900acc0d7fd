//! The configuration: what may be set, its defaults, and its layers.
//!
//! Precedence, lowest first: the defaults here, a TOML file, environment variables
//! (`CONFAB_SECTION__KEY`), flags. [`keys::KEYS`] says of every key what it does and what is allowed.

pub mod check;
pub mod keys;
pub mod load;
pub mod show;

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize, Serializer};

use crate::prompts::Language;

/// Everything that can be configured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Pages, API and events.
    pub http: Http,
    /// Who may use the API.
    pub api: Api,
    /// Where conferences are kept.
    pub database: Database,
    /// SIP sockets and trunks.
    pub sip: Sip,
    /// RTP and the workers.
    pub media: Media,
    /// How browsers' sound comes and goes.
    pub browser: Browser,
    /// Mail that it sends.
    pub mail: Mail,
    /// Programs that it tells of what happens.
    pub webhooks: Webhooks,
    /// Calls that the server places.
    pub calls: Calls,
    /// Conferences and their limits.
    pub conferences: Conferences,
    /// Recordings of conferences.
    pub recording: Recording,
    /// Who may have conferences.
    pub subscribers: Subscribers,
    /// What people on the phone are told.
    pub prompts: Prompts,
    /// What is logged, and how.
    pub log: Log,
    /// How the server stops.
    pub shutdown: Shutdown,
}

/// `[http]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Http {
    pub listen: SocketAddr,
    pub public_url: Option<String>,
    pub trusted_proxies: Vec<IpNet>,
    pub connections_max: usize,
    pub body_bytes_max: usize,
    pub header_timeout_s: u64,
    pub request_timeout_s: u64,
    pub event_streams_per_conference_max: usize,
    pub event_streams_per_client_max: usize,
    pub assets_dir: Option<PathBuf>,
}

impl Default for Http {
    fn default() -> Http {
        Http {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            trusted_proxies: Vec::new(),
            connections_max: 2048,
            body_bytes_max: 16 * 1024,
            header_timeout_s: 10,
            request_timeout_s: 30,
            event_streams_per_conference_max: 500,
            event_streams_per_client_max: 32,
            assets_dir: None,
        }
    }
}

/// `[api]`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Api {
    pub token: Option<Secret>,
}

/// `[database]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Database {
    pub path: PathBuf,
    pub url: Option<Secret>,
}

impl Default for Database {
    fn default() -> Database {
        Database { path: PathBuf::from("confab.db"), url: None }
    }
}

/// `[sip]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Sip {
    pub udp: SocketAddr,
    pub tcp: SocketAddr,
    pub advertised_address: Option<IpAddr>,
    pub calls_max: usize,
    pub trunks: Vec<Trunk>,
}

impl Default for Sip {
    fn default() -> Sip {
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060));
        Sip { udp: any, tcp: any, advertised_address: None, calls_max: 2000, trunks: Vec::new() }
    }
}

/// `[[sip.trunks]]`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Trunk {
    pub id: String,
    pub address: String,
    #[serde(default)]
    pub transport: Transport,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<Secret>,
    #[serde(default)]
    pub from_domain: Option<String>,
    #[serde(default)]
    pub caller_id: Option<String>,
    #[serde(default)]
    pub sources: Vec<IpNet>,
    #[serde(default)]
    pub inbound_username: Option<String>,
    #[serde(default)]
    pub inbound_password: Option<Secret>,
}

/// How SIP messages travel to a trunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Datagrams.
    #[default]
    Udp,
    /// A connection.
    Tcp,
}

/// `[media]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Media {
    pub listen: IpAddr,
    pub advertised_address: Option<IpAddr>,
    pub port_first: u16,
    pub port_last: u16,
    pub workers: usize,
    pub realtime: bool,
    pub load_max: f64,
    pub jitter_depth_ms: u64,
    pub timeout_s: u64,
    pub codecs: Vec<Codec>,
    pub equal_loudness: bool,
    pub noise_suppression: NoiseSuppression,
    pub comfort_noise_dbfs: ComfortNoise,
}

impl Default for Media {
    fn default() -> Media {
        Media {
            listen: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            advertised_address: None,
            port_first: 40_000,
            port_last: 49_999,
            workers: 0,
            realtime: true,
            load_max: 0.85,
            jitter_depth_ms: 10,
            timeout_s: 30,
            codecs: vec![Codec::Opus, Codec::G722, Codec::Pcma, Codec::Pcmu],
            equal_loudness: true,
            noise_suppression: NoiseSuppression::Auto,
            comfort_noise_dbfs: ComfortNoise::Level(-66.0),
        }
    }
}

/// `[browser]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Browser {
    pub listen: Vec<IpAddr>,
    pub advertised_addresses: Vec<IpAddr>,
    pub port: u16,
    pub tcp_port: Option<u16>,
    pub consent_timeout_s: u64,
    pub concurrent_max: usize,
    pub joins_per_conference_per_minute_max: usize,
    pub joins_per_client_per_minute_max: usize,
}

impl Default for Browser {
    fn default() -> Browser {
        Browser {
            listen: Vec::new(),
            advertised_addresses: Vec::new(),
            port: 10_000,
            tcp_port: None,
            consent_timeout_s: 20,
            concurrent_max: 1000,
            joins_per_conference_per_minute_max: 400,
            joins_per_client_per_minute_max: 200,
        }
    }
}

/// Whose noise is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoiseSuppression {
    /// Nobody's.
    Off,
    /// That of those under whose speech there is much.
    Auto,
    /// Everybody's.
    On,
}

impl NoiseSuppression {
    /// What it means to a room.
    pub fn denoise(self) -> mixer::Denoise {
        match self {
            NoiseSuppression::Off => mixer::Denoise::Never,
            NoiseSuppression::Auto => mixer::Denoise::WhereNoisy,
            NoiseSuppression::On => mixer::Denoise::Always,
        }
    }
}

/// How loud the noise is that is heard where nobody speaks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ComfortNoise {
    /// So loud, in dBFS.
    Level(f64),
    /// There is none.
    Nothing(Off),
}

/// The word for what is not to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Off {
    /// It.
    Off,
}

impl ComfortNoise {
    /// What it means to a room.
    pub fn level(self) -> Option<audio::level::Dbfs> {
        match self {
            // Half of a double's precision is more than anybody hears.
            ComfortNoise::Level(decibels) => Some(audio::level::Dbfs::new(decibels as f32)),
            ComfortNoise::Nothing(Off::Off) => None,
        }
    }
}

/// A codec that may be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// RFC 6716, 48 kHz.
    Opus,
    /// ITU-T G.722, 16 kHz.
    G722,
    /// ITU-T G.711 A-law, 8 kHz.
    Pcma,
    /// ITU-T G.711 µ-law, 8 kHz.
    Pcmu,
}

impl Codec {
    /// Its name in SDP.
    pub fn encoding(self) -> sdp::Encoding {
        match self {
            Codec::Opus => sdp::Encoding::Opus,
            Codec::G722 => sdp::Encoding::G722,
            Codec::Pcma => sdp::Encoding::Pcma,
            Codec::Pcmu => sdp::Encoding::Pcmu,
        }
    }
}

/// `[mail]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Mail {
    pub smtp_url: Option<Secret>,
    pub from: Option<String>,
    pub retry_wait_s: u64,
}

impl Default for Mail {
    fn default() -> Mail {
        Mail { smtp_url: None, from: None, retry_wait_s: 60 }
    }
}

/// `[webhooks]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Webhooks {
    pub networks: Vec<IpNet>,
    pub retry_wait_s: u64,
}

impl Default for Webhooks {
    fn default() -> Webhooks {
        Webhooks { networks: Vec::new(), retry_wait_s: 10 }
    }
}

/// `[calls]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Calls {
    pub trunk: Option<String>,
    pub caller_id: Option<String>,
    pub default_country: String,
    pub allowed_prefixes: Vec<String>,
    pub denied_prefixes: Vec<String>,
    pub premium_numbers: bool,
    pub ring_time_s: u64,
    pub busy_wait_s: u64,
    pub press_1: bool,
    pub concurrent_max: usize,
    pub ringing_per_conference_max: usize,
    pub per_conference_per_hour_max: usize,
    pub per_client_per_hour_max: usize,
}

impl Default for Calls {
    fn default() -> Calls {
        Calls {
            trunk: None,
            caller_id: None,
            default_country: "FR".to_owned(),
            allowed_prefixes: Vec::new(),
            denied_prefixes: Vec::new(),
            premium_numbers: false,
            ring_time_s: 60,
            busy_wait_s: 60,
            press_1: true,
            concurrent_max: 200,
            ringing_per_conference_max: 20,
            per_conference_per_hour_max: 200,
            per_client_per_hour_max: 30,
        }
    }
}

/// `[conferences]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Conferences {
    pub lead_s: u64,
    pub announce_alone: bool,
    pub placement: bool,
    pub participants_max: usize,
    pub active_max: usize,
}

impl Default for Conferences {
    fn default() -> Conferences {
        Conferences {
            lead_s: 600,
            announce_alone: true,
            placement: false,
            participants_max: 200,
            active_max: 500,
        }
    }
}

/// `[subscribers]`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Subscribers {
    pub sign_up: bool,
}

/// `[recording]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Recording {
    pub directory: Option<PathBuf>,
    pub retention_days: u64,
    pub free_mb_min: u64,
    pub hours_max: u64,
    pub at_once_max: usize,
}

impl Default for Recording {
    fn default() -> Recording {
        Recording {
            directory: None,
            retention_days: 30,
            free_mb_min: 500,
            hours_max: 12,
            at_once_max: 20,
        }
    }
}

/// `[prompts]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Prompts {
    pub language: Language,
    pub music: bool,
    pub directory: Option<PathBuf>,
}

impl Default for Prompts {
    fn default() -> Prompts {
        Prompts { language: Language::default(), music: true, directory: None }
    }
}

/// `[log]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Log {
        Log { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

/// `[shutdown]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "documented in keys.rs, which the example file and errors use too")]
pub struct Shutdown {
    pub drain_s: u64,
}

impl Default for Shutdown {
    fn default() -> Shutdown {
        Shutdown { drain_s: 5 }
    }
}

/// A value that never appears in a log, an error or a listing.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `value`.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// The value itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(keys::MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(keys::MASK)
    }
}
