//! Programs that are told of what happens in conferences.

use conference::SubscriberId;
use jiff::Timestamp;

use crate::database::{Query, Row};
use crate::error::StoreError;
use crate::{Store, sql_webhooks as sql};

/// Endpoints that a subscriber has at most.
pub const WEBHOOKS_MAX: u32 = 10;

/// The endpoint of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub subscriber: SubscriberId,
    /// Whether it is told of everybody's conferences, as an operator's may be, or of the subscriber's alone.
    pub for_everybody: bool,
    /// Where it is told.
    pub url: String,
    /// What its signing key is made of, together with the server's secret.
    pub salt: String,
    /// Since when it is told.
    pub created_at: Timestamp,
}

/// An endpoint to be.
#[derive(Debug, Clone, Copy)]
pub struct NewWebhook<'a> {
    /// Whose it is.
    pub subscriber: SubscriberId,
    /// Whether it is told of everybody's conferences.
    pub for_everybody: bool,
    /// Where it is told.
    pub url: &'a str,
    /// Freshly drawn.
    pub salt: &'a str,
}

impl Store {
    /// Adds an endpoint; `None` if its subscriber has [`WEBHOOKS_MAX`] of them.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn create_webhook(
        &self,
        new: NewWebhook<'_>,
        now: Timestamp,
    ) -> Result<Option<Webhook>, StoreError> {
        let subscriber = new.subscriber.number();
        let mut transaction = self.database.begin().await?;
        let lock = Query::either(sql::FIND_SUBSCRIBER, sql::LOCK_SUBSCRIBER).bind(subscriber);
        transaction.row(lock).await?.ok_or(StoreError::Orphan)?;
        let create = Query::new(sql::CREATE_WEBHOOK)
            .bind(subscriber)
            .bind(i64::from(new.for_everybody))
            .bind(new.url)
            .bind(new.salt)
            .bind(now)
            .bind(i64::from(WEBHOOKS_MAX));
        let created = transaction.row(create).await?.as_ref().map(webhook).transpose()?;
        transaction.commit().await?;
        Ok(created)
    }

    /// A subscriber's endpoints, the eldest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn webhooks_of(&self, subscriber: SubscriberId) -> Result<Vec<Webhook>, StoreError> {
        let query = Query::new(sql::WEBHOOKS_OF_SUBSCRIBER).bind(subscriber.number());
        self.database.rows(query).await?.iter().map(webhook).collect()
    }

    /// Forgets one of a subscriber's endpoints with all that it was still to be told; `false` if there is no
    /// such endpoint.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn delete_webhook(
        &self,
        subscriber: SubscriberId,
        id: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        let query = |statement| Query::new(statement).bind(subscriber.number()).bind(id);
        transaction.execute(query(sql::FORGET_NOTICES_OF)).await?;
        let deleted = transaction.execute(query(sql::DELETE_WEBHOOK)).await?;
        transaction.commit().await?;
        Ok(deleted == 1)
    }
}

fn webhook(row: &Row) -> Result<Webhook, StoreError> {
    Ok(Webhook {
        id: row.integer("id")?,
        subscriber: SubscriberId::new(row.integer("subscriber")?),
        for_everybody: row.flag("for_everybody")?,
        url: row.text("url")?.to_owned(),
        salt: row.text("salt")?.to_owned(),
        created_at: row.time("created_at_ms")?,
    })
}
