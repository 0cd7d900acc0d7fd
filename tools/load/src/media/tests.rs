//! The media plane against a server of a few lines, over real sockets.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::atomic::AtomicUsize;

use rtp::packet::is_rtcp;
use rtp::srtp::{Keys, OVERHEAD_BYTES_MAX, Profile, Protector, Side, Unprotector};
use udp::{RecvBatch, SendBatch, SocketOptions};

use super::*;
use crate::measured::Measured;
use crate::plan::{Codec, Kind, Request};

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What a server does with a packet: how often it sends it back, and what it makes of it.
type Treat = Box<dyn FnMut(&mut Vec<u8>) -> usize + Send>;

/// A server in a thread of its own that treats each packet as it is told and sends it back.
struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(mut treat: Treat) -> Self {
        let options = SocketOptions { receive_buffer_bytes: 4 << 20, ..SocketOptions::default() };
        let socket = Socket::bind(SocketAddr::new(LOCAL, 0), &options).unwrap();
        let address = socket.local_addr();
        let stop = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (mut receive, mut send) = (RecvBatch::new(), SendBatch::new());
            while !is_over.load(Ordering::Relaxed) {
                receive.receive(&socket).unwrap();
                for datagram in receive.iter() {
                    let mut packet = datagram.payload.to_vec();
                    let copies = treat(&mut packet);
                    let copy = (datagram.source, packet.as_slice());
                    send.send(&socket, std::iter::repeat_n(copy, copies));
                }
                std::thread::sleep(Duration::from_micros(500));
            }
        });
        Self { address, stop, thread: Some(thread) }
    }

    fn reflecting() -> Self {
        Self::start(Box::new(|_| 1))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().map(JoinHandle::join).unwrap().unwrap();
    }
}

fn request(legs: usize) -> Request {
    Request {
        legs_per_room: legs,
        talkers: 2.min(legs),
        duration: Duration::from_secs(1),
        ..Request::default()
    }
}

fn start(request: Request, layout: Layout) -> Media {
    let plan = Plan::new(request).unwrap();
    let settings = MediaSettings { plan, layout, core: None, realtime: true, allow_remote: false };
    Media::start(settings).unwrap()
}

fn leg(leg: u32, remote: SocketAddr) -> MediaLeg {
    MediaLeg {
        leg: LegId(leg),
        remote,
        payload_type: 0,
        srtp: None,
        level_extension: None,
        mid: None,
    }
}

/// Waits until so many packets came back.
fn wait_for(media: &Media, returned: u64) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while media.progress().returned < returned {
        assert!(Instant::now() < deadline, "{:?}", media.progress());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Attaches all legs to a server and measures until each received so many packets.
fn measured(media: &mut Media, server: &Server, packets: u64) -> Measured {
    let legs = media.plan().legs() as u64;
    for number in 0..legs {
        media.attach(leg(number as u32, server.address)).unwrap();
    }
    wait_for(media, legs * 3);
    media.begin_measuring().unwrap();
    wait_for(media, media.progress().returned + legs * packets);
    media.end_measuring().unwrap().measure().unwrap()
}

#[test]
fn all_packets_return_in_both_layouts() {
    for layout in [Layout::Loopback, Layout::Sockets { local: LOCAL }] {
        let server = Server::reflecting();
        let mut media = start(request(50), layout);
        let measured = measured(&mut media, &server, 110);
        let packets = measured.packets;
        // By what was sent, for a machine that is busy may not let us send all that was due. Packets on their
        // way at the beginning or the end are on one side only.
        assert!(packets.returned >= 50 * 100, "{layout:?}: {packets:?}");
        assert!(packets.returned.abs_diff(packets.sent) <= 50 * 5, "{layout:?}: {packets:?}");
        assert_eq!((packets.duplicates, packets.rejected, packets.silent_legs), (0, 0, 0));
        assert_eq!((measured.legs, measured.tester.unsent, measured.tester.dropped), (50, 0, 0));
        assert!(measured.jitter_ms.count >= 50 && measured.tester.lateness_us.count > 500);
        assert_eq!(measured.hearing.ears, 32);
        assert_eq!(
            measured.series.iter().map(|second| second.returned).sum::<u64>(),
            packets.returned
        );
    }
}

#[test]
fn what_is_lost_on_the_way_shows_as_loss_and_gaps() {
    // Of each 20 packets of a leg, three in a row are lost.
    let server = Server::start(Box::new(|packet| {
        let number = u16::from_be_bytes([packet[2], packet[3]]);
        usize::from(number % 20 >= 3)
    }));
    let mut media = start(request(10), Layout::Loopback);
    let measured = measured(&mut media, &server, 85);
    let share = measured.packets.returned as f64 / measured.packets.sent as f64;
    assert!((0.80..0.90).contains(&share), "{:?}", measured.packets);
    assert!(measured.gaps.legs == 10 && measured.gaps.count >= 30, "{:?}", measured.gaps);
    assert!(measured.gaps.longest_ms >= 79.0);
    assert!(measured.mos.mean < 3.6, "{:?}", measured.mos);
    let missing: u64 = measured.series.iter().map(|second| second.missing).sum();
    assert!(missing > 10 * 10 && media.progress().missing >= missing);
}

#[test]
fn copies_and_noise_count_for_themselves() {
    let count = AtomicUsize::new(0);
    let server = Server::start(Box::new(move |packet| {
        // Every tenth is no RTP any more.
        if count.fetch_add(1, Ordering::Relaxed).is_multiple_of(10) {
            packet[0] = 0x40;
        }
        2
    }));
    let mut media = start(request(10), Layout::Loopback);
    let measured = measured(&mut media, &server, 30);
    let packets = measured.packets;
    assert!(packets.duplicates * 10 >= packets.returned * 9, "{packets:?}");
    assert!(packets.rejected * 2 >= packets.duplicates / 10, "{packets:?}");
}

#[test]
fn a_leg_without_an_answer_is_told() {
    let server = Server::reflecting();
    let nobody = Socket::bind(SocketAddr::new(LOCAL, 0), &SocketOptions::default()).unwrap();
    let mut media = start(request(2), Layout::Loopback);
    media.attach(leg(0, server.address)).unwrap();
    media.attach(leg(1, nobody.local_addr())).unwrap();
    wait_for(&media, 5);
    media.begin_measuring().unwrap();
    wait_for(&media, media.progress().returned + 40);
    let measured = media.end_measuring().unwrap().measure().unwrap();
    assert_eq!(measured.packets.silent_legs, 1);
    assert!((0.3..0.7).contains(&measured.returned()), "{:?}", measured.packets);
}

#[test]
fn a_leg_that_leaves_is_counted_as_far_as_it_was_there() {
    let server = Server::reflecting();
    let mut media = start(request(2), Layout::Loopback);
    media.attach(leg(0, server.address)).unwrap();
    media.attach(leg(1, server.address)).unwrap();
    wait_for(&media, 6);
    media.begin_measuring().unwrap();
    wait_for(&media, media.progress().returned + 20);
    media.detach(LegId(1)).unwrap();
    wait_for(&media, media.progress().returned + 20);
    let measured = media.end_measuring().unwrap().measure().unwrap();
    assert_eq!((measured.legs, media.progress().legs), (1, 1));
    assert!(measured.returned() > 0.9 && measured.packets.returned > 30, "{:?}", measured.packets);
}

#[test]
fn one_measurement_follows_another() {
    let server = Server::reflecting();
    let mut media = start(request(4), Layout::Loopback);
    assert!(matches!(media.end_measuring(), Err(MediaError::NotMeasuring)));
    let first = measured(&mut media, &server, 30);
    media.begin_measuring().unwrap();
    wait_for(&media, media.progress().returned + 4 * 30);
    let second = media.end_measuring().unwrap().measure().unwrap();
    for measured in [first, second] {
        assert!((4 * 25..4 * 60).contains(&measured.packets.due), "{:?}", measured.packets);
    }
}

#[test]
fn browsers_packets_are_secured_both_ways() {
    let profile = Profile::AeadAes128Gcm;
    let material: Vec<u8> = (0..profile.material_bytes() as u8).collect();
    let keys = |side| Keys::from_dtls(profile, &material, side).unwrap();
    let theirs = keys(Side::Server);
    let mut opens = Unprotector::new(profile, &theirs.receive).unwrap();
    let mut protects = Protector::new(profile, &theirs.send).unwrap();
    let server = Server::start(Box::new(move |packet| {
        let Ok(length) = opens.unprotect(packet) else { return 0 };
        packet.truncate(length);
        packet.resize(length + OVERHEAD_BYTES_MAX, 0);
        let length = protects.protect(packet, length).unwrap();
        packet.truncate(length);
        1
    }));
    let request = Request { codec: Codec::Opus, kind: Kind::Browser, ..request(1) };
    let mut media = start(Request { talkers: 1, ..request }, Layout::Loopback);
    let browser = MediaLeg {
        srtp: Some(keys(Side::Client)),
        level_extension: Some(1),
        mid: Some((4, "0".into())),
        payload_type: 111,
        ..leg(0, server.address)
    };
    media.attach(browser).unwrap();
    wait_for(&media, 3);
    media.begin_measuring().unwrap();
    wait_for(&media, media.progress().returned + 120);
    let measured = media.end_measuring().unwrap().measure().unwrap();
    assert!(measured.returned() > 0.95 && measured.packets.rejected == 0, "{:?}", measured.packets);
    assert_eq!(measured.hearing.hear_themselves, [LegId(0)]);
}

#[test]
fn datagrams_of_signalling_pass_both_ways_from_the_legs_own_address() {
    for layout in [Layout::Loopback, Layout::Sockets { local: LOCAL }] {
        let server = Server::reflecting();
        let mut media = start(request(3), layout);
        let mut expected: VecDeque<_> = [(1, &[0, 1, 7][..]), (2, &[22, 9])].into_iter().collect();
        for (leg, bytes) in &expected {
            media.send(LegId(*leg), server.address, bytes).unwrap();
        }
        let deadline = Instant::now() + Duration::from_secs(10);
        while let Some((leg, bytes)) = expected.front() {
            assert!(Instant::now() < deadline, "{layout:?}: {expected:?}");
            if let Some((to, source, came)) = media.poll_datagram() {
                assert_eq!((to, source, &came[..]), (LegId(*leg), server.address, *bytes));
                assert!(!is_rtcp(&came));
                expected.pop_front();
            }
        }
    }
}

#[test]
fn packets_leave_this_machine_only_if_that_is_allowed() {
    let elsewhere: SocketAddr = "192.0.2.1:5004".parse().unwrap();
    for layout in [Layout::Loopback, Layout::Sockets { local: LOCAL }] {
        let mut media = start(request(2), layout);
        assert!(matches!(media.attach(leg(0, elsewhere)), Err(MediaError::NotLoopback(_))));
        let sent = media.send(LegId(0), elsewhere, &[0, 1]);
        assert!(matches!(sent, Err(MediaError::NotLoopback(_))));
        let mapped = "[::ffff:192.0.2.1]:9".parse().unwrap();
        assert!(matches!(media.attach(leg(0, mapped)), Err(MediaError::NotLoopback(_))));
    }
    let mut media = start(request(2), Layout::Loopback);
    media.settings.allow_remote = true;
    assert!(matches!(media.attach(leg(0, elsewhere)), Err(MediaError::OutOfReach(_))));
    let v6 = "[::1]:5004".parse().unwrap();
    assert!(matches!(media.attach(leg(0, v6)), Err(MediaError::OutOfReach(_))));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut media = start(request(2), Layout::Loopback);
    let to: SocketAddr = "127.0.0.1:9".parse().unwrap();
    assert!(matches!(media.reserve(LegId(2)), Err(MediaError::NoSuchLeg(LegId(2)))));
    assert!(matches!(media.attach(leg(2, to)), Err(MediaError::NoSuchLeg(_))));
    assert!(matches!(media.detach(LegId(2)), Err(MediaError::NoSuchLeg(_))));
    assert!(matches!(media.send(LegId(2), to, &[0]), Err(MediaError::NoSuchLeg(_))));
    let long = vec![0; DATAGRAM_BYTES_MAX + 1];
    assert!(matches!(media.send(LegId(0), to, &long), Err(MediaError::DatagramTooLong(_))));
    let named = MediaLeg { mid: Some((4, "x".repeat(17))), ..leg(0, to) };
    assert!(matches!(media.attach(named), Err(MediaError::Mid(17))));
    assert_ne!(media.reserve(LegId(0)).unwrap(), media.reserve(LegId(1)).unwrap());
}
