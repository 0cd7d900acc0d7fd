//! Those who own conferences, and the tokens by which they are known.

use std::fmt;

use conference::SubscriberId;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::database::{Query, Row};
use crate::error::StoreError;
use crate::{Store, sql};

/// A subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Its number.
    pub id: SubscriberId,
    /// What it is called.
    pub name: String,
}

/// SHA-256 of an API token, which itself is never stored.
///
/// A token is 256 random bits, so that a plain hash is enough: there is nothing to guess, and
/// looking one up by its hash tells a timer nothing about the token.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token as it is presented.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    pub(crate) fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

impl Store {
    /// Adds a subscriber known by a token.
    ///
    /// # Errors
    /// [`Conflict::Token`](crate::Conflict::Token) if another has that token.
    pub async fn create_subscriber(
        &self,
        name: &str,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Subscriber, StoreError> {
        let query = Query::new(sql::CREATE_SUBSCRIBER).bind(name).bind(now);
        let mut transaction = self.database.begin().await?;
        let Some(row) = transaction.row(query).await? else { return Err(StoreError::Orphan) };
        let subscriber = subscriber(&row)?;
        let query =
            Query::new(sql::CREATE_TOKEN).bind(token.hex()).bind(subscriber.id.number()).bind(now);
        transaction.execute(query).await?;
        transaction.commit().await?;
        Ok(subscriber)
    }

    /// The subscriber who has this token, if anybody has.
    pub async fn subscriber_by_token_hash(
        &self,
        token: &TokenHash,
    ) -> Result<Option<Subscriber>, StoreError> {
        let query = Query::new(sql::SUBSCRIBER_BY_TOKEN_HASH).bind(token.hex());
        self.database.row(query).await?.as_ref().map(subscriber).transpose()
    }

    /// All subscribers, the eldest first. Operators make them one by one, so that they are few.
    ///
    /// # Errors
    /// [`StoreError::Database`] if the database fails.
    pub async fn subscribers(&self) -> Result<Vec<Subscriber>, StoreError> {
        let rows = self.database.rows(Query::new(sql::SUBSCRIBERS)).await?;
        rows.iter().map(subscriber).collect()
    }
}

fn subscriber(row: &Row) -> Result<Subscriber, StoreError> {
    Ok(Subscriber { id: SubscriberId::new(row.integer("id")?), name: row.text("name")?.to_owned() })
}
