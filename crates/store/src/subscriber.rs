//! Those who own conferences, and the tokens by which programs are known as theirs.

use std::fmt;

use conference::{MailAddress, SubscriberId, SubscriberName};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::database::{Query, Row, Transaction};
use crate::error::StoreError;
use crate::page::{Listing, Page};
use crate::{Store, sql};

/// A subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Its number.
    pub id: SubscriberId,
    /// What it is called.
    pub name: String,
    /// Where sign-in links are sent; one without can only use tokens.
    pub mail: Option<MailAddress>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Since when it can't sign in, and its conferences answer as ended, if that is so.
    pub suspended_at: Option<Timestamp>,
}

/// A subscriber to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscriber {
    /// What it shall be called.
    pub name: SubscriberName,
    /// Where sign-in links shall be sent.
    pub mail: MailAddress,
}

/// Who has a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOwner {
    /// The subscriber.
    pub subscriber: Subscriber,
    /// Whether the token is an operator's: good for subscribers and URLs, too.
    pub is_operator: bool,
}

/// SHA-256 of a secret (an API token, a sign-in link, a session), which itself is never stored.
///
/// A secret is 128 random bits or more, so that a plain hash is enough: there is nothing to guess, and
/// looking one up by its hash tells a timer nothing about it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a secret as it is presented.
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
    /// Adds a subscriber known by a token alone.
    ///
    /// # Errors
    /// [`Conflict::Token`](crate::Conflict::Token) if another has that token.
    pub async fn create_subscriber(
        &self,
        name: &str,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Subscriber, StoreError> {
        let mut transaction = self.database.begin().await?;
        let subscriber = insert(&mut transaction, name, None, now).await?;
        let query =
            Query::new(sql::CREATE_TOKEN).bind(token.hex()).bind(subscriber.id.number()).bind(now);
        transaction.execute(query).await?;
        transaction.commit().await?;
        Ok(subscriber)
    }

    /// Adds subscribers, all or none, and gives them in their order.
    ///
    /// # Errors
    /// [`StoreError::MailTaken`] if somebody has one of the addresses, or two of them are the same.
    pub async fn create_subscribers(
        &self,
        subscribers: &[NewSubscriber],
        now: Timestamp,
    ) -> Result<Vec<Subscriber>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let mut created = Vec::with_capacity(subscribers.len());
        for (index, NewSubscriber { name, mail }) in subscribers.iter().enumerate() {
            let inserted = insert(&mut transaction, name.as_str(), Some(mail), now).await;
            created.push(inserted.map_err(|error| match error {
                StoreError::Conflict(crate::Conflict::Mail) => StoreError::MailTaken { index },
                error => error,
            })?);
        }
        transaction.commit().await?;
        Ok(created)
    }

    /// Gives a token the operator's right.
    pub async fn make_operator(&self, token: &TokenHash) -> Result<(), StoreError> {
        self.database.execute(Query::new(sql::MAKE_OPERATOR).bind(token.hex())).await.map(drop)
    }

    /// The subscriber who has this token, if anybody has.
    pub async fn subscriber_by_token_hash(
        &self,
        token: &TokenHash,
    ) -> Result<Option<TokenOwner>, StoreError> {
        let query = Query::new(sql::SUBSCRIBER_BY_TOKEN_HASH).bind(token.hex());
        let Some(row) = self.database.row(query).await? else { return Ok(None) };
        let is_operator = row.flag("operator")?;
        Ok(Some(TokenOwner { subscriber: subscriber(&row)?, is_operator }))
    }

    /// One subscriber.
    pub async fn subscriber(&self, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
        let query = Query::new(sql::SUBSCRIBER).bind(id.number());
        self.database.row(query).await?.as_ref().map(subscriber).transpose()
    }

    /// The subscriber with this address, capitals aside.
    pub async fn subscriber_by_mail(
        &self,
        mail: &MailAddress,
    ) -> Result<Option<Subscriber>, StoreError> {
        let query = Query::new(sql::SUBSCRIBER_BY_MAIL).bind(mail.as_str());
        self.database.row(query).await?.as_ref().map(subscriber).transpose()
    }

    /// Suspends a subscriber, and signs it out everywhere; gives it as it is then. One that is suspended stays so since when it
    /// was. `None` if there is no such subscriber.
    pub async fn suspend(
        &self,
        id: SubscriberId,
        now: Timestamp,
    ) -> Result<Option<Subscriber>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let suspend = Query::new(sql::SUSPEND).bind(id.number()).bind(now);
        let suspended = transaction.row(suspend).await?.as_ref().map(subscriber).transpose()?;
        transaction.execute(Query::new(sql::END_SESSIONS_OF).bind(id.number())).await?;
        transaction.commit().await?;
        Ok(suspended)
    }

    /// Has a subscriber be as before it was suspended.
    pub async fn resume(&self, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
        let query = Query::new(sql::RESUME).bind(id.number());
        self.database.row(query).await?.as_ref().map(subscriber).transpose()
    }

    /// All subscribers, the eldest first.
    pub async fn subscribers(&self, page: Page) -> Result<Listing<Subscriber>, StoreError> {
        let query = Query::new(sql::SUBSCRIBERS).bind(page.limit_to_fetch()).bind(page.offset());
        let rows = self.database.rows(query).await?;
        let subscribers: Result<_, _> = rows.iter().map(subscriber).collect();
        Ok(page.listing(subscribers?))
    }
}

async fn insert(
    transaction: &mut Transaction,
    name: &str,
    mail: Option<&MailAddress>,
    now: Timestamp,
) -> Result<Subscriber, StoreError> {
    let query =
        Query::new(sql::CREATE_SUBSCRIBER).bind(name).bind(mail.map(MailAddress::as_str)).bind(now);
    let row = transaction.row(query).await?.ok_or(StoreError::Orphan)?;
    subscriber(&row)
}

pub(crate) fn subscriber(row: &Row) -> Result<Subscriber, StoreError> {
    Ok(Subscriber {
        id: SubscriberId::new(row.integer("id")?),
        name: row.text("name")?.to_owned(),
        mail: row.maybe_parsed("mail")?,
        created_at: row.time("created_at_ms")?,
        suspended_at: row.maybe_time("suspended_at_ms")?,
    })
}
