//! Batches over real loopback sockets, of both families.
#![allow(clippy::unwrap_used, reason = "a failed call of a test's own is a failed test")]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use udp::{BATCH, DATAGRAM_BYTES_MAX, Poller, RecvBatch, SendBatch, Sent, Socket, SocketOptions};

fn bind(address: &str) -> Socket {
    Socket::bind(address.parse().unwrap(), &SocketOptions::default()).unwrap()
}

fn received(socket: &Socket) -> Vec<(SocketAddr, Vec<u8>)> {
    let mut batch = RecvBatch::new();
    batch.receive(socket).unwrap();
    batch.iter().map(|datagram| (datagram.source, datagram.payload.to_vec())).collect()
}

#[test]
fn more_than_a_batch_arrives_whole_and_in_order() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let (ours, theirs) = (bind(address), bind(address));
        let payloads: Vec<Vec<u8>> = (0..BATCH + 10).map(|n| vec![n as u8; n + 1]).collect();
        let sent = SendBatch::new()
            .send(&ours, payloads.iter().map(|payload| (theirs.local_addr(), payload.as_slice())));
        assert_eq!(sent, Sent { sent: BATCH + 10, full: 0, refused: 0 });

        let mut batch = RecvBatch::new();
        let first = batch.receive(&theirs).unwrap();
        assert!(first.is_full());
        let mut all: Vec<Vec<u8>> = batch.iter().map(|d| d.payload.to_vec()).collect();
        let second = batch.receive(&theirs).unwrap();
        assert!(!second.is_full());
        all.extend(batch.iter().map(|d| d.payload.to_vec()));
        assert_eq!(all, payloads);
        assert!(batch.iter().all(|datagram| datagram.source == ours.local_addr()));
    }
}

#[test]
fn a_dual_stack_socket_talks_to_both_families() {
    let both = bind("[::]:0");
    for peer in [bind("127.0.0.1:0"), bind("[::1]:0")] {
        let to_both = SocketAddr::new(peer.local_addr().ip(), both.local_addr().port());
        SendBatch::new().send(&peer, [(to_both, &b"in"[..])]);
        assert_eq!(received(&both), [(peer.local_addr(), b"in".to_vec())]);
        SendBatch::new().send(&both, [(peer.local_addr(), &b"out"[..])]);
        assert_eq!(received(&peer), [(to_both, b"out".to_vec())]);
    }
}

#[test]
fn an_oversized_datagram_is_dropped_and_counted() {
    let (ours, theirs) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let long = vec![7; DATAGRAM_BYTES_MAX + 1];
    let to = theirs.local_addr();
    SendBatch::new().send(&ours, [(to, &long[..]), (to, &long[1..]), (to, &b"short"[..])]);

    let mut batch = RecvBatch::new();
    let received = batch.receive(&theirs).unwrap();
    assert_eq!((received.datagrams, received.truncated), (2, 1));
    let lengths: Vec<usize> = batch.iter().map(|datagram| datagram.payload.len()).collect();
    assert_eq!(lengths, [DATAGRAM_BYTES_MAX, 5]);
}

#[test]
fn datagrams_can_be_worked_on_in_place() {
    let (ours, theirs) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let to = theirs.local_addr();
    let long = [0; DATAGRAM_BYTES_MAX + 1];
    SendBatch::new().send(&ours, [(to, &b"one"[..]), (to, &long[..]), (to, b""), (to, b"three")]);
    let mut batch = RecvBatch::new();
    batch.receive(&theirs).unwrap();
    for datagram in batch.iter_mut() {
        assert_eq!(datagram.source, ours.local_addr());
        assert!(datagram.received_at.is_some());
        datagram.payload.reverse();
    }
    let payloads: Vec<&[u8]> = batch.iter().map(|datagram| datagram.payload).collect();
    assert_eq!(payloads, [&b"eno"[..], b"", b"eerht"], "one that was too long lay between them");
}

#[test]
fn both_families_can_have_one_port_each() {
    let options = SocketOptions { v6_only: true, ..SocketOptions::default() };
    let v4 = Socket::bind("0.0.0.0:0".parse().unwrap(), &options).unwrap();
    let number = v4.local_addr().port();
    let v6 = Socket::bind(SocketAddr::new("::".parse().unwrap(), number), &options).unwrap();
    let (a, b) = (bind("127.0.0.1:0"), bind("[::1]:0"));
    SendBatch::new().send(&a, [(SocketAddr::new(a.local_addr().ip(), number), &b"4"[..])]);
    SendBatch::new().send(&b, [(SocketAddr::new(b.local_addr().ip(), number), &b"6"[..])]);
    assert_eq!(received(&v4), [(a.local_addr(), b"4".to_vec())]);
    assert_eq!(received(&v6), [(b.local_addr(), b"6".to_vec())]);
}

#[test]
fn an_unsendable_datagram_does_not_hold_up_the_others() {
    let (ours, theirs) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let to = theirs.local_addr();
    let too_long = vec![0; 70_000];
    let sent = SendBatch::new()
        .send(&ours, [(to, &b"before"[..]), (to, &too_long[..]), (to, &b"after"[..])]);
    assert_eq!(sent, Sent { sent: 2, full: 0, refused: 1 });
    let payloads: Vec<Vec<u8>> = received(&theirs).into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(payloads, [b"before".to_vec(), b"after".to_vec()]);
}

#[test]
fn a_peer_that_is_gone_disturbs_nobody() {
    let (ours, theirs, gone) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let (to, nowhere) = (theirs.local_addr(), gone.local_addr());
    drop(gone);
    let mut batch = SendBatch::new();
    for _ in 0..3 {
        // Loopback answers with "port unreachable" at once; it must fall on deaf ears.
        assert_eq!(batch.send(&ours, [(nowhere, &b"?"[..]), (to, &b"!"[..])]).sent, 2);
        assert_eq!(received(&ours), []);
    }
    assert_eq!(received(&theirs).len(), 3);
}

#[test]
fn the_kernel_says_when_a_datagram_arrived() {
    let (ours, theirs) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let wall = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let before = wall();
    SendBatch::new().send(&ours, [(theirs.local_addr(), &b"now"[..])]);
    let mut batch = RecvBatch::new();
    batch.receive(&theirs).unwrap();
    let at = batch.iter().next().unwrap().received_at.unwrap();
    assert!(before <= at && at <= wall(), "{at:?} is not between {before:?} and now");

    let options = SocketOptions { timestamps: false, ..SocketOptions::default() };
    let plain = Socket::bind("127.0.0.1:0".parse().unwrap(), &options).unwrap();
    SendBatch::new().send(&ours, [(plain.local_addr(), &b"now"[..])]);
    batch.receive(&plain).unwrap();
    assert_eq!(batch.iter().next().unwrap().received_at, None);
}

#[test]
fn one_socket_speaks_for_many_addresses() {
    let options = SocketOptions { destinations: true, ..SocketOptions::default() };
    let all = Socket::bind("0.0.0.0:0".parse().unwrap(), &options).unwrap();
    let peer = bind("127.0.0.1:0");
    let addresses = [Ipv4Addr::new(127, 1, 0, 7), Ipv4Addr::new(127, 1, 2, 3)];
    let nobodys = Ipv4Addr::new(192, 0, 2, 1);
    let to = peer.local_addr();
    let sent = SendBatch::new().send_from(
        &all,
        [(addresses[0], to, &b"a"[..]), (nobodys, to, &b"?"[..]), (addresses[1], to, &b"b"[..])],
    );
    assert_eq!(sent, Sent { sent: 2, full: 0, refused: 1 });
    let port = all.local_addr().port();
    let from = addresses.map(|address| SocketAddr::new(address.into(), port));
    assert_eq!(received(&peer), [(from[0], b"a".to_vec()), (from[1], b"b".to_vec())]);

    SendBatch::new().send(&peer, from.iter().rev().map(|address| (*address, &b"back"[..])));
    let mut batch = RecvBatch::new();
    batch.receive(&all).unwrap();
    let found: Vec<Option<Ipv4Addr>> = batch.iter().map(|datagram| datagram.destination).collect();
    assert_eq!(found, [Some(addresses[1]), Some(addresses[0])]);
    assert!(batch.iter_mut().all(|datagram| datagram.received_at.is_some()));
}

#[test]
fn a_full_receive_buffer_loses_datagrams_but_blocks_nobody() {
    let (ours, theirs) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let payload = [0; 1_000];
    let flood = std::iter::repeat_n((theirs.local_addr(), &payload[..]), 20_000);
    let sent = SendBatch::new().send(&ours, flood);
    assert_eq!(sent.sent + sent.full + sent.refused, 20_000);
    let mut batch = RecvBatch::new();
    let mut arrived = 0;
    while batch.receive(&theirs).unwrap().datagrams > 0 {
        arrived += batch.iter().count();
    }
    assert!((1..20_000).contains(&arrived));
    assert_eq!(theirs.dropped().unwrap() as usize, sent.sent - arrived);
    assert_eq!(ours.dropped().unwrap(), 0);
}

#[test]
fn the_poller_names_the_readable_sockets() {
    let sockets: Vec<Socket> = (0..5).map(|_| bind("127.0.0.1:0")).collect();
    let mut poller = Poller::new(8).unwrap();
    for (token, socket) in (10..).zip(&sockets) {
        poller.add(socket, token).unwrap();
    }
    assert_eq!(poller.poll(Duration::ZERO).unwrap(), 0);

    let to = [&sockets[1], &sockets[3]].map(|socket| (socket.local_addr(), &b"x"[..]));
    SendBatch::new().send(&sockets[0], to);
    assert_eq!(poller.poll(Duration::from_secs(1)).unwrap(), 2);
    let mut ready: Vec<u64> = poller.ready().collect();
    ready.sort_unstable();
    assert_eq!(ready, [11, 13]);

    poller.remove(&sockets[1]).unwrap();
    received(&sockets[3]);
    assert_eq!(poller.poll(Duration::ZERO).unwrap(), 0);
}
