//! What those who are invited to a conference are written, and how it gets into the outbox.

use std::time::Duration;

use conference::{Conference, MailAddress, Occurrence, ParticipantName};
use invitation::letter::Facts;
use invitation::{Calendar, Letter, Method, Occasion, Person};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::{DueReminder, Invitee, NewLetter, Purpose, Store, StoreError};

use crate::mail::{CalendarPart, Mail, MessageError, Post};

/// How long a letter may be on its way, if what it is about isn't over before.
const LETTER_LIFETIME: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Where letters go, and what all that this server sends have in common.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) mail: Mail,
    /// Where people reach us, without a slash at the end.
    pub(crate) public_url: String,
}

/// What a conference's letters have in common.
pub(crate) struct Sender<'a> {
    desk: &'a Desk,
    conference: &'a Conference,
    url: String,
    uid: String,
    /// Who invites: the subscriber, and whom calendar programs answer.
    host: Option<String>,
    answers_to: Option<MailAddress>,
    /// Which time of a set time that repeats they are about.
    of: Option<Occurrence>,
    now: Timestamp,
}

/// Why a letter isn't in the outbox.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPosted {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It can't be written as a message.
    #[error(transparent)]
    Message(#[from] MessageError),
}

impl<'a> Sender<'a> {
    /// Of the letters of a conference, about its set time that matters at `now`.
    pub(crate) async fn of(
        desk: &'a Desk,
        conference: &'a Conference,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let subscriber = desk.store.subscriber(conference.subscriber).await?;
        let (host, mail) = subscriber.map_or((None, None), |one| (Some(one.name), one.mail));
        Ok(Self {
            desk,
            conference,
            url: conference.url(&desk.public_url),
            uid: uid(conference),
            host,
            answers_to: mail.or_else(|| desk.mail.from()),
            of: conference.schedule.as_ref().map(|schedule| schedule.current(now)),
            now,
        })
    }

    /// Tells somebody who is invited, from now on if need be.
    pub(crate) async fn tell(
        &self,
        occasion: Occasion,
        invitee: &Invitee,
    ) -> Result<(), NotPosted> {
        let message = self.message(occasion, invitee)?;
        let letter = self.letter(occasion, &invitee.address, &message);
        Ok(self.desk.store.invite(self.conference.key, invitee, &letter, self.now).await?)
    }

    /// Takes an invitation back; `false` if there was none.
    pub(crate) async fn take_back(&self, invitee: &Invitee) -> Result<bool, NotPosted> {
        let message = self.message(Occasion::Cancellation, invitee)?;
        let letter = self.letter(Occasion::Cancellation, &invitee.address, &message);
        let key = self.conference.key;
        Ok(self.desk.store.uninvite(key, &invitee.address, &letter, self.now).await?)
    }

    /// Reminds all of one time, unless another has; the next reminder is due at `next`.
    pub(crate) async fn remind(
        self,
        due: &DueReminder,
        of: Occurrence,
        invitees: &[Invitee],
        next: Option<Timestamp>,
    ) -> Result<bool, NotPosted> {
        let sender = Self { of: Some(of), ..self };
        let messages: Vec<String> = invitees
            .iter()
            .map(|invitee| sender.message(Occasion::Reminder, invitee))
            .collect::<Result<_, _>>()?;
        let letters: Vec<_> = invitees
            .iter()
            .zip(&messages)
            .map(|(invitee, message)| sender.letter(Occasion::Reminder, &invitee.address, message))
            .collect();
        Ok(sender.desk.store.remind(due, &letters, next, sender.now).await?)
    }

    fn letter<'b>(
        &self,
        occasion: Occasion,
        to: &'b MailAddress,
        message: &'b str,
    ) -> NewLetter<'b> {
        let latest = self.now.saturating_add(LETTER_LIFETIME).unwrap_or(Timestamp::MAX);
        let ends = self.of.map(|of| of.ends_at);
        // What is over can still be said to be off.
        let ends = ends.filter(|ends| *ends > self.now && occasion != Occasion::Cancellation);
        NewLetter {
            conference: Some(self.conference.key),
            purpose: match occasion {
                Occasion::Invitation => Purpose::Invitation,
                Occasion::Update => Purpose::Update,
                Occasion::Cancellation => Purpose::Cancellation,
                Occasion::Reminder => Purpose::Reminder,
            },
            to,
            message,
            expires_at: ends.map_or(latest, |ends| ends.min(latest)),
        }
    }

    fn message(&self, occasion: Occasion, invitee: &Invitee) -> Result<String, MessageError> {
        let name = invitee.name.as_ref().map(ParticipantName::as_str);
        let schedule = self.conference.schedule.as_ref();
        let facts = Facts {
            title: self.conference.title.as_str(),
            url: &self.url,
            dial_in: self.conference.dial_in_number.as_ref(),
            set: schedule.zip(self.of),
            zone: invitee.time_zone.as_ref(),
            host: self.host.as_deref(),
        };
        let letter = Letter::new(occasion, &facts);
        let method = match occasion {
            Occasion::Invitation | Occasion::Update => Some(Method::Request),
            Occasion::Cancellation => Some(Method::Cancel),
            // Calendars have it already.
            Occasion::Reminder => None,
        };
        let organizer =
            self.answers_to.as_ref().map(|address| Person { name: facts.host, address });
        let calendar = schedule.zip(method).map(|(schedule, method)| {
            let calendar = Calendar {
                uid: &self.uid,
                sequence: invitee.sequence,
                title: facts.title,
                url: facts.url,
                dial_in: facts.dial_in,
                schedule,
                organizer,
                attendee: Some(Person { name, address: &invitee.address }),
                stamped_at: self.now,
            };
            (calendar.write(method), method)
        });
        let calendar =
            calendar.as_ref().map(|(text, method)| CalendarPart { text, method: *method });
        self.desk.mail.write(&Post { to: &invitee.address, name, letter: &letter, calendar })
    }
}

/// What a conference is known by in calendars: it stays the same when the URL or the title changes, and
/// says nothing of either.
pub(crate) fn uid(conference: &Conference) -> String {
    let what = format!(
        "{} {} {}",
        conference.subscriber.number(),
        conference.created_at.as_millisecond(),
        conference.dial_in_code
    );
    let hash = Sha256::digest(what.as_bytes());
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}@confab")
}
