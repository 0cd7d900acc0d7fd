//! The task that carries notices from the outbox to their endpoints.

use std::time::{Duration, Instant};

use conference::delivery::{Delivery, Outcome};
use futures_util::StreamExt;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use store::{DueNotice, Store, StoreError};
use tokio::sync::watch;

use super::{Webhooks, signature};
use crate::clock;
use crate::metrics::{Metrics, names};
use crate::patience;

/// Notices taken from the outbox at once.
const NOTICES_AT_ONCE: u16 = 64;

/// Endpoints that are sent to at once.
const CONNECTIONS_MAX: usize = 16;

/// After this a notice that was being tried is due again: longer than a try can take.
const CLAIM: Duration = Duration::from_secs(60);

/// How long what became of a notice is tried to be written down, at most: less than is left of [`CLAIM`] after the longest
/// try.
const SETTLE_MAX: Duration = Duration::from_secs(30);

/// The outbox is looked at so often though nobody says that something is in it: another server on the same
/// database may have put it there.
const LOOK: Duration = Duration::from_secs(30);

/// How long is waited for a database that failed.
const DATABASE_WAIT: Duration = Duration::from_secs(5);

/// How long is kept what became of a notice.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How often what is older is forgotten.
const FORGET: Duration = Duration::from_secs(60 * 60);

/// What the sending task works with.
pub(super) struct Worker {
    pub(super) store: Store,
    pub(super) metrics: Metrics,
    pub(super) webhooks: Webhooks,
    pub(super) stopping: watch::Receiver<bool>,
}

impl Worker {
    /// Sends what is due, until the server stops. What is being tried then is ended first.
    pub(super) async fn run(self) {
        let mut stopping = self.stopping.clone();
        let mut forgot: Option<Instant> = None;
        loop {
            if forgot.is_none_or(|at| at.elapsed() >= FORGET) {
                forgot = Some(Instant::now());
                self.forget().await;
            }
            let wait = match self.send_due().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "what programs are to be told can't be read");
                    DATABASE_WAIT
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.webhooks.inner.posted.notified() => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }

    async fn forget(&self) {
        let before = clock::now().saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        if let Err(error) = self.store.forget_notices(before).await {
            tracing::error!(%error, "what programs were told can't be forgotten");
        }
    }

    /// Tries each notice that is due, and gives how long to wait for the next. Those that come after these in
    /// the order of their conferences are due by then.
    async fn send_due(&self) -> Result<Duration, StoreError> {
        let notices = self.store.due_notices(clock::now(), NOTICES_AT_ONCE).await?;
        let tries = futures_util::stream::iter(notices).map(|notice| self.send(notice));
        let outcomes: Vec<Result<(), StoreError>> =
            tries.buffer_unordered(CONNECTIONS_MAX).collect().await;
        outcomes.into_iter().collect::<Result<(), StoreError>>()?;
        let next = self.store.next_notice_due().await?;
        let wait = next.map(|next| next.duration_since(clock::now()));
        // What is due already waits for nothing.
        Ok(wait.map_or(LOOK, |wait| Duration::try_from(wait).unwrap_or_default().min(LOOK)))
    }

    async fn send(&self, notice: DueNotice) -> Result<(), StoreError> {
        let now = clock::now();
        let until = now.saturating_add(CLAIM).unwrap_or(Timestamp::MAX);
        let Some(notice) = self.store.claim_notice(notice, until).await? else { return Ok(()) };
        let delivery = if notice.expires_at < now {
            Delivery::GivenUp { reason: "It was too late.".to_owned() }
        } else {
            let outcome = self.attempt(&notice, now).await;
            let retries = self.webhooks.inner.retries;
            retries.after(notice.tries, outcome, clock::now(), notice.expires_at)
        };
        let (webhook, tries) = (notice.webhook, notice.tries);
        let outcome = match &delivery {
            Delivery::Sent => "sent",
            Delivery::Waiting { reason, .. } => {
                tracing::info!(webhook, reason, tries, "a webhook fails");
                "failed"
            }
            Delivery::Refused { reason } | Delivery::GivenUp { reason } => {
                tracing::warn!(webhook, reason, tries, "a program was not told");
                "given_up"
            }
        };
        self.metrics.count(names::NOTICES, Some(("outcome", outcome)));
        let settle = || self.store.settle_notice(&notice, &delivery);
        patience::settle("notices", SETTLE_MAX, self.stopping.clone(), settle).await
    }

    async fn attempt(&self, notice: &DueNotice, now: Timestamp) -> Outcome {
        let inner = &self.webhooks.inner;
        let key = inner.secret.webhook_key(&notice.salt);
        let signature = signature::sign(&key, &notice.name, now.as_second(), &notice.body);
        let said = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::USER_AGENT, "Confab".to_owned()),
            (HeaderName::from_static("webhook-id"), notice.name.clone()),
            (HeaderName::from_static("webhook-timestamp"), now.as_second().to_string()),
            (HeaderName::from_static("webhook-signature"), signature),
        ];
        let headers: Result<HeaderMap, _> = said
            .into_iter()
            .map(|(name, value)| {
                Ok::<_, header::InvalidHeaderValue>((name, HeaderValue::try_from(value)?))
            })
            .collect();
        match headers {
            Ok(headers) => inner.client.post(&notice.url, headers, notice.body.clone()).await,
            Err(error) => Outcome::Refused(error.to_string()),
        }
    }
}
