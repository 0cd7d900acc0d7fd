//! Precedence, and errors that name the key, the value and what is allowed.

use std::io::Write;

use super::*;

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn error_of_file(text: &str) -> String {
    let file = file(text);
    let path = file.path().display().to_string();
    let layers = Layers { file: Some(file.path().to_owned()), ..Layers::default() };
    load(&layers).unwrap_err().to_string().replace(&path, "FILE")
}

fn error_of_environment(variable: &str, value: &str) -> String {
    let environment = pairs(&[(variable, value)]);
    load(&Layers { environment, ..Layers::default() }).unwrap_err().to_string()
}

#[test]
fn without_file_environment_or_flags_the_defaults_hold() {
    let loaded = load(&Layers::default()).unwrap();
    assert_eq!(loaded.config.http.listen, "127.0.0.1:8080".parse().unwrap());
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let file = file("[calls]\nring_time_s = 10\nconcurrent_max = 11\ndefault_country = \"DE\"\n");
    let layers = Layers {
        file: Some(file.path().to_owned()),
        environment: pairs(&[
            ("CONFAB_CALLS__RING_TIME_S", "20"),
            ("CONFAB_CALLS__CONCURRENT_MAX", "21"),
            ("PATH", "/bin"),
            ("CONFAB_CONFIG", "elsewhere.toml"),
        ]),
        flags: pairs(&[("calls.ring_time_s", "30")]),
    };
    let calls = load(&layers).unwrap().config.calls;
    assert_eq!((calls.ring_time_s, calls.concurrent_max), (30, 21));
    assert_eq!((calls.default_country.as_str(), calls.per_client_per_hour_max), ("DE", 30));
}

#[test]
fn the_environment_is_read_as_the_kind_that_the_key_has() {
    let environment = pairs(&[
        ("CONFAB_CALLS__CALLER_ID", "+33123456789"),
        ("CONFAB_CALLS__ALLOWED_PREFIXES", "+33, +44"),
        ("CONFAB_HTTP__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]"),
        ("CONFAB_MEDIA__REALTIME", "false"),
        ("CONFAB_MEDIA__CODECS", "pcma"),
        ("CONFAB_SIP__TRUNKS", "[{id=\"a\", address=\"192.0.2.1\", transport=\"tcp\"}]"),
    ]);
    let config = load(&Layers { environment, ..Layers::default() }).unwrap().config;
    assert_eq!(config.calls.caller_id.as_deref(), Some("+33123456789"));
    assert_eq!(config.calls.allowed_prefixes, ["+33", "+44"]);
    assert_eq!(config.http.trusted_proxies.len(), 1);
    assert!(!config.media.realtime);
    assert_eq!(config.media.codecs, [super::super::Codec::Pcma]);
    assert_eq!(config.sip.trunks[0].transport, super::super::Transport::Tcp);
}

#[test]
fn a_wrong_kind_names_the_file_the_key_the_value_and_what_is_allowed() {
    assert_eq!(
        error_of_file("[calls]\nring_time_s = \"soon\"\n"),
        "FILE: calls.ring_time_s = \"soon\": allowed is a whole number from 5 to 180"
    );
    let error = error_of_file("[http]\nlisten = \"everywhere\"\n");
    assert!(error.starts_with("FILE: http.listen = \"everywhere\": allowed is an IP"), "{error}");
    let error = error_of_file("[log]\nformat = \"xml\"\n");
    assert_eq!(error, "FILE: log.format = xml: allowed is \"text\" or \"json\"");
    let error = error_of_file("[media]\ncodecs = [\"mp3\"]\n");
    assert!(error.contains("media.codecs") && error.contains("mp3"), "{error}");
}

#[test]
fn a_value_out_of_range_names_where_it_was_set() {
    assert_eq!(
        error_of_environment("CONFAB_CALLS__RING_TIME_S", "1"),
        "CONFAB_CALLS__RING_TIME_S: calls.ring_time_s = 1: allowed is a whole number from 5 to 180"
    );
}

#[test]
fn an_unknown_key_is_refused_and_the_nearest_is_named() {
    let error = error_of_file("[http]\nlisen = \"0.0.0.0:80\"\n");
    assert_eq!(error, "FILE: http.lisen is no key of the configuration; did you mean http.listen?");
    let error = error_of_file("[telephone]\ncolour = 1\n");
    assert_eq!(error, "FILE: telephone is no key of the configuration");
    let error = error_of_environment("CONFAB_HTTP__LISTENS", "x");
    assert!(error.contains("http.listens is no key") && error.contains("http.listen?"), "{error}");
}

#[test]
fn a_trunk_says_which_of_its_keys_is_at_fault() {
    let error = error_of_file("[[sip.trunks]]\nid = \"a b\"\naddress = \"192.0.2.1\"\n");
    assert!(error.contains("sip.trunks.0.id = a b: allowed is 1 to 64 letters"), "{error}");
    let error = error_of_file("[[sip.trunks]]\nid = \"a\"\n");
    assert!(error.contains("address"), "{error}");
    let error = error_of_file(
        "[[sip.trunks]]\nid = \"a\"\naddress = \"192.0.2.1\"\nsources = [\"nowhere\"]\n",
    );
    assert!(error.contains("sources") && error.contains("FILE"), "{error}");
}

#[test]
fn a_file_that_is_no_toml_says_on_which_line() {
    let error = error_of_file("[http\nlisten = 1\n");
    assert!(error.contains("FILE") && error.contains("line 1"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let layers = Layers { file: Some("/nowhere/confab.toml".into()), ..Layers::default() };
    let error = load(&layers).unwrap_err().to_string();
    assert!(error.contains("/nowhere/confab.toml"), "{error}");
}

#[test]
fn a_secret_is_never_shown_in_an_error() {
    let error = error_of_environment("CONFAB_API__TOKEN", "too-short");
    assert!(error.contains("api.token = (secret)") && !error.contains("too-short"), "{error}");
}
