//! Any datagram as an RTP packet: what is parsed lies within the datagram, and its header is written the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::packet::{HEADER_BYTES, Packet, is_rtcp};

fuzz_target!(|datagram: &[u8]| {
    let _ = is_rtcp(datagram);
    let Ok(packet) = Packet::parse(datagram) else { return };
    let extension = packet.extension().map_or(0, |extension| extension.data.len());
    assert!(HEADER_BYTES + extension + packet.payload().len() <= datagram.len());

    let mut plain = packet.header().to_bytes().to_vec();
    plain.extend_from_slice(packet.payload());
    let again = Packet::parse(&plain).expect("what was written can be read");
    assert_eq!((again.header(), again.payload()), (packet.header(), packet.payload()));
});
