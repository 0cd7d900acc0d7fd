//! Offers as devices in the field write them, and what is answered to each.

#![expect(clippy::unwrap_used, reason = "a test ends where its helpers fail")]

use sdp::{
    Direction, Encoding, LocalMedia, Negotiated, OpusParameters, Refusal, SessionDescription,
    TelephoneEvent,
};

macro_rules! device {
    ($name:literal) => {
        include_str!(concat!("devices/", $name, ".sdp"))
    };
}

fn local(encodings: &[Encoding]) -> LocalMedia {
    let rtp = "198.51.100.1:20000".parse().unwrap();
    LocalMedia { codecs: encodings.to_vec(), ..LocalMedia::new(rtp, 42) }
}

/// The lines of the answer that begin with `m=` or `a=`, and what was agreed upon.
fn answered(offer: &str, local: &LocalMedia) -> (Vec<String>, Negotiated) {
    // On the wire lines end in CRLF.
    let offer = SessionDescription::parse(offer.replace('\n', "\r\n").as_bytes()).unwrap();
    let (answer, negotiated) = sdp::answer(&offer, local).unwrap();
    assert_eq!(answer.media.len(), offer.media.len());
    let text = answer.to_string();
    assert_eq!(SessionDescription::parse(text.as_bytes()), Ok(answer));
    let lines = text.lines().filter(|line| line.starts_with(['m', 'a'])).map(str::to_owned);
    (lines.collect(), negotiated)
}

fn refused(offer: &str) -> Refusal {
    let offer = SessionDescription::parse(offer.as_bytes()).unwrap();
    sdp::answer(&offer, &local(&Encoding::ALL)).unwrap_err()
}

#[test]
fn asterisk() {
    let (answer, negotiated) = answered(device!("asterisk"), &local(&Encoding::ALL));
    assert_eq!(
        answer,
        [
            "m=audio 20000 RTP/AVP 107 101",
            "a=rtpmap:107 opus/48000/2",
            "a=fmtp:107 useinbandfec=1",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-15",
            "a=ptime:20",
            "a=sendrecv",
        ]
    );
    assert_eq!(negotiated.remote_rtp, "203.0.113.20:14882".parse().unwrap());
    assert_eq!(negotiated.remote_rtcp, Some("203.0.113.20:14883".parse().unwrap()));
    assert_eq!(negotiated.codec.encoding, Encoding::Opus);
    assert_eq!(
        (negotiated.codec.payload_type_send, negotiated.codec.payload_type_receive),
        (107, 107)
    );
    assert!(negotiated.codec.opus.in_band_fec);
    assert_eq!((negotiated.ptime_ms, negotiated.maxptime_ms), (20, Some(150)));
    // It has events with 8,000 Hz only.
    let event = TelephoneEvent { send: 101, receive: 101, clock_hz: 8_000 };
    assert_eq!(negotiated.telephone_event, Some(event));
}

#[test]
fn asterisk_of_which_only_g711_is_wanted() {
    let local = local(&[Encoding::Pcmu, Encoding::Pcma]);
    let (answer, negotiated) = answered(device!("asterisk"), &local);
    assert_eq!(answer[0], "m=audio 20000 RTP/AVP 0 101");
    assert_eq!(negotiated.codec.encoding, Encoding::Pcmu);
    assert_eq!(negotiated.codec.opus, OpusParameters::default());
}

#[test]
fn cisco_gateway() {
    let (answer, negotiated) = answered(device!("cisco-cube"), &local(&Encoding::ALL));
    assert_eq!(answer[0], "m=audio 20000 RTP/AVP 0 101");
    assert_eq!(negotiated.remote_rtp, "198.51.100.33:17390".parse().unwrap());
}

#[test]
fn cisco_phone_on_hold_the_old_way() {
    let (answer, negotiated) = answered(device!("cisco-phone-hold"), &local(&Encoding::ALL));
    assert_eq!(answer[0], "m=audio 20000 RTP/AVP 114 101");
    assert!(answer.contains(&"a=recvonly".to_owned()));
    assert_eq!(answer.last().unwrap(), "m=video 0 RTP/AVP 100 126 97");
    assert_eq!(negotiated.direction, Direction::ReceiveOnly);
    assert!(negotiated.remote_rtp.ip().is_unspecified());
    let opus = negotiated.codec.opus;
    assert_eq!((opus.max_average_bitrate, opus.max_playback_rate), (Some(64_000), Some(16_000)));
}

#[test]
fn polycom() {
    let (answer, negotiated) = answered(device!("polycom"), &local(&Encoding::ALL));
    assert_eq!(
        answer,
        [
            "m=audio 20000 RTP/AVP 9 127",
            "a=rtpmap:9 G722/8000",
            "a=rtpmap:127 telephone-event/8000",
            "a=fmtp:127 0-15",
            "a=ptime:20",
            "a=sendrecv",
        ]
    );
    assert_eq!(negotiated.codec.encoding, Encoding::G722);
    assert_eq!((negotiated.ptime_ms, negotiated.maxptime_ms), (20, None));
}

#[test]
fn rtpengine() {
    let (answer, negotiated) = answered(device!("rtpengine"), &local(&Encoding::ALL));
    assert_eq!(answer[0], "m=audio 20000 RTP/AVP 96 110");
    assert!(answer.contains(&"a=rtcp-mux".to_owned()));
    assert!(negotiated.rtcp_mux);
    assert_eq!(negotiated.remote_rtcp, Some(negotiated.remote_rtp));
    // Events with the clock of the codec come first.
    let event = TelephoneEvent { send: 110, receive: 110, clock_hz: 48_000 };
    assert_eq!(negotiated.telephone_event, Some(event));
    assert!(negotiated.codec.opus.discontinuous);
    let (answer, negotiated) = answered(device!("rtpengine"), &local(&[Encoding::Pcma]));
    assert_eq!(answer[0], "m=audio 20000 RTP/AVP 8 100");
    assert_eq!(negotiated.telephone_event.unwrap().clock_hz, 8_000);
}

#[test]
fn sipp() {
    let (answer, negotiated) = answered(device!("sipp"), &local(&Encoding::ALL));
    assert_eq!(
        answer,
        ["m=audio 20000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv"]
    );
    assert_eq!(negotiated.telephone_event, None);
}

#[test]
fn baresip() {
    let (answer, negotiated) = answered(device!("baresip"), &local(&Encoding::ALL));
    assert_eq!(answer[0], "m=audio 20000 RTP/AVP 96 101");
    assert!(negotiated.codec.opus.stereo);
    assert_eq!(negotiated.remote_rtcp, Some("127.0.0.1:15061".parse().unwrap()));
}

#[test]
fn linphone_over_ipv6() {
    let local = LocalMedia::new("[2001:db8::1]:20000".parse().unwrap(), 42);
    let (answer, negotiated) = answered(device!("linphone"), &local);
    assert_eq!(answer[0], "m=audio 20000 RTP/AVP 96 101");
    let rejected = &answer[answer.len() - 2..];
    assert_eq!(rejected, ["m=video 0 RTP/AVPF 96 97", "m=text 0 TCP/MSRP *"]);
    assert_eq!(negotiated.remote_rtp, "[2001:db8:85a3::8a2e:370:7334]:7078".parse().unwrap());
    assert_eq!(negotiated.telephone_event.unwrap().clock_hz, 48_000);
    assert_eq!(refused(device!("linphone")), Refusal::AddressFamily);
}

#[test]
fn a_softswitch_that_offers_encryption_and_then_none() {
    let (answer, negotiated) = answered(device!("softswitch-secure-first"), &local(&Encoding::ALL));
    assert_eq!(answer[0], "m=audio 0 RTP/SAVP 102 9 0 8 103 101");
    assert_eq!(answer[1], "m=audio 20000 RTP/AVP 102 103");
    assert_eq!(negotiated.remote_rtp, "203.0.113.60:28312".parse().unwrap());
    assert_eq!(negotiated.codec.opus.max_average_bitrate, Some(30_000));
}

#[test]
fn encryption_without_a_choice_is_refused_by_its_name() {
    let profile = |name: &str| Refusal::UnsupportedProfile(name.to_owned());
    assert_eq!(refused(device!("teams-sbc")), profile("RTP/SAVP"));
    assert_eq!(refused(device!("webrtc-gateway")), profile("UDP/TLS/RTP/SAVPF"));
}

#[test]
fn fax_alone_is_refused() {
    assert_eq!(refused(device!("fax-gateway")), Refusal::NoAudio);
}
