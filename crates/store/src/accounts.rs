//! Records of calls over many conferences, as whoever has to pay or explain them reads them: by time, a part at
//! a time.

use std::fmt;
use std::str::FromStr;

use conference::{CallRecord, ConferenceKey, SubscriberId, Title};
use jiff::Timestamp;

use crate::database::{Query, Row};
use crate::error::StoreError;
use crate::{Store, row, sql};

/// Records that are given at once at most.
pub const ACCOUNT_ENTRIES_MAX: u32 = 500;

/// Whose records are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accountable {
    /// Everybody's.
    Everybody,
    /// Those of one subscriber's conferences.
    Subscriber(SubscriberId),
    /// Those of one conference.
    Conference(ConferenceKey),
}

/// Which records are wanted: of calls that began at `from` or later, and before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountRange {
    /// The first instant.
    pub from: Timestamp,
    /// The first that is too late.
    pub until: Timestamp,
    /// Where another part ended, if this is to go on from there.
    pub after: Option<AccountCursor>,
    /// How many, from 1 to [`ACCOUNT_ENTRIES_MAX`].
    pub limit: u32,
}

/// A place among the records. Its text is for programs to give back as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountCursor {
    began_at_ms: i64,
    conference: i64,
    participant: i64,
}

/// The record of a call with what its conference is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// The record; its conference by its present key.
    pub call: CallRecord,
    /// The conference's title as it is now.
    pub title: Title,
}

/// Part of the records, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The records.
    pub entries: Vec<AccountEntry>,
    /// Where to go on, unless this is the last part.
    pub next: Option<AccountCursor>,
}

/// A text that is no place among the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place among the records")]
pub struct AccountCursorError;

impl fmt::Display for AccountCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.began_at_ms, self.conference, self.participant)
    }
}

impl FromStr for AccountCursor {
    type Err = AccountCursorError;

    fn from_str(text: &str) -> Result<Self, AccountCursorError> {
        let numbers: Result<Vec<i64>, _> = text.splitn(3, '.').map(str::parse).collect();
        match numbers.as_deref() {
            Ok([began_at_ms, conference, participant]) => Ok(Self {
                began_at_ms: *began_at_ms,
                conference: *conference,
                participant: *participant,
            }),
            _ => Err(AccountCursorError),
        }
    }
}

impl Store {
    /// Part of somebody's records, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn account(
        &self,
        of: Accountable,
        range: AccountRange,
    ) -> Result<Account, StoreError> {
        let limit = range.limit.clamp(1, ACCOUNT_ENTRIES_MAX);
        let start = (range.from.as_millisecond(), 0, -1);
        let after = range.after.map(|it| (it.began_at_ms, it.conference, it.participant));
        let (began_at_ms, conference, participant) = after.unwrap_or(start).max(start);
        let query = match of {
            Accountable::Everybody => Query::new(sql::ACCOUNT_OF_ALL),
            Accountable::Subscriber(_) => Query::new(sql::ACCOUNT_OF_SUBSCRIBER),
            Accountable::Conference(_) => Query::new(sql::ACCOUNT_OF_CONFERENCE),
        };
        let query = query
            .bind(began_at_ms)
            .bind(conference)
            .bind(participant)
            .bind(range.until)
            .bind(i64::from(limit) + 1);
        let query = match of {
            Accountable::Everybody => query,
            Accountable::Subscriber(subscriber) => query.bind(subscriber.number()),
            Accountable::Conference(key) => query.bind(key.to_string()),
        };
        let rows = self.database.rows(query).await?;
        let shown = rows.iter().take(limit as usize);
        let entries = shown.clone().map(entry).collect::<Result<Vec<_>, StoreError>>()?;
        let is_last = rows.len() <= entries.len();
        let next = shown.last().filter(|_| !is_last).map(cursor).transpose()?;
        Ok(Account { entries, next })
    }
}

fn entry(row: &Row) -> Result<AccountEntry, StoreError> {
    Ok(AccountEntry { call: row::call_record(row)?, title: row.parsed("title")? })
}

fn cursor(row: &Row) -> Result<AccountCursor, StoreError> {
    Ok(AccountCursor {
        began_at_ms: row.integer("began_at_ms")?,
        conference: row.integer("conference_id")?,
        participant: row.integer("participant")?,
    })
}
