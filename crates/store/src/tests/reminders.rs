//! Reminders: each is written once, and follows the set time.

use std::time::Duration;

use super::*;

on_both![
    a_reminder_is_sent_once_and_the_next_is_due_then,
    reminders_move_with_the_set_time_alone,
    what_has_not_left_is_withdrawn_with_what_it_is_about,
];

const MINUTE: i64 = 60;

/// At `start`, and each day again if it repeats; ten minutes before each, people are reminded.
fn set(start: i64, repeats: bool) -> Schedule {
    let set = SetTime {
        start: &at(start).to_string(),
        repetition: repeats.then_some("FREQ=DAILY"),
        ..SetTime::default()
    };
    set.read(at(0)).unwrap().reminding(Duration::from_secs(600)).unwrap()
}

async fn conference(bench: &Bench, schedule: Schedule) -> Conference {
    let conference =
        Conference { schedule: Some(schedule), created_at: at(0), ..bench.conference(1) };
    bench.store.create_conference(&conference).await.unwrap();
    conference
}

fn anna() -> MailAddress {
    "anna@example.com".parse().unwrap()
}

fn letter<'a>(conference: &Conference, to: &'a MailAddress) -> NewLetter<'a> {
    let (conference, message) = (Some(conference.key), "Subject: Soon\r\n\r\nNow");
    NewLetter { conference, purpose: Purpose::Reminder, to, message, expires_at: at(7200) }
}

/// Has the first reminder that is due at 50 minutes be sent.
async fn send(bench: &Bench, conference: &Conference, to: &[MailAddress]) {
    let now = at(50 * MINUTE);
    let due = bench.store.due_reminders(now, 9).await.unwrap();
    let letters: Vec<_> = to.iter().map(|to| letter(conference, to)).collect();
    assert!(bench.store.remind(&due[0], &letters, None, now).await.unwrap());
}

async fn a_reminder_is_sent_once_and_the_next_is_due_then(bench: Bench) {
    let schedule = set(60 * MINUTE, true);
    let conference = conference(&bench, schedule.clone()).await;
    let anna = anna();
    assert!(bench.store.due_reminders(at(50 * MINUTE - 1), 9).await.unwrap().is_empty());
    let store = bench.reopened().await;
    let now = at(50 * MINUTE);
    let due = store.due_reminders(now, 9).await.unwrap();
    assert_eq!(due, [DueReminder { conference: conference.key, due_at: now }]);
    let of = schedule.reminded_of(now).unwrap();
    let next = schedule.reminder_after(of.starts_at, now).map(|next| next.due_at);
    let letters = [letter(&conference, &anna)];
    assert!(store.remind(&due[0], &letters, next, now).await.unwrap());
    assert!(!bench.store.remind(&due[0], &letters, next, now).await.unwrap(), "once");
    assert!(store.due_reminders(at(24 * 60 * MINUTE), 9).await.unwrap().is_empty());
    let tomorrow = at((24 * 60 + 50) * MINUTE);
    assert_eq!(store.due_reminders(tomorrow, 9).await.unwrap()[0].due_at, tomorrow);
    assert_eq!(store.due_letters(now, 9).await.unwrap().len(), 1);
}

async fn reminders_move_with_the_set_time_alone(bench: Bench) {
    let conference = conference(&bench, set(60 * MINUTE, true)).await;
    let retitled = Conference { title: "Another".parse().unwrap(), ..conference.clone() };
    // It is due, and the task that sends it hasn't looked yet.
    let now = at(50 * MINUTE);
    bench.store.change_conference(&retitled, now).await.unwrap().unwrap();
    assert_eq!(bench.store.due_reminders(now, 9).await.unwrap().len(), 1);
    let later = Conference { schedule: Some(set(90 * MINUTE, false)), ..conference.clone() };
    assert_eq!(bench.store.change_conference(&later, now).await.unwrap(), Some(later));
    assert!(bench.store.due_reminders(now, 9).await.unwrap().is_empty());
    assert_eq!(bench.store.due_reminders(at(80 * MINUTE), 9).await.unwrap().len(), 1);
    let never = Conference { schedule: None, ..conference };
    bench.store.change_conference(&never, now).await.unwrap().unwrap();
    assert!(bench.store.due_reminders(at(1_000_000), 9).await.unwrap().is_empty());
}

async fn what_has_not_left_is_withdrawn_with_what_it_is_about(bench: Bench) {
    let conference = conference(&bench, set(60 * MINUTE, true)).await;
    let (anna, bert) = (anna(), "bert@example.com".parse().unwrap());
    send(&bench, &conference, &[anna.clone(), bert]).await;
    let invitee = Invitee {
        address: anna.clone(),
        name: None,
        time_zone: None,
        sequence: 0,
        invited_at: at(0),
    };
    let told = NewLetter { purpose: Purpose::Cancellation, ..letter(&conference, &anna) };
    bench.store.invite(conference.key, &invitee, &told, at(0)).await.unwrap();
    bench.store.uninvite(conference.key, &anna, &told, at(0)).await.unwrap();
    let waiting = async || {
        let letters = bench.store.letters_of(conference.key, Page::default()).await.unwrap();
        let reminders = letters.entries.into_iter().filter(|one| one.purpose == "reminder");
        reminders.filter(|one| one.state == "waiting").map(|one| one.to).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, ["bert@example.com".parse().unwrap()]);
    bench.store.end_conference(bench.subscriber, conference.key, at(1)).await.unwrap().unwrap();
    assert_eq!(waiting().await, []);
    assert!(bench.store.due_reminders(at(1_000_000), 9).await.unwrap().is_empty());
}
