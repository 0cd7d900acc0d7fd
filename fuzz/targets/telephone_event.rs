//! Any sequence of telephone-event packets, as records of sixteen bytes: a header and a payload. No packet makes
//! more than one digit, and none that was seen just before makes another.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::packet::Packet;
use rtp::telephone_event::Receiver;

fuzz_target!(|data: &[u8]| {
    let mut receiver = Receiver::new();
    for record in data.chunks_exact(16) {
        let Ok(packet) = Packet::parse(record) else { continue };
        if let Some(digit) = receiver.receive(&packet) {
            assert!("0123456789*#ABCD".contains(digit.as_char()));
        }
        assert_eq!(receiver.receive(&packet), None);
    }
});
