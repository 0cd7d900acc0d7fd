//! Writing to a database that may be away.

use std::time::Duration;

use store::StoreError;

/// How long to wait before the n-th further try; the last again and again, as long as the database is away. All
/// are below the time that writers have at the server's stop, so that there is another try then.
const WAITS: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(2)];

/// Tries to write until the database is there, however long it is away. An attempt is told how many there were
/// before it; what it is that waits is for the log.
pub(super) async fn until_it_is_back<T, F>(
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
