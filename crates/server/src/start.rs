//! Builds a server from its configuration, and takes it apart again.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use conference::{Country, NumberRules, PhoneNumber, Policy, Prefix};
use engine::{Engine, EngineError, EngineSettings};
use sip::{SipError, SipHandle};
use store::{OpenError, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::http::{self, App, Assets, Streams};
use crate::metrics::Metrics;
use crate::prompts::{BadRecording, Prompts};
use crate::switchboard::{self, Handle};
use crate::{token, trunks};

/// How often it is looked whether calls are left while the server drains.
const DRAIN_POLL: Duration = Duration::from_millis(50);

/// A server that runs. Dropping it lets it run on; [`stop`](Running::stop) ends it.
pub struct Running {
    /// Where pages, API and events are.
    pub http_addr: SocketAddr,
    /// Where trunks reach us by UDP.
    pub sip_udp_addr: SocketAddr,
    /// Where trunks reach us by TCP.
    pub sip_tcp_addr: SocketAddr,
    /// Where people reach us, without a slash at the end.
    pub public_url: String,
    /// The API token that was made because there was no subscriber; it is nowhere else.
    pub first_token: Option<String>,
    switchboard: Handle,
    store: Store,
    drain_time: Duration,
    draining: watch::Sender<bool>,
    stopping: watch::Sender<bool>,
    tasks: [JoinHandle<()>; 2],
}

/// Why a server can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration isn't allowed.
    #[error("{0}")]
    Config(String),
    /// The database can't be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database can't be used.
    #[error("the database can't be used: {0}")]
    Store(#[from] StoreError),
    /// The media world can't start.
    #[error("the media engine can't start: {0}")]
    Media(#[from] EngineError),
    /// Signalling can't start.
    #[error("SIP can't start: {0}")]
    Sip(#[from] SipError),
    /// The HTTP address can't be had.
    #[error("can't listen on {address} for HTTP: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// A recorded prompt is broken.
    #[error(transparent)]
    Prompts(#[from] BadRecording),
}

/// Starts a server.
///
/// # Errors
/// [`StartError`] says what is in the way; nothing runs then.
pub async fn start(config: Config) -> Result<Running, StartError> {
    config.check().map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        StartError::Config(faults.join("\n"))
    })?;
    let prompts = Prompts::load()?;
    let policy = policy_of(&config)?;
    let store = Store::open(&config.database.path).await?;
    let first_token = token::ensure_subscriber(&store, config.api.token.as_ref()).await?;
    let listen = config.http.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|reason| StartError::Listen { address: listen, reason })?;
    let http_addr = listener.local_addr().unwrap_or(listen);
    let public_url = public_url_of(&config, http_addr);
    let advertised = advertised_ip(&config).await;
    let (sip, sip_events) = sip::Endpoint::bind(trunks::sip_settings(&config)).await?;
    let engine = Engine::start(engine_settings(&config, advertised))?;
    let metrics = Metrics::default();
    let settings = switchboard::Settings {
        policy: policy.clone(),
        trunk: trunks::outbound(&config),
        media_ip: advertised,
        codecs: config.media.codecs.iter().map(|codec| codec.encoding()).collect(),
        watchers_per_conference_max: config.http.event_streams_per_conference_max,
        public_url: public_url.clone(),
        announce_alone: config.conferences.announce_alone,
    };
    let (sip_udp_addr, sip_tcp_addr) = addresses(&sip, &config);
    let parts = switchboard::Parts {
        engine,
        sip,
        sip_events,
        store: store.clone(),
        metrics: metrics.clone(),
        prompts,
    };
    let (switchboard, switchboard_task) = switchboard::start(settings, parts);
    let (draining, is_draining) = watch::channel(false);
    let (stopping, is_stopping) = watch::channel(false);
    let app = App::new(http::Inner {
        store: store.clone(),
        switchboard: switchboard.clone(),
        assets: Assets::new(config.http.assets_dir.clone()),
        metrics,
        streams: Streams::new(config.http.event_streams_per_client_max),
        default_country: policy.default_country,
        public_url: public_url.clone(),
        trusted_proxies: config.http.trusted_proxies.clone(),
        body_bytes_max: config.http.body_bytes_max,
        request_time: Duration::from_secs(config.http.request_timeout_s),
        draining: is_draining,
        stopping: is_stopping.clone(),
    });
    let limits = http::Limits {
        connections_max: config.http.connections_max,
        header_time: Duration::from_secs(config.http.header_timeout_s),
    };
    let http_task = tokio::spawn(http::serve(listener, http::router(app), limits, is_stopping));
    Ok(Running {
        http_addr,
        sip_udp_addr,
        sip_tcp_addr,
        public_url,
        first_token,
        switchboard,
        store,
        drain_time: Duration::from_secs(config.shutdown.drain_s),
        draining,
        stopping,
        tasks: [http_task, switchboard_task],
    })
}

impl Running {
    /// Takes no new call, lets those that are on go on for the drain time, ends what is left with BYE and
    /// returns when everything has been put away.
    pub async fn stop(self) {
        self.draining.send_replace(true);
        if self.switchboard.drain().await.is_ok() {
            let drained = tokio::time::timeout(self.drain_time, self.calls_end()).await;
            tracing::info!(all_calls_ended = drained.is_ok(), "drained");
        }
        self.switchboard.stop().await;
        self.stopping.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the server failed");
            }
        }
        self.store.close().await;
    }

    async fn calls_end(&self) {
        while self.switchboard.gauges().await.is_ok_and(|gauges| gauges.calls > 0) {
            tokio::time::sleep(DRAIN_POLL).await;
        }
    }
}

fn policy_of(config: &Config) -> Result<Policy, StartError> {
    // The configuration was checked; should the domain still disagree, its words are shown.
    let prefixes = |texts: &[String]| {
        let parsed: Result<Vec<Prefix>, _> = texts.iter().map(|text| text.parse()).collect();
        parsed.map_err(|error| StartError::Config(error.to_string()))
    };
    let calls = &config.calls;
    let caller_id = calls.caller_id.as_deref().map(PhoneNumber::from_e164).transpose();
    Ok(Policy {
        default_country: calls
            .default_country
            .parse::<Country>()
            .map_err(|error| StartError::Config(error.to_string()))?,
        lead: Duration::from_secs(config.conferences.lead_s),
        ring_time: Duration::from_secs(calls.ring_time_s),
        caller_id: caller_id.map_err(|error| StartError::Config(error.to_string()))?,
        numbers: NumberRules {
            allowed: prefixes(&calls.allowed_prefixes)?,
            denied: prefixes(&calls.denied_prefixes)?,
            premium: calls.premium_numbers,
        },
        calls_at_once_per_conference_max: calls.ringing_per_conference_max,
        calls_per_conference_hour_max: calls.per_conference_per_hour_max,
        calls_per_client_hour_max: calls.per_client_per_hour_max,
        outbound_calls_max: calls.concurrent_max,
        participants_per_conference_max: config.conferences.participants_max,
        conferences_active_max: config.conferences.active_max,
    })
}

fn engine_settings(config: &Config, advertised_ip: IpAddr) -> EngineSettings {
    let media = &config.media;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = if media.workers == 0 { cores.min(engine::WORKERS_MAX) } else { media.workers };
    EngineSettings {
        workers,
        bind_ip: media.listen,
        advertised_ip,
        port_range: (media.port_first, media.port_last),
        jitter_depth: Duration::from_millis(media.jitter_depth_ms),
        media_timeout: Duration::from_secs(media.timeout_s),
        realtime: media.realtime,
        ..EngineSettings::default()
    }
}

fn addresses(sip: &SipHandle, config: &Config) -> (SocketAddr, SocketAddr) {
    (sip.local_udp_addr().unwrap_or(config.sip.udp), sip.local_tcp_addr().unwrap_or(config.sip.tcp))
}

fn public_url_of(config: &Config, http_addr: SocketAddr) -> String {
    match &config.http.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None if http_addr.ip().is_unspecified() => format!("http://localhost:{}", http_addr.port()),
        None => format!("http://{http_addr}"),
    }
}

/// The address that SDP names: as configured, or the one bound to, or the one on the way to the first
/// trunk.
async fn advertised_ip(config: &Config) -> IpAddr {
    if let Some(ip) = config.media.advertised_address.or(config.sip.advertised_address) {
        return ip;
    }
    if !config.media.listen.is_unspecified() {
        return config.media.listen;
    }
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let Some(trunk) = config.sip.trunks.first() else { return loopback };
    match trunks::way_to(trunk).await {
        Some(ip) if ip.is_ipv4() == config.media.listen.is_ipv4() => ip,
        _ => {
            tracing::warn!("no way to the first trunk; set media.advertised_address");
            loopback
        }
    }
}
