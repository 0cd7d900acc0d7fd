//! What a server is loaded with, in words.

use super::markup::Element;
use super::numbers::{figure, of};
use super::page;
use crate::plan::{Kind, Others};
use crate::result::Setup;

/// The section about it. `extent` is "up to " where there were fewer legs at times.
pub(super) fn section(target: &str, extent: &str, setup: &Setup) -> Element {
    page::section("The load").add(page::facts([
        ("Target", target.into()),
        ("Legs", format!("{extent}{}", legs(setup)).into()),
        ("Rooms", format!("{extent}{}", rooms(setup)).into()),
        ("Talkers", talkers(setup).into()),
        ("Codec", setup.codec.to_string().into()),
        ("Placed", format!("{} calls a second", figure(setup.rate_per_s)).into()),
    ]))
}

/// The load in one line.
pub(super) fn in_short(setup: &Setup) -> String {
    format!("{} · {} · {}", rooms(setup), setup.codec, talkers(setup))
}

fn legs(setup: &Setup) -> String {
    let how = match setup.kind {
        Kind::Sip => "by SIP, plain RTP",
        Kind::Browser => "browser sessions: ICE, DTLS, SRTP",
    };
    format!("{}, {how}", of(setup.rooms.saturating_mul(setup.legs_per_room), "leg"))
}

fn rooms(setup: &Setup) -> String {
    let each = if setup.rooms == 1 { "" } else { " each" };
    format!("{} of {}{each}", of(setup.rooms, "room"), of(setup.legs_per_room, "leg"))
}

fn talkers(setup: &Setup) -> String {
    let others = match setup.others {
        Others::Noise => "send the noise of a quiet room",
        Others::Muted => "send digital silence",
        Others::Dtx => "send next to nothing (DTX)",
    };
    format!("{} in each room, the others {others}", of(setup.talkers, "talker"))
}
