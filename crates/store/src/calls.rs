//! Records of calls.

use conference::{
    CallRecord, CallSecret, ConferenceKey, ParticipantId, ParticipantName, PhoneNumber,
};
use jiff::Timestamp;

use crate::error::StoreError;
use crate::page::{Listing, Page};
use crate::{Store, row, sql};

impl Store {
    /// Keeps the record of a call that has ended.
    ///
    /// # Errors
    /// [`StoreError::Orphan`] if its conference is unknown;
    /// [`Conflict::Call`](crate::Conflict::Call) if this very call has been recorded.
    pub async fn record_call(&self, call: &CallRecord) -> Result<(), StoreError> {
        sqlx::query(sql::RECORD_CALL)
            .bind(call.conference.to_string())
            .bind(number_of(call.participant))
            .bind(call.secret.map(|secret| secret.to_string()))
            .bind(call.via.as_str())
            .bind(call.with.map(number_of))
            .bind(call.number.as_ref().map(PhoneNumber::e164))
            .bind(call.name.as_ref().map(ParticipantName::as_str))
            .bind(call.began_at.as_millisecond())
            .bind(call.answered_at.map(Timestamp::as_millisecond))
            .bind(call.ended_at.as_millisecond())
            .bind(call.ending.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The calls of a conference, over all its sessions, the oldest first.
    pub async fn calls_of(
        &self,
        conference: ConferenceKey,
        page: Page,
    ) -> Result<Listing<CallRecord>, StoreError> {
        let rows = sqlx::query(sql::CALLS_OF_CONFERENCE)
            .bind(conference.to_string())
            .bind(page.limit_to_fetch())
            .bind(page.offset())
            .fetch_all(&self.pool)
            .await?;
        let calls: Result<_, _> = rows.iter().map(row::call_record).collect();
        Ok(page.listing(calls?))
    }

    /// The call of a conference that the page which placed it knows by `secret`.
    pub async fn call_by_secret(
        &self,
        conference: ConferenceKey,
        secret: CallSecret,
    ) -> Result<Option<CallRecord>, StoreError> {
        let row = sqlx::query(sql::CALL_BY_SECRET)
            .bind(conference.to_string())
            .bind(secret.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(row::call_record).transpose()
    }
}

/// A participant as the database counts it. No session has had 2^63 of them.
fn number_of(participant: ParticipantId) -> i64 {
    i64::try_from(participant.number()).unwrap_or(i64::MAX)
}
