//! Those who have no business here, and those who can prove that they have.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::{net::SocketAddr, time::Duration};

use md5::{Digest, Md5};
use sip::{Credentials, SipEvent};
use support::peer::{Bench, PEER, field, outside};

const STRANGER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 9)), 5060);

#[test]
fn strangers_learn_nothing() {
    let mut bench = Bench::new();
    for method in ["INVITE", "OPTIONS", "REGISTER", "FOO"] {
        let request = outside(method, method, "Subject: let me in, I beg you\n", true);
        let seen = bench.receive_from(STRANGER, &request);
        assert_eq!(seen.lines(), ["403 Forbidden"], "{method}");
        assert!(seen.sent[0].len() <= request.len() && seen.events.is_empty());
        assert!(!seen.sent[0].contains("Confab") && !seen.sent[0].contains("Allow"));
    }
    let stats = bench.stats();
    assert_eq!((stats.calls, stats.transactions, stats.strangers_refused), (0, 0, 4));
    // The refusal of a retransmission is the same, tag and all, though nothing was remembered.
    bench.pass(Duration::from_secs(5));
    let invite = outside("INVITE", "again", "", true);
    assert_eq!(
        bench.receive_from(STRANGER, &invite).sent,
        bench.receive_from(STRANGER, &invite).sent
    );
}

#[test]
fn a_flood_of_strangers_gets_a_few_answers_and_no_memory() {
    let mut bench = Bench::new();
    let answers: usize = (0..1000)
        .map(|n| {
            bench.receive_from(STRANGER, &outside("INVITE", &format!("f{n}"), "", true)).sent.len()
        })
        .sum();
    assert_eq!(answers, 5);
    assert_eq!((bench.stats().transactions, bench.stats().strangers_dropped), (0, 995));
}

#[test]
fn a_tiny_request_of_a_strangers_is_not_amplified() {
    let mut bench = Bench::new();
    let tiny = "OPTIONS sip:a SIP/2.0\nv:SIP/2.0/UDP b;branch=z9hG4bKc\nf:<sip:a@b>;tag=d\nt:<sip:a>\ni:e\nCSeq:1 OPTIONS\n\n";
    assert!(bench.receive_from(STRANGER, tiny).sent.is_empty());
}

fn credentials() -> Credentials {
    Credentials { username: "pbx".into(), password: "hush".into(), realm: None }
}

/// What the holder of the password answers to our MD5 challenge.
fn authorization(challenge: &str, method: &str, password: &str, uri: &str) -> String {
    let part = |name: &str| {
        challenge.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let md5 = |text: String| -> String {
        Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let (realm, nonce) = (part("realm"), part("nonce"));
    let (one, two) = (md5(format!("pbx:{realm}:{password}")), md5(format!("{method}:{uri}")));
    let proof = md5(format!("{one}:{nonce}:00000001:abc:auth:{two}"));
    format!(
        "Authorization: Digest username=\"pbx\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{proof}\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"abc\"\n"
    )
}

/// The last challenge of a 401, which is the one for MD5.
fn md5_challenge(response: &str) -> &str {
    response.lines().rfind(|line| line.starts_with("WWW-Authenticate: ")).unwrap()
}

#[test]
fn a_trunk_without_addresses_proves_itself_by_digest() {
    let mut bench = Bench::with(|settings| {
        settings.trunks[0].inbound.sources.clear();
        settings.trunks[0].inbound.digest = Some(credentials());
    });
    let seen = bench.receive_from(STRANGER, &outside("INVITE", "one", "X-Long: 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890\n", true));
    assert_eq!(seen.lines(), ["401 Unauthorized"]);
    assert_eq!((bench.stats().transactions, bench.stats().challenged), (0, 1));
    let challenge = md5_challenge(&seen.sent[0]).to_owned();
    let (md5, sha) = (seen.sent[0].find("algorithm=MD5"), seen.sent[0].find("algorithm=SHA-256"));
    assert!(md5.is_some() && md5 < sha, "MD5 first, for phones that read one challenge only");

    let uri = "sip:1234@192.0.2.1";
    let wrong = outside("INVITE", "two", &authorization(&challenge, "INVITE", "guess", uri), true);
    assert_eq!(bench.receive_from(STRANGER, &wrong).lines(), ["403 Forbidden"]);
    let other = outside(
        "INVITE",
        "tri",
        &authorization(&challenge, "INVITE", "hush", "sip:0900@192.0.2.1"),
        true,
    );
    assert_eq!(bench.receive_from(STRANGER, &other).lines(), ["403 Forbidden"]);

    let right = outside("INVITE", "for", &authorization(&challenge, "INVITE", "hush", uri), true);
    let elsewhere = SocketAddr::from(([203, 0, 113, 1], 5060));
    assert_eq!(
        bench.receive_from(elsewhere, &right).lines(),
        ["401 Unauthorized"],
        "a nonce serves one address"
    );
    let seen = bench.receive_from(STRANGER, &right);
    assert!(matches!(seen.event(), SipEvent::Incoming { .. }), "{seen:?}");
}

#[test]
fn an_old_nonce_is_stale_and_a_forged_one_is_nothing() {
    let mut bench = Bench::with(|settings| settings.trunks[0].inbound.digest = Some(credentials()));
    let seen = bench.receive(&outside("INVITE", "one", "", true));
    let challenge = md5_challenge(&seen.sent[0]).to_owned();
    let uri = "sip:1234@192.0.2.1";
    bench.pass(Duration::from_secs(301));
    let late = outside("INVITE", "two", &authorization(&challenge, "INVITE", "hush", uri), true);
    let seen = bench.receive(&late);
    assert!(field(&seen.sent[0], "WWW-Authenticate").ends_with("stale=true"), "{seen:?}");
    let forged = challenge.replace("nonce=\"", "nonce=\"0");
    let forged = outside("INVITE", "tri", &authorization(&forged, "INVITE", "hush", uri), true);
    let seen = bench.receive(&forged);
    assert!(seen.sent[0].contains("401 ") && !seen.sent[0].contains("stale"), "{seen:?}");
}

#[test]
fn responses_go_back_to_where_the_request_came_from() {
    let mut bench = Bench::new();
    let source = SocketAddr::new(PEER.ip(), 40_000);
    let natted = outside("OPTIONS", "nat", "", false).replace(";branch=", ";rport;branch=");
    let seen = bench.receive_from(source, &natted);
    assert_eq!(seen.to, [source]);
    assert!(
        field(&seen.sent[0], "Via").contains(";rport=40000")
            && field(&seen.sent[0], "Via").contains(";received=192.0.2.2")
    );
    let seen = bench.receive_from(source, &outside("OPTIONS", "nonat", "", false));
    assert_eq!(seen.to, [PEER], "without rport, to the port in the Via");
}

#[test]
fn responses_to_nothing_are_counted() {
    let mut bench = Bench::new();
    let stray = "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKnone\nFrom: <sip:a@b>;tag=1\n\
                 To: <sip:a@b>;tag=2\nCall-ID: x\nCSeq: 1 INVITE\n\n";
    assert!(bench.receive(stray).sent.is_empty());
    assert_eq!(bench.stats().stray_responses, 1);
}
