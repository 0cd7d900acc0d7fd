//! A microphone that the person or the browser refuses: the page says so, and offers a way on.

use sim::Speech;

use super::quiet_server;
use crate::support::baresip::{Baresip, Setup};
use crate::support::browser::Browser;
use crate::support::confab::Confab;

#[test]
fn whoever_refuses_the_microphone_can_listen_and_think_better_of_it() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Listening");
    let phone = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    phone.dial(&conference.code, confab.sip_udp());
    let mut alice = Browser::chromium(Some(Speech::Amiable));
    alice.permit_microphone("prompt");
    alice.open(&conference.url);
    alice.click("#join");
    alice.wait_state("asking");
    alice.picture("12-asking");
    alice.permit_microphone("denied");
    alice.click("#allow");
    alice.wait_visible("#browser[data-state='trouble'][data-trouble='refused']");
    alice.picture("13-refused");

    alice.click("#listen-anyway");
    alice.wait_visible("#browser[data-state='in'][data-listening='true']");
    alice.picture("14-listening");
    alice.wait_heard(Speech::Cards);

    alice.permit_microphone("granted");
    alice.click("#browser-mute");
    alice.wait_visible("#browser[data-listening='false'][data-muted='false']");
    phone.wait_heard(Speech::Amiable);
}
