//! Networks that lose packets, go away or block UDP, and a server that is started again.

use std::net::SocketAddr;

use serde_json::Value;
use sim::Speech;

use super::{people, quiet_server};
use crate::support::baresip::{Baresip, Setup};
use crate::support::browser::Browser;
use crate::support::confab::Confab;
use crate::support::free_ports;
use crate::support::relay::Relay;

/// A server that tells browsers to come by the relay in front of it.
fn relayed_server() -> (Confab, Relay) {
    let server = SocketAddr::from(([127, 0, 0, 1], free_ports()));
    let confab = Confab::start(
        quiet_server()
            .set("browser.port", server.port())
            .set("browser.advertised_addresses", format!("[\"{}\"]", Relay::IP)),
    );
    (confab, Relay::start(server))
}

#[test]
fn a_browser_changes_networks_without_leaving_the_room() {
    let (confab, relay) = relayed_server();
    let conference = confab.api().conference("On the train");
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    let mut alice = Browser::chromium(Some(Speech::Amiable));
    alice.join(&conference.url, "Alice");
    alice.wait_heard(Speech::Cards);
    phone.wait_heard(Speech::Amiable);
    let before = alice.participant();
    assert!(relay.passed() > 0);

    relay.cut();
    alice.wait_state("reconnecting");
    alice.picture("9-reconnecting");
    alice.wait_state("in");
    alice.wait_heard_again(Speech::Cards);
    phone.wait_heard_again(Speech::Amiable);
    assert_eq!(alice.participant(), before);
    assert_eq!(people(&conference).len(), 2);
}

#[test]
fn losses_are_made_good_and_shown() {
    const LOST_ONE_IN: u32 = 8;
    let (confab, relay) = relayed_server();
    let conference = confab.api().conference("Bad reception");
    let mut events = conference.events();
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    let mut alice = Browser::chromium(Some(Speech::Amiable));
    alice.join(&conference.url, "Alice");
    phone.wait_heard(Speech::Amiable);
    let alices = alice.participant();

    relay.lose_one_in(LOST_ONE_IN);
    let event = events.wait("losses of Alice's sound", |event| {
        event.name == "quality"
            && event.data["id"] == alices.as_str()
            && event.data["loss"].as_f64().is_some_and(|loss| loss > 0.05)
    });
    assert!(event.data["mos"].as_f64().is_some_and(|mos| (1.0..4.5).contains(&mos)), "{event:?}");
    phone.wait_heard_again(Speech::Amiable);
    alice.wait_heard_again(Speech::Cards);
    alice.picture("10-losses");
    assert!(relay.lost() > 0);
}

#[test]
fn a_browser_that_vanishes_is_gone_from_the_room() {
    let (confab, relay) = relayed_server();
    let conference = confab.api().conference("Vanished");
    let mut events = conference.events();
    let mut alice = Browser::chromium(Some(Speech::Amiable));
    alice.join(&conference.url, "Alice");
    // First its network is gone, and then it is off: it can't say goodbye in any way.
    relay.lose_one_in(1);
    alice.kill();
    events.wait_long("it is gone", |event| event.progress() == Some("media_lost"));
    confab.wait_until_empty();
}

#[test]
fn after_a_restart_of_the_server_the_page_joins_again() {
    let http = SocketAddr::from(([127, 0, 0, 1], free_ports()));
    let confab = Confab::start(quiet_server().set("http.listen", format!("\"{http}\"")));
    let conference = confab.api().conference("Restarted");
    let mut alice = Browser::chromium(Some(Speech::Amiable));
    alice.join(&conference.url, "Alice");

    let confab = confab.restart();
    alice.wait_until("document.querySelector('#browser').dataset.state !== 'in'");
    alice.picture("11-server-restarts");
    alice.wait_state("in");
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    alice.wait_heard(Speech::Cards);
    phone.wait_heard(Speech::Amiable);
    let names: Vec<Value> =
        people(&conference).iter().map(|person| person["label"].clone()).collect();
    assert_eq!(names.iter().filter(|name| *name == "Alice").count(), 1, "{names:?}");
}

#[test]
fn a_network_without_udp_is_crossed_by_tcp() {
    let port = free_ports();
    let confab = Confab::start(quiet_server().set("browser.tcp_port", port));
    let conference = confab.api().conference("Behind a firewall");
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    let mut alice = Browser::chromium_without_udp(Some(Speech::Amiable));
    alice.join(&conference.url, "Alice");
    alice.wait_heard(Speech::Cards);
    phone.wait_heard(Speech::Amiable);
    let connections = confab.metric("confab_ice_tcp_connections");
    assert!(connections >= 1.0, "{connections} connections");
}
