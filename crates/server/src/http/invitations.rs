//! `/api/v1/conferences/{key}/invitations`: whom the subscriber invites by mail, and what became of it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use conference::{Conference, MailAddress, ParticipantName, Zone};
use invitation::Occasion;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Invitee, LetterState, Page};

use super::auth::Authorized;
use super::conferences::Key;
use super::extract::{Body, Parsed};
use super::problem::Problem;
use super::{App, database_failed};
use crate::clock;
use crate::correspondence::{NotPosted, Sender};

/// How many may be invited to one conference.
pub(super) const INVITEES_MAX: usize = 300;

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
    /// By which clock letters tell the time.
    #[serde(default)]
    time_zone: Option<String>,
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
    /// By which clock letters tell the time; none for that of the conference.
    time_zone: Option<Zone>,
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
    let now = clock::now();
    let guests = new.to.iter().map(|guest| guest.read(now));
    let guests = guests.collect::<Result<Vec<Invitee>, Problem>>()?;
    let invited = app.invitees(&conference).await?;
    let is_new = |guest: &&Invitee| invited.iter().all(|one| one.address != guest.address);
    let new_ones = guests.iter().filter(is_new).count();
    if guests.is_empty() || invited.len() + new_ones > INVITEES_MAX {
        let detail = format!("Please invite 1 to {INVITEES_MAX} people to a conference.");
        return Err(Problem::invalid("to", detail));
    }
    // Who comes later is told of the conference as all know it by now.
    let sequence = invited.iter().map(|one| one.sequence).max().unwrap_or(0);
    let sender = app.sender(&conference).await?;
    for guest in guests {
        let told = sender.tell(Occasion::Invitation, &Invitee { sequence, ..guest }).await;
        told.map_err(not_posted)?;
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
    let told = Invitee { sequence: invitee.sequence.saturating_add(1), ..invitee };
    let taken = app.sender(&conference).await?.take_back(&told).await;
    if !taken.map_err(not_posted)? {
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
        let sender = self.sender(conference).await?;
        for invitee in invitees {
            let told = sender.tell(occasion, &Invitee { sequence, ..invitee }).await;
            told.map_err(not_posted)?;
        }
        self.mail.posted();
        Ok(())
    }

    async fn sender<'a>(&'a self, conference: &'a Conference) -> Result<Sender<'a>, Problem> {
        let sender = Sender::of(&self.desk, conference, clock::now()).await;
        sender.map_err(|error| database_failed(&error))
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
            time_zone: invitee.time_zone,
            invited_at: invitee.invited_at,
        };
        Ok(List {
            sends_mail: self.mail.sends(),
            invitees: invitees.into_iter().map(view).collect(),
        })
    }
}

impl Guest {
    /// As one who is invited at `now`.
    fn read(&self, now: Timestamp) -> Result<Invitee, Problem> {
        let wrong = |error: String| Problem::invalid("to", error);
        let address = self.address.parse();
        let address =
            address.map_err(|error: conference::MailAddressError| wrong(error.to_string()))?;
        let name = self.name.as_deref().map(str::parse).transpose();
        let name = name.map_err(|error: conference::TextError| wrong(error.to_string()))?;
        let time_zone = self.time_zone.as_deref().map(Zone::parse).transpose();
        let time_zone = time_zone.map_err(|error| wrong(error.to_string()))?;
        Ok(Invitee { address, name, time_zone, sequence: 0, invited_at: now })
    }
}

fn not_posted(error: NotPosted) -> Problem {
    match error {
        NotPosted::Store(error) => database_failed(&error),
        NotPosted::Message(error) => {
            tracing::error!(%error, "a letter can't be written");
            Problem::unavailable()
        }
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
