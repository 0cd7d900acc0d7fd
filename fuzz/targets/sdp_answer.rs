//! Any description as an offer and as an answer: our answer fits the offer, can be read, and offers of ours
//! that follow keep to it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sdp::{LocalMedia, Session, SessionDescription};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

fuzz_target!(|bytes: &[u8]| {
    let Ok(offer) = SessionDescription::parse(bytes) else { return };
    for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        let mut session = Session::new(LocalMedia::new(SocketAddr::new(ip, 20_000), 1));
        let Ok((answer, negotiated)) = session.answer(&offer) else { continue };
        assert_eq!(answer.media.len(), offer.media.len());
        assert_eq!(answer.media.iter().filter(|media| media.port != 0).count(), 1);
        assert!(!negotiated.remote_rtp.ip().is_unspecified() || !negotiated.direction.sends());
        assert!(negotiated.codec.payload_type_send < 128);
        let written = answer.to_string();
        assert_eq!(SessionDescription::parse(written.as_bytes()), Ok(answer));

        let (again, _) = session.answer(&offer).expect("what was accepted is accepted again");
        assert_eq!(again.to_string(), written);
        assert_eq!(session.offer().media.len(), offer.media.len());
        let _ = session.conclude(&offer);
    }
});
