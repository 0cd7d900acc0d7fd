//! The database away for a while.

use std::time::{Duration, Instant};

use super::*;
use crate::pulse::ANSWER_MAX;

/// What a busy machine may take besides.
const SLACK: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_told_apart_and_found_again() {
    let mut cluster = Cluster::start();
    let bench = Bench::new(Place::Server(cluster.url())).await;
    let conference = bench.create(1).await;
    cluster.stop();
    let away = bench.store.record_call(&call(&conference, 1)).await;
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    let away = bench.store.create_conference(&bench.conference(2)).await;
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    assert!(!bench.store.is_healthy().await);

    cluster.restart();
    assert!(bench.store.is_healthy().await);
    bench.store.record_call(&call(&conference, 1)).await.unwrap();
    let twice = bench.store.record_call(&call(&conference, 1)).await;
    assert_eq!(conflict(twice), Some(Conflict::Call), "once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_keeps_one_at_a_time_waiting_and_not_for_long() {
    let mut cluster = Cluster::start();
    let bench = Bench::new(Place::Server(cluster.url())).await;
    let conference = bench.create(1).await;
    cluster.hang();
    let began = Instant::now();
    let silent = bench.store.record_call(&call(&conference, 1)).await;
    assert!(matches!(silent, Err(StoreError::Unavailable(_))), "{silent:?}");
    assert!(began.elapsed() < ANSWER_MAX + SLACK, "{:?}", began.elapsed());

    let began = Instant::now();
    let store = bench.store.clone();
    let trying = tokio::spawn(async move { store.is_healthy().await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..100 {
        assert!(!bench.store.is_healthy().await);
    }
    assert!(began.elapsed() < SLACK, "others aren't kept waiting: {:?}", began.elapsed());

    cluster.resume();
    assert!(trying.await.unwrap(), "who waits is answered");
    assert!(bench.store.is_healthy().await, "and so is everybody from then on");
    let again = bench.store.record_call(&call(&conference, 1)).await;
    // The server may have carried out what it was asked for when nobody waited any more.
    assert!(
        again.is_ok() || matches!(again, Err(StoreError::Conflict(Conflict::Call))),
        "{again:?}"
    );
    let records = bench.store.calls_of(conference.key, Page::default()).await.unwrap().entries;
    assert_eq!(records.len(), 1);
}

#[tokio::test]
async fn a_file_that_others_keep_busy_is_away() {
    let bench = Bench::sqlite().await;
    let conference = bench.create(1).await;
    // SQLite itself waits for the other writer; here, not for long.
    bench.tamper("PRAGMA busy_timeout = 1").await;
    let other = bench.reopened().await;
    let writer = other.database.begin().await.unwrap();
    let busy = bench.store.record_call(&call(&conference, 1)).await;
    assert!(matches!(busy, Err(StoreError::Unavailable(_))), "{busy:?}");
    drop(writer);
    bench.store.record_call(&call(&conference, 1)).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let url = "postgres://confab:hush@127.0.0.1:1/meetings";
    let error = Store::connect(url).await.unwrap_err();
    assert!(matches!(error, OpenError::NotReachable { .. }), "{error:?}");
    let said = error.to_string();
    assert!(said.contains("meetings@127.0.0.1:1") && !said.contains("hush"), "{said}");
    for url in ["mysql://elsewhere", "confab.db", "postgres://a b"] {
        let error = Store::connect(url).await.unwrap_err();
        assert!(matches!(error, OpenError::NotAUrl), "{url}: {error:?}");
    }
}
