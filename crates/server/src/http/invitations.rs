//! `/api/v1/conferences/{key}/invitations`: whom the subscriber invites by mail, and what became of it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use conference::{Conference, MailAddress, ParticipantName};
use invitation::letter::Facts;
use invitation::{Calendar, Letter, Method, Occasion, Person};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Invitee, LetterState, NewLetter, Page, Purpose};

use super::auth::Authorized;
use super::conferences::Key;
use super::extract::{Body, Parsed};
use super::hand_out::uid;
use super::problem::Problem;
use super::{App, database_failed};
use crate::mail::{CalendarPart, Post};

/// How many may be invited to one conference.
pub(super) const INVITEES_MAX: usize = 300;

/// How long a letter may be on its way, if what it is about isn't over before.
const LETTER_LIFETIME: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Who is to be invited.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    to: Vec<Guest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guest {
    address: String,
    #[serde(default)]
    name: Option<String>,
}

/// Who is invited, and how their last letters fare.
#[derive(Serialize)]
pub(super) struct List {
    /// Whether this server sends mail at all; if not, letters wait until it does.
    sends_mail: bool,
    invitees: Vec<View>,
}

#[derive(Serialize)]
struct View {
    address: MailAddress,
    name: Option<ParticipantName>,
    invited_at: Timestamp,
    letter: Option<LetterView>,
}

#[derive(Serialize)]
struct LetterView {
    purpose: String,
    state: String,
    tries: i64,
    reason: Option<String>,
    due_at: Option<Timestamp>,
}

/// What a conference's letters have in common.
struct Sender<'a> {
    app: &'a App,
    conference: &'a Conference,
    url: String,
    uid: String,
    /// Who invites: the subscriber, and whom calendar programs answer.
    host: Option<String>,
    answers_to: Option<MailAddress>,
    now: Timestamp,
}

/// `POST /api/v1/conferences/{key}/invitations`: invites, or invites again.
pub(super) async fn create(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    subscriber: Authorized,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<List>), Problem> {
    let conference = subscriber.own(&app, key.parse()?).await?;
    if conference.ended_at.is_some() {
        let detail = "This conference has ended.";
        return Err(Problem::new(StatusCode::CONFLICT, "conference_ended", detail));
    }
    let guests = new.to.iter().map(Guest::read).collect::<Result<Vec<_>, Problem>>()?;
    let invited = app.invitees(&conference).await?;
    let is_new = |address: &MailAddress| invited.iter().all(|one| one.address != *address);
    let new_ones = guests.iter().filter(|(address, _)| is_new(address)).count();
    if guests.is_empty() || invited.len() + new_ones > INVITEES_MAX {
        let detail = format!("Please invite 1 to {INVITEES_MAX} people to a conference.");
        return Err(Problem::invalid("to", detail));
    }
    // Who comes later is told of the conference as all know it by now.
    let sequence = invited.iter().map(|one| one.sequence).max().unwrap_or(0);
    let sender = Sender::of(&app, &conference).await?;
    for (address, name) in guests {
        let invitee = Invitee { address, name, sequence, invited_at: sender.now };
        sender.tell(Occasion::Invitation, invitee).await?;
    }
    app.mail.posted();
    Ok((StatusCode::CREATED, Json(app.invitations(&conference).await?)))
}

/// `GET /api/v1/conferences/{key}/invitations`
pub(super) async fn list(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    subscriber: Authorized,
) -> Result<Json<List>, Problem> {
    let conference = subscriber.own(&app, key.parse()?).await?;
    Ok(Json(app.invitations(&conference).await?))
}

/// The conference and the address in a path.
#[derive(Deserialize)]
pub(super) struct Invited {
    key: String,
    address: String,
}

/// `DELETE /api/v1/conferences/{key}/invitations/{address}`: takes the invitation back, by mail too.
pub(super) async fn withdraw(
    State(app): State<App>,
    Parsed(invited): Parsed<Invited>,
    subscriber: Authorized,
) -> Result<StatusCode, Problem> {
    let nobody = || Problem::not_found("Nobody is invited by this address.");
    let key = invited.key.parse().map_err(|_| nobody())?;
    let conference = subscriber.own(&app, key).await?;
    let address: MailAddress = invited.address.parse().map_err(|_| nobody())?;
    let invitees = app.invitees(&conference).await?;
    let invitee = invitees.into_iter().find(|one| one.address == address).ok_or_else(nobody)?;
    let sender = Sender::of(&app, &conference).await?;
    let told = Invitee { sequence: invitee.sequence.saturating_add(1), ..invitee };
    let message = sender.message(Occasion::Cancellation, &told)?;
    let letter = sender.letter(Occasion::Cancellation, &told.address, &message);
    let taken = app.store.uninvite(conference.key, &told.address, &letter, sender.now).await;
    if !taken.map_err(|error| database_failed(&error))? {
        return Err(nobody());
    }
    app.mail.posted();
    Ok(StatusCode::NO_CONTENT)
}

impl App {
    /// Tells all who are invited that a conference has changed, or doesn't take place.
    pub(super) async fn tell_invitees(
        &self,
        conference: &Conference,
        occasion: Occasion,
    ) -> Result<(), Problem> {
        let invitees = self.invitees(conference).await?;
        if invitees.is_empty() {
            return Ok(());
        }
        let highest = invitees.iter().map(|one| one.sequence).max().unwrap_or(0);
        let sequence = highest.saturating_add(1);
        let sender = Sender::of(self, conference).await?;
        for invitee in invitees {
            sender.tell(occasion, Invitee { sequence, ..invitee }).await?;
        }
        self.mail.posted();
        Ok(())
    }

    async fn invitees(&self, conference: &Conference) -> Result<Vec<Invitee>, Problem> {
        self.store.invitees(conference.key).await.map_err(|error| database_failed(&error))
    }

    async fn invitations(&self, conference: &Conference) -> Result<List, Problem> {
        let invitees = self.invitees(conference).await?;
        let mut letters = HashMap::new();
        let mut page = Page::default();
        // The newest first: what is found first of an address is what became of it last.
        for _ in 0..=INVITEES_MAX.div_ceil(store::PAGE_ENTRIES_MAX as usize) {
            let found = self.store.letters_of(conference.key, page).await;
            let found = found.map_err(|error| database_failed(&error))?;
            for letter in found.entries {
                letters.entry(letter.to.clone()).or_insert(letter);
            }
            let Some(next) = found.next_offset else { break };
            page = Page::new(next, store::PAGE_ENTRIES_MAX);
        }
        let view = |invitee: Invitee| View {
            letter: letters.remove(&invitee.address).map(LetterView::from),
            address: invitee.address,
            name: invitee.name,
            invited_at: invitee.invited_at,
        };
        Ok(List {
            sends_mail: self.mail.sends(),
            invitees: invitees.into_iter().map(view).collect(),
        })
    }
}

impl<'a> Sender<'a> {
    async fn of(app: &'a App, conference: &'a Conference) -> Result<Self, Problem> {
        let url = app.view(conference.clone()).await?.url;
        let subscriber = app.store.subscriber(conference.subscriber).await;
        let subscriber = subscriber.map_err(|error| database_failed(&error))?;
        let (host, mail) = subscriber.map_or((None, None), |one| (Some(one.name), one.mail));
        let answers_to = mail.or_else(|| app.mail.from());
        let (uid, now) = (uid(conference), Timestamp::now());
        Ok(Self { app, conference, url, uid, host, answers_to, now })
    }

    async fn tell(&self, occasion: Occasion, invitee: Invitee) -> Result<(), Problem> {
        let message = self.message(occasion, &invitee)?;
        let letter = self.letter(occasion, &invitee.address, &message);
        let told = self.app.store.invite(self.conference.key, &invitee, &letter, self.now).await;
        told.map_err(|error| database_failed(&error))
    }

    fn letter<'b>(
        &self,
        occasion: Occasion,
        to: &'b MailAddress,
        message: &'b str,
    ) -> NewLetter<'b> {
        let ends = self.conference.schedule.as_ref().map(|set| set.current(self.now).ends_at);
        let latest = self.now.saturating_add(LETTER_LIFETIME).unwrap_or(Timestamp::MAX);
        // What is over can still be said to be off.
        let ends = ends.filter(|ends| *ends > self.now && occasion != Occasion::Cancellation);
        NewLetter {
            conference: Some(self.conference.key),
            purpose: match occasion {
                Occasion::Invitation => Purpose::Invitation,
                Occasion::Update => Purpose::Update,
                Occasion::Cancellation => Purpose::Cancellation,
            },
            to,
            message,
            expires_at: ends.map_or(latest, |ends| ends.min(latest)),
        }
    }

    fn message(&self, occasion: Occasion, invitee: &Invitee) -> Result<String, Problem> {
        let name = invitee.name.as_ref().map(ParticipantName::as_str);
        let schedule = self.conference.schedule.as_ref();
        let dial_in = self.conference.dial_in_number.as_ref();
        let title = self.conference.title.as_str();
        let set = schedule.map(|schedule| (schedule, schedule.current(self.now)));
        let host = self.host.as_deref();
        let letter = Letter::new(occasion, &Facts { title, url: &self.url, dial_in, set, host });
        let method = match occasion {
            Occasion::Cancellation => Method::Cancel,
            Occasion::Invitation | Occasion::Update => Method::Request,
        };
        let organizer = self.answers_to.as_ref().map(|address| Person { name: host, address });
        let calendar = schedule.map(|schedule| Calendar {
            uid: &self.uid,
            sequence: invitee.sequence,
            title,
            url: &self.url,
            dial_in,
            schedule,
            organizer,
            attendee: Some(Person { name, address: &invitee.address }),
            stamped_at: self.now,
        });
        let calendar = calendar.map(|calendar| calendar.write(method));
        let calendar = calendar.as_deref().map(|text| CalendarPart { text, method });
        let post = Post { to: &invitee.address, name, letter: &letter, calendar };
        self.app.mail.write(&post).map_err(|error| {
            tracing::error!(%error, "an invitation can't be written");
            Problem::unavailable()
        })
    }
}

impl Guest {
    fn read(&self) -> Result<(MailAddress, Option<ParticipantName>), Problem> {
        let wrong = |error: String| Problem::invalid("to", error);
        let address = self.address.parse();
        let address =
            address.map_err(|error: conference::MailAddressError| wrong(error.to_string()))?;
        let name = self.name.as_deref().map(str::parse).transpose();
        let name = name.map_err(|error: conference::TextError| wrong(error.to_string()))?;
        Ok((address, name))
    }
}

impl From<LetterState> for LetterView {
    fn from(letter: LetterState) -> Self {
        Self {
            purpose: letter.purpose,
            state: letter.state,
            tries: letter.tries,
            reason: letter.reason,
            due_at: letter.due_at,
        }
    }
}
