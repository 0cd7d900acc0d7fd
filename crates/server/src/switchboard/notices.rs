//! Writes what programs outside are to be told into the database, without anybody waiting for it.

use std::time::Duration;

use conference::Notice;
use jiff::{SignedDuration, Timestamp};
use store::{NewNotice, Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::metrics::{Metrics, names};
use crate::patience;
use crate::webhooks::Webhooks;

/// Notices that wait to be written while the database is away. When there are more, the later ones are lost,
/// counted and logged.
const NOTICES_MAX: usize = 4096;

/// At the server's stop the last notices have so long.
const FINISH_TIME: Duration = Duration::from_secs(5);

/// How long a notice is of use. An endpoint that is away for longer has missed it.
const LIFETIME: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Takes notices, and writes them one after the other.
pub(super) struct Notices {
    notices: mpsc::Sender<Notice>,
    task: JoinHandle<()>,
    metrics: Metrics,
}

impl Notices {
    pub(super) fn start(store: Store, webhooks: Webhooks, metrics: Metrics) -> Notices {
        let (sender, mut receiver) = mpsc::channel::<Notice>(NOTICES_MAX);
        let counters = metrics.clone();
        let task = tokio::spawn(async move {
            while let Some(notice) = receiver.recv().await {
                match write(&store, &notice).await {
                    Ok(0) => {}
                    Ok(_) => webhooks.posted(),
                    Err(error) => {
                        counters.count(names::NOTICES_LOST, None);
                        tracing::error!(%error, kind = notice.kind.as_str(), "a notice is lost");
                    }
                }
            }
        });
        Notices { notices: sender, task, metrics }
    }

    pub(super) fn tell(&self, notice: Notice) {
        if let Err(error) = self.notices.try_send(notice) {
            self.metrics.count(names::NOTICES_LOST, None);
            tracing::error!(%error, "a notice is lost");
        }
    }

    /// Writes what is left.
    pub(super) async fn finish(self) {
        drop(self.notices);
        if tokio::time::timeout(FINISH_TIME, self.task).await.is_err() {
            tracing::error!("the last notices were not written in time");
        }
    }
}

/// Writes a notice for all who are to be told, and gives how many they are.
async fn write(store: &Store, notice: &Notice) -> Result<u64, StoreError> {
    let Ok(body) = serde_json::to_string(notice) else { return Ok(0) };
    // The same in each try, so that it is written once.
    let name = format!("msg_{:032x}", rand::random::<u128>());
    let new = NewNotice {
        conference: notice.data.conference,
        name: &name,
        kind: notice.kind.as_str(),
        body: &body,
        expires_at: notice.timestamp.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
    };
    let attempt = |_| store.post_notice(&new, notice.timestamp);
    patience::until_it_is_back("notices", attempt).await
}
