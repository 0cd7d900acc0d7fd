//! What programs are still to be told, and what became of what they were told: an outbox as that of mail is,
//! but in order. Of what an endpoint is to be told of one conference, nothing is tried before all that
//! went before has been taken, or given up.

use conference::delivery::Delivery;
use conference::{ConferenceKey, SubscriberId};
use jiff::Timestamp;

use crate::database::{Query, Row};
use crate::error::StoreError;
use crate::page::{Listing, Page};
use crate::{Store, sql_webhooks as sql};

/// What may wait for one endpoint; what comes then is lost to it. It is as much as a server of 500 conferences tells
/// in an hour or so.
pub const NOTICES_WAITING_MAX: u32 = 10_000;

/// Something that programs are to be told.
#[derive(Debug, Clone, Copy)]
pub struct NewNotice<'a> {
    /// The conference that it is about.
    pub conference: ConferenceKey,
    /// What it is known by: the same, however often it is told.
    pub name: &'a str,
    /// What kind of event it is.
    pub kind: &'a str,
    /// What is sent.
    pub body: &'a str,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// A notice that is to be tried now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueNotice {
    id: i64,
    due_at: Timestamp,
    /// Which endpoint is told.
    pub webhook: i64,
    /// Where that is.
    pub url: String,
    /// What its signing key is made of.
    pub salt: String,
    /// What the notice is known by.
    pub name: String,
    /// What is sent.
    pub body: String,
    /// How often it has been tried, this time included once it is claimed.
    pub tries: u32,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// A notice as the owner of its endpoint sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeState {
    /// What it is known by.
    pub name: String,
    /// What kind of event it is.
    pub kind: String,
    /// `waiting`, `sent`, `refused` or `given_up`.
    pub state: String,
    /// How often it has been tried.
    pub tries: i64,
    /// Why it wasn't taken.
    pub reason: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next, while it waits.
    pub due_at: Option<Timestamp>,
}

impl Store {
    /// Writes a notice for each endpoint that is to be told of its conference, due at once, and gives how many
    /// those are. A notice that is there already (an earlier try whose answer was lost) isn't written again.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn post_notice(
        &self,
        notice: &NewNotice<'_>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let query = Query::new(sql::POST_NOTICE)
            .bind(notice.conference.to_string())
            .bind(notice.name)
            .bind(notice.kind)
            .bind(notice.body)
            .bind(now)
            .bind(notice.expires_at)
            .bind(i64::from(NOTICES_WAITING_MAX));
        self.database.execute(query).await
    }

    /// Notices that are to be tried at `now`, `count` at most, those that have waited longest first; of each
    /// endpoint and conference the first alone.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn due_notices(
        &self,
        now: Timestamp,
        count: u16,
    ) -> Result<Vec<DueNotice>, StoreError> {
        let query = Query::new(sql::NOTICES_DUE).bind(now).bind(i64::from(count));
        self.database.rows(query).await?.iter().map(due).collect()
    }

    /// When the next notice is due.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn next_notice_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = self.database.row(Query::new(sql::NEXT_NOTICE_DUE)).await?;
        row.map_or(Ok(None), |row| row.maybe_time("due_at_ms"))
    }

    /// Takes a notice to try it, as [`claim_letter`](Self::claim_letter) does. `None` if another was quicker.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn claim_notice(
        &self,
        notice: DueNotice,
        until: Timestamp,
    ) -> Result<Option<DueNotice>, StoreError> {
        let query = Query::new(sql::CLAIM_NOTICE).bind(notice.id).bind(notice.due_at).bind(until);
        let is_ours = self.database.execute(query).await? == 1;
        let tries = notice.tries.saturating_add(1);
        Ok(is_ours.then_some(DueNotice { tries, due_at: until, ..notice }))
    }

    /// Notes what became of a try. When it failed, nothing else is tried at that endpoint before.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn settle_notice(
        &self,
        notice: &DueNotice,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        let (state, reason) = match delivery {
            Delivery::Waiting { due_at, reason } => {
                let mut transaction = self.database.begin().await?;
                let waits = Query::new(sql::NOTICE_WAITS).bind(notice.id).bind(*due_at);
                transaction.execute(waits.bind(reason.as_str())).await?;
                let all_wait = Query::new(sql::WEBHOOK_WAITS).bind(notice.webhook).bind(*due_at);
                transaction.execute(all_wait).await?;
                return transaction.commit().await;
            }
            Delivery::Sent => ("sent", None),
            Delivery::Refused { reason } => ("refused", Some(reason.as_str())),
            Delivery::GivenUp { reason } => ("given_up", Some(reason.as_str())),
        };
        let query = Query::new(sql::NOTICE_ENDS).bind(notice.id).bind(state).bind(reason);
        self.database.execute(query).await.map(drop)
    }

    /// Forgets what became of notices that were written before then.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn forget_notices(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.database.execute(Query::new(sql::FORGET_SETTLED_NOTICES).bind(before)).await
    }

    /// What became of the notices for one of a subscriber's endpoints, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn notices_of(
        &self,
        subscriber: SubscriberId,
        webhook: i64,
        page: Page,
    ) -> Result<Listing<NoticeState>, StoreError> {
        let query = Query::new(sql::NOTICES_OF_WEBHOOK)
            .bind(subscriber.number())
            .bind(webhook)
            .bind(page.limit_to_fetch())
            .bind(page.offset());
        let rows = self.database.rows(query).await?;
        let notices: Result<_, _> = rows.iter().map(notice_state).collect();
        Ok(page.listing(notices?))
    }
}

fn due(row: &Row) -> Result<DueNotice, StoreError> {
    let tries = u32::try_from(row.integer("tries")?);
    Ok(DueNotice {
        id: row.integer("id")?,
        due_at: row.time("due_at_ms")?,
        webhook: row.integer("webhook")?,
        url: row.text("url")?.to_owned(),
        salt: row.text("salt")?.to_owned(),
        name: row.text("name")?.to_owned(),
        body: row.text("body")?.to_owned(),
        tries: tries.map_err(|_| StoreError::Unreadable { column: "tries" })?,
        expires_at: row.time("expires_at_ms")?,
    })
}

fn notice_state(row: &Row) -> Result<NoticeState, StoreError> {
    let state = row.text("state")?.to_owned();
    let due_at = if state == "waiting" { row.maybe_time("due_at_ms")? } else { None };
    Ok(NoticeState {
        name: row.text("name")?.to_owned(),
        kind: row.text("kind")?.to_owned(),
        state,
        tries: row.integer("tries")?,
        reason: row.maybe_text("reason")?.map(str::to_owned),
        created_at: row.time("created_at_ms")?,
        due_at,
    })
}
