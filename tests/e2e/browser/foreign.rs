//! Other implementations than Chromium's: aiortc by WHIP alone, and Firefox on the page.

use sim::Speech;

use super::quiet_server;
use crate::support::aiortc::Aiortc;
use crate::support::baresip::{Baresip, Setup};
use crate::support::browser::Browser;
use crate::support::confab::Confab;
use crate::support::{eventually, sound};

#[test]
fn aiortc_joins_by_whip_hears_and_is_heard() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("By WHIP");
    let mut events = conference.events();
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    let endpoint = format!("{}/whip?name=aiortc", conference.api.url(&conference.path()));
    let client = Aiortc::join(&endpoint, Speech::Amiable);
    events.wait("it is in", |event| {
        event.progress() == Some("in") && event.data["label"] == "aiortc"
    });
    client.wait_heard(Speech::Cards);
    phone.wait_heard(Speech::Amiable);
    assert!(client.does_not_hear(Speech::Amiable));
    client.leave();
    events.wait_for("left");
    phone.hang_up();
    confab.wait_until_empty();
}

#[test]
fn firefox_joins_hears_and_is_heard() {
    const TONE_HZ: u32 = 700;
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("In Firefox");
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    let mut firefox = Browser::firefox(TONE_HZ);
    firefox.join(&conference.url, "Fay");
    firefox.picture("16-firefox");
    firefox.wait_heard(Speech::Cards);
    eventually("the phone hears the tone", || {
        let heard = phone.heard();
        let last = &heard[heard.len().saturating_sub(8_000)..];
        (sound::share_of_tone(last, TONE_HZ, 8_000) > 0.5).then_some(())
    });
    firefox.click("#leave");
    firefox.wait_state("ended");
    phone.hang_up();
    confab.wait_until_empty();
}
