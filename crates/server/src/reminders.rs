//! Reminds those who are invited, some time before each set time.

use std::time::Duration;

use conference::{Conference, Occurrence};
use jiff::Timestamp;
use store::{DueReminder, StoreError};
use tokio::sync::watch;

use crate::clock;
use crate::correspondence::{Desk, NotPosted, Sender};

/// How often it is looked whether somebody is to be reminded.
const LOOK: Duration = Duration::from_secs(1);

/// Conferences whose invitees are reminded at once.
const AT_ONCE: u16 = 16;

/// How long is waited for a database that failed.
const AGAIN: Duration = Duration::from_secs(5);

/// Reminds, until `stopping` is true.
pub(crate) async fn run(desk: Desk, mut stopping: watch::Receiver<bool>) {
    loop {
        let wait = match turn(&desk, clock::now()).await {
            Ok(()) => LOOK,
            Err(error) => {
                tracing::error!(%error, "who is to be reminded can't be read");
                AGAIN
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

async fn turn(desk: &Desk, now: Timestamp) -> Result<(), StoreError> {
    for due in desk.store.due_reminders(now, AT_ONCE).await? {
        match send(desk, &due, now).await {
            Ok(()) => {}
            Err(NotPosted::Store(error)) => return Err(error),
            Err(NotPosted::Message(error)) => {
                tracing::error!(%error, conference = ?due.conference, "a reminder can't be written");
                desk.store.remind(&due, &[], None, now).await?;
            }
        }
    }
    Ok(())
}

async fn send(desk: &Desk, due: &DueReminder, now: Timestamp) -> Result<(), NotPosted> {
    let conference = desk.store.conference_by_key(due.conference).await?;
    let Some(conference) = conference else { return Ok(()) };
    let next = next_due(&conference, due.due_at, now);
    let Some(of) = reminded_of(&conference, due.due_at, now) else {
        desk.store.remind(due, &[], next, now).await?;
        return Ok(());
    };
    let invitees = desk.store.invitees(conference.key).await?;
    let sender = Sender::of(desk, &conference, now).await?;
    if sender.remind(due, of, &invitees, next).await? {
        tracing::info!(conference = ?conference.key, letters = invitees.len(), "people are reminded");
        desk.mail.posted();
    }
    Ok(())
}

/// What a reminder is of, unless that has begun, or the conference is over or its subscriber suspended.
fn reminded_of(conference: &Conference, due_at: Timestamp, now: Timestamp) -> Option<Occurrence> {
    let schedule = conference.schedule.as_ref().filter(|_| conference.ended_at.is_none())?;
    schedule.reminded_of(due_at).filter(|of| now < of.starts_at)
}

/// When the reminder after it is due.
fn next_due(conference: &Conference, due_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let schedule = conference.schedule.as_ref()?;
    let reminder = match schedule.reminded_of(due_at) {
        Some(of) => schedule.reminder_after(of.starts_at, now),
        None => schedule.reminder_to_come(now),
    };
    reminder.map(|reminder| reminder.due_at)
}
