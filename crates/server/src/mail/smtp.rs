//! The way to an SMTP server.

use std::time::Duration;

use conference::delivery::Outcome;
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{AsyncTransport, Tokio1Executor, address::Envelope};

/// How long a server may take to take a connection.
const CONNECT_MAX: Duration = Duration::from_secs(30);

/// How long a try may take in all: some servers let strangers wait half a minute before they greet. One that hangs would
/// hold up all other mail.
const TRY_MAX: Duration = Duration::from_secs(45);

/// A URL that names no SMTP server.
#[derive(Debug, thiserror::Error)]
#[error("mail.smtp_url is no URL of an SMTP server")]
pub struct SmtpUrlError(#[source] smtp::Error);

pub(super) type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// The transport to a server: `smtps://` is TLS from the start, `smtp://` none, or with `?tls=required`
/// after STARTTLS. User and password stand in the URL.
pub(super) fn transport(url: &str) -> Result<Transport, SmtpUrlError> {
    let builder = Transport::from_url(url).map_err(SmtpUrlError)?;
    Ok(builder.timeout(Some(CONNECT_MAX)).build())
}

/// Whether a URL names an SMTP server.
pub(crate) fn is_smtp_url(url: &str) -> bool {
    let scheme = url.starts_with("smtp://") || url.starts_with("smtps://");
    scheme && Transport::from_url(url).is_ok()
}

/// Tries to send one message.
pub(super) async fn send(transport: &Transport, envelope: &Envelope, message: &str) -> Outcome {
    let sent = transport.send_raw(envelope, message.as_bytes());
    // The transport's own limit is for the connection alone.
    let Ok(sent) = tokio::time::timeout(TRY_MAX, sent).await else {
        return Outcome::Failed("It did not answer in time.".to_owned());
    };
    match sent {
        Ok(_) => Outcome::Accepted,
        Err(error) if error.is_permanent() && !is_about_us(&error) => {
            Outcome::Refused(words(&error))
        }
        Err(error) => Outcome::Failed(words(&error)),
    }
}

/// Whether the server refuses us and not the message: our password is wrong, or TLS is missing (RFC
/// 4954, section 6). That is mended in the configuration, and the message is still good.
fn is_about_us(error: &smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    matches!(code, Some(530 | 534 | 535 | 538))
}

/// What went wrong, down to its cause.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
