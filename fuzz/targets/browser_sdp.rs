//! Any bytes as a browser's offer, a server's answer and a fragment: what is accepted is answered line by line,
//! in an answer that a browser can read, and fragments are written such that they are understood the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sdp::SessionDescription;
use sdp::browser::{
    BrowserLocal, BrowserOffer, ClientAnswer, IceCredentials, TrickleFragment, host_candidates,
};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

const FINGERPRINT: &str = "sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:\
                           00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

fuzz_target!(|bytes: &[u8]| {
    let _ = ClientAnswer::parse(bytes);
    check_fragment(bytes);
    if let Ok(offer) = BrowserOffer::parse(bytes) {
        check_answer(bytes, &offer);
    }
});

fn check_answer(bytes: &[u8], offer: &BrowserOffer) {
    let negotiated = offer.negotiated();
    assert!(negotiated.payload_type < 128 && negotiated.red.is_none_or(|red| red < 128));
    assert!(negotiated.level_extension.is_none_or(|id| (1..=14).contains(&id)));
    assert!(negotiated.mid_extension.as_ref().is_none_or(|(_, mid)| mid.len() <= 16));
    assert!(!offer.remote().fingerprints.is_empty());

    let answer = offer.answer(&local());
    let offered = SessionDescription::parse(bytes).expect("an offer is a description");
    assert_eq!(answer.media.len(), offered.media.len());
    assert_eq!(answer.media.iter().filter(|media| media.port != 0).count(), 1);
    let written = answer.to_string();
    // Our own lines are added to those of the offer.
    if written.len() <= sdp::limits::BYTES_MAX {
        let read = ClientAnswer::parse(written.as_bytes()).expect("our answer is acceptable");
        assert_eq!(read.negotiated.payload_type, negotiated.payload_type);
        assert_eq!(read.negotiated.red, negotiated.red);
        assert_eq!(read.negotiated.mid_extension, negotiated.mid_extension);
        assert_eq!(SessionDescription::parse(written.as_bytes()), Ok(answer));
    }
}

fn check_fragment(bytes: &[u8]) {
    let Ok(fragment) = TrickleFragment::parse(bytes) else { return };
    let written = fragment.to_string();
    if written.len() <= sdp::limits::FRAGMENT_BYTES_MAX {
        assert_eq!(TrickleFragment::parse(written.as_bytes()), Ok(fragment));
    }
}

fn local() -> BrowserLocal {
    let udp = [SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000))];
    let tcp = [SocketAddr::from((Ipv6Addr::LOCALHOST, 443))];
    let ice = IceCredentials::new("ours", "0123456789abcdefghijkl");
    BrowserLocal::new(ice, FINGERPRINT, host_candidates(&udp, &tcp), 1)
}
