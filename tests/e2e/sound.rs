//! What is said on one leg is heard on the others, through baresip and sipp; nobody hears themselves.

use audio::Rate;
use serde_json::Value;
use sim::Speech;
use sim::correlate::Match;

use crate::support::baresip::{Baresip, Setup};
use crate::support::confab::{Confab, Options};
use crate::support::{eventually, sipp, sound};

fn quiet_server() -> Options {
    Options::default().set("conferences.announce_alone", false).set("prompts.music", false)
}

#[test]
fn callers_in_different_codecs_and_a_called_phone_hear_each_other() {
    let called = Baresip::start(Setup { says: Some(Speech::Amiable), codec: "pcmu" });
    let confab = Confab::start(Options { trunk: Some(called.sip()), ..quiet_server() });
    let conference = confab.api().conference("Everybody");
    let mut events = conference.events();
    let wide = Baresip::start(Setup { says: Some(Speech::Respectable), codec: "g722" });
    wide.dial(&conference.code, confab.sip_udp());
    let path = conference.call("01 99 00 00 01");
    called.wait_established();
    called.wait_heard(Speech::Respectable);
    wide.wait_heard(Speech::Amiable);

    // A third one, which sipp plays.
    let talker = sipp::caller("uac_talk", confab.sip_udp(), &conference.code);
    let talker = talker.says(Speech::Cards).with(&["-d", "12000"]).start();
    called.wait_heard(Speech::Cards);
    wide.wait_heard(Speech::Cards);
    events.wait("somebody speaks", |event| event.data["speaking"] == true);

    assert!(called.find(Speech::Amiable).is_not_heard(), "{:?}", called.find(Speech::Amiable));
    assert!(wide.find(Speech::Respectable).is_not_heard(), "{:?}", wide.find(Speech::Respectable));
    talker.succeed();
    assert_eq!(conference.api.delete(&path).status, 204);
    eventually("the called phone is hung up", || called.was_hung_up().then_some(()));
    wide.hang_up();
    confab.wait_until_empty();
}

#[test]
fn two_phones_speak_opus() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Opus");
    let setups =
        [Speech::IllDisposed, Speech::Cards].map(|says| Setup { says: Some(says), codec: "opus" });
    let [first, second] = setups.map(Baresip::start);
    first.dial(&conference.code, confab.sip_udp());
    second.dial(&conference.code, confab.sip_udp());
    first.wait_heard(Speech::Cards);
    second.wait_heard(Speech::IllDisposed);
    assert!(first.find(Speech::IllDisposed).is_not_heard());
    assert!(second.find(Speech::Cards).is_not_heard());
}

#[test]
fn star_six_mutes_and_unmutes_with_a_tone_for_the_caller() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Muted");
    let mut events = conference.events();
    let talker = Baresip::start(Setup { says: Some(Speech::Amiable), codec: "pcma" });
    talker.dial(&conference.code, confab.sip_udp());
    let listener = Baresip::start(Setup { says: None, codec: "pcma" });
    listener.dial(&conference.code, confab.sip_udp());
    listener.wait_heard(Speech::Amiable);
    let quiet_before = loudest(&talker.heard()[talker.heard().len() / 2..]);

    talker.press("*6");
    events.wait("the caller is muted", |event| is_muted(&event.data, true));
    eventually("a tone", || (loudest(&talker.heard()) > quiet_before + 0.01).then_some(()));
    let found = hears_for(&listener, Speech::Amiable, HOLD_SECONDS);
    assert!(found.is_not_heard(), "{found:?}");

    talker.press("*6");
    events.wait("the caller is heard again", |event| is_muted(&event.data, false));
    listener.wait_heard_again(Speech::Amiable);
}

#[test]
fn a_phone_on_hold_is_not_heard_and_comes_back() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Hold");
    let holder = Baresip::start(Setup { says: Some(Speech::Amiable), codec: "pcma" });
    holder.dial(&conference.code, confab.sip_udp());
    let listener = Baresip::start(Setup { says: None, codec: "pcma" });
    listener.dial(&conference.code, confab.sip_udp());
    listener.wait_heard(Speech::Amiable);

    holder.hold();
    eventually("the hold is agreed", || holder.output().contains("hold sip:").then_some(()));
    let found = hears_for(&listener, Speech::Amiable, HOLD_SECONDS);
    assert!(found.is_not_heard(), "{found:?}");

    holder.resume();
    listener.wait_heard_again(Speech::Amiable);
}

/// How long it is listened to somebody who must not be heard: longer than what they say.
const HOLD_SECONDS: usize = 8;

/// Looks for `speech` in what `listener` hears in the next seconds.
fn hears_for(listener: &Baresip, speech: Speech, seconds: usize) -> Match {
    sound::find(speech, &listener.listen_for(seconds), Rate::Hz8000)
}

fn is_muted(participant: &Value, muted: bool) -> bool {
    participant["muted"] == muted
}

fn loudest(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |loudest, sample| loudest.max(sample.abs()))
}
