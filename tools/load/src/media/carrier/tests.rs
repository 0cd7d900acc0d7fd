//! The media thread's work, step by step in virtual time.

use std::net::{IpAddr, Ipv4Addr};

use assert_no_alloc::assert_no_alloc;
use rtp::srtp::{Keys, Profile, Side};
use rtrb::RingBuffer;
use udp::{RecvBatch, SendBatch, Socket, SocketOptions};

use super::*;
use crate::media::Layout;
use crate::media::leg::{MediaLeg, Part, Start};
use crate::media::pacer::STEP;
use crate::plan::{Plan, Request};

/// A carrier, the control side's ends of its rings, and a server that reflects when it is told to.
struct World {
    plan: Plan,
    carrier: Carrier,
    commands: Producer<Command>,
    reports: Consumer<Report>,
    server: Socket,
    receive: RecvBatch,
    send: SendBatch,
    now: Duration,
}

impl World {
    fn new(request: Request) -> Self {
        let plan = Plan::new(request).unwrap();
        let (commands, theirs) = RingBuffer::new(1_024);
        let (ours, reports) = RingBuffer::new(1_024);
        let doors = Doors { commands: theirs, reports: ours, live: Arc::default() };
        let sounds = Sounds::new(&plan).unwrap();
        let wire = Wire::new(Layout::Loopback, plan.legs()).unwrap();
        let carrier = Carrier::new(plan.legs(), request.codec, sounds, wire, doors);
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let server = Socket::bind(local, &SocketOptions::default()).unwrap();
        let (receive, send) = (RecvBatch::new(), SendBatch::new());
        let now = Duration::ZERO;
        Self { plan, carrier, commands, reports, server, receive, send, now }
    }

    fn attach(&mut self, leg: u32, srtp: Option<Keys>) {
        let remote = self.server.local_addr();
        let level_extension = srtp.as_ref().map(|_| 1);
        let id = LegId(leg);
        let settings =
            MediaLeg { leg: id, remote, payload_type: 0, srtp, level_extension, mid: None };
        let track = self.carrier.sounds.track_of(self.plan.role(id)) as u16;
        let start = Start { ssrc: leg, sequence: 0, timestamp: 0 };
        let leg = Leg::new(&settings, Part { track, lead: 0 }, start).unwrap();
        self.commands.push(Command::Place(id, Box::new(leg))).ok().unwrap();
    }

    /// Does a step each millisecond, and has the server reflect after each.
    fn run(&mut self, milliseconds: u32) {
        for _ in 0..milliseconds {
            self.carrier.run_step(self.now);
            self.now += STEP;
            self.reflect();
        }
    }

    fn reflect(&mut self) -> usize {
        let mut count = 0;
        while self.receive.receive(&self.server).unwrap().datagrams > 0 {
            let back = self.receive.iter().map(|datagram| (datagram.source, datagram.payload));
            count += self.send.send(&self.server, back).sent;
        }
        count
    }

    fn begin(&mut self) {
        let ears = self.plan.ears(|_| true);
        let meter = Box::new(Meter::new(&self.plan, &ears));
        self.commands.push(Command::Begin(meter)).ok().unwrap();
    }

    fn end(&mut self) -> Box<Meter> {
        self.commands.push(Command::End).ok().unwrap();
        self.run(2);
        loop {
            if let Report::Ended(meter) = self.reports.pop().unwrap() {
                return meter;
            }
        }
    }
}

fn request(legs: usize) -> Request {
    Request { legs_per_room: legs, talkers: 2.min(legs), ..Request::default() }
}

#[test]
fn every_leg_sends_one_packet_each_20_ms_and_no_two_of_a_small_room_at_once() {
    let mut world = World::new(request(20));
    (0..20).for_each(|leg| world.attach(leg, None));
    world.run(1);
    for _ in 0..3 {
        for _ in 0..20 {
            world.carrier.run_step(world.now);
            world.now += STEP;
            assert_eq!(world.reflect(), 1);
        }
    }
    assert_eq!(world.carrier.progress.sent, 60);
}

#[test]
fn a_thread_that_stalls_catches_up_by_one_packet_of_each_leg() {
    let mut world = World::new(request(20));
    (0..20).for_each(|leg| world.attach(leg, None));
    world.run(1);
    world.begin();
    world.run(1);
    let before = world.carrier.progress.sent;
    world.now += Duration::from_secs(1);
    world.carrier.run_step(world.now);
    assert_eq!(world.carrier.progress.sent - before, 20);
    world.now += STEP;
    let meter = world.end();
    assert_eq!(meter.totals.skipped_steps, 981);
    assert_eq!(meter.totals.late_steps, 19);
    assert!(meter.lateness.quantile(1.0) >= 19_000);
}

#[test]
fn nothing_is_allocated_while_legs_talk_join_and_leave() {
    let mut world = World::new(request(40));
    let profile = Profile::AeadAes128Gcm;
    let material: Vec<u8> = (0..profile.material_bytes() as u8).collect();
    let keys = || Keys::from_dtls(profile, &material, Side::Client).unwrap();
    (0..20).for_each(|leg| world.attach(leg, None));
    world.begin();
    world.run(50);
    (20..40).for_each(|leg| world.attach(leg, Some(keys())));
    for leg in 0..5 {
        let vacant = Box::new(Leg::vacant());
        world.commands.push(Command::Place(LegId(leg), vacant)).ok().unwrap();
    }
    let stun = Bytes::of(&[0, 1, 2, 3]).unwrap();
    let to = world.server.local_addr();
    world.commands.push(Command::Send(LegId(9), to, stun)).ok().unwrap();
    assert_no_alloc(|| world.run(400));
    world.commands.push(Command::End).ok().unwrap();
    assert_no_alloc(|| world.run(2));
    let reports: Vec<Report> = std::iter::from_fn(|| world.reports.pop().ok()).collect();
    assert_eq!(world.carrier.progress.legs, 35);
    assert!(world.carrier.progress.returned > 15 * 15);
    let came = |report: &&Report| matches!(report, Report::Datagram(LegId(9), ..));
    assert_eq!(reports.iter().filter(came).count(), 1);
    let displaced = |report: &&Report| matches!(report, Report::Displaced(_));
    assert_eq!(reports.iter().filter(displaced).count(), 45);
}

#[test]
fn a_control_side_that_takes_nothing_away_stops_nobody_from_talking() {
    let mut world = World::new(request(20));
    (0..20).for_each(|leg| world.attach(leg, None));
    world.run(1);
    let stun = [0; 20];
    let to: Vec<SocketAddr> = (0..20).filter_map(|leg| world.carrier.wire.address(leg)).collect();
    for _ in 0..100 {
        let flood = to.iter().map(|address| (*address, &stun[..]));
        world.send.send(&world.server, flood);
        world.run(1);
    }
    assert!(world.carrier.progress.dropped_datagrams > 0);
    assert_eq!(world.carrier.progress.sent, 100);
    // There is room left for what a command gives back.
    world.attach(3, None);
    world.run(1);
    let reports: Vec<Report> = std::iter::from_fn(|| world.reports.pop().ok()).collect();
    assert!(matches!(reports.last(), Some(Report::Displaced(leg)) if leg.is_there));
}
