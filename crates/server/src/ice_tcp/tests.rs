//! Browsers that connect by TCP, and workers that are sockets of the test.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinHandle;
use webrtc::ice::UserFragment;
use webrtc::stun::{Class, Transaction, USERNAME, Writer};

use super::*;

/// A datagram that is no sound: part of a handshake.
const THE_END: &[u8] = b"\x16the end";

/// A relay before two workers.
struct Setup {
    port: u16,
    workers: [UdpSocket; 2],
    metrics: Metrics,
    stopping: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Setup {
    async fn start(limits: impl FnOnce(&mut Limits)) -> Setup {
        let localhost = Ipv4Addr::LOCALHOST.into();
        let mut relay = IceTcp::bind(&[localhost], 0).unwrap();
        limits(&mut relay.limits);
        let workers = [
            UdpSocket::bind((localhost, 0)).await.unwrap(),
            UdpSocket::bind((localhost, 0)).await.unwrap(),
        ];
        let addresses = workers.iter().map(|worker| vec![worker.local_addr().unwrap()]).collect();
        let metrics = Metrics::default();
        let (stopping, is_stopping) = watch::channel(false);
        let port = relay.port();
        let serving = tokio::spawn(relay.serve(addresses, metrics.clone(), is_stopping));
        Setup { port, workers, metrics, stopping, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.unwrap()
    }

    /// A browser whose first check has reached the worker, at the address that is the worker's for it.
    async fn connected(&self, worker: usize) -> (TcpStream, SocketAddr) {
        let mut browser = self.connect().await;
        let check = check(u8::try_from(worker).unwrap());
        send(&mut browser, &check).await;
        let (datagram, source) = received(&self.workers[worker]).await;
        assert_eq!(datagram, check);
        (browser, source)
    }

    async fn answer(&self, worker: usize, to: SocketAddr, datagram: &[u8]) {
        self.workers[worker].send_to(datagram, to).await.unwrap();
    }

    /// What is counted once the relay has stopped.
    async fn figures(self) -> String {
        self.stopping.send_replace(true);
        self.serving.await.unwrap();
        self.metrics.render()
    }
}

/// A connectivity check for a browser of that worker.
fn check(worker: u8) -> Vec<u8> {
    let ours = UserFragment::new(worker, 3, [5; 8]);
    message(Class::Request, format!("{}:theirs", ours.as_str()).as_bytes())
}

fn message(class: Class, username: &[u8]) -> Vec<u8> {
    let mut buffer = [0; 200];
    let writer = Writer::new(&mut buffer, class, Transaction([7; 12]));
    let length = writer.attribute(USERNAME, username).finish(None).unwrap();
    buffer[..length].to_vec()
}

async fn send(browser: &mut TcpStream, datagram: &[u8]) {
    browser.write_all(&framing::frame(datagram).unwrap()).await.unwrap();
}

async fn received(worker: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = [0; 2_000];
    let (length, source) = worker.recv_from(&mut buffer).await.unwrap();
    (buffer[..length].to_vec(), source)
}

/// The next frame that a browser is sent.
async fn framed(browser: &mut TcpStream) -> Vec<u8> {
    let length = usize::from(browser.read_u16().await.unwrap());
    let mut datagram = vec![0; length];
    browser.read_exact(&mut datagram).await.unwrap();
    datagram
}

/// Waits until the connection is cut.
async fn is_cut(browser: &mut TcpStream) {
    let mut rest = Vec::new();
    // A connection that is cut with bytes unread is reset.
    let _ = browser.read_to_end(&mut rest).await;
}

fn refused(reason: &str) -> String {
    format!("confab_ice_tcp_refused_total{{reason=\"{reason}\"}} 1\n")
}

#[tokio::test]
async fn frames_and_datagrams_go_both_ways_to_the_worker_that_the_check_names() {
    let setup = Setup::start(|_| {}).await;
    let (mut first, at_first) = setup.connected(0).await;
    let (mut second, at_second) = setup.connected(1).await;
    setup.answer(0, at_first, b"to the first").await;
    setup.answer(1, at_second, b"to the second").await;
    assert_eq!(framed(&mut first).await, b"to the first");
    assert_eq!(framed(&mut second).await, b"to the second");

    let longest = [9; framing::DATAGRAM_BYTES_MAX];
    send(&mut first, &longest).await;
    send(&mut first, b"and more").await;
    assert_eq!(received(&setup.workers[0]).await, (longest.to_vec(), at_first));
    assert_eq!(received(&setup.workers[0]).await, (b"and more".to_vec(), at_first));
    setup.answer(0, at_first, &longest).await;
    assert_eq!(framed(&mut first).await, longest);

    let figures = setup.figures().await;
    assert!(
        figures.contains("confab_ice_tcp_frames_total{direction=\"received\"} 4\n"),
        "{figures}"
    );
    assert!(figures.contains("confab_ice_tcp_frames_total{direction=\"sent\"} 3\n"), "{figures}");
}

#[tokio::test]
async fn a_frame_may_come_byte_by_byte() {
    let setup = Setup::start(|_| {}).await;
    let mut browser = setup.connect().await;
    browser.set_nodelay(true).unwrap();
    for byte in framing::frame(&check(0)).unwrap() {
        browser.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(received(&setup.workers[0]).await.0, check(0));
}

#[tokio::test]
async fn what_does_not_begin_with_a_check_for_a_worker_is_cut() {
    let strange = message(Class::Request, b"someone:else");
    let response = message(Class::Success, b"0:theirs");
    for (first, reason) in [
        (framing::frame(b"GET / HTTP/1.1").unwrap(), "not_a_check"),
        (framing::frame(&response).unwrap(), "not_a_check"),
        (framing::frame(&strange).unwrap(), "unknown_worker"),
        (framing::frame(&check(2)).unwrap(), "unknown_worker"),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "frame_too_long"),
    ] {
        let setup = Setup::start(|_| {}).await;
        let mut browser = setup.connect().await;
        browser.write_all(&first).await.unwrap();
        is_cut(&mut browser).await;
        let figures = setup.figures().await;
        assert!(figures.contains(&refused(reason)), "{reason}: {figures}");
    }
}

#[tokio::test]
async fn who_says_nothing_is_cut() {
    let setup = Setup::start(|l| l.first_frame_time_max = Duration::from_millis(20)).await;
    let mut browser = setup.connect().await;
    browser.write_all(&[0]).await.unwrap();
    is_cut(&mut browser).await;
    let figures = setup.figures().await;
    assert!(figures.contains(&refused("no_first_frame")), "{figures}");
}

#[tokio::test]
async fn who_is_only_refused_by_the_worker_is_cut() {
    let setup = Setup::start(|l| l.answer_time_max = Duration::from_millis(200)).await;
    let (mut browser, source) = setup.connected(0).await;
    let refusal = message(Class::Error, b"");
    setup.answer(0, source, &refusal).await;
    assert_eq!(framed(&mut browser).await, refusal);
    is_cut(&mut browser).await;
    let figures = setup.figures().await;
    assert!(figures.contains(&refused("unanswered")), "{figures}");
}

#[tokio::test]
async fn who_the_worker_no_longer_speaks_to_is_cut() {
    let setup = Setup::start(|l| l.silence_time_max = Duration::from_millis(20)).await;
    let (mut browser, source) = setup.connected(0).await;
    setup.answer(0, source, b"welcome").await;
    assert_eq!(framed(&mut browser).await, b"welcome");
    is_cut(&mut browser).await;
    let figures = setup.figures().await;
    assert!(figures.contains(&refused("silent")), "{figures}");
}

#[tokio::test]
async fn who_sends_too_long_a_frame_is_cut() {
    let setup = Setup::start(|_| {}).await;
    let (mut browser, _) = setup.connected(0).await;
    browser.write_all(&[0xFF, 0xFF, 1]).await.unwrap();
    is_cut(&mut browser).await;
    let figures = setup.figures().await;
    assert!(figures.contains(&refused("frame_too_long")), "{figures}");
}

#[tokio::test]
async fn connections_are_bounded_in_all_and_for_each_client() {
    for (limit, reason) in [
        ((|l| l.connections_max = 2) as fn(&mut Limits), "too_many"),
        (|l| l.connections_per_client_max = 2, "too_many_of_client"),
    ] {
        let setup = Setup::start(limit).await;
        let (first, _) = setup.connected(0).await;
        let _second = setup.connected(0).await;
        is_cut(&mut setup.connect().await).await;
        // Who leaves makes room; how soon that is seen is not for us to say.
        drop(first);
        loop {
            let mut next = setup.connect().await;
            let _ = next.write_all(&framing::frame(&check(1)).unwrap()).await;
            let wait = Duration::from_millis(100);
            if tokio::time::timeout(wait, received(&setup.workers[1])).await.is_ok() {
                break;
            }
        }
        let figures = setup.figures().await;
        assert!(figures.contains(&format!("refused_total{{reason=\"{reason}\"}}")), "{figures}");
    }
}

/// The numbers of the packets that a browser is sent before the end.
async fn sound_until_the_end(browser: &mut TcpStream) -> Vec<u32> {
    let mut numbers = Vec::new();
    loop {
        let datagram = framed(browser).await;
        if datagram == THE_END {
            return numbers;
        }
        numbers.push(u32::from_be_bytes(datagram[4..8].try_into().unwrap()));
    }
}

/// A browser that reads nothing delays nothing for ever: what it gets at last is new.
#[tokio::test]
async fn a_slow_network_loses_old_sound_and_keeps_the_rest() {
    const PACKETS: u32 = 20_000;
    let setup = Setup::start(|_| {}).await;
    let (mut browser, source) = setup.connected(0).await;
    let mut packet = [128; 1_000];
    for number in 0..PACKETS {
        packet[4..8].copy_from_slice(&number.to_be_bytes());
        setup.answer(0, source, &packet).await;
        tokio::task::yield_now().await;
    }
    let mut reading = tokio::spawn(async move { sound_until_the_end(&mut browser).await });
    // A datagram of ours may be lost on its way, too.
    let numbers = loop {
        setup.answer(0, source, THE_END).await;
        if let Ok(numbers) = tokio::time::timeout(Duration::from_millis(20), &mut reading).await {
            break numbers.unwrap();
        }
    };
    assert!(numbers.is_sorted(), "frames keep their order");
    assert!(numbers.len() < PACKETS as usize / 2, "{} of them waited", numbers.len());
    let figures = setup.figures().await;
    assert!(!figures.contains("direction=\"dropped\"} 0\n"), "{figures}");
}

/// More than may wait, at once, as after a pause of the relay's own task.
#[tokio::test]
async fn a_quick_network_loses_nothing() {
    const PACKETS: u8 = 40;
    let setup = Setup::start(|_| {}).await;
    let (mut browser, source) = setup.connected(0).await;
    for number in 0..PACKETS {
        setup.answer(0, source, &[128, number]).await;
    }
    for number in 0..PACKETS {
        assert_eq!(framed(&mut browser).await, [128, number]);
    }
}

#[tokio::test]
async fn stopping_cuts_all() {
    let setup = Setup::start(|_| {}).await;
    let (mut browser, _) = setup.connected(0).await;
    let port = setup.port;
    let figures = setup.figures().await;
    is_cut(&mut browser).await;
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err());
    assert!(figures.contains("direction=\"received\"} 1\n"), "{figures}");
}

#[tokio::test]
async fn one_port_is_had_on_several_addresses() {
    let ips = [Ipv4Addr::new(127, 0, 0, 1).into(), Ipv4Addr::new(127, 0, 0, 2).into()];
    let relay = IceTcp::bind(&ips, 0).unwrap();
    for ip in ips {
        assert!(TcpStream::connect((ip, relay.port())).await.is_ok());
    }
    assert!(IceTcp::bind(&ips, relay.port()).is_err());
    assert!(IceTcp::bind(&[], 0).is_err());
}
