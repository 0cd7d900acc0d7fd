//! What is sent to those who report that they lose some of it.

use audio::codec::CodecKind;
use engine::LegId;
use rtp::rtcp::{CompoundWriter, ReportBlock};

use crate::support::{House, Phone};

/// Three seconds: a look at the quality of a leg comes every two and a half.
const LOOK_TICKS: usize = 150;

/// Tells the server that of its last packets so many of 256 were lost.
fn report(phone: &Phone, fraction_lost: u8) {
    let ssrc = phone.headers.last().unwrap().ssrc;
    let block = ReportBlock { ssrc, fraction_lost, ..ReportBlock::default() };
    let mut datagram = [0; 100];
    let mut writer = CompoundWriter::new(&mut datagram);
    writer.receiver_report(phone.sender.ssrc(), &[block]).unwrap();
    let length = writer.finish();
    let mut server = phone.server;
    server.set_port(server.port() + 1);
    phone.rtcp.send_to(&datagram[..length], server).unwrap();
}

/// Whether the last packet that it got is by the coder that sends copies of frames along: so says the
/// number of the packet's configuration (RFC 6716 section 3.1).
fn has_copies(phone: &Phone) -> bool {
    phone.payload[0] >> 3 < 16
}

#[test]
fn who_reports_losses_is_sent_less_and_with_copies_until_there_are_none() {
    let [mut a, mut b, mut c] = [300.0, 500.0, 700.0].map(|hz| Phone::new(CodecKind::Opus, hz));
    (b.talks, c.talks) = (false, false);
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.join(3, &mut c);
    house.ticks(LOOK_TICKS, &mut [&mut a, &mut b, &mut c]);
    assert!(!has_copies(&b));
    assert_eq!(b.payload, c.payload);

    report(&b, 20);
    house.ticks(LOOK_TICKS, &mut [&mut a, &mut b, &mut c]);
    assert!(has_copies(&b) && !has_copies(&c));
    let lossy = b.payload.len();
    assert!(lossy < c.payload.len());
    report(&b, 80);
    house.ticks(LOOK_TICKS, &mut [&mut a, &mut b, &mut c]);
    assert!(has_copies(&b) && b.payload.len() < lossy);
    assert!(b.hears(300.0) && c.hears(300.0));

    for _ in 0..9 {
        report(&b, 0);
        house.ticks(LOOK_TICKS, &mut [&mut a, &mut b, &mut c]);
    }
    assert_eq!(b.payload, c.payload, "one encode serves both again");
    house.engine.detach(LegId(2)).unwrap();
    house.work();
    assert!(house.left(2).is_some());
}
