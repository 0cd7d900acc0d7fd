//! Opening a database, and bringing its tables up to date.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::Store;
use crate::database::Database;
use crate::error::{BackUpError, OpenError, StoreError};
use crate::pulse::ANSWER_MAX;

/// Connections to a SQLite file at once. Readers don't wait for each other; there is one writer at a time.
const SQLITE_CONNECTIONS_MAX: u32 = 4;

/// Connections to a PostgreSQL server at once, of the hundred that it takes by default.
const POSTGRES_CONNECTIONS_MAX: u32 = 16;

/// How long to wait for the writer before, and for a free connection, until the database counts as away.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// What its URLs begin with.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// What PostgreSQL lists our connections as.
const APPLICATION: &str = "confab";

pub(crate) static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

impl Store {
    /// Opens the SQLite database in a file, which is made if it isn't there (its directory is not), and
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
            .max_connections(SQLITE_CONNECTIONS_MAX)
            .acquire_timeout(WAIT_MAX)
            .connect_with(options)
            .await
            .map_err(|source| OpenError::connecting(path, source))?;
        check_writable(&pool, path).await?;
        let migrated = SQLITE_MIGRATIONS.run(&pool).await;
        migrated.map_err(|source| OpenError::migrating_file(path, source))?;
        Ok(Self { database: Database::sqlite(pool) })
    }

    /// Connects to a PostgreSQL database (which has to be there), and brings its tables up to date. `url`
    /// is as libpq takes it: `postgres://user:password@host:5432/confab?sslmode=verify-full`, or
    /// `postgres:///confab?host=/run/postgresql` for a socket.
    ///
    /// # Errors
    /// [`OpenError`], which names the server but no password.
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
            return Err(OpenError::NotAUrl);
        }
        let options: PgConnectOptions = url.parse().map_err(|_| OpenError::NotAUrl)?;
        let server = name_of(&options);
        // The server ends what takes so long itself, soon after we gave up waiting.
        let options = options
            .application_name(APPLICATION)
            .options([("statement_timeout", ANSWER_MAX.as_millis().to_string())]);
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS_MAX)
            .acquire_timeout(WAIT_MAX)
            .connect_with(options)
            .await
            .map_err(|source| OpenError::NotReachable { server: server.clone(), source })?;
        let migrated = POSTGRES_MIGRATIONS.run(&pool).await;
        migrated.map_err(|source| OpenError::migrating(server, source))?;
        Ok(Self { database: Database::postgres(pool) })
    }
}

impl Store {
    /// Copies the database, as it is at one moment, into a new file, while others read and write it.
    ///
    /// # Errors
    /// [`BackUpError`]; a file that is there is left as it is.
    pub async fn back_up(&self, path: &Path) -> Result<(), BackUpError> {
        let pool = self.database.file().ok_or(BackUpError::NotAFile)?;
        // SQLite itself would write into an empty file.
        if path.exists() {
            return Err(BackUpError::Exists);
        }
        let copied = sqlx::query("VACUUM INTO $1").bind(path.to_string_lossy()).execute(pool);
        copied.await.map_err(StoreError::from)?;
        Ok(())
    }
}

/// A server as errors name it: `confab@db.example.com:5432`, without user and password.
fn name_of(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{database}@{}:{}", socket.display(), options.get_port()),
        None => format!("{database}@{}:{}", options.get_host(), options.get_port()),
    }
}

/// SQLite opens a file that it may not write as read-only: better to say so at the start than at the first
/// conference.
async fn check_writable(pool: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::connecting(path, source);
    let transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    transaction.rollback().await.map_err(failed)
}
