//! What can go wrong with the database.

use std::path::PathBuf;

use sqlx::error::DatabaseError;

/// SQLite's result code for a file that is something else than a database.
const SQLITE_NOTADB: &str = "26";
/// Its code for a database whose insides don't fit together.
const SQLITE_CORRUPT: &str = "11";

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
    /// A later version of the program has changed the database.
    #[error(
        "cannot open the database {path}: a newer version of confab has written it \
         (migration {migration} is unknown here)"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The first migration that this program doesn't know.
        migration: i64,
    },
    /// The tables could not be brought up to date.
    #[error("cannot bring the database {path} up to date")]
    Migration {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: sqlx::migrate::MigrateError,
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
    /// A row that this program can't have written.
    #[error("the database holds a {column} that can't be read")]
    Unreadable {
        /// Where it is.
        column: &'static str,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
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
    /// The call: it has been recorded.
    #[error("the call")]
    Call,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(violation) if violation.is_unique_violation() => match conflict(violation) {
                Some(conflict) => Self::Conflict(conflict),
                None => Self::Database(error),
            },
            Some(violation) if violation.is_foreign_key_violation() => Self::Orphan,
            _ => Self::Database(error),
        }
    }
}

/// Which constraint was violated. SQLite tells by `table.column` in the message; PostgreSQL by
/// `table_column`, the name of the index.
fn conflict(violation: &dyn DatabaseError) -> Option<Conflict> {
    const COLUMNS: [(&str, Conflict); 5] = [
        ("conferences.key", Conflict::Key),
        ("conferences.dial_in_code", Conflict::DialInCode),
        ("conferences.dial_in_number", Conflict::DialInNumber),
        ("subscribers.token_hash", Conflict::Token),
        ("call_records.secret", Conflict::Call),
    ];
    let message = violation.message();
    COLUMNS.into_iter().find(|(column, _)| message.contains(column)).map(|(_, conflict)| conflict)
}

impl OpenError {
    pub(crate) fn connecting(path: PathBuf, source: sqlx::Error) -> Self {
        if is_damaged(&source) {
            Self::NotADatabase { path, source }
        } else {
            Self::NotWritable { path, source }
        }
    }

    pub(crate) fn migrating(path: PathBuf, source: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match source {
            MigrateError::VersionMissing(migration) => Self::Newer { path, migration },
            MigrateError::Execute(source) if is_damaged(&source) => {
                Self::NotADatabase { path, source }
            }
            source => Self::Migration { path, source },
        }
    }
}

fn is_damaged(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|database| database.code());
    code.is_some_and(|code| code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
}
