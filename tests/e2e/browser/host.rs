//! Hosts and PINs: real Chromium with the host's link, and phones that wait, are let in, muted and locked out.

use serde_json::json;
use sim::Speech;

use super::quiet_server;
use crate::support::baresip::{Baresip, Setup};
use crate::support::browser::Browser;
use crate::support::confab::Confab;
use crate::support::{eventually, sipp, sound};

#[test]
fn a_host_lets_a_phone_in_mutes_all_and_locks() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference_with("In charge", json!({ "lobby": true }));
    let mut host = Browser::chromium(Some(Speech::Amiable));
    host.join(&conference.host_url, "Anna");
    host.wait_visible("#host-bar");
    let guest = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    guest.dial(&conference.code, confab.sip_udp());
    host.wait_visible("[data-state='in_lobby'] .person-admit");
    let heard = sound::find(Speech::Amiable, &guest.listen_for(3), audio::Rate::Hz8000);
    assert!(heard.is_not_heard(), "before it is let in: {heard:?}");
    assert!(host.find(Speech::Cards).is_not_heard());
    host.picture("20-lobby");
    host.click("[data-state='in_lobby'] .person-admit");
    guest.wait_heard(Speech::Amiable);
    host.wait_heard(Speech::Cards);

    guest.press("*9");
    host.wait_visible("[data-via='dial_in'] .person-hand");
    host.click("#mute-all");
    host.wait_visible("[data-via='dial_in'][data-muted='true']");
    host.click("#lock");
    host.wait_visible("#locked");
    host.picture("21-in-charge");
    let caller = sipp::caller("uac_refused", confab.sip_udp(), &conference.code);
    caller.replace("STATUS", 403).start().succeed();

    let mut stranger = Browser::chromium(None);
    stranger.permit_microphone("granted");
    stranger.open(&conference.url);
    stranger.wait_visible("#locked");
    stranger.click("#join");
    stranger.wait_visible("#join-problem");
    host.click("[data-via='dial_in'] .person-more");
    host.click("[data-via='dial_in'] .person-remove");
    host.click("#confirm-yes");
    eventually("the guest is out", || guest.was_hung_up().then_some(()));
    assert_eq!(host.complaints(), json!([]));
}

#[test]
fn a_pin_is_typed_on_the_phone_and_on_the_page() {
    let confab = Confab::start(quiet_server());
    let access = json!({ "pin": "2468", "host_pin": "13579" });
    let conference = confab.api().conference_with("With a PIN", access);
    let mut events = conference.events();
    let guest = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcmu" });
    guest.dial(&conference.code, confab.sip_udp());
    events.wait_for("entering_pin");
    guest.press("1111#2468#");
    assert_eq!(events.wait_for("in").data["role"], "guest");

    let mut anna = Browser::chromium(Some(Speech::Amiable));
    anna.permit_microphone("granted");
    anna.open(&conference.url);
    anna.wait_visible("#pin");
    anna.click("#join");
    anna.wait_visible("#pin-error");
    anna.ask(&json!(["fill", "#pin", "13579"]));
    anna.click("#join");
    anna.wait_state("in");
    anna.wait_visible("#host-bar");
    guest.wait_heard(Speech::Amiable);
    anna.wait_heard(Speech::Cards);
    anna.click("[data-via='dial_in'] .person-mute");
    anna.wait_visible("[data-via='dial_in'][data-muted='true']");
}
