//! What can go wrong with the database.

use std::path::{Path, PathBuf};

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;

/// Why the database could not be opened. The messages are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file can't be made, read or written.
    #[error("cannot open the database {path}: its file or directory can't be written")]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// The file is something else, or damaged.
    #[error("cannot open the database {path}: the file is not a database, or it is damaged")]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// The server's URL can't be read. It may have a password, and so is not shown.
    #[error("the database's URL is not one of PostgreSQL, such as postgres://user@host/confab")]
    NotAUrl,
    /// The server doesn't answer, or doesn't let us in.
    #[error("cannot use the database {server}: {source}")]
    NotReachable {
        /// The database and where it is.
        server: String,
        /// What went wrong.
        source: sqlx::Error,
    },
    /// A later version of the program has changed the database.
    #[error(
        "cannot open the database {database}: a newer version of confab has written it \
         (migration {migration} is unknown here)"
    )]
    Newer {
        /// The file, or the server.
        database: String,
        /// The first migration that this program doesn't know.
        migration: i64,
    },
    /// The tables could not be brought up to date.
    #[error("cannot bring the database {database} up to date: {source}")]
    Migration {
        /// The file, or the server.
        database: String,
        /// What went wrong.
        source: MigrateError,
    },
}

/// Why something could not be stored or found.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something that has to be unique is taken.
    #[error("{0} is taken")]
    Conflict(Conflict),
    /// What it refers to (a subscriber or a conference) is not in the store.
    #[error("what this belongs to is not in the store")]
    Orphan,
    /// Another subscriber has the mail address of one of several.
    #[error("the mail address of number {index} is taken")]
    MailTaken {
        /// Which, counted from 0.
        index: usize,
    },
    /// The pool has fewer URLs than are wanted.
    #[error("there are not so many URLs in the pool")]
    PoolEmpty,
    /// A row that this program can't have written.
    #[error("the database holds a {column} that can't be read")]
    Unreadable {
        /// Where it is.
        column: &'static str,
    },
    /// The database can't be used just now: its server is away, its disk is full, or others keep it busy.
    /// The same may work later.
    #[error("the database is away: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database refused, and would again.
    #[error("the database failed: {0}")]
    Database(#[source] sqlx::Error),
}

/// Why there is no copy of the database.
#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    /// There is a file of that name.
    #[error("there is such a file already")]
    Exists,
    /// The database is on a server, which has tools of its own for this.
    #[error("the database is PostgreSQL's: use pg_dump")]
    NotAFile,
    /// It could not be written.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// What is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The key: draw another.
    #[error("the conference key")]
    Key,
    /// The dial-in code: draw another.
    #[error("the dial-in code")]
    DialInCode,
    /// The dial-in number: it belongs to another conference.
    #[error("the dial-in number")]
    DialInNumber,
    /// The token: draw another.
    #[error("the token")]
    Token,
    /// The mail address: another subscriber has it.
    #[error("the mail address")]
    Mail,
    /// The appointment: that number waits already.
    #[error("the appointment")]
    Appointment,
    /// The call: it has been recorded.
    #[error("the call")]
    Call,
}

/// What has to be unique, as SQLite tells it (`table.column`, or the index, in the message), and as PostgreSQL does (the
/// name of the constraint).
const UNIQUE: [(&str, &str, Conflict); 8] = [
    ("urls.key", "urls_pkey", Conflict::Key),
    ("conferences.dial_in_code", "conferences_dial_in_code", Conflict::DialInCode),
    ("conferences.dial_in_number", "conferences_dial_in_number", Conflict::DialInNumber),
    ("tokens.hash", "tokens_pkey", Conflict::Token),
    ("index 'subscribers_mail'", "subscribers_mail", Conflict::Mail),
    ("appointments.conference", "appointments_number", Conflict::Appointment),
    ("call_records.secret", "call_records_secret", Conflict::Call),
    ("call_records.conference", "call_records_call", Conflict::Call),
];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(violation) if violation.is_unique_violation() => match conflict(violation) {
                Some(conflict) => Self::Conflict(conflict),
                None => Self::Database(error),
            },
            Some(violation) if violation.is_foreign_key_violation() => Self::Orphan,
            _ if is_passing(&error) => Self::Unavailable(error),
            _ => Self::Database(error),
        }
    }
}

fn conflict(violation: &dyn DatabaseError) -> Option<Conflict> {
    let message = violation.message();
    let is_it = |sqlite: &str, postgres: &str| match violation.constraint() {
        Some(constraint) => constraint == postgres,
        None => message.contains(sqlite),
    };
    UNIQUE.into_iter().find(|(sqlite, postgres, _)| is_it(sqlite, postgres)).map(|found| found.2)
}

/// Whether it may be over later.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
            Some(error) => is_passing_in_postgres(error.code()),
            None => error.code().is_some_and(|code| is_passing_in_sqlite(&code)),
        },
        _ => false,
    }
}

/// SQLSTATE (PostgreSQL 15, appendix A): classes 08 (no connection), 25006 (a standby takes no writes),
/// 40 (deadlock), 53 (no memory, disk or connections left), 57 (shutting down, starting up, took too long)
/// and 58 (the server's own system failed).
fn is_passing_in_postgres(code: &str) -> bool {
    code == "25006" || ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
}

/// SQLite's result codes (sqlite.org/rescode.html) 5 and 6 (busy, locked), 8 (read-only), 10 (the disk
/// failed), 13 (it is full) and 14 (the file can't be opened). Extended codes have these in their low byte.
fn is_passing_in_sqlite(code: &str) -> bool {
    let code = code.parse::<u32>();
    code.is_ok_and(|code| matches!(code & 0xFF, 5 | 6 | 8 | 10 | 13 | 14))
}

/// SQLite's result code for a file that is something else than a database.
const SQLITE_NOTADB: &str = "26";
/// Its code for a database whose insides don't fit together.
const SQLITE_CORRUPT: &str = "11";

impl OpenError {
    pub(crate) fn connecting(path: &Path, source: sqlx::Error) -> Self {
        let path = path.to_owned();
        if is_damaged(&source) {
            Self::NotADatabase { path, source }
        } else {
            Self::NotWritable { path, source }
        }
    }

    pub(crate) fn migrating_file(path: &Path, source: MigrateError) -> Self {
        match source {
            MigrateError::Execute(source) if is_damaged(&source) => {
                Self::NotADatabase { path: path.to_owned(), source }
            }
            source => Self::migrating(path.display().to_string(), source),
        }
    }

    pub(crate) fn migrating(database: String, source: MigrateError) -> Self {
        match source {
            MigrateError::VersionMissing(migration) => Self::Newer { database, migration },
            source => Self::Migration { database, source },
        }
    }
}

fn is_damaged(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|database| database.code());
    code.is_some_and(|code| code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
}
