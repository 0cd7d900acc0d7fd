//! Any datagram as an RTP packet: what is parsed lies within the datagram, and its header is written the same, with
//! those elements of its extension that the form with one-byte headers can hold.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::extension::{AudioLevel, DATA_BYTES_MAX, ExtensionWriter, ID_MAX};
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
    check_extensions(&packet);
});

fn check_extensions(packet: &Packet<'_>) {
    let small = packet.extensions().filter(|element| {
        element.id <= ID_MAX && (1..=DATA_BYTES_MAX).contains(&element.data.len())
    });
    let mut out = vec![0; 1 << 17];
    let mut writer = ExtensionWriter::new(packet.header(), &mut out).expect("there is room");
    for element in small.clone() {
        let level = AudioLevel::parse(element.data).expect("it isn't empty");
        assert_eq!(level.to_byte(), element.data[0]);
        writer.put(element.id, element.data).expect("it is small, and there is room");
    }
    let length = writer.finish().expect("there is room");
    let again = Packet::parse(&out[..length]).expect("what was written can be read");
    assert_eq!(again.header(), packet.header());
    assert!(again.extensions().eq(small));
}
