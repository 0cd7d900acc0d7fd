//! Mail: packed here, put into the outbox in the database, and carried from there to an SMTP server by a
//! task that a restart doesn't disturb.
//!
//! Without an SMTP server in the configuration letters are written and wait all the same; who asks is
//! told that nothing is sent.

mod message;
mod smtp;
mod worker;

use std::sync::Arc;

use conference::MailAddress;
use conference::delivery::Retries;
use lettre::message::Mailbox;
use store::Store;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

pub(crate) use self::message::{CalendarPart, MessageError, Post};
pub use self::smtp::SmtpUrlError;
pub(crate) use self::smtp::is_smtp_url;

/// Whom letters are from until one is configured: a domain that nobody has (RFC 2606), and no letter
/// leaves with it.
pub(crate) const NOBODY: &str = "Confab <confab@confab.invalid>";

/// Writes mail, and tells the task that sends it. Clones share it.
#[derive(Clone)]
pub struct Mail {
    inner: Arc<Inner>,
}

struct Inner {
    from: Mailbox,
    sends: bool,
    posted: Notify,
}

/// How mail is sent.
pub struct Settings {
    /// Where to; nothing is sent without it.
    pub smtp_url: Option<String>,
    /// Who sends it, as in `Confab <confab@example.com>`.
    pub from: Mailbox,
    /// How long is waited between tries.
    pub retries: Retries,
}

/// Starts the task that sends what is in the outbox, until `stopping` is true.
///
/// # Errors
/// [`SmtpUrlError`] if the URL of the SMTP server is none.
pub(crate) fn start(
    settings: Settings,
    store: Store,
    stopping: watch::Receiver<bool>,
) -> Result<(Mail, Option<JoinHandle<()>>), SmtpUrlError> {
    let transport = settings.smtp_url.as_deref().map(smtp::transport).transpose()?;
    let (from, retries) = (settings.from.email.clone(), settings.retries);
    let sends = transport.is_some();
    let inner = Inner { from: settings.from, sends, posted: Notify::new() };
    let mail = Mail { inner: Arc::new(inner) };
    let task = transport.map(|transport| {
        let worker = worker::Worker { store, transport, from, retries, stopping };
        tokio::spawn(worker.run(mail.clone()))
    });
    Ok((mail, task))
}

/// A sender as it is configured: an address, with a name or without.
pub(crate) fn sender(text: &str) -> Option<Mailbox> {
    let sender: Mailbox = text.parse().ok()?;
    // As strict as with everybody else's.
    sender.email.to_string().parse::<MailAddress>().is_ok().then_some(sender)
}

impl Mail {
    /// Whether anything is sent, or only written.
    pub fn sends(&self) -> bool {
        self.inner.sends
    }

    /// The address that mail comes from, which stands in invitations as whom to answer.
    pub(crate) fn from(&self) -> Option<MailAddress> {
        self.inner.from.email.to_string().parse().ok()
    }

    /// Has the outbox looked at now: something was put into it.
    pub(crate) fn posted(&self) {
        self.inner.posted.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_as_strict_as_other_addresses() {
        assert_eq!(sender("Confab <confab@example.com>").unwrap().name.as_deref(), Some("Confab"));
        assert!(sender("confab@example.com").is_some());
        for bad in
            ["", "confab", "confab@localhost", "a@example.com, b@example.com", "a@b.c\r\nX: y"]
        {
            assert!(sender(bad).is_none(), "{bad:?}");
        }
        assert!(sender(NOBODY).is_some());
    }

    #[test]
    fn smtp_urls_name_their_security() {
        for good in
            ["smtp://127.0.0.1:2525", "smtps://u:p@mail.example.com", "smtp://a:587?tls=required"]
        {
            assert!(is_smtp_url(good), "{good}");
        }
        for bad in ["", "mail.example.com", "http://mail.example.com", "smtp://a?tls=perhaps"] {
            assert!(!is_smtp_url(bad), "{bad}");
        }
    }
}
