use std::time::Duration;

use serde_json::{json, to_value};

use super::*;
use crate::access::Access;
use crate::ids::{ConferenceKey, SubscriberId};
use crate::quality::Measured;

fn now() -> Timestamp {
    "2026-11-24T13:00:00Z".parse().unwrap()
}

fn conference() -> Conference {
    Conference {
        key: ConferenceKey::from_random([0; 16]),
        subscriber: SubscriberId::new(1),
        title: "Planning <b>".parse().unwrap(),
        schedule: None,
        dial_in_code: "12345678".parse().unwrap(),
        dial_in_number: None,
        access: Access::default(),
        placement: None,
        created_at: now(),
        ended_at: None,
    }
}

#[test]
fn an_ended_conference_is_not_open() {
    let status = ConferenceStatus::new(
        &Conference { ended_at: Some(now()), ..conference() },
        &Policy::default(),
        Activity::default(),
        now(),
    );
    assert_eq!(
        to_value(status).unwrap(),
        json!({"state": "ended", "open": false, "opens_at": null, "locked": false, "gathers_at": null, "recording": null})
    );
}

#[test]
fn events_have_names_and_plain_data() {
    let id = ParticipantId::new(7);
    let participant = ParticipantView {
        id,
        label: "Anna".to_owned(),
        via: Via::CallMe,
        with: Some(ParticipantId::new(3)),
        role: Role::Host,
        state: "in",
        muted: true,
        muted_by: Some(MutedBy::Host),
        held: false,
        speaking: false,
        hand: true,
        said_name: true,
        volume_db: -6,
        whispers_to: None,
        breakout: Breakout::new(2),
        quality: None,
        joined_at: Some(now()),
    };
    let event = Event::Participant(participant);
    assert_eq!(event.name(), "participant");
    assert_eq!(
        to_value(event).unwrap(),
        json!({
            "id": "p7", "label": "Anna", "via": "call_me", "with": "p3", "role": "host", "state": "in",
            "muted": true, "muted_by": "host", "held": false, "speaking": false, "hand": true, "said_name": true,
            "volume_db": -6, "whispers_to": null, "breakout": 2,
            "quality": null, "joined_at": "2026-11-24T13:00:00Z",
        })
    );
    let event = Event::Speaking { id, speaking: false };
    assert_eq!(event.name(), "speaking");
    assert_eq!(to_value(event).unwrap(), json!({"id": "p7", "speaking": false}));
    let event = Event::Left { id, ending: Ending::NoAnswer };
    assert_eq!(event.name(), "left");
    assert_eq!(to_value(event).unwrap(), json!({"id": "p7", "ending": "no_answer"}));
    let event = Event::UnmuteAsked { id };
    assert_eq!(event.name(), "unmute_asked");
    assert_eq!(to_value(event).unwrap(), json!({"id": "p7"}));
}

#[test]
fn quality_is_told_as_a_snapshot_has_it() {
    let measured = Measured {
        mos: 4.4,
        loss: 0.0,
        loss_out: None,
        jitter: Duration::from_millis(3),
        round_trip: Some(Duration::from_millis(25)),
    };
    let quality = Quality::new(measured, None);
    let event = Event::Quality { id: ParticipantId::new(7), quality };
    assert_eq!(event.name(), "quality");
    let mut data = to_value(event).unwrap();
    assert_eq!(data["id"].take(), json!("p7"));
    data.as_object_mut().unwrap().remove("id");
    assert_eq!(data, to_value(quality).unwrap());
}

#[test]
fn a_call_is_shown_to_its_owner_with_state_and_ending() {
    let call = CallView {
        id: CallSecret::from_random([0; 16]),
        participant: ParticipantId::new(1),
        via: Via::CallMe,
        number: Some("+33 • •• •• •• 78".to_owned()),
        state: CallState::Ended(Ending::Busy),
        muted: false,
    };
    assert_eq!(
        to_value(call).unwrap(),
        json!({
            "id": "0".repeat(26), "participant": "p1", "via": "call_me",
            "number": "+33 • •• •• •• 78",
            "state": "ended", "ending": "busy", "muted": false,
        })
    );
}
