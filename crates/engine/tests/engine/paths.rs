//! Where browsers are: addresses that change, consent that ends, families of addresses.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use audio::TICK;
use engine::{BrowserPort, EngineEvent, EngineSettings, LegId};
use rtp::srtp::Profile;

use crate::support::browser::Browser;
use crate::support::{House, LOOPBACK, Participant, ROOM, settings};

const LOW: f64 = 500.0;
const HIGH: f64 = 1_300.0;

fn paths_of(house: &House, leg: u64) -> Vec<SocketAddr> {
    let path = |event: &EngineEvent| match event {
        EngineEvent::PathChanged { leg: id, source } if *id == LegId(leg) => Some(*source),
        _ => None,
    };
    house.events.iter().filter_map(path).collect()
}

#[test]
fn a_browser_that_moves_is_heard_once_it_proves_where_and_sent_to_once_it_says_so() {
    let (mut a, mut b) = (Browser::new(LOW), Browser::new(HIGH));
    let mut house = House::new();
    house.join_browser(1, &mut a);
    house.join_browser(2, &mut b);
    house.ticks(30, &mut [&mut a, &mut b]);
    let old = a.socket.try_clone().unwrap();
    let first = a.address();
    a.rebind();
    a.forget();
    house.ticks(10, &mut [&mut a, &mut b]);
    assert_eq!(house.engine.stats().counts.dropped_stranger, 10);

    a.check(false);
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(b.hears(LOW), "proved");
    assert!(a.headers.is_empty(), "but not chosen");
    a.check(true);
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH));
    assert_eq!(paths_of(&house, 1), [first, a.address()]);
    while old.recv_from(&mut [0; 2_048]).is_ok() {}
    house.ticks(5, &mut [&mut a, &mut b]);
    assert!(old.recv_from(&mut [0; 2_048]).is_err(), "nothing goes to where it was");
}

#[test]
fn ice_restarts_while_the_leg_stays() {
    let (mut a, mut b) = (Browser::new(LOW), Browser::new(HIGH));
    let mut house = House::new();
    house.join_browser(1, &mut a);
    house.join_browser(2, &mut b);
    house.ticks(30, &mut [&mut a, &mut b]);
    let before = a.credentials.unwrap();
    let after = house.engine.restart_ice(LegId(1)).unwrap();
    assert_ne!(before, after);
    a.check(false);
    house.ticks(1, &mut [&mut a, &mut b]);
    assert!(a.is_answered(), "the old credentials are good until the new ones are used");

    a.rebind();
    a.credentials = Some(after);
    a.check(true);
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(a.is_answered() && a.hears(HIGH) && b.hears(LOW));
    a.credentials = Some(before);
    a.forget();
    a.check(true);
    house.ticks(1, &mut [&mut a, &mut b]);
    assert!(!a.answers.is_empty() && !has_success(&a), "and then no more");
    assert_eq!(house.left(1), None);
    assert_eq!(house.engine.stats().counts.legs, 2);
}

fn has_success(browser: &Browser) -> bool {
    browser.answers.iter().any(|answer| answer[..2] == [0x01, 0x01])
}

#[test]
fn who_vanishes_is_told_of_once_and_sent_nothing_more_until_they_return() {
    let (mut a, mut b) = (Browser::new(LOW), Browser::new(HIGH));
    let consent_timeout = Duration::from_secs(4);
    let mut house = House::with(EngineSettings { consent_timeout, ..settings() });
    house.join_browser(1, &mut a);
    house.join_browser(2, &mut b);
    let lost = |house: &House| house.happened(EngineEvent::ConsentLost { leg: LegId(1) });
    let seconds = |house: &mut House, count: u32, a: &mut Browser, b: &mut Browser| {
        for _ in 0..count {
            b.check(false);
            let ticks = Duration::from_secs(1).as_millis() / TICK.as_millis();
            house.ticks(ticks as usize, &mut [&mut *a, &mut *b]);
        }
    };
    a.talks = false;
    seconds(&mut house, 3, &mut a, &mut b);
    assert_eq!(lost(&house), 0);
    seconds(&mut house, 3, &mut a, &mut b);
    assert_eq!(lost(&house), 1);
    a.forget();
    seconds(&mut house, 6, &mut a, &mut b);
    assert!(a.headers.is_empty() && a.reports.is_empty(), "it does not want to be sent to");
    assert_eq!(lost(&house), 1);

    a.check(true);
    a.talks = true;
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW), "it was only a long tunnel");
    a.talks = false;
    seconds(&mut house, 6, &mut a, &mut b);
    assert_eq!(lost(&house), 2);
    assert_eq!(house.happened(EngineEvent::ConsentLost { leg: LegId(2) }), 0);
}

#[test]
fn who_never_comes_is_told_of_as_well() {
    let consent_timeout = Duration::from_secs(2);
    let mut house = House::with(EngineSettings { consent_timeout, ..settings() });
    house.engine.reserve_browser(LegId(1), ROOM).unwrap();
    house.ticks(90, &mut []);
    let lost = EngineEvent::ConsentLost { leg: LegId(1) };
    assert_eq!(house.happened(lost.clone()), 0);
    house.ticks(200, &mut []);
    assert_eq!(house.happened(lost), 1);
}

#[test]
fn a_loss_that_finds_the_ring_full_is_told_later() {
    let consent_timeout = Duration::from_secs(1);
    let mut house = House::with(EngineSettings { consent_timeout, events_max: 1, ..settings() });
    for leg in 1..=3 {
        house.engine.reserve_browser(LegId(leg), ROOM).unwrap();
    }
    for _ in 0..400 {
        house.worker.tick(house.worker.next_due());
    }
    for leg in 1..=3 {
        house.ticks(60, &mut []);
        assert_eq!(house.happened(EngineEvent::ConsentLost { leg: LegId(leg) }), 1);
    }
}

#[test]
fn browsers_come_by_both_families_and_change_between_them() {
    let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let browser = Some(BrowserPort { ips: vec![LOOPBACK, v6], advertised_ips: vec![], port: 0 });
    let mut house = House::with(EngineSettings { browser, ..settings() });
    let addresses = house.engine.browser_addresses().remove(0);
    assert_eq!(addresses[0].port(), addresses[1].port(), "one port number");
    let (mut a, mut b) = (Browser::new(LOW), Browser::with(v6, Profile::AeadAes128Gcm, HIGH));
    house.join_browser(1, &mut a);
    house.join_browser(2, &mut b);
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW));
    assert!(a.is_answered() && b.is_answered());

    let moved = Browser::with(v6, Profile::AeadAes128Gcm, LOW);
    (a.socket, a.server) = (moved.socket, addresses[1]);
    a.check(true);
    a.forget();
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW));
    assert_eq!(paths_of(&house, 1).last(), Some(&a.address()));
}

#[test]
fn ipv4_and_ipv6_can_have_all_of_the_machines_addresses() {
    let any = ["0.0.0.0".parse().unwrap(), "::".parse().unwrap()];
    let told: Vec<IpAddr> = vec![LOOPBACK, IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let browser = BrowserPort { ips: any.to_vec(), advertised_ips: told, port: 0 };
    let mut house = House::with(EngineSettings { browser: Some(browser), ..settings() });
    let mut a = Browser::new(LOW);
    let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let mut b = Browser::with(v6, Profile::AeadAes128Gcm, HIGH);
    house.join_browser(1, &mut a);
    house.join_browser(2, &mut b);
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW));
    assert_eq!(paths_of(&house, 1), [a.address()], "IPv4 is called so");
}

#[test]
fn behind_a_nat_the_address_outside_is_told() {
    let outside: IpAddr = "203.0.113.7".parse().unwrap();
    let browser = BrowserPort { ips: vec![LOOPBACK], advertised_ips: vec![outside], port: 0 };
    let mut house = House::with(EngineSettings { browser: Some(browser), ..settings() });
    let bound = house.engine.browser_addresses()[0][0];
    let place = house.engine.reserve_browser(LegId(1), ROOM).unwrap();
    assert_eq!(place.candidates, [SocketAddr::new(outside, bound.port())]);
    // What comes to the address inside is served all the same.
    let mut a = Browser::new(LOW);
    (a.server, a.credentials) = (bound, Some(place.credentials));
    house.work();
    a.check(true);
    house.work();
    a.listen();
    assert!(a.is_answered());
}

#[test]
fn a_browser_that_tries_many_addresses_is_known_by_the_latest() {
    let (mut a, mut b) = (Browser::new(LOW), Browser::new(HIGH));
    let mut house = House::new();
    house.join_browser(1, &mut a);
    house.join_browser(2, &mut b);
    let mut sockets = Vec::new();
    for _ in 0..30 {
        let moved = Browser::new(LOW);
        sockets.push(std::mem::replace(&mut a.socket, moved.socket));
        a.check(false);
        house.work();
        a.listen();
        assert!(a.is_answered());
    }
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(b.hears(LOW));
    a.check(true);
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH));
}
