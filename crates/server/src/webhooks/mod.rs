//! Webhooks: programs outside are told of what happens in conferences, by POST to their URLs.
//!
//! What they are to be told is written into the database as it happens, and carried from there by a task that a
//! restart doesn't disturb: signed, in order, again and again until it is taken or of no use any more.

mod client;
mod destination;
mod signature;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use conference::ServerSecret;
use conference::delivery::Retries;
use ipnet::IpNet;
use rustls::RootCertStore;
use store::{Store, Webhook};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use self::client::{Client, SystemResolver};
pub(crate) use self::destination::Forbidden;
use self::destination::Guard;
use crate::metrics::Metrics;

/// How webhooks are sent.
pub struct Settings {
    /// Addresses that are reached though they are not public.
    pub networks: Vec<IpNet>,
    /// What signing keys are made of.
    pub secret: ServerSecret,
    /// How long is waited after the first try.
    pub retry_wait: Duration,
}

/// Knows where webhooks may lead, and tells the task that sends them. Clones share it.
#[derive(Clone)]
pub struct Webhooks {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    secret: ServerSecret,
    retries: Retries,
    posted: Notify,
}

impl Webhooks {
    /// Webhooks that nobody sends yet.
    ///
    /// # Errors
    /// The library for TLS can't be used.
    pub fn new(settings: Settings) -> Result<Webhooks, rustls::Error> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let client = Client::new(Guard::new(settings.networks), Box::new(SystemResolver), roots)?;
        let retries = Retries { first_wait: settings.retry_wait };
        let (secret, posted) = (settings.secret, Notify::new());
        Ok(Webhooks { inner: Arc::new(Inner { client, secret, retries, posted }) })
    }

    /// Starts the task that sends what is to be told, until `stopping` is true.
    pub(crate) fn start(
        &self,
        store: Store,
        metrics: Metrics,
        stopping: watch::Receiver<bool>,
    ) -> JoinHandle<()> {
        let worker = worker::Worker { store, metrics, webhooks: self.clone(), stopping };
        tokio::spawn(worker.run())
    }

    /// Sees whether something may be sent to a URL, as far as that can be known now.
    pub(crate) async fn check(&self, url: &str) -> Result<(), Forbidden> {
        self.inner.client.check(url).await
    }

    /// What the notices for an endpoint are signed with, as its owner is told it.
    pub(crate) fn key_text(&self, webhook: &Webhook) -> String {
        signature::key_text(&self.inner.secret.webhook_key(&webhook.salt))
    }

    /// Has the outbox looked at now: something was put into it.
    pub(crate) fn posted(&self) {
        self.inner.posted.notify_one();
    }
}
