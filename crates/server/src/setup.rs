//! From the configuration to what each part of the server is started with.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;

use conference::delivery::Retries;
use conference::{Country, NumberRules, PhoneNumber, Policy, Prefix};
use engine::{BrowserPort, EngineSettings};
use mixer::StripSettings;
use store::Store;

use crate::appointments::Caller;
use crate::config::Config;
use crate::http::{Assets, Cookie, Streams};
use crate::start::error::StartError;
use crate::{addresses, archive, http, mail, switchboard, trunks, webhooks};

/// Break-out rooms of all conferences together: when there are so many, who is sent to another stays where it is.
const BREAKOUTS_ON_SERVER_MAX: usize = 1_024;

/// Places of a worker for rooms that are closing, and for legs that are on their way out.
const CLOSING_MAX: usize = 64;

/// The rules of admission.
///
/// # Errors
/// The configuration was checked; should the domain still disagree, its words are given.
pub(crate) fn policy(config: &Config) -> Result<Policy, StartError> {
    let calls = &config.calls;
    let caller_id = calls.caller_id.as_deref().map(PhoneNumber::from_e164).transpose();
    Ok(Policy {
        default_country: calls.default_country.parse::<Country>().map_err(disagreed)?,
        lead: Duration::from_secs(config.conferences.lead_s),
        ring_time: Duration::from_secs(calls.ring_time_s),
        caller_id: caller_id.map_err(disagreed)?,
        press_1: calls.press_1,
        music: config.prompts.music,
        placement: config.conferences.placement,
        numbers: NumberRules {
            allowed: prefixes(&calls.allowed_prefixes)?,
            denied: prefixes(&calls.denied_prefixes)?,
            premium: calls.premium_numbers,
        },
        calls_at_once_per_conference_max: calls.ringing_per_conference_max,
        calls_per_conference_hour_max: calls.per_conference_per_hour_max,
        calls_per_client_hour_max: calls.per_client_per_hour_max,
        outbound_calls_max: calls.concurrent_max,
        browser_joins_per_client_minute_max: config.browser.joins_per_client_per_minute_max,
        browser_joins_per_conference_minute_max: config.browser.joins_per_conference_per_minute_max,
        browsers_max: config.browser.concurrent_max,
        participants_per_conference_max: config.conferences.participants_max,
        conferences_active_max: config.conferences.active_max,
        ..Policy::default()
    })
}

fn prefixes(texts: &[String]) -> Result<Vec<Prefix>, StartError> {
    texts.iter().map(|text| text.parse().map_err(disagreed)).collect()
}

fn disagreed(error: impl std::error::Error) -> StartError {
    StartError::Config(error.to_string())
}

/// The media world. Workers: as many as configured, or one a core.
pub(crate) fn engine(config: &Config, media_ip: IpAddr, browser: BrowserPort) -> EngineSettings {
    let media = &config.media;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // Each worker could hold them all, so that what it refuses is for its load alone.
    let legs_max = config.sip.calls_max + config.browser.concurrent_max + CLOSING_MAX;
    let workers = if media.workers == 0 { cores.min(engine::WORKERS_MAX) } else { media.workers };
    EngineSettings {
        workers,
        bind_ip: media.listen,
        advertised_ip: media_ip,
        port_range: (media.port_first, media.port_last),
        jitter_depth: Duration::from_millis(media.jitter_depth_ms),
        media_timeout: Duration::from_secs(media.timeout_s),
        browser: Some(browser),
        consent_timeout: Duration::from_secs(config.browser.consent_timeout_s),
        realtime: media.realtime,
        load_max: media.load_max as f32,
        legs_per_worker_max: legs_max.min(engine::LEGS_PER_WORKER_MAX),
        // Each conference may have an anteroom beside its room, and some have break-out rooms.
        rooms_per_worker_max: 2 * config.conferences.active_max
            + BREAKOUTS_ON_SERVER_MAX
            + CLOSING_MAX,
        ..EngineSettings::default()
    }
}

/// Where browsers' sound comes in.
pub(crate) fn browser_port(config: &Config) -> BrowserPort {
    let ips = addresses::listened_on(config);
    let advertised_ips = addresses::advertised(config, &ips);
    BrowserPort { ips, advertised_ips, port: config.browser.port }
}

/// Where browsers come that have TCP alone; `None` when they are not served.
pub(crate) fn ice_tcp_port(config: &Config) -> Option<u16> {
    match config.browser.tcp_port {
        Some(0) => None,
        Some(port) => Some(port),
        None => Some(config.browser.port),
    }
}

/// The switchboard, but for where browsers come that have TCP alone.
pub(crate) fn switchboard(
    config: &Config,
    policy: &Policy,
    media_ip: IpAddr,
    public_url: &str,
) -> switchboard::Settings {
    switchboard::Settings {
        policy: policy.clone(),
        trunk: trunks::outbound(config),
        media_ip,
        ice_tcp: Vec::new(),
        codecs: config.media.codecs.iter().map(|codec| codec.encoding()).collect(),
        strip: StripSettings {
            level: config.media.equal_loudness,
            denoise: config.media.noise_suppression.denoise(),
            ..StripSettings::default()
        },
        comfort_noise: config.media.comfort_noise_dbfs.level(),
        watchers_per_conference_max: config.http.event_streams_per_conference_max,
        public_url: public_url.to_owned(),
        announce_alone: config.conferences.announce_alone,
        language: config.prompts.language,
    }
}

/// Signalling.
///
/// # Errors
/// As [`policy`]'s.
pub(crate) fn sip(config: &Config) -> Result<sip::Settings, StartError> {
    trunks::sip_settings(config).map_err(disagreed)
}

/// The HTTP plane.
pub(crate) fn http(config: &Config, policy: &Policy, public_url: &str) -> http::Settings {
    http::Settings {
        assets: Assets::new(config.http.assets_dir.clone()),
        streams: Streams::new(config.http.event_streams_per_client_max),
        secret: policy.secret.clone(),
        default_country: policy.default_country,
        trusted_proxies: config.http.trusted_proxies.clone(),
        body_bytes_max: config.http.body_bytes_max,
        request_time: Duration::from_secs(config.http.request_timeout_s),
        public_url: public_url.to_owned(),
        cookie: Cookie::new(public_url),
        sign_up: config.subscribers.sign_up,
        sends_mail: config.mail.smtp_url.is_some(),
        sign_in: Mutex::default(),
        guesses: Mutex::default(),
    }
}

/// How mail is sent.
pub(crate) fn mail(config: &Config) -> Result<mail::Settings, StartError> {
    let from = config.mail.from.as_deref().unwrap_or(mail::NOBODY);
    let no_sender = || StartError::Config(format!("mail.from = {from} is no mail address"));
    Ok(mail::Settings {
        smtp_url: config.mail.smtp_url.as_ref().map(|url| url.reveal().to_owned()),
        from: mail::sender(from).ok_or_else(no_sender)?,
        retries: Retries { first_wait: Duration::from_secs(config.mail.retry_wait_s) },
    })
}

/// Where recordings go, and for how long.
pub(crate) fn archive(config: &Config) -> archive::Settings {
    let recording = &config.recording;
    let beside = || config.database.path.with_file_name("recordings");
    let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
    archive::Settings {
        directory: recording.directory.clone().unwrap_or_else(beside),
        retention: (recording.retention_days > 0).then(|| days(recording.retention_days)),
        free_bytes_min: recording.free_mb_min * 1_000_000,
        duration_max: Duration::from_secs(recording.hours_max * 60 * 60),
        at_once_max: recording.at_once_max,
    }
}

/// Who calls everyone at the set time.
pub(crate) fn caller(config: &Config, store: Store, switchboard: switchboard::Handle) -> Caller {
    Caller { store, switchboard, busy_wait: Duration::from_secs(config.calls.busy_wait_s) }
}

/// How webhooks are sent.
pub(crate) fn webhooks(config: &Config, policy: &Policy) -> webhooks::Settings {
    webhooks::Settings {
        networks: config.webhooks.networks.clone(),
        secret: policy.secret.clone(),
        retry_wait: Duration::from_secs(config.webhooks.retry_wait_s),
    }
}

/// What HTTP connections are held to.
pub(crate) fn http_limits(config: &Config) -> http::Limits {
    http::Limits {
        connections_max: config.http.connections_max,
        header_time: Duration::from_secs(config.http.header_timeout_s),
    }
}

/// Where people reach us, without a slash at the end.
pub(crate) fn public_url(config: &Config, http_addr: SocketAddr) -> String {
    match &config.http.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None if http_addr.ip().is_unspecified() => format!("http://localhost:{}", http_addr.port()),
        None => format!("http://{http_addr}"),
    }
}

/// The address that SDP names: as configured, or the one bound to, or the one on the way to the first
/// trunk.
pub(crate) async fn media_ip(config: &Config) -> IpAddr {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_a_policy_and_start_an_engine() {
        let config = Config::default();
        let policy = policy(&config).unwrap();
        assert_eq!(policy, Policy::default());
        let settings = engine(&config, IpAddr::V4(Ipv4Addr::LOCALHOST), browser_port(&config));
        assert!(settings.workers >= 1);
        settings.validate().unwrap();
    }

    #[test]
    fn the_most_conferences_that_may_be_set_start_an_engine() {
        let mut config = Config::default();
        config.conferences.active_max = 10_000;
        config.check().unwrap();
        let settings = engine(&config, IpAddr::V4(Ipv4Addr::LOCALHOST), browser_port(&config));
        settings.validate().unwrap();
    }

    #[test]
    fn people_are_told_an_address_that_they_can_open() {
        let url = |listen: &str| public_url(&Config::default(), listen.parse().unwrap());
        assert_eq!(url("127.0.0.1:8080"), "http://127.0.0.1:8080");
        assert_eq!(url("0.0.0.0:80"), "http://localhost:80");
        let mut config = Config::default();
        config.http.public_url = Some("https://meet.example.com/".to_owned());
        let listen = "127.0.0.1:8080".parse().unwrap();
        assert_eq!(public_url(&config, listen), "https://meet.example.com");
    }

    #[test]
    fn browsers_without_udp_come_to_the_same_port_unless_told_otherwise() {
        let mut config = Config::default();
        assert_eq!(ice_tcp_port(&config), Some(10_000));
        config.browser.tcp_port = Some(443);
        assert_eq!(ice_tcp_port(&config), Some(443));
        config.browser.tcp_port = Some(0);
        assert_eq!(ice_tcp_port(&config), None);
    }

    #[tokio::test]
    async fn the_media_address_is_configured_bound_or_found() {
        let mut config = Config::default();
        assert_eq!(media_ip(&config).await, IpAddr::V4(Ipv4Addr::LOCALHOST), "without a trunk");
        config.media.listen = "192.0.2.2".parse().unwrap();
        assert_eq!(media_ip(&config).await, config.media.listen);
        config.media.advertised_address = Some("203.0.113.7".parse().unwrap());
        assert_eq!(Some(media_ip(&config).await), config.media.advertised_address);
    }
}
