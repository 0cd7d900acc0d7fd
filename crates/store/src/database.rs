//! One interface to two databases.
//!
//! Statements are the same for both (`sql.rs`), and so are their values: whole numbers and texts are all
//! that is ever stored. sqlx's own `Any` hides the two behind drivers found at run time; with it neither
//! SQLite's options nor its `BEGIN IMMEDIATE` could be said. So here is an enum of two pools, and what
//! differs between them is in this file and in `open.rs`.

use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::postgres::{PgPool, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqlitePool, SqliteRow};
use sqlx::{Arguments, Decode, Encode, IntoArguments, Row as _, Type};

use crate::error::StoreError;
use crate::pulse::{ANSWER_MAX, Pulse};

/// A database. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pool: Pool,
    pulse: Arc<Pulse>,
}

/// The connections.
#[derive(Debug, Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A statement and the values of its parameters, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    sqlite: &'static str,
    postgres: &'static str,
    values: Vec<Value>,
}

/// A value as it is stored.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
}

/// What a statement gives.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// Statements that are carried out together or not at all. Dropped without [`commit`](Self::commit),
/// none is.
pub(crate) struct Transaction {
    inner: Inner,
    pulse: Arc<Pulse>,
}

enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Database {
    pub(crate) fn sqlite(pool: SqlitePool) -> Self {
        Self { pool: Pool::Sqlite(pool), pulse: Arc::default() }
    }

    pub(crate) fn postgres(pool: PgPool) -> Self {
        Self { pool: Pool::Postgres(pool), pulse: Arc::default() }
    }

    /// The file's connections, if it is one.
    pub(crate) const fn file(&self) -> Option<&SqlitePool> {
        match &self.pool {
            Pool::Sqlite(pool) => Some(pool),
            Pool::Postgres(_) => None,
        }
    }

    /// Carries a statement out, and gives how many rows it has changed.
    pub(crate) async fn execute(&self, query: Query) -> Result<u64, StoreError> {
        self.ask(async {
            Ok(match &self.pool {
                Pool::Sqlite(pool) => query.sqlite()?.execute(pool).await?.rows_affected(),
                Pool::Postgres(pool) => query.postgres()?.execute(pool).await?.rows_affected(),
            })
        })
        .await
    }

    /// All rows that a statement gives.
    pub(crate) async fn rows(&self, query: Query) -> Result<Vec<Row>, StoreError> {
        self.ask(async {
            Ok(match &self.pool {
                Pool::Sqlite(pool) => wrap(Row::Sqlite, query.sqlite()?.fetch_all(pool).await?),
                Pool::Postgres(pool) => {
                    wrap(Row::Postgres, query.postgres()?.fetch_all(pool).await?)
                }
            })
        })
        .await
    }

    /// The first row that a statement gives, if any.
    pub(crate) async fn row(&self, query: Query) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(query).await?.into_iter().next())
    }

    /// Begins a transaction. SQLite has one writer at a time: this waits to be it, so that no statement of
    /// the transaction finds the file changed since it began.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        let begun = self.ask(async {
            Ok(match &self.pool {
                Pool::Sqlite(pool) => Inner::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
                Pool::Postgres(pool) => Inner::Postgres(pool.begin().await?),
            })
        });
        Ok(Transaction { inner: begun.await?, pulse: Arc::clone(&self.pulse) })
    }

    pub(crate) async fn close(&self) {
        let closed = async {
            match &self.pool {
                Pool::Sqlite(pool) => pool.close().await,
                Pool::Postgres(pool) => pool.close().await,
            }
        };
        // It waits for connections that are in use, and one that hangs is never given back.
        let _ = tokio::time::timeout(ANSWER_MAX, closed).await;
    }

    /// Asks, unless it would be in vain.
    async fn ask<T>(
        &self,
        asked: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        if !self.pulse.may_ask() {
            return Err(silent());
        }
        in_time(&self.pulse, asked).await
    }
}

impl Transaction {
    /// As [`Database::execute`].
    pub(crate) async fn execute(&mut self, query: Query) -> Result<u64, StoreError> {
        let inner = &mut self.inner;
        in_time(&self.pulse, async {
            Ok(match inner {
                Inner::Sqlite(it) => query.sqlite()?.execute(&mut **it).await?.rows_affected(),
                Inner::Postgres(it) => query.postgres()?.execute(&mut **it).await?.rows_affected(),
            })
        })
        .await
    }

    /// As [`Database::rows`].
    pub(crate) async fn rows(&mut self, query: Query) -> Result<Vec<Row>, StoreError> {
        let inner = &mut self.inner;
        in_time(&self.pulse, async {
            Ok(match inner {
                Inner::Sqlite(it) => wrap(Row::Sqlite, query.sqlite()?.fetch_all(&mut **it).await?),
                Inner::Postgres(it) => {
                    wrap(Row::Postgres, query.postgres()?.fetch_all(&mut **it).await?)
                }
            })
        })
        .await
    }

    /// As [`Database::row`].
    pub(crate) async fn row(&mut self, query: Query) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(query).await?.into_iter().next())
    }

    /// Has nothing carried out. A transaction that is dropped ends so too, but a moment later.
    pub(crate) async fn roll_back(self) -> Result<(), StoreError> {
        in_time(&self.pulse, async {
            match self.inner {
                Inner::Sqlite(it) => it.rollback().await,
                Inner::Postgres(it) => it.rollback().await,
            }
        })
        .await
    }

    /// Has everything carried out.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        in_time(&self.pulse, async {
            match self.inner {
                Inner::Sqlite(it) => it.commit().await,
                Inner::Postgres(it) => it.commit().await,
            }
        })
        .await
    }
}

impl Query {
    /// A statement that means the same to both databases.
    pub(crate) fn new(statement: &'static str) -> Self {
        Self::either(statement, statement)
    }

    /// A statement that has to be said differently to each.
    pub(crate) fn either(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres, values: Vec::new() }
    }

    /// The value of the next parameter.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    fn sqlite(self) -> Result<Prepared<Sqlite>, sqlx::Error> {
        prepare(self.sqlite, self.values)
    }

    fn postgres(self) -> Result<Prepared<Postgres>, sqlx::Error> {
        prepare(self.postgres, self.values)
    }
}

type Prepared<D> = sqlx::query::Query<'static, D, <D as sqlx::Database>::Arguments>;

fn prepare<D: sqlx::Database>(
    statement: &'static str,
    values: Vec<Value>,
) -> Result<Prepared<D>, sqlx::Error>
where
    Option<i64>: Encode<'static, D> + Type<D>,
    Option<String>: Encode<'static, D> + Type<D>,
    D::Arguments: IntoArguments<D>,
{
    let mut arguments = D::Arguments::default();
    for value in values {
        let added = match value {
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(sqlx::query_with(statement, arguments))
}

macro_rules! value_from {
    ($($type:ty => |$value:ident| $of:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $of
            }
        }
    )*};
}

value_from! {
    i64 => |number| Self::Integer(Some(number));
    Option<i64> => |number| Self::Integer(number);
    &str => |text| Self::Text(Some(text.to_owned()));
    Option<&str> => |text| Self::Text(text.map(str::to_owned));
    String => |text| Self::Text(Some(text));
    Option<String> => |text| Self::Text(text);
    Timestamp => |time| Self::Integer(Some(time.as_millisecond()));
    Option<Timestamp> => |time| Self::Integer(time.map(Timestamp::as_millisecond));
}

/// Nothing is trusted for having been written by ourselves: a file may have been edited, and a value that
/// can't be read is an error, not a panic.
impl Row {
    pub(crate) fn integer(&self, column: &'static str) -> Result<i64, StoreError> {
        self.value(column)
    }

    pub(crate) fn maybe_integer(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.value(column)
    }

    pub(crate) fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        Ok(self.integer(column)? != 0)
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<&str, StoreError> {
        self.value(column)
    }

    pub(crate) fn maybe_text(&self, column: &'static str) -> Result<Option<&str>, StoreError> {
        self.value(column)
    }

    pub(crate) fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|_| StoreError::Unreadable { column })
    }

    pub(crate) fn maybe_parsed<T: FromStr>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let parsed = self.maybe_text(column)?.map(str::parse).transpose();
        parsed.map_err(|_| StoreError::Unreadable { column })
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.maybe_time(column)?.ok_or(StoreError::Unreadable { column })
    }

    pub(crate) fn maybe_time(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let time = self.maybe_integer(column)?.map(Timestamp::from_millisecond).transpose();
        time.map_err(|_| StoreError::Unreadable { column })
    }

    fn value<'r, T>(&'r self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        let value = match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        };
        value.map_err(|_| StoreError::Unreadable { column })
    }
}

fn wrap<R>(kind: impl Fn(R) -> Row, rows: Vec<R>) -> Vec<Row> {
    rows.into_iter().map(kind).collect()
}

/// What a database answers in time; it is noted whether it does.
async fn in_time<T>(
    pulse: &Pulse,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    let since = pulse.now();
    match tokio::time::timeout(ANSWER_MAX, asked).await {
        // Nobody has a connection to spare, or none can be made.
        Err(_) | Ok(Err(sqlx::Error::PoolTimedOut)) => {
            pulse.missed(since);
            Err(silent())
        }
        Ok(answer) => {
            pulse.felt();
            answer.map_err(StoreError::from)
        }
    }
}

fn silent() -> StoreError {
    StoreError::Unavailable(sqlx::Error::PoolTimedOut)
}
