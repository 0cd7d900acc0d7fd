//! Mute: by the page's button, by the keyboard, and by the host, who can ask for its end but not force it.

use sim::Speech;
use sim::correlate::Match;

use super::{quiet_server, set_muted};
use crate::support::baresip::{Baresip, Setup};
use crate::support::browser::Browser;
use crate::support::confab::Confab;
use crate::support::sound;

/// Longer than what is said, twice over.
const SILENCE_SECONDS: usize = 6;

#[test]
fn whoever_is_muted_is_not_heard_until_they_want_to_be() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Mute");
    let mut events = conference.events();
    let phone = Baresip::start(Setup { says: None, codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    let mut alice = Browser::chromium(Some(Speech::Amiable));
    alice.join(&conference.url, "Alice");
    phone.wait_heard(Speech::Amiable);
    let alices = alice.participant();

    alice.click("#browser-mute");
    alice.wait_visible("#browser[data-muted='true'][data-muted-by='self']");
    events.wait("Alice is muted by herself", |event| event.data["muted_by"] == "self");
    alice.picture("6-muted");
    let found = hears_for(&phone, SILENCE_SECONDS);
    assert!(found.is_not_heard(), "{found:?}");

    alice.press("m");
    alice.wait_visible("#browser[data-muted='false']");
    events.wait("Alice is heard", |event| event.data["muted"] == false);
    phone.wait_heard_again(Speech::Amiable);

    // The host mutes her, which she sees.
    assert_eq!(set_muted(&conference, &alices, true).status, 200);
    alice.wait_visible("#browser[data-muted='true'][data-muted-by='host']");
    alice.picture("7-muted-by-host");
    let found = hears_for(&phone, SILENCE_SECONDS);
    assert!(found.is_not_heard(), "{found:?}");

    // Nobody opens another's microphone: she is asked, and may stay muted.
    assert!(set_muted(&conference, &alices, false).status < 300);
    events.wait("Alice is asked", |event| event.name == "unmute_asked");
    alice.wait_visible("#asked");
    alice.picture("8-asked");
    alice.click("#stay-muted");
    alice.wait_visible("#browser[data-muted='true']");
    assert!(set_muted(&conference, &alices, false).status < 300);
    alice.wait_visible("#asked");
    alice.click("#unmute");
    alice.wait_visible("#browser[data-muted='false']");
    phone.wait_heard_again(Speech::Amiable);
}

fn hears_for(phone: &Baresip, seconds: usize) -> Match {
    sound::find(Speech::Amiable, &phone.listen_for(seconds), audio::Rate::Hz8000)
}
