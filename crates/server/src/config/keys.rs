//! Every key of the configuration, in one table: errors, `confab config` and the test that keeps the
//! example file true all read it.

/// Stands for a secret wherever values are shown.
pub const MASK: &str = "(secret)";

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its full name, such as `http.listen`; `sip.trunks.*.id` for a key of any trunk.
    pub name: &'static str,
    /// What is allowed, as an error says it.
    pub allowed: &'static str,
    /// Never shown.
    pub secret: bool,
}

const fn key(name: &'static str, allowed: &'static str) -> Key {
    Key { name, allowed, secret: false }
}

const fn secret(name: &'static str, allowed: &'static str) -> Key {
    Key { name, allowed, secret: true }
}

const ADDRESS: &str = "an IP address and a port, such as 0.0.0.0:5060; port 0 takes any free one";
const IP: &str = "an IP address, such as 203.0.113.7";
const IPS: &str = "a list of up to 8 IP addresses, such as [\"203.0.113.7\", \"2001:db8::7\"]";
const NETWORKS: &str = "a list of networks, such as [\"203.0.113.0/24\", \"2001:db8::/32\"]";
const PREFIXES: &str = "a list of prefixes, such as [\"+33\", \"+4420\"]; \"+\" is any number";
const E164: &str = "a number in international form, such as \"+33123456789\"";

/// The table.
pub const KEYS: &[Key] = &[
    key("http.listen", ADDRESS),
    key("http.public_url", "an http or https URL without a path, such as https://meet.example.com"),
    key("http.trusted_proxies", NETWORKS),
    key("http.connections_max", "a whole number from 1 to 100000"),
    key("http.body_bytes_max", "a whole number from 1024 to 1048576"),
    key("http.header_timeout_s", "a whole number from 1 to 120"),
    key("http.request_timeout_s", "a whole number from 1 to 300"),
    key("http.event_streams_per_conference_max", "a whole number from 1 to 10000"),
    key("http.event_streams_per_client_max", "a whole number from 1 to 10000"),
    key("http.assets_dir", "a directory"),
    secret("api.token", "20 to 200 printable characters without spaces"),
    key("database.path", "a file's path"),
    secret(
        "database.url",
        "a URL of PostgreSQL, such as postgres://confab:secret@db.example.com/confab",
    ),
    key("sip.udp", ADDRESS),
    key("sip.tcp", ADDRESS),
    key("sip.advertised_address", IP),
    key("sip.calls_max", "a whole number from 1 to 100000"),
    key("sip.trunks", "a list of trunks, each a [[sip.trunks]] table"),
    key("sip.trunks.*.id", "1 to 64 letters, digits, '-', '_' or '.', and no two trunks alike"),
    key("sip.trunks.*.address", "a host and optional port, such as sip.example.net:5060"),
    key("sip.trunks.*.transport", "\"udp\" or \"tcp\""),
    key("sip.trunks.*.username", "a text, together with a password"),
    secret("sip.trunks.*.password", "a text, together with a username"),
    key("sip.trunks.*.from_domain", "a host name or IP address"),
    key("sip.trunks.*.caller_id", E164),
    key("sip.trunks.*.sources", NETWORKS),
    key("sip.trunks.*.inbound_username", "a text, together with an inbound_password"),
    secret("sip.trunks.*.inbound_password", "a text, together with an inbound_username"),
    key("media.listen", "an IP address, such as 0.0.0.0"),
    key("media.advertised_address", IP),
    key("media.port_first", "an even port from 1024 to 65534"),
    key("media.port_last", "a port above media.port_first"),
    key("media.workers", "a whole number from 0 (one a core) to 64"),
    key("media.realtime", "true or false"),
    key("media.load_max", "a number from 0 (takes nobody) to 1 (takes everybody)"),
    key("media.jitter_depth_ms", "a whole number from 10 to 200"),
    key("media.timeout_s", "a whole number from 1 to 3600"),
    key("media.codecs", "a list of one to four of \"opus\", \"g722\", \"pcma\" and \"pcmu\""),
    key("media.equal_loudness", "true or false"),
    key("media.noise_suppression", "\"off\", \"auto\" or \"on\""),
    key("media.comfort_noise_dbfs", "a number from -90 to -50, or \"off\""),
    key("browser.listen", IPS),
    key("browser.advertised_addresses", IPS),
    key(
        "browser.port",
        "a port that leaves room for one a worker beside media.port_first to media.port_last; 0 takes any free one",
    ),
    key("browser.tcp_port", "a port, or 0 for no ICE-TCP"),
    key("browser.consent_timeout_s", "a whole number from 5 to 30"),
    key("browser.concurrent_max", "a whole number from 0 to 100000"),
    key("browser.joins_per_conference_per_minute_max", "a whole number from 0 to 1000000"),
    key("browser.joins_per_client_per_minute_max", "a whole number from 0 to 1000000"),
    secret(
        "mail.smtp_url",
        "a URL of an SMTP server, such as smtps://user:secret@mail.example.com, together with mail.from",
    ),
    key("mail.from", "a mail address, such as Confab <confab@example.com>"),
    key("mail.retry_wait_s", "a whole number from 1 to 3600"),
    key("webhooks.networks", NETWORKS),
    key("webhooks.retry_wait_s", "a whole number from 1 to 3600"),
    key("calls.trunk", "the id of one of sip.trunks"),
    key("calls.caller_id", E164),
    key("calls.default_country", "a country's two letters (ISO 3166), such as \"FR\""),
    key("calls.allowed_prefixes", PREFIXES),
    key("calls.denied_prefixes", PREFIXES),
    key("calls.premium_numbers", "true or false"),
    key("calls.ring_time_s", "a whole number from 5 to 180"),
    key("calls.busy_wait_s", "a whole number from 1 to 600"),
    key("calls.press_1", "true or false"),
    key("calls.concurrent_max", "a whole number from 0 to 100000"),
    key("calls.ringing_per_conference_max", "a whole number from 0 to 1000"),
    key("calls.per_conference_per_hour_max", "a whole number from 0 to 1000000"),
    key("calls.per_client_per_hour_max", "a whole number from 0 to 1000000"),
    key("conferences.lead_s", "a whole number from 0 to 86400"),
    key("conferences.announce_alone", "true or false"),
    key("conferences.placement", "true or false"),
    key("conferences.participants_max", "a whole number from 2 to 10000"),
    key("conferences.active_max", "a whole number from 1 to 10000"),
    key("recording.directory", "a path"),
    key("recording.retention_days", "a whole number from 0 (for ever) to 36500"),
    key("recording.free_mb_min", "a whole number from 0 to 1000000000"),
    key("recording.hours_max", "a whole number from 1 to 24"),
    key("recording.at_once_max", "a whole number from 0 to 1000"),
    key("subscribers.sign_up", "true or false"),
    key("prompts.language", "\"en\" or \"fr\""),
    key("prompts.music", "true or false"),
    key("prompts.directory", "a directory"),
    key(
        "log.filter",
        "a level (error, warn, info, debug, trace) or filters such as \"info,sip=debug\"",
    ),
    key("log.format", "\"text\" or \"json\""),
    key("shutdown.drain_s", "a whole number from 0 to 3600"),
];

/// The key that `name` names, a trunk's index counting as `*`.
pub fn find(name: &str) -> Option<&'static Key> {
    let general: Vec<&str> = name
        .split('.')
        .map(|part| if part.bytes().all(|b| b.is_ascii_digit()) { "*" } else { part })
        .collect();
    let general = general.join(".");
    KEYS.iter().find(|key| key.name == general)
}

/// The known name nearest to a mistyped one, when it is near enough to be meant.
pub fn nearest(name: &str) -> Option<&'static str> {
    KEYS.iter()
        .map(|key| (edits(name, key.name), key.name))
        .min()
        .filter(|(edits, _)| *edits <= 3)
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunks_key_is_found_whatever_its_index() {
        assert_eq!(find("sip.trunks.12.password").map(|key| key.secret), Some(true));
        assert!(find("sip.trunks.12.colour").is_none());
    }

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        assert_eq!(nearest("http.lsiten"), Some("http.listen"));
        assert_eq!(nearest("entirely.other"), None);
    }
}
