//! The same tests on both databases.

mod appointments;
mod calls;
#[path = "../testing/cluster.rs"]
mod cluster;
mod conferences;
mod idempotency;
mod opening;
mod outage;
mod outbox;
mod people;
mod recordings;
mod reminders;
mod urls;
mod webhooks;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use conference::*;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

use self::cluster::Cluster;
use super::*;

/// Makes two tests of each: one with a file, one with a server.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Bench::sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Bench::postgres().await).await;
            })*
        }
    };
}
use on_both;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// A database of one test, with a subscriber in it.
struct Bench {
    store: Store,
    place: Place,
    subscriber: SubscriberId,
}

enum Place {
    /// In a directory that goes away with it.
    File(TempDir),
    /// In a schema of the server that all tests share.
    Server(String),
}

impl Bench {
    async fn sqlite() -> Self {
        Self::new(Place::File(tempfile::tempdir().unwrap())).await
    }

    async fn postgres() -> Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        static SCHEMAS: AtomicUsize = AtomicUsize::new(0);
        let cluster = CLUSTER.get_or_init(Cluster::start);
        let schema = format!("test_{}", SCHEMAS.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&cluster.url()).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
        connection.execute(create).await.unwrap();
        connection.close().await.unwrap();
        Self::new(Place::Server(format!("{}&options[search_path]={schema}", cluster.url()))).await
    }

    async fn new(place: Place) -> Self {
        let store = place.open().await.unwrap();
        let subscriber = store.create_subscriber("Anna", &TokenHash::of("anna"), at(0)).await;
        Self { store, place, subscriber: subscriber.unwrap().id }
    }

    /// The same database, by other connections.
    async fn reopened(&self) -> Store {
        self.place.open().await.unwrap()
    }

    fn path(&self) -> PathBuf {
        self.place.path().unwrap()
    }

    fn conference(&self, number: u8) -> Conference {
        Conference {
            key: ConferenceKey::from_random([number; 16]),
            subscriber: self.subscriber,
            title: format!("Conference {number}").parse().unwrap(),
            schedule: None,
            dial_in_code: DialInCode::from_random([number; 8]),
            dial_in_number: None,
            access: Access::default(),
            placement: None,
            created_at: at(number.into()),
            ended_at: None,
        }
    }

    async fn create(&self, number: u8) -> Conference {
        let conference = self.conference(number);
        self.store.create_conference(&conference).await.unwrap();
        conference
    }

    /// Runs a statement behind the store's back.
    async fn tamper(&self, statement: &'static str) {
        self.store.database.execute(Query::new(statement)).await.unwrap();
    }
}

impl Place {
    async fn open(&self) -> Result<Store, OpenError> {
        match self {
            Self::File(_) => Store::open(&self.path().unwrap()).await,
            Self::Server(url) => Store::connect(url).await,
        }
    }

    fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File(directory) => Some(directory.path().join("confab.db")),
            Self::Server(_) => None,
        }
    }
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, Country::DEFAULT).unwrap()
}

fn call(conference: &Conference, participant: u64) -> CallRecord {
    CallRecord {
        conference: conference.key,
        participant: ParticipantId::new(participant),
        secret: Some(CallSecret::from_random([participant as u8; 16])),
        via: Via::CallMe,
        with: None,
        number: Some(number("06 12 34 56 78")),
        name: "Anna".parse().ok(),
        began_at: at(10),
        answered_at: Some(at(15)),
        ended_at: at(75),
        ending: Ending::Left,
    }
}

fn conflict<T>(result: Result<T, StoreError>) -> Option<Conflict> {
    match result {
        Err(StoreError::Conflict(conflict)) => Some(conflict),
        _ => None,
    }
}
