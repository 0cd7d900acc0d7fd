//! Signing in: links that were mailed, and browsers that are signed in.

use conference::{MailAddress, SubscriberId, SubscriberName};
use jiff::Timestamp;

use crate::database::{Query, Transaction};
use crate::error::StoreError;
use crate::subscriber::{Subscriber, TokenHash, subscriber};
use crate::{Store, sql};

/// A link to be mailed, known by its hash alone.
#[derive(Debug, Clone)]
pub struct SignInLink<'a> {
    /// What it is known by.
    pub hash: TokenHash,
    /// Whoever reads the mail of this address may use it.
    pub mail: &'a MailAddress,
    /// What its user becomes if no subscriber has the address; without, the link is then good for nothing.
    pub name: Option<&'a SubscriberName>,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSession {
    /// As whom.
    pub subscriber: Subscriber,
    /// Until when, unless it is prolonged.
    pub expires_at: Timestamp,
}

impl Store {
    /// Keeps a link, and forgets those that have expired.
    pub async fn create_sign_in_link(
        &self,
        link: &SignInLink<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        transaction.execute(Query::new(sql::FORGET_SIGN_IN_LINKS).bind(now)).await?;
        let query = Query::new(sql::CREATE_SIGN_IN_LINK)
            .bind(link.hash.hex())
            .bind(link.mail.as_str())
            .bind(link.name.map(SubscriberName::as_str))
            .bind(link.expires_at);
        transaction.execute(query).await?;
        transaction.commit().await
    }

    /// Uses a link up, and begins a session of `until` for the subscriber with its address, who is created
    /// if the link may. `None` if there is no such link any more.
    pub async fn sign_in(
        &self,
        link: &TokenHash,
        session: &TokenHash,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<BrowserSession>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let query = Query::new(sql::USE_SIGN_IN_LINK).bind(link.hex()).bind(now);
        let Some(row) = transaction.row(query).await? else { return Ok(None) };
        let mail: MailAddress = row.parsed("mail")?;
        if let Some(name) = row.maybe_text("name")? {
            let query = Query::new(sql::CREATE_SUBSCRIBER_IF_MAIL_IS_FREE)
                .bind(name)
                .bind(mail.as_str())
                .bind(now);
            transaction.execute(query).await?;
        }
        let query = Query::new(sql::SUBSCRIBER_BY_MAIL).bind(mail.as_str());
        let Some(row) = transaction.row(query).await? else { return Ok(None) };
        let subscriber = subscriber(&row)?;
        if subscriber.suspended_at.is_some() {
            return Ok(None);
        }
        begin(&mut transaction, subscriber.id, session, now, until).await?;
        transaction.commit().await?;
        Ok(Some(BrowserSession { subscriber, expires_at: until }))
    }

    /// The session of a browser, unless it has expired or was ended.
    pub async fn session(
        &self,
        session: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<BrowserSession>, StoreError> {
        let query = Query::new(sql::SESSION).bind(session.hex()).bind(now);
        let Some(row) = self.database.row(query).await? else { return Ok(None) };
        Ok(Some(BrowserSession {
            subscriber: subscriber(&row)?,
            expires_at: row.time("expires_at_ms")?,
        }))
    }

    /// Has a session last until then.
    pub async fn prolong_session(
        &self,
        session: &TokenHash,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let query = Query::new(sql::PROLONG_SESSION).bind(session.hex()).bind(until);
        self.database.execute(query).await.map(drop)
    }

    /// Ends a session; one that isn't there is ended already.
    pub async fn end_session(&self, session: &TokenHash) -> Result<(), StoreError> {
        self.database.execute(Query::new(sql::END_SESSION).bind(session.hex())).await.map(drop)
    }

    /// Ends all sessions of a subscriber, wherever they are, and gives how many there were.
    pub async fn end_sessions_of(&self, subscriber: SubscriberId) -> Result<u64, StoreError> {
        self.database.execute(Query::new(sql::END_SESSIONS_OF).bind(subscriber.number())).await
    }
}

/// Begins a session, and forgets those that have expired.
async fn begin(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    session: &TokenHash,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    transaction.execute(Query::new(sql::FORGET_SESSIONS).bind(now)).await?;
    let query = Query::new(sql::CREATE_SESSION)
        .bind(session.hex())
        .bind(subscriber.number())
        .bind(now)
        .bind(until);
    transaction.execute(query).await.map(drop)
}
