//! A subscriber's way in real Chromium, from the operator's list to talking in a conference of their own.

use serde_json::json;
use sim::Speech;

use super::quiet_server;
use crate::support::baresip::{Baresip, Setup};
use crate::support::browser::Browser;
use crate::support::confab::Confab;
use crate::support::eventually;

#[test]
fn a_subscriber_signs_in_makes_a_conference_talks_there_and_gives_it_another_url() {
    let confab = Confab::start(quiet_server());
    let api = confab.api();
    let body = json!({ "mail": "anna@example.com", "name": "Anna <b>Lima</b>" });
    let created = api.post("/api/v1/subscribers", body);
    assert_eq!(created.status, 201, "{}", created.body);
    let id = &created.body["subscribers"][0]["id"];
    let link = api.post(&format!("/api/v1/subscribers/{id}/sign-in-link"), json!({})).body;

    let mut anna = Browser::chromium(Some(Speech::Amiable));
    anna.open(link["url"].as_str().expect("a link"));
    anna.click("#sign-in");
    anna.wait_visible("#account");
    let name = anna.wait_until("document.querySelector('#account-name').textContent");
    assert_eq!(name, "Anna <b>Lima</b>", "only text");

    anna.ask(&json!(["fill", "#title", "Planning"]));
    anna.click("#create");
    anna.wait_visible("#created");
    let url = anna.wait_until("document.querySelector('#created-url').value");
    let url = url.as_str().expect("a URL").to_owned();
    let code = anna.wait_until("document.querySelector('#created-dial-in').textContent");
    let code = code.as_str().expect("a code").replace(' ', "");
    let guest = Baresip::start(Setup { says: Some(Speech::Cards), codec: "pcma" });
    guest.dial(&code, confab.sip_udp());
    anna.join(&url, "Anna");
    anna.wait_heard(Speech::Cards);
    guest.wait_heard(Speech::Amiable);

    // The URL was told to too many: those who are there by it are out, and it leads nowhere.
    anna.open(confab.api().url("/").as_str());
    anna.wait_visible("#conferences li");
    anna.click("#conferences [data-action='rotate']");
    anna.click("#confirm-yes");
    let key = url.rsplit('/').next().expect("a key");
    anna.wait_until(&format!(
        "![null, '{key}'].includes(document.querySelector('#conferences li')?.dataset.conference ?? null)"
    ));
    eventually("the guest is out", || guest.was_hung_up().then_some(()));
    assert_eq!(api.get(&format!("/api/v1/conferences/{key}")).status, 404);

    anna.click("#sign-out");
    anna.wait_visible("#token");
}
