//! Another implementation than Chromium's: aiortc, by WHIP alone.

use sim::Speech;

use super::quiet_server;
use crate::support::aiortc::Aiortc;
use crate::support::baresip::{Baresip, Setup};
use crate::support::confab::Confab;

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
