//! Browsers and phones in one room: all hear each other, and nobody themselves.

use serde_json::{Value, json};
use sim::Speech;

use super::{people, quiet_server};
use crate::support::baresip::{Baresip, Setup};
use crate::support::browser::Browser;
use crate::support::confab::Confab;
use crate::support::eventually;

#[test]
fn two_browsers_and_a_phone_hear_each_other_until_they_leave() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Everybody");
    let mut events = conference.events();
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    let mut alice = Browser::chromium(Some(Speech::Amiable));
    alice.picture("1-idle");
    alice.join(&conference.url, "Alice");
    let mut bob = Browser::chromium(Some(Speech::Respectable));
    bob.join(&conference.url, "Bob");

    alice.wait_heard(Speech::Cards);
    alice.wait_heard(Speech::Respectable);
    bob.wait_heard(Speech::Cards);
    bob.wait_heard(Speech::Amiable);
    phone.wait_heard(Speech::Amiable);
    phone.wait_heard(Speech::Respectable);
    let own =
        [alice.find(Speech::Amiable), bob.find(Speech::Respectable), phone.find(Speech::Cards)];
    assert!(own.iter().all(|own| own.is_not_heard()), "somebody hears themselves: {own:?}");

    // All three are on the page, with who speaks; and nothing was refused or went wrong there.
    alice.wait_until("document.querySelectorAll('#people li').length === 3");
    alice.wait_visible("#people [data-speaking='true']");
    alice.picture("2-in");
    assert_eq!(alice.complaints(), json!([]));

    bob.click("#leave");
    bob.wait_state("ended");
    bob.picture("3-left");
    events.wait_for("left");

    let alices = alice.participant();
    let path = format!("{}/participants/{alices}", conference.path());
    assert_eq!(conference.api.delete(&path).status, 204);
    alice.wait_state("ended");
    assert_eq!(alice.wait_until("document.querySelector('#browser').dataset.ending"), "removed");
    alice.picture("4-removed");
    events.wait_for("removed");
    phone.hang_up();
    confab.wait_until_empty();
}

#[test]
fn a_page_that_is_reloaded_comes_back_as_one_person() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Again");
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    let mut alice = Browser::chromium(Some(Speech::Amiable));
    alice.join(&conference.url, "Alice");
    phone.wait_heard(Speech::Amiable);
    let before = alice.participant();

    alice.reload();
    alice.wait_state("in");
    // Chromium may want a tap on a page that nobody has touched yet.
    alice.wait_until("document.querySelector('#sound').srcObject !== null");
    if alice.ask(&json!(["evaluate", "document.querySelector('#browser').dataset.sound"]))
        == "blocked"
    {
        alice.picture("5-tap-to-hear");
        alice.click("#tap-to-hear");
    }
    phone.wait_heard_again(Speech::Amiable);
    alice.wait_heard(Speech::Cards);
    assert_ne!(alice.participant(), before);
    eventually("the one before has left", || (people(&conference).len() == 2).then_some(()));
    let named = |person: &Value| person["label"] == "Alice";
    assert_eq!(people(&conference).iter().filter(|person| named(person)).count(), 1);

    // A tab that is closed leaves, too.
    alice.open("about:blank");
    eventually("the browser has left", || (people(&conference).len() == 1).then_some(()));
}
