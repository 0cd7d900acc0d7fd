//! Conferences: created, found, listed, ended.

use std::time::Duration;

use conference::{
    Conference, ConferenceKey, DialInCode, PhoneNumber, Repetition, Schedule, SubscriberId,
};
use jiff::Timestamp;

use crate::database::Query;
use crate::error::StoreError;
use crate::page::{Listing, Page};
use crate::reminders::{first_reminder, move_reminder, withdraw_reminders};
use crate::{Store, row, sql};

/// By what a caller names a conference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialIn {
    /// Its code.
    Code(DialInCode),
    /// Its own number.
    Number(PhoneNumber),
}

impl Store {
    /// Adds a conference.
    ///
    /// # Errors
    /// [`Conflict`](crate::Conflict) if its key, code or number is taken: draw the first two
    /// again, or tell about the last. [`StoreError::Orphan`] if there is no such subscriber.
    pub async fn create_conference(&self, conference: &Conference) -> Result<(), StoreError> {
        let query = Query::new(sql::CREATE_CONFERENCE)
            .bind(conference.subscriber.number())
            .bind(conference.title.as_str());
        let query = bind_schedule(query, conference.schedule.as_ref())
            .bind(row::access_text(&conference.access))
            .bind(conference.placement.map(i64::from))
            .bind(conference.dial_in_code.to_string())
            .bind(conference.dial_in_number.as_ref().map(PhoneNumber::e164))
            .bind(conference.created_at)
            .bind(conference.ended_at)
            .bind(first_reminder(conference, conference.created_at));
        let mut transaction = self.database.begin().await?;
        let Some(row) = transaction.row(query).await? else { return Err(StoreError::Orphan) };
        let query = Query::new(sql::CREATE_URL)
            .bind(conference.key.to_string())
            .bind(row.integer("id")?)
            .bind(conference.created_at);
        transaction.execute(query).await?;
        transaction.commit().await
    }

    /// The conference of a URL, ended or not.
    pub async fn conference_by_key(
        &self,
        key: ConferenceKey,
    ) -> Result<Option<Conference>, StoreError> {
        let query = Query::new(sql::CONFERENCE_BY_KEY).bind(key.to_string());
        self.database.row(query).await?.as_ref().map(row::conference).transpose()
    }

    /// The conference that a caller has dialled, unless it has ended.
    pub async fn conference_by_dial_in(
        &self,
        dialled: &DialIn,
    ) -> Result<Option<Conference>, StoreError> {
        let query = match dialled {
            DialIn::Code(code) => {
                Query::new(sql::CONFERENCE_BY_DIAL_IN_CODE).bind(code.to_string())
            }
            DialIn::Number(number) => {
                Query::new(sql::CONFERENCE_BY_DIAL_IN_NUMBER).bind(number.e164())
            }
        };
        self.database.row(query).await?.as_ref().map(row::conference).transpose()
    }

    /// A subscriber's conferences, the newest first.
    pub async fn list_conferences(
        &self,
        subscriber: SubscriberId,
        page: Page,
    ) -> Result<Listing<Conference>, StoreError> {
        let query = Query::new(sql::CONFERENCES_OF_SUBSCRIBER)
            .bind(subscriber.number())
            .bind(page.limit_to_fetch())
            .bind(page.offset());
        let rows = self.database.rows(query).await?;
        let conferences: Result<_, _> = rows.iter().map(row::conference).collect();
        Ok(page.listing(conferences?))
    }

    /// Gives a subscriber's conference the title, the set time, the access and the placement of `changed`, and gives it as it
    /// is then; `None` if the subscriber has no such conference that goes on. Reminders move with the set time.
    pub async fn change_conference(
        &self,
        changed: &Conference,
        now: Timestamp,
    ) -> Result<Option<Conference>, StoreError> {
        let before = Query::new(sql::CONFERENCE_BY_KEY).bind(changed.key.to_string());
        let query = Query::new(sql::CHANGE_CONFERENCE)
            .bind(changed.subscriber.number())
            .bind(changed.key.to_string())
            .bind(changed.title.as_str());
        let query = bind_schedule(query, changed.schedule.as_ref())
            .bind(row::access_text(&changed.access))
            .bind(changed.placement.map(i64::from));
        let mut transaction = self.database.begin().await?;
        let before = transaction.row(before).await?.as_ref().map(row::conference).transpose()?;
        let Some(row) = transaction.row(query).await? else { return Ok(None) };
        let after = row::conference(&row)?;
        if before.is_none_or(|before| before.schedule != after.schedule) {
            move_reminder(&mut transaction, &after, now).await?;
        }
        transaction.commit().await?;
        Ok(Some(after))
    }

    /// Ends a subscriber's conference for good, and gives it as it is then. One that had ended
    /// keeps the time of its end; `None` if the subscriber has no such conference.
    pub async fn end_conference(
        &self,
        subscriber: SubscriberId,
        key: ConferenceKey,
        now: Timestamp,
    ) -> Result<Option<Conference>, StoreError> {
        let query = Query::new(sql::END_CONFERENCE)
            .bind(subscriber.number())
            .bind(key.to_string())
            .bind(now);
        let mut transaction = self.database.begin().await?;
        let Some(row) = transaction.row(query).await? else { return Ok(None) };
        withdraw_reminders(&mut transaction, key, None).await?;
        transaction.commit().await?;
        row::conference(&row).map(Some)
    }
}

/// Binds the seven columns of a set time.
fn bind_schedule(query: Query, schedule: Option<&Schedule>) -> Query {
    let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let repetition = schedule.and_then(Schedule::repetition);
    query
        .bind(schedule.map(Schedule::starts_at))
        .bind(schedule.map(|schedule| schedule.zone().name()))
        .bind(schedule.map(|schedule| seconds(schedule.duration())))
        .bind(repetition.map(|repetition| repetition.rule.to_string()))
        .bind(repetition.map(Repetition::except_text))
        .bind(schedule.and_then(Schedule::ends_after).map(seconds))
        .bind(schedule.and_then(Schedule::remind_before).map(seconds))
}
