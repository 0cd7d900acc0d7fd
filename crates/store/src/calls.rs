//! Records of calls.

use conference::{
    CallRecord, CallSecret, ConferenceKey, ParticipantId, ParticipantName, PhoneNumber,
};

use crate::database::Query;
use crate::error::StoreError;
use crate::page::{Listing, Page};
use crate::{Store, row, sql};

impl Store {
    /// Keeps the record of a call that has ended.
    ///
    /// # Errors
    /// [`StoreError::Orphan`] if its conference is unknown;
    /// [`Conflict::Call`](crate::Conflict::Call) if this very call has been recorded: so it may be tried
    /// again when it isn't known whether it was.
    pub async fn record_call(&self, call: &CallRecord) -> Result<(), StoreError> {
        let query = Query::new(sql::RECORD_CALL)
            .bind(call.conference.to_string())
            .bind(number_of(call.participant))
            .bind(call.secret.map(|secret| secret.to_string()))
            .bind(call.via.as_str())
            .bind(call.with.map(number_of))
            .bind(call.number.as_ref().map(PhoneNumber::e164))
            .bind(call.name.as_ref().map(ParticipantName::as_str))
            .bind(call.began_at)
            .bind(call.answered_at)
            .bind(call.ended_at)
            .bind(call.ending.as_str());
        match self.database.execute(query).await? {
            0 => Err(StoreError::Orphan),
            _ => Ok(()),
        }
    }

    /// The calls of a conference, over all its sessions, the oldest first.
    pub async fn calls_of(
        &self,
        conference: ConferenceKey,
        page: Page,
    ) -> Result<Listing<CallRecord>, StoreError> {
        let query = Query::new(sql::CALLS_OF_CONFERENCE)
            .bind(conference.to_string())
            .bind(page.limit_to_fetch())
            .bind(page.offset());
        let rows = self.database.rows(query).await?;
        let calls: Result<_, _> = rows.iter().map(row::call_record).collect();
        Ok(page.listing(calls?))
    }

    /// The call of a conference that the page which placed it knows by `secret`.
    pub async fn call_by_secret(
        &self,
        conference: ConferenceKey,
        secret: CallSecret,
    ) -> Result<Option<CallRecord>, StoreError> {
        let query =
            Query::new(sql::CALL_BY_SECRET).bind(conference.to_string()).bind(secret.to_string());
        self.database.row(query).await?.as_ref().map(row::call_record).transpose()
    }
}

/// A participant as the database counts it. No session has had 2^63 of them.
fn number_of(participant: ParticipantId) -> i64 {
    i64::try_from(participant.number()).unwrap_or(i64::MAX)
}
