//! Persistence of the domain: subscribers, conferences and call records in one SQLite file.
//!
//! ```
//! use conference::{Conference, ConferenceKey, DialInCode};
//! use store::{DialIn, Store, TokenHash};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("confab.db");
//! let now: jiff::Timestamp = "2026-11-24T13:30:00Z".parse()?;
//! let store = Store::open(&path).await?;
//! let subscriber = store.create_subscriber("Anna", &TokenHash::of("a token"), now).await?;
//! let conference = Conference {
//!     key: ConferenceKey::from_random([7; 16]),
//!     subscriber: subscriber.id,
//!     title: "Planning".parse()?,
//!     schedule: None,
//!     dial_in_code: DialInCode::from_random([7; 8]),
//!     dial_in_number: None,
//!     created_at: now,
//!     ended_at: None,
//! };
//! store.create_conference(&conference).await?;
//! let dialled = DialIn::Code(conference.dial_in_code);
//! assert_eq!(store.conference_by_dial_in(&dialled).await?, Some(conference));
//! # Ok(())
//! # }
//! ```
//!
//! What has been stored is on the disk when a method returns, and there after a restart. Times are
//! kept to the millisecond. Opening brings the tables up to date by the migrations built into the
//! program; a file from a later version is refused.
//!
//! Deliberately not here: what is running (sessions live in memory only), any rule of the domain,
//! and a second database. One would need its own pool, the subscribers' numbering in the
//! migrations, and nothing in the statements, which are all in one portable module.

mod calls;
mod conferences;
mod error;
mod page;
mod row;
mod sql;
mod subscriber;

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub use crate::conferences::DialIn;
pub use crate::error::{Conflict, OpenError, StoreError};
pub use crate::page::{Listing, PAGE_ENTRIES_MAX, Page};
pub use crate::subscriber::{Subscriber, TokenHash};

/// Connections at once. Readers don't wait for each other; SQLite has one writer at a time.
const CONNECTIONS_MAX: u32 = 4;

/// How long to wait for the writer before, and for a free connection, until the database counts
/// as failed.
const WAIT_MAX: Duration = Duration::from_secs(5);

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The database. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens the database in a file, which is made if it isn't there (its directory is not), and
    /// brings its tables up to date.
    ///
    /// # Errors
    /// [`OpenError`], which names the file and what is wrong with it.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // With `Normal`, a power cut would lose what was stored since the last checkpoint.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WAIT_MAX);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(WAIT_MAX)
            .connect_with(options)
            .await
            .map_err(|source| OpenError::connecting(path.to_owned(), source))?;
        let store = Self { pool };
        store.check_writable(path).await?;
        MIGRATIONS
            .run(&store.pool)
            .await
            .map_err(|source| OpenError::migrating(path.to_owned(), source))?;
        Ok(store)
    }

    /// Writes back what is in the write-ahead log, and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Whether the database answers, for a health check.
    pub async fn is_healthy(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }

    /// SQLite opens a file that it may not write as read-only: better to say so at the start than
    /// at the first conference.
    async fn check_writable(&self, path: &Path) -> Result<(), OpenError> {
        let failed = |source| OpenError::connecting(path.to_owned(), source);
        let transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        transaction.rollback().await.map_err(failed)
    }
}

#[cfg(test)]
mod tests;
