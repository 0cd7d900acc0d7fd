//! Opening, closing, and what is found in between.

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::*;
use crate::open::SQLITE_MIGRATIONS;

on_both![what_was_stored_is_there_after_a_restart, a_database_of_a_newer_version_is_refused,];

async fn what_was_stored_is_there_after_a_restart(bench: Bench) {
    let zone = Zone::parse("Europe/Paris").unwrap();
    let conference = Conference {
        schedule: Some(Schedule::new(at(3600), zone)),
        dial_in_number: Some(number("01 42 68 53 00")),
        ..bench.conference(1)
    };
    bench.store.create_conference(&conference).await.unwrap();
    let call = call(&conference, 1);
    bench.store.record_call(&call).await.unwrap();
    bench.store.close().await;

    let store = bench.reopened().await;
    assert!(store.is_healthy().await);
    assert_eq!(store.conference_by_key(conference.key).await.unwrap(), Some(conference.clone()));
    let calls = store.calls_of(conference.key, Page::default()).await.unwrap();
    assert_eq!(calls.entries, [call]);
    let anna =
        store.subscriber_by_token_hash(&TokenHash::of("anna")).await.unwrap().unwrap().subscriber;
    assert_eq!((anna.id, anna.name.as_str()), (bench.subscriber, "Anna"));
}

async fn a_database_of_a_newer_version_is_refused(bench: Bench) {
    bench
        .tamper(
            "INSERT INTO _sqlx_migrations \
             (version, description, installed_on, success, checksum, execution_time) \
             SELECT 9999, 'from the future', installed_on, success, checksum, execution_time \
             FROM _sqlx_migrations WHERE version = 3",
        )
        .await;
    bench.store.close().await;
    let error = bench.place.open().await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { migration: 9999, .. }), "{error:?}");
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[tokio::test]
async fn what_a_killed_process_had_stored_is_there() {
    let bench = Bench::sqlite().await;
    let conference = bench.create(1).await;
    // The file as it is, with its log, while it is still open: what a kill leaves behind.
    let copy = bench.path().with_file_name("copy.db");
    for suffix in ["", "-wal"] {
        let mut from = bench.path().into_os_string();
        let mut to = copy.clone().into_os_string();
        from.push(suffix);
        to.push(suffix);
        std::fs::copy(from, to).unwrap();
    }
    let store = Store::open(&copy).await.unwrap();
    assert_eq!(store.conference_by_key(conference.key).await.unwrap(), Some(conference));
}

#[tokio::test]
async fn what_the_first_version_wrote_is_still_read() {
    let bench = Bench::sqlite().await;
    let path = bench.path().with_file_name("first.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    SQLITE_MIGRATIONS.run_to(1, &pool).await.unwrap();
    let conference = Conference { subscriber: SubscriberId::new(1), ..bench.conference(1) };
    let record = CallRecord { number: None, name: None, ..call(&conference, 1) };
    let (key, secret) = (conference.key, record.secret.unwrap());
    let statements = format!(
        "INSERT INTO subscribers VALUES (1, 'first', '{first}', 0), (2, 'Ben', '{ben}', 0);
         INSERT INTO conferences VALUES
             ('{key}', 1, '{title}', NULL, NULL, '{code}', NULL, {created}, NULL);
         INSERT INTO call_records VALUES
             ('{key}', 1, '{secret}', 'call_me', NULL, NULL, {began}, {answered}, {ended}, 'left')",
        first = TokenHash::of("anna").hex(),
        ben = TokenHash::of("ben").hex(),
        title = conference.title,
        code = conference.dial_in_code,
        created = conference.created_at.as_millisecond(),
        began = record.began_at.as_millisecond(),
        answered = record.answered_at.unwrap().as_millisecond(),
        ended = record.ended_at.as_millisecond(),
    );
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&pool).await.unwrap();
    pool.close().await;

    let store = Store::open(&path).await.unwrap();
    let found = store.conference_by_key(conference.key).await.unwrap();
    assert_eq!(found.as_ref(), Some(&conference));
    let code = DialIn::Code(conference.dial_in_code);
    assert_eq!(store.conference_by_dial_in(&code).await.unwrap(), found);
    let calls = store.calls_of(conference.key, Page::default()).await.unwrap();
    assert_eq!(calls.entries, [record]);
    let ben =
        store.subscriber_by_token_hash(&TokenHash::of("ben")).await.unwrap().unwrap().subscriber;
    assert_eq!((ben.id, ben.name.as_str()), (SubscriberId::new(2), "Ben"));
}

#[tokio::test]
async fn a_file_is_backed_up_while_it_is_written() {
    let bench = Bench::sqlite().await;
    let first = bench.create(1).await;
    let writing = bench.store.database.begin().await.unwrap();
    let copy = bench.path().with_file_name("copy.db");
    bench.store.back_up(&copy).await.unwrap();
    drop(writing);
    let second = bench.create(2).await;
    let backup = Store::open(&copy).await.unwrap();
    assert_eq!(backup.conference_by_key(first.key).await.unwrap(), Some(first));
    assert_eq!(backup.conference_by_key(second.key).await.unwrap(), None, "that came later");
    let again = bench.store.back_up(&copy).await;
    assert!(matches!(again, Err(BackUpError::Exists)), "{again:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    std::fs::write(&path, "not a database, but long enough to look like one ".repeat(50)).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("notes.txt"), "{error}");
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept.starts_with("not a database"), "and left as it was");
}

#[tokio::test]
async fn a_damaged_database_is_refused_by_name() {
    let bench = Bench::sqlite().await;
    bench.store.close().await;
    let mut bytes = std::fs::read(bench.path()).unwrap();
    bytes[100..].fill(0xA5);
    std::fs::write(bench.path(), bytes).unwrap();
    let error = Store::open(&bench.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    for path in [directory.path().to_owned(), directory.path().join("missing/confab.db")] {
        let error = Store::open(&path).await.unwrap_err();
        assert!(matches!(error, OpenError::NotWritable { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()));
    }
}
