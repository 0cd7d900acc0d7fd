//! What a type can't say: ranges, and keys that need each other.

use std::collections::HashSet;
use std::fmt::Display;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use conference::{Country, PhoneNumber, Prefix};

use super::load::Fault;
use super::{ComfortNoise, Config, Trunk};

impl Config {
    /// Checks every value against what its key allows.
    ///
    /// # Errors
    /// One [`Fault`] for each key that doesn't hold.
    pub fn check(&self) -> Result<(), Vec<Fault>> {
        let mut faults = Faults(Vec::new());
        self.check_http(&mut faults);
        self.check_sip(&mut faults);
        self.check_media(&mut faults);
        self.check_browser(&mut faults);
        self.check_mail(&mut faults);
        self.check_calls(&mut faults);
        faults.range("conferences.lead_s", self.conferences.lead_s, 0..=86_400);
        faults.range("conferences.participants_max", self.conferences.participants_max, 2..=10_000);
        faults.range("conferences.active_max", self.conferences.active_max, 1..=10_000);
        let recording = &self.recording;
        faults.range("recording.retention_days", recording.retention_days, 0..=36_500);
        faults.range("recording.free_mb_min", recording.free_mb_min, 0..=1_000_000_000);
        faults.range("recording.hours_max", recording.hours_max, 1..=24);
        faults.range("recording.at_once_max", recording.at_once_max, 0..=1000);
        if let Some(directory) = &self.prompts.directory {
            faults.that("prompts.directory", directory.display(), directory.is_dir());
        }
        faults.range("shutdown.drain_s", self.shutdown.drain_s, 0..=3600);
        faults.that(
            "log.filter",
            &self.log.filter,
            self.log.filter.parse::<tracing_subscriber::filter::Targets>().is_ok(),
        );
        if faults.0.is_empty() { Ok(()) } else { Err(faults.0) }
    }

    fn check_http(&self, faults: &mut Faults) {
        let http = &self.http;
        faults.range("http.connections_max", http.connections_max, 1..=100_000);
        faults.range("http.body_bytes_max", http.body_bytes_max, 1024..=1_048_576);
        faults.range("http.header_timeout_s", http.header_timeout_s, 1..=120);
        faults.range("http.request_timeout_s", http.request_timeout_s, 1..=300);
        let streams = http.event_streams_per_conference_max;
        faults.range("http.event_streams_per_conference_max", streams, 1..=10_000);
        let streams = http.event_streams_per_client_max;
        faults.range("http.event_streams_per_client_max", streams, 1..=10_000);
        if let Some(url) = &http.public_url {
            faults.that("http.public_url", url, is_origin(url));
        }
        if let Some(dir) = &http.assets_dir {
            faults.that("http.assets_dir", dir.display(), dir.is_dir());
        }
        if let Some(url) = &self.database.url {
            faults.that("database.url", super::keys::MASK, is_of_postgres(url.reveal()));
        }
        if let Some(token) = &self.api.token {
            let token = token.reveal();
            let fits = (20..=200).contains(&token.len())
                && token.bytes().all(|byte| byte.is_ascii_graphic());
            faults.that("api.token", super::keys::MASK, fits);
        }
    }

    fn check_sip(&self, faults: &mut Faults) {
        faults.range("sip.calls_max", self.sip.calls_max, 1..=100_000);
        let mut ids = HashSet::new();
        for (index, trunk) in self.sip.trunks.iter().enumerate() {
            let fits = is_name(&trunk.id) && ids.insert(trunk.id.as_str());
            faults.that(&format!("sip.trunks.{index}.id"), &trunk.id, fits);
            check_trunk(index, trunk, faults);
        }
        if let Some(trunk) = &self.calls.trunk {
            faults.that("calls.trunk", trunk, ids.contains(trunk.as_str()));
        }
    }

    fn check_media(&self, faults: &mut Faults) {
        let media = &self.media;
        let first = media.port_first;
        faults.that("media.port_first", first, first >= 1024 && first.is_multiple_of(2));
        faults.that("media.port_last", media.port_last, media.port_last > first);
        faults.range("media.workers", media.workers, 0..=64);
        faults.range("media.load_max", media.load_max, 0.0..=1.0);
        faults.range("media.jitter_depth_ms", media.jitter_depth_ms, 10..=200);
        faults.range("media.timeout_s", media.timeout_s, 1..=3600);
        if let ComfortNoise::Level(decibels) = media.comfort_noise_dbfs {
            faults.range("media.comfort_noise_dbfs", decibels, -90.0..=-50.0);
        }
        let names: Vec<String> =
            media.codecs.iter().map(|codec| format!("{codec:?}").to_lowercase()).collect();
        let distinct: HashSet<&String> = names.iter().collect();
        let fits = !names.is_empty() && distinct.len() == names.len();
        faults.that("media.codecs", format!("{names:?}"), fits);
    }

    fn check_browser(&self, faults: &mut Faults) {
        let browser = &self.browser;
        let listen = &browser.listen;
        faults.that("browser.listen", show_ips(listen), are_few_and_distinct(listen));
        let advertised = &browser.advertised_addresses;
        let reachable = advertised.iter().all(|ip| !ip.is_unspecified() && !ip.is_multicast());
        let fits = are_few_and_distinct(advertised) && reachable;
        faults.that("browser.advertised_addresses", show_ips(advertised), fits);
        faults.that("browser.port", browser.port, self.browser_ports_fit());
        faults.range("browser.consent_timeout_s", browser.consent_timeout_s, 5..=30);
        faults.range("browser.concurrent_max", browser.concurrent_max, 0..=100_000);
        let per_minute = browser.joins_per_conference_per_minute_max;
        faults.range("browser.joins_per_conference_per_minute_max", per_minute, 0..=1_000_000);
        let per_minute = browser.joins_per_client_per_minute_max;
        faults.range("browser.joins_per_client_per_minute_max", per_minute, 0..=1_000_000);
    }

    /// Whether the ports for browsers, one a worker, are ports and none of those for phones.
    fn browser_ports_fit(&self) -> bool {
        let first = self.browser.port;
        let workers =
            if self.media.workers == 0 { engine::WORKERS_MAX } else { self.media.workers };
        let others = u16::try_from(workers.saturating_sub(1)).ok();
        let last = others.and_then(|others| first.checked_add(others));
        let is_apart = |last| last < self.media.port_first || first > self.media.port_last;
        first == 0 || last.is_some_and(is_apart)
    }

    fn check_mail(&self, faults: &mut Faults) {
        let mail = &self.mail;
        if let Some(url) = &mail.smtp_url {
            let fits = crate::mail::is_smtp_url(url.reveal()) && mail.from.is_some();
            faults.that("mail.smtp_url", super::keys::MASK, fits);
        }
        if let Some(from) = &mail.from {
            faults.that("mail.from", from, crate::mail::sender(from).is_some());
        }
        faults.range("mail.retry_wait_s", mail.retry_wait_s, 1..=3600);
        faults.range("webhooks.retry_wait_s", self.webhooks.retry_wait_s, 1..=3600);
    }

    fn check_calls(&self, faults: &mut Faults) {
        let calls = &self.calls;
        faults.number("calls.caller_id", calls.caller_id.as_deref());
        faults.range("calls.ring_time_s", calls.ring_time_s, 5..=180);
        faults.range("calls.busy_wait_s", calls.busy_wait_s, 1..=600);
        faults.range("calls.concurrent_max", calls.concurrent_max, 0..=100_000);
        let ringing = calls.ringing_per_conference_max;
        faults.range("calls.ringing_per_conference_max", ringing, 0..=1000);
        let per_hour = calls.per_conference_per_hour_max;
        faults.range("calls.per_conference_per_hour_max", per_hour, 0..=1_000_000);
        let per_hour = calls.per_client_per_hour_max;
        faults.range("calls.per_client_per_hour_max", per_hour, 0..=1_000_000);
        let country = &calls.default_country;
        faults.that("calls.default_country", country, country.parse::<Country>().is_ok());
        for prefix in &calls.allowed_prefixes {
            faults.that("calls.allowed_prefixes", prefix, prefix.parse::<Prefix>().is_ok());
        }
        for prefix in &calls.denied_prefixes {
            faults.that("calls.denied_prefixes", prefix, prefix.parse::<Prefix>().is_ok());
        }
    }
}

fn check_trunk(index: usize, trunk: &Trunk, faults: &mut Faults) {
    let name = |key: &str| format!("sip.trunks.{index}.{key}");
    faults.that(&name("address"), &trunk.address, trunk.address.parse::<sip::HostPort>().is_ok());
    faults.number(&name("caller_id"), trunk.caller_id.as_deref());
    let fits = trunk.username.is_some() == trunk.password.is_some();
    faults.that(&name("username"), trunk.username.as_deref().unwrap_or("(none)"), fits);
    let fits = trunk.inbound_username.is_some() == trunk.inbound_password.is_some();
    let shown = trunk.inbound_username.as_deref().unwrap_or("(none)");
    faults.that(&name("inbound_username"), shown, fits);
}

/// The faults found so far.
struct Faults(Vec<Fault>);

impl Faults {
    fn that(&mut self, key: &str, value: impl Display, fits: bool) {
        if !fits {
            self.0.push(Fault::of_value(key, value));
        }
    }

    fn range<T: PartialOrd + Display>(&mut self, key: &str, value: T, range: RangeInclusive<T>) {
        let fits = range.contains(&value);
        self.that(key, value, fits);
    }

    fn number(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.that(key, value, PhoneNumber::from_e164(value).is_ok());
        }
    }
}

/// The most addresses that are listened on, or told to browsers.
const IPS_MAX: usize = 8;

fn are_few_and_distinct(ips: &[IpAddr]) -> bool {
    let distinct: HashSet<&IpAddr> = ips.iter().collect();
    ips.len() <= IPS_MAX && distinct.len() == ips.len()
}

fn show_ips(ips: &[IpAddr]) -> String {
    let ips: Vec<String> = ips.iter().map(|ip| format!("\"{ip}\"")).collect();
    format!("[{}]", ips.join(", "))
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

fn is_of_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

fn is_origin(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|host| host.trim_end_matches('/').parse::<sip::HostPort>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(change: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config::default();
        change(&mut config);
        config.check().err().unwrap_or_default().iter().map(Fault::to_string).collect()
    }

    #[test]
    fn the_defaults_hold() {
        assert_eq!(faults_of(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn a_value_out_of_range_is_named_with_what_is_allowed() {
        let faults = faults_of(|config| config.calls.ring_time_s = 4);
        assert_eq!(faults, ["calls.ring_time_s = 4: allowed is a whole number from 5 to 180"]);
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let faults = faults_of(|config| {
            config.media.port_first = 40_001;
            config.calls.allowed_prefixes = vec!["33".to_owned()];
            config.http.public_url = Some("ftp://x".to_owned());
        });
        assert_eq!(faults.len(), 3, "{faults:?}");
    }

    #[test]
    fn trunks_need_distinct_ids_and_whole_credentials() {
        let trunk = Trunk {
            id: "a".to_owned(),
            address: "sip.example.net".to_owned(),
            username: Some("u".to_owned()),
            ..Trunk::default()
        };
        let faults = faults_of(|config| config.sip.trunks = vec![trunk.clone(), trunk]);
        assert_eq!(faults.len(), 3, "two halves of credentials and a twin: {faults:?}");
    }

    #[test]
    fn calls_go_out_by_a_trunk_that_exists() {
        let faults = faults_of(|config| config.calls.trunk = Some("nowhere".to_owned()));
        assert_eq!(faults, ["calls.trunk = nowhere: allowed is the id of one of sip.trunks"]);
    }

    #[test]
    fn browsers_have_ports_that_no_phone_has() {
        let faults = |port: u16, workers: usize| {
            faults_of(|config| (config.browser.port, config.media.workers) = (port, workers)).len()
        };
        assert_eq!(faults(0, 0), 0, "any free one");
        assert_eq!(faults(39_999, 1), 0, "just below");
        assert_eq!(faults(39_999, 2), 1, "the second worker's is a phone's");
        assert_eq!(faults(45_000, 1), 1, "amid the phones'");
        assert_eq!(faults(50_000, 64), 0, "just above");
        assert_eq!(faults(65_535, 2), 1, "there is no such port");
    }

    #[test]
    fn browsers_are_told_addresses_that_they_can_reach() {
        let faults = faults_of(|config| {
            config.browser.advertised_addresses = vec!["0.0.0.0".parse().unwrap()];
            config.browser.listen = vec!["::".parse().unwrap(), "::".parse().unwrap()];
            config.browser.consent_timeout_s = 31;
        });
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(
            faults[1].starts_with("browser.advertised_addresses = [\"0.0.0.0\"]"),
            "{faults:?}"
        );
    }

    #[test]
    fn public_urls_are_origins() {
        for good in ["https://meet.example.com", "http://192.0.2.1:8080/", "http://[2001:db8::1]"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in ["meet.example.com", "ftp://x", "https://", "https://a/b", "https://a b"] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
