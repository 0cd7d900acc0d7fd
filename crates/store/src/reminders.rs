//! Reminders of set times: when the next is due, which stands with the conference, and the letters that it puts into the
//! outbox. Both change together, so that each reminder is written once, whenever a server is killed.

use conference::{Conference, ConferenceKey, MailAddress};
use jiff::Timestamp;

use crate::database::{Query, Row, Transaction};
use crate::error::StoreError;
use crate::outbox::{self, NewLetter};
use crate::{Store, sql_outbox as sql};

/// A conference whose invitees are to be reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueReminder {
    /// Which, by its present key.
    pub conference: ConferenceKey,
    /// Since when.
    pub due_at: Timestamp,
}

impl Store {
    /// Reminders that are due at `now`, `count` at most, those first that have been for longest.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn due_reminders(
        &self,
        now: Timestamp,
        count: u16,
    ) -> Result<Vec<DueReminder>, StoreError> {
        let query = Query::new(sql::REMINDERS_DUE).bind(now).bind(i64::from(count));
        self.database.rows(query).await?.iter().map(due).collect()
    }

    /// Puts the letters of a reminder into the outbox, and notes when the next is due. `false`, and nothing is sent, if
    /// another was quicker or the set time was moved.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails; the reminder stays due then.
    pub async fn remind(
        &self,
        due: &DueReminder,
        letters: &[NewLetter<'_>],
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let query = Query::new(sql::TAKE_REMINDER)
            .bind(due.conference.to_string())
            .bind(due.due_at)
            .bind(next);
        let mut transaction = self.database.begin().await?;
        if transaction.execute(query).await? == 0 {
            return Ok(false);
        }
        for letter in letters {
            outbox::post(&mut transaction, letter, now).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

/// When the first reminder of a conference is due, if there is one to come.
pub(crate) fn first_reminder(conference: &Conference, now: Timestamp) -> Option<Timestamp> {
    let reminder = conference.schedule.as_ref()?.reminder_to_come(now)?;
    Some(reminder.due_at)
}

/// Has a conference's reminders be those of its set time as it is now.
pub(crate) async fn move_reminder(
    transaction: &mut Transaction,
    conference: &Conference,
    now: Timestamp,
) -> Result<(), StoreError> {
    let query = Query::new(sql::MOVE_REMINDER)
        .bind(conference.key.to_string())
        .bind(first_reminder(conference, now));
    transaction.execute(query).await?;
    withdraw_reminders(transaction, conference.key, None).await
}

/// Takes reminders back that haven't left: all of a conference, or those to one address.
pub(crate) async fn withdraw_reminders(
    transaction: &mut Transaction,
    conference: ConferenceKey,
    to: Option<&MailAddress>,
) -> Result<(), StoreError> {
    let query = Query::new(sql::WITHDRAW_REMINDERS)
        .bind(conference.to_string())
        .bind(to.map(MailAddress::as_str));
    transaction.execute(query).await.map(drop)
}

fn due(row: &Row) -> Result<DueReminder, StoreError> {
    Ok(DueReminder { conference: row.parsed("key")?, due_at: row.time("remind_at_ms")? })
}
