//! Any bytes as a session description: what is understood is written such that it is understood the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sdp::SessionDescription;

fuzz_target!(|bytes: &[u8]| {
    let Ok(description) = SessionDescription::parse(bytes) else { return };
    for media in &description.media {
        let _ = (media.rtcp(), media.ptime_ms(), media.maxptime_ms(), media.has_rtcp_mux());
        let _ = (description.direction_of(media), description.connection_of(media));
    }
    let written = description.to_string();
    // Addresses are written in their short form, so that little is added and never much.
    if written.len() <= sdp::limits::BYTES_MAX {
        assert_eq!(SessionDescription::parse(written.as_bytes()), Ok(description));
    }
});
