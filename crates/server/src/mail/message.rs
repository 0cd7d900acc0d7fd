//! Letters as SMTP carries them: RFC 5322 headers and MIME parts, written by lettre.

use conference::MailAddress;
use invitation::{Letter, Method};
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};

use super::Mail;
use crate::clock;

/// A letter with whom it is for.
pub(crate) struct Post<'a> {
    /// Where it goes.
    pub(crate) to: &'a MailAddress,
    /// What they are called, if that is known.
    pub(crate) name: Option<&'a str>,
    /// What it says.
    pub(crate) letter: &'a Letter,
    /// What calendar programs read of it.
    pub(crate) calendar: Option<CalendarPart<'a>>,
}

/// The part of a letter that calendar programs read.
pub(crate) struct CalendarPart<'a> {
    /// The file.
    pub(crate) text: &'a str,
    /// What it asks for, which stands in its type too (RFC 6047, section 2.4).
    pub(crate) method: Method,
}

/// A letter that can't be written as a message.
#[derive(Debug, thiserror::Error)]
#[error("a letter can't be written as a message")]
pub(crate) struct MessageError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Mail {
    /// The whole message, in ASCII. It has an id of its own, so that a server that is sent it twice can
    /// tell.
    pub(crate) fn write(&self, post: &Post<'_>) -> Result<String, MessageError> {
        let to = post.to.as_str().parse().map_err(failed)?;
        let id: u128 = rand::random();
        let builder = Message::builder()
            .from(self.inner.from.clone())
            .to(Mailbox::new(post.name.map(str::to_owned), to))
            .subject(post.letter.subject.clone())
            .date(clock::now().into())
            .message_id(Some(format!("<{id:032x}@{}>", self.inner.from.email.domain())));
        let words = MultiPart::alternative()
            .singlepart(SinglePart::plain(post.letter.text.clone()))
            .singlepart(SinglePart::html(post.letter.html.clone()));
        let body = match &post.calendar {
            None => words,
            Some(calendar) => with_calendar(words, calendar)?,
        };
        let message = builder.multipart(body).map_err(failed)?;
        String::from_utf8(message.formatted()).map_err(failed)
    }
}

/// As calendar programs want it (RFC 6047, section 2.4, and what they do in fact): one of the
/// alternatives, by which they offer their buttons, and a file, for those who know nothing of it.
fn with_calendar(words: MultiPart, calendar: &CalendarPart<'_>) -> Result<MultiPart, MessageError> {
    let method = match calendar.method {
        Method::None => "PUBLISH",
        Method::Request => "REQUEST",
        Method::Cancel => "CANCEL",
    };
    let inline = format!("text/calendar; charset=utf-8; method={method}");
    let inline = ContentType::parse(&inline).map_err(failed)?;
    let file = ContentType::parse("application/ics").map_err(failed)?;
    let text = calendar.text.to_owned();
    let inline = SinglePart::builder().header(inline).body(text.clone());
    let file = Attachment::new("invite.ics".to_owned()).body(text, file);
    Ok(MultiPart::mixed().multipart(words.singlepart(inline)).singlepart(file))
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> MessageError {
    MessageError(error.into())
}
