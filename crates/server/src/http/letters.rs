//! What is written to subscribers.

use conference::MailAddress;
use invitation::Letter;
use jiff::{SignedDuration, Timestamp};
use store::{NewLetter, Purpose, StoreError};

use super::App;
use crate::clock;
use crate::mail::Post;

/// After this a letter is of no use: the link in it is no longer good.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// Sends a link that signs its reader in. It is good for a quarter of an hour, once.
pub(super) async fn post_sign_in(
    app: &App,
    mail: &MailAddress,
    link: &str,
) -> Result<(), StoreError> {
    let opening = "Somebody, most likely you, wants to sign in to Confab. This link does it. It is \
         good for a quarter of an hour, once. If it wasn't you, you need do nothing.";
    let letter = Letter::with_link("Sign in to Confab", opening, link, "Sign in");
    let written = app.mail.write(&Post { to: mail, name: None, letter: &letter, calendar: None });
    let message = match written {
        Ok(message) => message,
        Err(error) => {
            // Whoever asked is told nothing of what became of it, and can ask again.
            tracing::error!(%error, "a sign-in link can't be written");
            return Ok(());
        }
    };
    let now = clock::now();
    let expires_at = now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
    let (conference, purpose) = (None, Purpose::SignIn);
    let letter = NewLetter { conference, purpose, to: mail, message: &message, expires_at };
    app.store.post_letter(&letter, now).await?;
    app.mail.posted();
    Ok(())
}
