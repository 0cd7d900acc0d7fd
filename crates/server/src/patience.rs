//! Writing to a database that may be away.

use std::time::Duration;

use store::StoreError;
use tokio::sync::watch;

/// How long to wait before the n-th further try; the last again and again, as long as the database is away. All
/// are below the time that writers have at the server's stop, so that there is another try then.
const WAITS: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(2)];

/// Tries to write until the database is there, however long it is away. An attempt is told how many there were
/// before it; what it is that waits is for the log.
pub(crate) async fn until_it_is_back<T, F>(
    what: &str,
    attempt: impl Fn(usize) -> F,
) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut tries = 0;
    loop {
        match attempt(tries).await {
            Err(StoreError::Unavailable(error)) => {
                if tries == 0 {
                    tracing::warn!(%error, what, "the database is waited for");
                }
                tokio::time::sleep(WAITS[tries.min(WAITS.len() - 1)]).await;
                tries += 1;
            }
            done => return done,
        }
    }
}

/// Writes what became of something that was tried: it would be tried again if that were lost. Goes on trying until the
/// database is there, for `time_max` at most, or until the server stops.
pub(crate) async fn settle<F>(
    what: &str,
    time_max: Duration,
    mut stopping: watch::Receiver<bool>,
    attempt: impl Fn() -> F,
) -> Result<(), StoreError>
where
    F: Future<Output = Result<(), StoreError>>,
{
    let patient = tokio::time::timeout(time_max, until_it_is_back(what, |_| attempt()));
    let settled = tokio::select! {
        settled = patient => settled.ok(),
        _ = stopping.wait_for(|stopping| *stopping) => None,
    };
    match settled {
        Some(settled) => settled,
        None => attempt().await,
    }
}
