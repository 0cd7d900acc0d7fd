//! The database away for a while.

use super::*;

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
