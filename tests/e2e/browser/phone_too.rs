//! Somebody who is in by browser and has their phone rung: one person, who talks by one of them at a time.

use sim::Speech;

use super::{people, quiet_server};
use crate::support::baresip::{Baresip, Setup};
use crate::support::browser::Browser;
use crate::support::confab::{Confab, Options};
use crate::support::{eventually, sound};

#[test]
fn the_phone_takes_over_from_the_browser_and_gives_back() {
    let called = Baresip::start(Setup { says: Some(Speech::Respectable), codec: "pcmu" });
    let confab = Confab::start(Options { trunk: Some(called.sip()), ..quiet_server() });
    let conference = confab.api().conference("One person");
    let guest = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    guest.dial(&conference.code, confab.sip_udp());
    let mut alice = Browser::chromium(Some(Speech::Amiable));
    alice.join(&conference.url, "Alice");
    guest.wait_heard(Speech::Amiable);
    alice.wait_heard(Speech::Cards);

    alice.call_me("01 99 00 00 01");
    called.wait_established();
    alice.wait_visible("#browser[data-held='true']");
    called.wait_heard(Speech::Cards);
    guest.wait_heard(Speech::Respectable);
    alice.wait_until("document.querySelectorAll('#people li').length === 2");
    alice.wait_visible("#people [data-me][data-on-phone='true']");
    alice.picture("15-on-the-phone");
    assert_eq!(people(&conference).len(), 3);

    // The browser is quiet both ways, and the two never hear each other.
    let heard = sound::find(Speech::Amiable, &guest.listen_for(5), audio::Rate::Hz8000);
    assert!(heard.is_not_heard(), "{heard:?}");
    assert!(called.find(Speech::Amiable).is_not_heard());
    assert!(alice.find(Speech::Respectable).is_not_heard());

    called.hang_up();
    alice.wait_visible("#browser[data-held='false']");
    guest.wait_heard_again(Speech::Amiable);
    alice.wait_heard_again(Speech::Cards);
    eventually("two are left", || (people(&conference).len() == 2).then_some(()));
}
