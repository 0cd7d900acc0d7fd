//! The task that carries letters from the outbox to the SMTP server.

use std::time::Duration;

use conference::delivery::{Delivery, Outcome, Retries};
use futures_util::StreamExt;
use jiff::Timestamp;
use lettre::Address;
use lettre::address::Envelope;
use store::{DueLetter, Store, StoreError};
use tokio::sync::watch;

use super::Mail;
use super::smtp::{self, Transport};
use crate::clock;
use crate::patience;

/// Letters taken from the outbox at once.
const LETTERS_AT_ONCE: u16 = 32;

/// Connections to the SMTP server at once.
const CONNECTIONS_MAX: usize = 4;

/// After this a letter that was being tried is due again: longer than a try can take.
const CLAIM: Duration = Duration::from_secs(5 * 60);

/// How long what became of a letter is tried to be written down, at most: less than is left of [`CLAIM`] after the longest
/// try.
const SETTLE_MAX: Duration = Duration::from_secs(3 * 60);

/// The outbox is looked at so often though nobody says that something is in it: another server on the
/// same database may have put it there.
const LOOK: Duration = Duration::from_secs(30);

/// How long is waited for a database that failed.
const DATABASE_WAIT: Duration = Duration::from_secs(5);

/// What a sending task works with.
pub(super) struct Worker {
    pub(super) store: Store,
    pub(super) transport: Transport,
    pub(super) from: Address,
    pub(super) retries: Retries,
    pub(super) stopping: watch::Receiver<bool>,
}

impl Worker {
    /// Sends what is due, until the server stops. What is being tried then is ended first.
    pub(super) async fn run(self, mail: Mail) {
        let mut stopping = self.stopping.clone();
        loop {
            let wait = match self.send_due().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "the outbox can't be read");
                    DATABASE_WAIT
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = mail.inner.posted.notified() => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }

    /// Tries each letter that is due, and gives how long to wait for the next.
    async fn send_due(&self) -> Result<Duration, StoreError> {
        let letters = self.store.due_letters(clock::now(), LETTERS_AT_ONCE).await?;
        let is_all = letters.len() < usize::from(LETTERS_AT_ONCE);
        let tries = futures_util::stream::iter(letters).map(|letter| self.send(letter));
        let outcomes: Vec<Result<(), StoreError>> =
            tries.buffer_unordered(CONNECTIONS_MAX).collect().await;
        outcomes.into_iter().collect::<Result<(), StoreError>>()?;
        if !is_all {
            return Ok(Duration::ZERO);
        }
        let next = self.store.next_letter_due().await?;
        let wait = next.map(|next| next.duration_since(clock::now()));
        // What is due already waits for nothing.
        Ok(wait.map_or(LOOK, |wait| Duration::try_from(wait).unwrap_or_default().min(LOOK)))
    }

    async fn send(&self, letter: DueLetter) -> Result<(), StoreError> {
        let now = clock::now();
        let until = now.saturating_add(CLAIM).unwrap_or(Timestamp::MAX);
        let Some(letter) = self.store.claim_letter(letter, until).await? else { return Ok(()) };
        let delivery = if letter.expires_at < now {
            Delivery::GivenUp {
                reason: "There was no mail server until it was too late.".to_owned(),
            }
        } else {
            let outcome = self.attempt(&letter).await;
            self.retries.after(letter.tries, outcome, clock::now(), letter.expires_at)
        };
        // Addresses are nobody's business but the subscriber's.
        let domain = letter.to.domain();
        match &delivery {
            Delivery::Sent => tracing::info!(domain, "a letter was sent"),
            Delivery::Waiting { reason, .. } => {
                tracing::info!(domain, reason, tries = letter.tries, "a letter waits");
            }
            Delivery::Refused { reason } | Delivery::GivenUp { reason } => {
                tracing::warn!(domain, reason, tries = letter.tries, "a letter was not delivered");
            }
        }
        let settle = || self.store.settle_letter(&letter, &delivery);
        patience::settle("letters", SETTLE_MAX, self.stopping.clone(), settle).await
    }

    async fn attempt(&self, letter: &DueLetter) -> Outcome {
        let to = letter.to.as_str().parse::<Address>();
        let envelope = to.map_err(|error| error.to_string()).and_then(|to| {
            Envelope::new(Some(self.from.clone()), vec![to]).map_err(|error| error.to_string())
        });
        match envelope {
            Ok(envelope) => smtp::send(&self.transport, &envelope, &letter.message).await,
            Err(reason) => Outcome::Refused(reason),
        }
    }
}
