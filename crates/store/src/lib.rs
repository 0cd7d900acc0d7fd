//! Persistence of the domain: subscribers, conferences and call records, in one SQLite file or in a
//! PostgreSQL database.
//!
//! ```
//! use conference::{Access, Conference, ConferenceKey, DialInCode};
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
//!     access: Access::default(),
//!     placement: None,
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
//! program; a database from a later version is refused. Each migration is there twice, under one number, for
//! SQLite and for PostgreSQL; statements are the same for both, and so are the tests.
//!
//! Deliberately not here: what is running (sessions live in memory only), any rule of the domain, and
//! how often to try again when the database is away, which [`StoreError::Unavailable`] tells.

mod accounts;
mod appointments;
mod calls;
mod conferences;
mod database;
mod error;
mod idempotency;
mod invitees;
mod notices;
mod open;
mod outbox;
mod page;
mod pulse;
mod recordings;
mod reminders;
mod row;
mod sessions;
mod sql;
mod sql_appointments;
mod sql_idempotency;
mod sql_outbox;
mod sql_recordings;
mod sql_webhooks;
mod subscriber;
mod urls;
mod webhooks;

use crate::database::{Database, Query};

pub use crate::accounts::{
    ACCOUNT_ENTRIES_MAX, Account, AccountCursor, AccountEntry, AccountRange, Accountable,
};
pub use crate::appointments::{APPOINTMENTS_MAX, Appointment, DueAppointment, NewAppointment};
pub use crate::conferences::DialIn;
pub use crate::error::{BackUpError, Conflict, OpenError, StoreError};
pub use crate::idempotency::{Claim, IDEMPOTENCY_KEYS_MAX, KeptAnswer, KeyedRequest};
pub use crate::invitees::Invitee;
pub use crate::notices::{DueNotice, NOTICES_WAITING_MAX, NewNotice, NoticeState};
pub use crate::outbox::{DueLetter, LetterState, NewLetter, Purpose};
pub use crate::page::{Listing, PAGE_ENTRIES_MAX, Page};
pub use crate::reminders::DueReminder;
pub use crate::sessions::{BrowserSession, SignInLink};
pub use crate::subscriber::{NewSubscriber, Subscriber, TokenHash, TokenOwner};
pub use crate::webhooks::{NewWebhook, WEBHOOKS_MAX, Webhook};

/// The database. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
}

impl Store {
    /// Ends all connections. SQLite writes back what is in its write-ahead log.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Whether the database answers, for a health check.
    pub async fn is_healthy(&self) -> bool {
        self.database.execute(Query::new("SELECT 1")).await.is_ok()
    }
}

#[cfg(test)]
mod tests;
