//! Requests that are carried out once, however often they are sent: what was answered to the first is kept for the
//! others.

use jiff::Timestamp;

use crate::database::{Query, Row};
use crate::error::StoreError;
use crate::{Store, sql_idempotency as sql};

/// Keys of one owner that are kept at a time.
pub const IDEMPOTENCY_KEYS_MAX: u32 = 10_000;

/// A request with a key, as it comes.
#[derive(Debug, Clone, Copy)]
pub struct KeyedRequest<'a> {
    /// A hash of its owner, of what it asks for and of its key.
    pub hash: &'a str,
    /// Whose keys are counted together.
    pub owner: &'a str,
    /// A hash of its body.
    pub fingerprint: &'a str,
}

/// What is to be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is the first: it is to be carried out, and its answer kept or the key released.
    First,
    /// The first is being carried out.
    UnderWay,
    /// This was answered to the first.
    Answered(KeptAnswer),
    /// The first had another body.
    Different,
    /// Its owner has [`IDEMPOTENCY_KEYS_MAX`] keys.
    TooMany,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The status.
    pub status: u16,
    /// What the body is, if there is one.
    pub content_type: Option<String>,
    /// Where what was created is.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

impl Store {
    /// Sees whether a request is the first with its key, and if so has it be that. Should nobody say what became
    /// of it until `until`, its key is free again: whoever had it was killed. Forgets what has expired.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn claim_key(
        &self,
        request: KeyedRequest<'_>,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Claim, StoreError> {
        let mut transaction = self.database.begin().await?;
        transaction.execute(Query::new(sql::FORGET_KEYS).bind(now)).await?;
        let claim = Query::new(sql::CLAIM_KEY)
            .bind(request.hash)
            .bind(request.owner)
            .bind(request.fingerprint)
            .bind(until)
            .bind(i64::from(IDEMPOTENCY_KEYS_MAX));
        let claim = match transaction.execute(claim).await? {
            0 => match transaction.row(Query::new(sql::KEY).bind(request.hash)).await? {
                Some(row) => claim_of(&row, request.fingerprint)?,
                None => Claim::TooMany,
            },
            _ => Claim::First,
        };
        transaction.commit().await?;
        Ok(claim)
    }

    /// Keeps what was answered to the first request with a key, until then.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn keep_answer(
        &self,
        hash: &str,
        answer: &KeptAnswer,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let query = Query::new(sql::KEEP_ANSWER)
            .bind(hash)
            .bind(i64::from(answer.status))
            .bind(answer.content_type.as_deref())
            .bind(answer.location.as_deref())
            .bind(answer.body.as_str())
            .bind(until);
        self.database.execute(query).await.map(drop)
    }

    /// Forgets a key whose first request came to nothing that is worth keeping: the next with it is the first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn release_key(&self, hash: &str) -> Result<(), StoreError> {
        self.database.execute(Query::new(sql::RELEASE_KEY).bind(hash)).await.map(drop)
    }
}

fn claim_of(row: &Row, fingerprint: &str) -> Result<Claim, StoreError> {
    if row.text("fingerprint")? != fingerprint {
        return Ok(Claim::Different);
    }
    let Some(status) = row.maybe_integer("status")? else { return Ok(Claim::UnderWay) };
    let text = |column| Ok::<_, StoreError>(row.maybe_text(column)?.map(str::to_owned));
    Ok(Claim::Answered(KeptAnswer {
        status: u16::try_from(status).map_err(|_| StoreError::Unreadable { column: "status" })?,
        content_type: text("content_type")?,
        location: text("location")?,
        body: text("body")?.unwrap_or_default(),
    }))
}
