use super::candidate::tests::any_candidate;
use super::*;
use crate::limits::{CANDIDATES_MAX, FRAGMENT_BYTES_MAX, MID_BYTES_MAX};
use crate::{ParseError, SessionDescription};
use proptest::prelude::*;

const FINGERPRINT: &str = "sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:\
                           00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

fn ice(ufrag: &str) -> IceCredentials {
    IceCredentials::new(ufrag, "p".repeat(24))
}

fn local() -> BrowserLocal {
    let candidates = host_candidates(&["198.51.100.1:40000".parse().unwrap()], &[]);
    BrowserLocal::new(ice("ours"), FINGERPRINT, candidates, 42)
}

/// What our own client offers, in the lines of its description.
fn offered() -> Vec<String> {
    ClientOffer::new(ice("theirs"), FINGERPRINT).to_string().lines().map(str::to_owned).collect()
}

fn parse(lines: &[String]) -> Result<BrowserOffer, BrowserRefusal> {
    BrowserOffer::parse((lines.join("\r\n") + "\r\n").as_bytes())
}

/// The offer with each line that begins so replaced; by nothing, when it is replaced by an empty one.
fn with(start: &str, replacement: &str) -> Result<BrowserOffer, BrowserRefusal> {
    let mut lines = offered();
    assert!(lines.iter().any(|line| line.starts_with(start)), "no line begins with {start}");
    for line in lines.iter_mut().filter(|line| line.starts_with(start)) {
        *line = replacement.to_owned();
    }
    lines.retain(|line| !line.is_empty());
    parse(&lines)
}

fn refused(start: &str, replacement: &str) -> BrowserRefusal {
    with(start, replacement).expect_err(replacement)
}

#[test]
fn client_and_server_come_to_the_same() {
    let mut offer = ClientOffer::new(ice("theirs"), FINGERPRINT);
    offer.direction = Direction::ReceiveOnly;
    let at_server = BrowserOffer::parse(offer.to_string().as_bytes()).unwrap();
    assert_eq!(at_server.remote().ice, offer.ice);
    assert_eq!(at_server.remote().fingerprints, [Fingerprint::parse(FINGERPRINT).unwrap()]);

    let answer = at_server.answer(&local()).to_string();
    let at_client = ClientAnswer::parse(answer.as_bytes()).unwrap();
    assert!(at_client.ice_lite);
    assert_eq!(at_client.remote.ice, local().ice);
    assert_eq!(at_client.candidates, local().candidates);
    let of_server = at_server.negotiated();
    assert_eq!(of_server.direction, Direction::SendOnly);
    // Each knows how the other wants to receive Opus; the rest is the same.
    let expected = BrowserNegotiated {
        opus: local().opus,
        direction: Direction::ReceiveOnly,
        ..of_server.clone()
    };
    assert_eq!(at_client.negotiated, expected);
}

#[test]
fn what_is_not_offered_is_not_answered() {
    let offer = ClientOffer {
        red: None,
        telephone_event: None,
        level_extension: None,
        send_time_extension: None,
        mid_extension: None,
        ..ClientOffer::new(ice("theirs"), FINGERPRINT)
    };
    let offer = BrowserOffer::parse(offer.to_string().as_bytes()).unwrap();
    let negotiated = offer.negotiated();
    assert_eq!((negotiated.red, negotiated.telephone_event), (None, None));
    assert_eq!((negotiated.level_extension, &negotiated.mid_extension), (None, &None));
    let answer = offer.answer(&local());
    assert_eq!(answer.media[0].formats, ["111"]);
    assert!(!answer.to_string().contains("extmap"));
}

#[test]
fn each_refusal_has_its_offer() {
    use BrowserRefusal as Refusal;
    assert_eq!(
        BrowserOffer::parse(b"v=0\r\ngarbage"),
        Err(Refusal::Unreadable(ParseError::Line { number: 2, kind: '?' }))
    );
    let port_0 = "m=audio 0 UDP/TLS/RTP/SAVPF 63 111 110";
    let plain = "m=audio 9 RTP/AVP 111";
    for (start, replacement, refusal) in [
        ("m=audio", "m=video 9 UDP/TLS/RTP/SAVPF 96", Refusal::NoAudio),
        ("m=audio", port_0, Refusal::NoAudio),
        ("m=audio", plain, Refusal::UnsupportedProfile("RTP/AVP".to_owned())),
        ("m=audio", "m=audio 9 UDP/TLS/RTP/SAVPF 0 8", Refusal::NoCommonCodec),
        ("a=rtpmap:111", "a=rtpmap:111 speex/16000", Refusal::NoCommonCodec),
        ("a=sendrecv", "a=inactive", Refusal::Inactive),
        ("a=rtcp-mux", "", Refusal::NoRtcpMux),
        ("a=mid:", "a=mid:a b", Refusal::MalformedMid),
        ("a=mid:", "a=mid:", Refusal::MalformedMid),
        ("a=ice-ufrag", "", Refusal::NoIce),
        ("a=ice-pwd", "", Refusal::NoIce),
        ("a=ice-ufrag", "a=ice-ufrag:abc", Refusal::MalformedIce),
        ("a=ice-pwd", "a=ice-pwd:short", Refusal::MalformedIce),
        ("a=ice-options", "a=ice-lite", Refusal::IceLite),
        ("a=fingerprint", "", Refusal::NoFingerprint),
        ("a=fingerprint", "a=fingerprint:md5 00", Refusal::UnsupportedFingerprint),
        ("a=setup", "a=setup:passive", Refusal::Setup("passive".to_owned())),
        ("a=setup", "a=setup:holdconn", Refusal::Setup("holdconn".to_owned())),
    ] {
        assert_eq!(refused(start, replacement), refusal);
    }
}

#[test]
fn a_refusal_is_a_sentence_for_people_and_a_code_for_programs() {
    let refusal = refused("a=setup", "a=setup:passive");
    assert_eq!(
        refusal.to_string(),
        "The offer leaves no passive side of DTLS to this server (setup:passive)."
    );
    assert_eq!((refusal.code(), refusal.is_malformed()), ("offer_setup", false));
    let unreadable = BrowserOffer::parse(b"nonsense").unwrap_err();
    assert_eq!(
        unreadable.to_string(),
        "The offer can't be read: the description doesn't begin with v=0."
    );
    assert!(unreadable.is_malformed());
}

#[test]
fn every_side_of_dtls_that_leaves_us_the_passive_one_will_do() {
    for setup in ["a=setup:actpass", "a=setup:active", "a=setup:ACTPASS", ""] {
        assert!(with("a=setup", setup).is_ok(), "{setup}");
    }
}

#[test]
fn every_profile_of_dtls_is_answered_with_itself() {
    for profile in ["UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "RTP/SAVPF"] {
        let offer = with("m=audio", &format!("m=audio 9 {profile} 111")).unwrap();
        assert_eq!(offer.answer(&local()).media[0].protocol, profile);
    }
}

#[test]
fn a_line_needs_neither_name_nor_bundle() {
    let nameless = with("a=mid", "").unwrap();
    assert_eq!(nameless.negotiated().mid_extension, None);
    let answer = nameless.answer(&local()).to_string();
    assert!(!answer.contains("a=mid") && !answer.contains("BUNDLE"), "{answer}");
    // A name that is in no bundle of the offer's is in none of the answer's.
    let alone = with("a=group", "a=group:LS 0").unwrap().answer(&local()).to_string();
    assert!(alone.contains("a=mid:0\r\n") && !alone.contains("BUNDLE"), "{alone}");
}

#[test]
fn a_name_may_be_too_long_for_packets_and_too_long_at_all() {
    let mid = |length: usize| with("a=mid", &format!("a=mid:{}", "m".repeat(length)));
    let extension = |length: usize| mid(length).unwrap().negotiated().mid_extension.clone();
    assert_eq!(extension(16), Some((4, "m".repeat(16))));
    assert_eq!(extension(17), None);
    assert!(mid(MID_BYTES_MAX).is_ok());
    assert_eq!(mid(MID_BYTES_MAX + 1), Err(BrowserRefusal::MalformedMid));
}

#[test]
fn a_line_s_own_attributes_win_over_the_session_s() {
    let mut lines = offered();
    let pwd = "q".repeat(22);
    let session = [format!("a=ice-pwd:{pwd}"), "a=ice-ufrag:session".to_owned()];
    lines.splice(4..4, session);
    assert_eq!(parse(&lines).unwrap().remote().ice, ice("theirs"));
    // User fragment and password stand together, or not at all.
    lines.retain(|line| line != "a=ice-ufrag:theirs");
    assert_eq!(parse(&lines), Err(BrowserRefusal::NoIce));
    lines.retain(|line| !line.starts_with("a=ice-pwd:ppp"));
    assert_eq!(parse(&lines).unwrap().remote().ice, IceCredentials::new("session", pwd));
}

#[test]
fn fingerprints_that_cannot_be_checked_are_passed_over() {
    let sha_1 = ["00"; 20].join(":");
    let both = format!("a=fingerprint:sha-1 {sha_1}\r\na=fingerprint:{FINGERPRINT}");
    let offer = with("a=fingerprint", &both).unwrap();
    assert_eq!(offer.remote().fingerprints, [Fingerprint::parse(FINGERPRINT).unwrap()]);
}

#[test]
fn the_first_audio_that_is_acceptable_is_taken() {
    let mut lines = offered();
    let others =
        "m=audio 9 RTP/AVP 0\r\nm=audio 0 UDP/TLS/RTP/SAVPF 111\r\nm=text 9 RTP/AVP 98\r\na=mid:t";
    let audio = lines.iter().position(|line| line.starts_with("m=")).unwrap();
    lines.insert(audio, others.to_owned());
    let offer = parse(&lines).unwrap();
    let ports: Vec<_> = offer.answer(&local()).media.iter().map(|media| media.port).collect();
    assert_eq!(ports, [0, 0, 0, 40_000]);
    // Without it, the first that is audio at all says why not.
    lines.retain(|line| !line.starts_with("a=fingerprint"));
    assert_eq!(parse(&lines), Err(BrowserRefusal::UnsupportedProfile("RTP/AVP".to_owned())));
}

#[test]
fn without_candidates_by_udp_there_is_no_default_destination() {
    let tcp = host_candidates(&[], &["[2001:db8::1]:443".parse().unwrap()]);
    let local = BrowserLocal { candidates: tcp, ..local() };
    let answer = parse(&offered()).unwrap().answer(&local).to_string();
    assert!(answer.contains("m=audio 9 UDP/TLS/RTP/SAVPF 63 111 110\r\nc=IN IP4 0.0.0.0\r\n"));
}

#[test]
fn an_answer_has_to_take_the_passive_side() {
    let answer = parse(&offered()).unwrap().answer(&local()).to_string();
    let active = answer.replace("setup:passive", "setup:active");
    assert_eq!(
        ClientAnswer::parse(active.as_bytes()),
        Err(BrowserRefusal::Setup("active".to_owned()))
    );
    let declined = answer.replace("m=audio 40000", "m=audio 0");
    assert_eq!(ClientAnswer::parse(declined.as_bytes()), Err(BrowserRefusal::NoAudio));
}

#[test]
fn a_fragment_of_a_browser_is_read() {
    let text = "a=group:BUNDLE 0\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\n\
        a=mid:0\r\n\
        a=ice-ufrag:EsAw\r\n\
        a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
        a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1\r\n\
        a=candidate:1 1 sctp 1 192.0.2.1 61764 typ host\r\n\
        a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0\r\n\
        a=end-of-candidates\r\n";
    let fragment = TrickleFragment::parse(text.as_bytes()).unwrap();
    assert_eq!(fragment.mid.as_deref(), Some("0"));
    assert_eq!(fragment.ice, Some(IceCredentials::new("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")));
    assert_eq!(fragment.candidates.len(), 2);
    assert!(fragment.end_of_candidates && !fragment.ice_lite);
}

#[test]
fn our_answer_to_a_restart_is_written_in_order() {
    let fragment = TrickleFragment {
        mid: Some("0".to_owned()),
        ice_lite: true,
        ice: Some(ice("ours")),
        candidates: local().candidates,
        end_of_candidates: true,
    };
    assert_eq!(
        fragment.to_string(),
        "a=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n\
         a=ice-ufrag:ours\r\na=ice-pwd:pppppppppppppppppppppppp\r\n\
         a=candidate:1 1 udp 2130706431 198.51.100.1 40000 typ host\r\na=end-of-candidates\r\n"
    );
}

#[test]
fn credentials_of_a_fragment_are_whole_and_the_same_throughout() {
    let ours = "a=ice-ufrag:ours\na=ice-pwd:pppppppppppppppppppppppp\n";
    let twice = format!("m=audio 9 x 0\na=mid:0\n{ours}m=video 9 x 0\na=mid:1\n{ours}");
    let fragment = TrickleFragment::parse(twice.as_bytes()).unwrap();
    assert_eq!((fragment.mid.as_deref(), fragment.ice), (Some("0"), Some(ice("ours"))));
    for wrong in [
        "a=ice-ufrag:ours\n",
        "a=ice-pwd:pppppppppppppppppppppppp\n",
        "a=ice-ufrag:ours\na=ice-pwd:short\n",
        &format!("{ours}a=ice-ufrag:another\n"),
    ] {
        let fragment = TrickleFragment::parse(wrong.as_bytes());
        assert_eq!(fragment, Err(FragmentError::Credentials), "{wrong}");
    }
    assert_eq!(TrickleFragment::parse(b""), Ok(TrickleFragment::default()));
}

#[test]
fn a_fragment_that_is_none_is_refused_and_its_limits_are_named() {
    let refused = |text: &str| TrickleFragment::parse(text.as_bytes()).unwrap_err();
    assert_eq!(TrickleFragment::parse(b"a=\xFF"), Err(FragmentError::NotText));
    assert_eq!(refused("a=x\0"), FragmentError::NotText);
    assert_eq!(refused("a=mid:0\nv=0"), FragmentError::Line(2));
    assert_eq!(refused("{}").to_string(), "Line 1 of the fragment is malformed.");
    let candidates = |count| "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\n".repeat(count);
    let most = TrickleFragment::parse(candidates(CANDIDATES_MAX).as_bytes()).unwrap();
    assert_eq!(most.candidates.len(), CANDIDATES_MAX);
    assert_eq!(
        refused(&candidates(CANDIDATES_MAX + 1)),
        FragmentError::TooMuch { what: "candidates", max: CANDIDATES_MAX }
    );
    let long = |bytes: usize| format!("a={}", "x".repeat(bytes - 2));
    assert!(TrickleFragment::parse(long(FRAGMENT_BYTES_MAX).as_bytes()).is_ok());
    assert_eq!(
        refused(&long(FRAGMENT_BYTES_MAX + 1)),
        FragmentError::TooMuch { what: "bytes", max: FRAGMENT_BYTES_MAX }
    );
}

fn any_offer() -> impl Strategy<Value = ClientOffer> {
    let direction = prop::sample::select(
        &[Direction::SendReceive, Direction::SendOnly, Direction::ReceiveOnly][..],
    );
    let numbers = Just((96..=127u8).collect::<Vec<_>>()).prop_shuffle();
    let ids = Just((1..=14u8).collect::<Vec<_>>()).prop_shuffle();
    (direction, numbers, ids, any::<[bool; 5]>()).prop_map(|(direction, numbers, ids, has)| {
        ClientOffer {
            direction,
            payload_type: numbers[0],
            red: has[0].then_some(numbers[1]),
            telephone_event: has[1].then_some(numbers[2]),
            level_extension: has[2].then_some(ids[0]),
            send_time_extension: has[3].then_some(ids[1]),
            mid_extension: has[4].then_some(ids[2]),
            ..ClientOffer::new(ice("theirs"), FINGERPRINT)
        }
    })
}

proptest! {
    #[test]
    fn numbers_are_those_of_the_offer(offer in any_offer()) {
        let read = BrowserOffer::parse(offer.to_string().as_bytes()).unwrap();
        let negotiated = read.negotiated();
        prop_assert_eq!(negotiated.payload_type, offer.payload_type);
        prop_assert_eq!(negotiated.red, offer.red);
        prop_assert_eq!(negotiated.telephone_event.map(|e| e.receive), offer.telephone_event);
        prop_assert_eq!(negotiated.level_extension, offer.level_extension);
        prop_assert_eq!(negotiated.mid_extension.as_ref().map(|(id, _)| *id), offer.mid_extension);
        prop_assert_eq!(negotiated.direction, offer.direction.reversed());
        let answer = read.answer(&local()).to_string();
        let at_client = ClientAnswer::parse(answer.as_bytes()).unwrap().negotiated;
        prop_assert_eq!(at_client.direction, offer.direction);
        prop_assert_eq!(at_client.red, offer.red);
    }

    /// Whatever is around it, the audio is found and answered in its place.
    #[test]
    fn an_answer_has_the_lines_of_its_offer(
        before in prop::collection::vec("m=(audio|video|text) [0-9]{1,4} [A-Z/]{1,9}( [0-9]{1,3}){1,4}", 0..7),
        after in prop::collection::vec("m=(audio|video|text) [0-9]{1,4} [A-Z/]{1,9}( [0-9]{1,3}){1,4}", 0..7),
    ) {
        let mut lines = offered();
        let audio = lines.iter().position(|line| line.starts_with("m=")).unwrap();
        lines.extend(after.clone());
        lines.splice(audio..audio, before.clone());
        let answer = parse(&lines).unwrap().answer(&local());
        let kinds: Vec<_> = answer.media.iter().map(|media| media.kind.clone()).collect();
        let kind = |line: &String| line[2..].split(' ').next().unwrap().to_owned();
        let expected = before.iter().map(kind).chain(["audio".to_owned()]);
        prop_assert_eq!(kinds, expected.chain(after.iter().map(kind)).collect::<Vec<_>>());
        prop_assert_eq!(answer.media.iter().filter(|media| media.port != 0).count(), 1);
    }

    #[test]
    fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = BrowserOffer::parse(&bytes);
        let _ = ClientAnswer::parse(&bytes);
        let _ = TrickleFragment::parse(&bytes);
    }

    /// An offer with one line changed to anything is refused, or answered with what can be read again.
    #[test]
    fn any_line_is_safe(number in 0..30usize, text in "[ -~é]{0,60}") {
        let mut lines = offered();
        let number = number % lines.len();
        let kept = lines[number].split([':', ' ']).next().unwrap().to_owned();
        lines[number] = format!("{kept}:{text}");
        if let Ok(offer) = parse(&lines) {
            let answer = offer.answer(&local());
            prop_assert_eq!(answer.media.len(), 1);
            prop_assert_eq!(SessionDescription::parse(answer.to_string().as_bytes()), Ok(answer));
        }
    }

    #[test]
    fn fragments_survive_the_wire(
        mid in prop::option::of("[a-z0-9]{1,8}"), ice_lite: bool, end_of_candidates: bool,
        has_ice: bool, candidates in prop::collection::vec(any_candidate(), 0..8),
    ) {
        let ice = has_ice.then(|| ice("some"));
        let fragment = TrickleFragment { mid, ice_lite, ice, candidates, end_of_candidates };
        prop_assert_eq!(TrickleFragment::parse(fragment.to_string().as_bytes()), Ok(fragment));
    }

    #[test]
    fn any_lines_of_a_fragment_are_safe(lines in prop::collection::vec("(a=(mid|ice-pwd|candidate):|m=)[ -~]{0,40}", 0..9)) {
        let _ = TrickleFragment::parse(lines.join("\r\n").as_bytes());
    }
}
