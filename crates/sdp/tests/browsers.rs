//! Offers as browsers and other clients write them, and what is answered to each. Those of Chromium and aiortc
//! were recorded; those of Firefox, Safari and OBS are written after their form.

#![expect(clippy::unwrap_used, reason = "a test ends where its helpers fail")]

use sdp::browser::{
    BrowserLocal, BrowserNegotiated, BrowserOffer, HashFunction, IceCredentials, host_candidates,
};
use sdp::{Direction, OpusParameters, SessionDescription, TelephoneEvent};

macro_rules! browser {
    ($name:literal) => {
        include_str!(concat!("browsers/", $name, ".sdp"))
    };
}

const FINGERPRINT: &str = "sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:\
                           00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

fn local() -> BrowserLocal {
    let udp = ["198.51.100.1:40000".parse().unwrap(), "[2001:db8::1]:40000".parse().unwrap()];
    let candidates = host_candidates(&udp, &["198.51.100.1:443".parse().unwrap()]);
    BrowserLocal::new(IceCredentials::new("w0s7", "p".repeat(24)), FINGERPRINT, candidates, 42)
}

fn parsed(offer: &str) -> BrowserOffer {
    // On the wire lines end in CRLF.
    BrowserOffer::parse(offer.replace('\n', "\r\n").as_bytes()).unwrap()
}

/// The answer's lines, and what was agreed upon.
fn answered(offer: &str) -> (Vec<String>, BrowserNegotiated) {
    let parsed = parsed(offer);
    let answer = parsed.answer(&local());
    let media = offer.lines().filter(|line| line.starts_with("m=")).count();
    assert_eq!(answer.media.len(), media);
    let text = answer.to_string();
    assert_eq!(SessionDescription::parse(text.as_bytes()), Ok(answer));
    (text.lines().map(str::to_owned).collect(), parsed.negotiated().clone())
}

fn event(payload_type: u8, clock_hz: u32) -> Option<TelephoneEvent> {
    Some(TelephoneEvent { send: payload_type, receive: payload_type, clock_hz })
}

#[test]
fn chromium() {
    let (answer, negotiated) = answered(browser!("chromium"));
    assert_eq!(
        answer,
        [
            "v=0",
            "o=- 42 1 IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=ice-lite",
            "a=ice-options:ice2 trickle",
            "a=group:BUNDLE 0",
            "m=audio 40000 UDP/TLS/RTP/SAVPF 63 111 110",
            "c=IN IP4 198.51.100.1",
            "a=mid:0",
            "a=ice-ufrag:w0s7",
            "a=ice-pwd:pppppppppppppppppppppppp",
            &format!("a=fingerprint:{FINGERPRINT}"),
            "a=setup:passive",
            "a=rtcp-mux",
            "a=sendrecv",
            "a=msid:confab audio",
            "a=rtpmap:63 red/48000/2",
            "a=fmtp:63 111/111",
            "a=rtpmap:111 opus/48000/2",
            "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1",
            "a=rtpmap:110 telephone-event/48000",
            "a=fmtp:110 0-15",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
            "a=candidate:1 1 udp 2130706431 198.51.100.1 40000 typ host",
            "a=candidate:2 1 udp 2130706175 2001:db8::1 40000 typ host",
            "a=candidate:3 1 tcp 1520435199 198.51.100.1 443 typ host tcptype passive",
            "a=end-of-candidates",
        ]
    );
    assert_eq!(
        negotiated,
        BrowserNegotiated {
            payload_type: 111,
            opus: OpusParameters { in_band_fec: true, ..OpusParameters::default() },
            red: Some(63),
            telephone_event: event(110, 48_000),
            level_extension: Some(1),
            mid_extension: Some((4, "0".to_owned())),
            direction: Direction::SendReceive,
        }
    );
    let offer = parsed(browser!("chromium"));
    assert_eq!(offer.remote().ice.pwd.len(), 24);
    assert_eq!(offer.remote().fingerprints.len(), 1);
}

#[test]
fn chromium_with_everything_else_besides() {
    let (answer, negotiated) = answered(browser!("chromium_everything"));
    let of_media: Vec<_> = answer.iter().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        of_media,
        [
            "m=video 0 UDP/TLS/RTP/SAVPF 96 97",
            "m=audio 40000 UDP/TLS/RTP/SAVPF 63 111 110",
            "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
        ]
    );
    // The rejected lines are named, and are not in the bundle.
    assert!(answer.contains(&"a=group:BUNDLE 1".to_owned()));
    assert!(answer.contains(&"a=mid:0".to_owned()) && answer.contains(&"a=mid:2".to_owned()));
    assert!(answer.contains(&"a=sendonly".to_owned()));
    assert_eq!(negotiated.direction, Direction::SendOnly);
    assert_eq!(negotiated.level_extension, Some(14));
    assert_eq!(negotiated.mid_extension, Some((9, "1".to_owned())));
}

#[test]
fn firefox() {
    let (answer, negotiated) = answered(browser!("firefox"));
    assert!(answer.contains(&"m=audio 40000 UDP/TLS/RTP/SAVPF 109 101".to_owned()));
    assert_eq!(
        negotiated,
        BrowserNegotiated {
            payload_type: 109,
            opus: OpusParameters {
                max_playback_rate: Some(48_000),
                stereo: true,
                in_band_fec: true,
                ..OpusParameters::default()
            },
            red: None,
            telephone_event: event(101, 8_000),
            level_extension: Some(1),
            mid_extension: Some((3, "0".to_owned())),
            direction: Direction::SendReceive,
        }
    );
    // The fingerprint is the session's, the credentials are the line's.
    let offer = parsed(browser!("firefox"));
    assert_eq!(offer.remote().ice.ufrag, "8a0c8f2e");
    assert_eq!(offer.remote().fingerprints.len(), 1);
}

#[test]
fn firefox_with_audio_that_has_no_port_of_its_own() {
    let (answer, negotiated) = answered(browser!("firefox_max_bundle"));
    assert!(answer.contains(&"m=video 0 UDP/TLS/RTP/SAVPF 120 124".to_owned()));
    assert!(answer.contains(&"m=audio 40000 UDP/TLS/RTP/SAVPF 109 101".to_owned()));
    assert!(answer.contains(&"a=group:BUNDLE 1".to_owned()));
    assert_eq!(negotiated.direction, Direction::SendOnly);
    // Its transport is that of the video's line.
    assert_eq!(parsed(browser!("firefox_max_bundle")).remote().ice.ufrag, "8a0c8f2e");
}

#[test]
fn safari() {
    let (_, negotiated) = answered(browser!("safari"));
    assert_eq!((negotiated.payload_type, negotiated.red), (111, Some(63)));
    assert_eq!(parsed(browser!("safari")).remote().ice.ufrag, "Ybd/");
}

#[test]
fn aiortc() {
    let (answer, negotiated) = answered(browser!("aiortc"));
    assert!(answer.contains(&"m=audio 40000 UDP/TLS/RTP/SAVPF 96".to_owned()));
    assert_eq!((negotiated.red, negotiated.telephone_event), (None, None));
    assert_eq!(negotiated.level_extension, Some(2));
    let offer = parsed(browser!("aiortc"));
    let hashes: Vec<_> = offer.remote().fingerprints.iter().map(|f| f.hash()).collect();
    assert_eq!(hashes, [HashFunction::Sha256, HashFunction::Sha384, HashFunction::Sha512]);
}

/// It speaks and doesn't listen, and says what holds for all lines in the session's attributes.
#[test]
fn obs() {
    let (answer, negotiated) = answered(browser!("obs"));
    assert!(answer.contains(&"m=audio 40000 UDP/TLS/RTP/SAVPF 111".to_owned()));
    assert!(answer.contains(&"a=recvonly".to_owned()));
    assert!(!answer.iter().any(|line| line.starts_with("a=msid")));
    assert_eq!(negotiated.direction, Direction::ReceiveOnly);
    assert!(negotiated.opus.stereo);
    assert_eq!((negotiated.level_extension, negotiated.mid_extension), (None, None));
    assert_eq!(parsed(browser!("obs")).remote().ice.ufrag, "3mT5");
}
