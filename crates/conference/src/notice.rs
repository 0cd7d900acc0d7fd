//! What programs outside are told of a conference: that it is on, who came and went, whose call failed. That is
//! less than its pages see, and each of it is told once.
//!
//! A [`Herald`] follows what a session wants done and picks it out, so that nothing that happens in a session
//! can go untold or be told in another order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::call::Via;
use crate::ending::Ending;
use crate::ids::{ConferenceKey, ParticipantId, RecordingId};
use crate::record::{CallRecord, Conference};
use crate::recording::{RecordingEnd, RecordingEnding};
use crate::session::Effect;
use crate::text::Title;
use crate::view::{ConferenceState, Event, ParticipantView};

/// One thing that has happened. Serialises to what is sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Notice {
    /// What.
    #[serde(rename = "type")]
    pub kind: NoticeKind,
    /// When.
    pub timestamp: Timestamp,
    /// Where, and to whom.
    pub data: NoticeData,
}

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum NoticeKind {
    /// Somebody is there, or on the way: nobody was before.
    #[serde(rename = "conference.active")]
    ConferenceActive,
    /// The last has left.
    #[serde(rename = "conference.resting")]
    ConferenceResting,
    /// It is over for good.
    #[serde(rename = "conference.ended")]
    ConferenceEnded,
    /// It has another URL, and so another key.
    #[serde(rename = "conference.rotated")]
    ConferenceRotated,
    /// Somebody is in.
    #[serde(rename = "participant.joined")]
    ParticipantJoined,
    /// Somebody who was in has left.
    #[serde(rename = "participant.left")]
    ParticipantLeft,
    /// A call ended before whom it was for was in.
    #[serde(rename = "call.failed")]
    CallFailed,
    /// A recording is over, and its files are there.
    #[serde(rename = "recording.ready")]
    RecordingReady,
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoticeData {
    /// The key of the conference's URL.
    pub conference: ConferenceKey,
    /// Its title.
    pub title: Title,
    /// Who came, or went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant: Option<NoticedParticipant>,
    /// What was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording: Option<NoticedRecording>,
}

impl NoticeData {
    /// Of a conference, and so far of nothing in it.
    fn about(conference: &Conference) -> Self {
        let (conference, title) = (conference.key, conference.title.clone());
        Self { conference, title, participant: None, recording: None }
    }

    fn told(self, kind: NoticeKind, timestamp: Timestamp) -> Notice {
        Notice { kind, timestamp, data: self }
    }
}

/// A recording that is over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NoticedRecording {
    /// By what the API knows it.
    pub id: RecordingId,
    /// How it ended.
    pub ending: RecordingEnding,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How long it plays, in seconds.
    pub duration_s: f64,
}

/// Somebody who came or went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoticedParticipant {
    /// Who, among those of the same session.
    pub id: ParticipantId,
    /// The name that was given, or the number, masked.
    pub label: String,
    /// How they came.
    pub via: Via,
    /// When their call began.
    pub began_at: Option<Timestamp>,
    /// When it was answered, if it was.
    pub answered_at: Option<Timestamp>,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub ending: Option<Ending>,
}

impl NoticeKind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConferenceActive => "conference.active",
            Self::ConferenceResting => "conference.resting",
            Self::ConferenceEnded => "conference.ended",
            Self::ConferenceRotated => "conference.rotated",
            Self::ParticipantJoined => "participant.joined",
            Self::ParticipantLeft => "participant.left",
            Self::CallFailed => "call.failed",
            Self::RecordingReady => "recording.ready",
        }
    }
}

/// Follows one session.
#[derive(Debug, Default)]
pub struct Herald {
    state: Option<ConferenceState>,
    is_rotated: bool,
    guests: BTreeMap<ParticipantId, Guest>,
}

/// What is known of somebody who is there.
#[derive(Debug)]
struct Guest {
    label: String,
    is_in: bool,
}

impl Herald {
    /// From now on the end of the session is that of a URL, and not of the conference.
    pub fn rotated(&mut self) {
        self.is_rotated = true;
    }

    /// What programs are told of an effect that comes at `now`, if anything.
    pub fn hear(
        &mut self,
        conference: &Conference,
        effect: &Effect,
        now: Timestamp,
    ) -> Option<Notice> {
        let (kind, participant) = match effect {
            Effect::Publish(Event::Conference(status)) => (self.turn(status.state)?, None),
            Effect::Publish(Event::Participant(view)) => {
                (NoticeKind::ParticipantJoined, Some(self.meet(view)?))
            }
            Effect::Record(record) => {
                let (kind, participant) = self.part(record);
                (kind, Some(participant))
            }
            _ => return None,
        };
        Some(NoticeData { participant, ..NoticeData::about(conference) }.told(kind, now))
    }

    /// What programs are told once a recording of it is over.
    #[must_use]
    pub fn recorded(conference: &Conference, id: RecordingId, end: &RecordingEnd) -> Notice {
        let RecordingEnd { ended_at, ending, duration, .. } = *end;
        let duration_s = duration.as_secs_f64();
        let recording = Some(NoticedRecording { id, ending, ended_at, duration_s });
        NoticeData { recording, ..NoticeData::about(conference) }
            .told(NoticeKind::RecordingReady, ended_at)
    }

    /// The conference is in this state, which may be no news.
    fn turn(&mut self, state: ConferenceState) -> Option<NoticeKind> {
        let before = self.state.replace(state).unwrap_or(ConferenceState::Resting);
        (before != state).then_some(match state {
            ConferenceState::Active => NoticeKind::ConferenceActive,
            ConferenceState::Resting => NoticeKind::ConferenceResting,
            ConferenceState::Ended if self.is_rotated => NoticeKind::ConferenceRotated,
            ConferenceState::Ended => NoticeKind::ConferenceEnded,
        })
    }

    /// Somebody is seen; it is news when they are in for the first time.
    fn meet(&mut self, view: &ParticipantView) -> Option<NoticedParticipant> {
        let guest = self.guests.entry(view.id);
        let guest = guest.or_insert_with(|| Guest { label: String::new(), is_in: false });
        guest.label.clone_from(&view.label);
        let was_in = guest.is_in;
        guest.is_in |= view.state == "in";
        (guest.is_in && !was_in).then(|| NoticedParticipant {
            id: view.id,
            label: view.label.clone(),
            via: view.via,
            began_at: None,
            answered_at: None,
            ended_at: None,
            ending: None,
        })
    }

    /// Somebody is gone.
    fn part(&mut self, record: &CallRecord) -> (NoticeKind, NoticedParticipant) {
        let guest = self.guests.remove(&record.participant);
        let was_in = guest.as_ref().is_some_and(|guest| guest.is_in);
        let kind = if was_in { NoticeKind::ParticipantLeft } else { NoticeKind::CallFailed };
        let participant = NoticedParticipant {
            id: record.participant,
            label: guest.map(|guest| guest.label).unwrap_or_default(),
            via: record.via,
            began_at: Some(record.began_at),
            answered_at: record.answered_at,
            ended_at: Some(record.ended_at),
            ending: Some(record.ending),
        };
        (kind, participant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// A session whose effects a herald follows.
    struct Followed {
        session: Session,
        admission: Admission,
        herald: Herald,
        told: Vec<Notice>,
    }

    impl Followed {
        fn new() -> Self {
            let conference = Conference {
                key: ConferenceKey::from_random([7; 16]),
                subscriber: SubscriberId::new(1),
                title: "Planning".parse().unwrap(),
                schedule: None,
                dial_in_code: DialInCode::from_random([7; 8]),
                dial_in_number: None,
                access: Access { press_1: Some(false), ..Access::default() },
                placement: None,
                created_at: at(0),
                ended_at: None,
            };
            Self {
                session: Session::new(conference, Policy::default()),
                admission: Admission::new(Policy::default()),
                herald: Herald::default(),
                told: Vec::new(),
            }
        }

        fn call(&mut self, second: i64) -> ParticipantId {
            let number = PhoneNumber::parse("06 12 34 56 78", Country::DEFAULT).unwrap();
            let client = ClientAddress::from(std::net::IpAddr::from([192, 0, 2, 1]));
            let conference = self.session.conference().clone();
            let request = CallRequest {
                conference: &conference,
                number: &number,
                client,
                is_called: false,
                standing: Standing::default(),
            };
            let load = self.session.load();
            let permit = self.admission.place_call(at(second), request, load, load).unwrap();
            let arrival = Arrival::CallMe {
                secret: CallSecret::from_random([second as u8; 16]),
                number: number.clone(),
                name: None,
                role: Role::default(),
                browser: None,
            };
            let id = self.session.arrive(at(second), arrival, permit);
            self.listen(second);
            id
        }

        fn input(&mut self, second: i64, input: Input) {
            self.session.handle(at(second), input);
            self.listen(second);
        }

        fn answer(&mut self, second: i64, participant: ParticipantId) {
            for progress in [Progress::Ringing, Progress::Answered, Progress::Joined] {
                self.input(second, Input::Progress { participant, progress });
            }
        }

        fn listen(&mut self, second: i64) {
            while let Some(effect) = self.session.poll_effect() {
                let conference = self.session.conference();
                self.told.extend(self.herald.hear(conference, &effect, at(second)));
            }
        }

        fn kinds(&self) -> Vec<&'static str> {
            self.told.iter().map(|notice| notice.kind.as_str()).collect()
        }
    }

    #[test]
    fn each_thing_is_told_once_and_in_order() {
        let mut it = Followed::new();
        let anna = it.call(1);
        it.answer(5, anna);
        for muted in [true, false] {
            it.input(6, Input::SetMuted { participant: anna, muted, by: MutedBy::Own });
        }
        let bert = it.call(7);
        it.input(9, Input::Over { participant: bert, ending: Ending::Busy });
        it.input(20, Input::HangUp { participant: anna });
        let expected = [
            "conference.active",
            "participant.joined",
            "call.failed",
            "participant.left",
            "conference.resting",
        ];
        assert_eq!(it.kinds(), expected);
        assert_eq!(it.told[1].timestamp, at(5));
        let failed = it.told[2].data.participant.as_ref().unwrap();
        assert_eq!((failed.ending, failed.answered_at), (Some(Ending::Busy), None));
        assert!(failed.label.ends_with("78") && !failed.label.contains("12 34"), "{failed:?}");
        assert!(it.herald.guests.is_empty(), "nobody is remembered who is gone");
    }

    #[test]
    fn the_end_is_told_after_all_who_leave() {
        let mut it = Followed::new();
        let anna = it.call(1);
        it.answer(5, anna);
        it.input(9, Input::End);
        assert_eq!(it.kinds()[2..], ["participant.left", "conference.ended"]);
        it.input(10, Input::End);
        assert_eq!(it.told.len(), 4);
    }

    #[test]
    fn another_url_is_no_end() {
        let mut it = Followed::new();
        it.herald.rotated();
        it.input(1, Input::End);
        assert_eq!(it.kinds(), ["conference.rotated"]);
    }

    #[test]
    fn a_recording_is_told_of_when_it_is_over() {
        let it = Followed::new();
        let id = RecordingId::from_random([5; 16]);
        let end = RecordingEnd {
            ended_at: at(9),
            ending: RecordingEnding::DiskFull,
            duration: std::time::Duration::from_millis(1_500),
            lost: std::time::Duration::ZERO,
            bytes: 1,
        };
        let told = Herald::recorded(it.session.conference(), id, &end);
        let sent = serde_json::to_value(&told).unwrap();
        assert_eq!(
            (&sent["type"], &sent["timestamp"]),
            (&"recording.ready".into(), &"2027-01-15T08:00:09Z".into())
        );
        let recording = serde_json::json!({
            "id": id.to_string(), "ending": "disk_full", "ended_at": "2027-01-15T08:00:09Z",
            "duration_s": 1.5,
        });
        assert_eq!(sent["data"]["recording"], recording);
    }

    #[test]
    fn what_is_sent_is_named_as_documented() {
        let mut it = Followed::new();
        let anna = it.call(1);
        it.answer(5, anna);
        let sent = serde_json::to_value(&it.told[1]).unwrap();
        assert_eq!(sent["type"], it.told[1].kind.as_str());
        assert_eq!(sent["timestamp"], "2027-01-15T08:00:05Z");
        assert_eq!(sent["data"]["conference"], it.session.conference().key.to_string());
        assert_eq!(sent["data"]["participant"]["id"], "p1");
        let sent = serde_json::to_value(&it.told[0]).unwrap();
        assert_eq!(sent["data"].get("participant"), None);
        for notice in &it.told {
            assert_eq!(serde_json::to_value(notice.kind).unwrap(), notice.kind.as_str());
        }
    }
}
