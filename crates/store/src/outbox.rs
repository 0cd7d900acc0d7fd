//! Mail on its way: what is to be sent waits here, survives a restart, and tells what became of it.

use conference::delivery::Delivery;
use conference::{ConferenceKey, MailAddress};
use jiff::Timestamp;

use crate::database::{Query, Row, Transaction};
use crate::error::StoreError;
use crate::page::{Listing, Page};
use crate::{Store, sql_outbox as sql};

/// Why a letter is sent, as it is stored and told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody is invited.
    Invitation,
    /// What they were invited to has changed.
    Update,
    /// They are no longer invited, or it doesn't take place.
    Cancellation,
    /// It takes place soon.
    Reminder,
    /// A link to sign in by.
    SignIn,
}

/// A letter to be sent.
#[derive(Debug, Clone, Copy)]
pub struct NewLetter<'a> {
    /// The conference it is about, if any.
    pub conference: Option<ConferenceKey>,
    /// Why it is sent.
    pub purpose: Purpose,
    /// To whom.
    pub to: &'a MailAddress,
    /// All that SMTP carries, headers and body.
    pub message: &'a str,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// A letter that is to be tried now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueLetter {
    id: i64,
    due_at: Timestamp,
    /// How often it has been tried, this time included once it is claimed.
    pub tries: u32,
    /// To whom.
    pub to: MailAddress,
    /// Headers and body.
    pub message: String,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// A letter as its sender sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterState {
    /// Why it was sent.
    pub purpose: String,
    /// To whom.
    pub to: MailAddress,
    /// `waiting`, `sent`, `refused` or `given_up`.
    pub state: String,
    /// How often it has been tried.
    pub tries: i64,
    /// Why it isn't there, as the mail server said.
    pub reason: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next, while it waits.
    pub due_at: Option<Timestamp>,
}

impl Purpose {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Update => "update",
            Self::Cancellation => "cancellation",
            Self::Reminder => "reminder",
            Self::SignIn => "sign_in",
        }
    }
}

impl Store {
    /// Puts a letter into the outbox, due at once.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails; nothing will be sent then.
    pub async fn post_letter(
        &self,
        letter: &NewLetter<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.database.execute(query(letter, now)).await.map(|_| ())
    }

    /// Letters that are to be tried at `now`, `count` at most, those that have waited longest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn due_letters(
        &self,
        now: Timestamp,
        count: u16,
    ) -> Result<Vec<DueLetter>, StoreError> {
        let query = Query::new(sql::LETTERS_DUE).bind(now).bind(i64::from(count));
        self.database.rows(query).await?.iter().map(due).collect()
    }

    /// Takes a letter to try it, which counts from now on. Whoever has taken it and says nothing until
    /// `until` has been killed, and it is due again. `None` if another was quicker.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn claim_letter(
        &self,
        letter: DueLetter,
        until: Timestamp,
    ) -> Result<Option<DueLetter>, StoreError> {
        let query = Query::new(sql::CLAIM_LETTER).bind(letter.id).bind(letter.due_at).bind(until);
        let is_ours = self.database.execute(query).await? == 1;
        let tries = letter.tries.saturating_add(1);
        Ok(is_ours.then_some(DueLetter { tries, due_at: until, ..letter }))
    }

    /// Notes what became of a try.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn settle_letter(
        &self,
        letter: &DueLetter,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        let (state, reason) = match delivery {
            Delivery::Waiting { due_at, reason } => {
                let query = Query::new(sql::LETTER_WAITS).bind(letter.id).bind(*due_at);
                return self.database.execute(query.bind(reason.as_str())).await.map(|_| ());
            }
            Delivery::Sent => ("sent", None),
            Delivery::Refused { reason } => ("refused", Some(reason.as_str())),
            Delivery::GivenUp { reason } => ("given_up", Some(reason.as_str())),
        };
        let query = Query::new(sql::LETTER_ENDS).bind(letter.id).bind(state).bind(reason);
        self.database.execute(query).await.map(|_| ())
    }

    /// When the next letter is due.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn next_letter_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = self.database.row(Query::new(sql::NEXT_LETTER_DUE)).await?;
        row.map_or(Ok(None), |row| row.maybe_time("due_at_ms"))
    }

    /// What became of a conference's letters, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn letters_of(
        &self,
        conference: ConferenceKey,
        page: Page,
    ) -> Result<Listing<LetterState>, StoreError> {
        let query = Query::new(sql::LETTERS_OF_CONFERENCE)
            .bind(conference.to_string())
            .bind(page.limit_to_fetch())
            .bind(page.offset());
        let rows = self.database.rows(query).await?;
        let letters: Result<_, _> = rows.iter().map(letter_state).collect();
        Ok(page.listing(letters?))
    }
}

/// As [`Store::post_letter`], along with whatever else the transaction does.
pub(crate) async fn post(
    transaction: &mut Transaction,
    letter: &NewLetter<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.execute(query(letter, now)).await.map(|_| ())
}

fn query(letter: &NewLetter<'_>, now: Timestamp) -> Query {
    Query::new(sql::POST_LETTER)
        .bind(letter.conference.map(|key| key.to_string()))
        .bind(letter.purpose.as_str())
        .bind(letter.to.as_str())
        .bind(letter.message)
        .bind(now)
        .bind(letter.expires_at)
}

fn due(row: &Row) -> Result<DueLetter, StoreError> {
    let tries = u32::try_from(row.integer("tries")?);
    Ok(DueLetter {
        id: row.integer("id")?,
        due_at: row.time("due_at_ms")?,
        tries: tries.map_err(|_| StoreError::Unreadable { column: "tries" })?,
        to: row.parsed("recipient")?,
        message: row.text("message")?.to_owned(),
        expires_at: row.time("expires_at_ms")?,
    })
}

fn letter_state(row: &Row) -> Result<LetterState, StoreError> {
    let state = row.text("state")?.to_owned();
    let due_at = if state == "waiting" { row.maybe_time("due_at_ms")? } else { None };
    Ok(LetterState {
        purpose: row.text("purpose")?.to_owned(),
        to: row.parsed("recipient")?,
        state,
        tries: row.integer("tries")?,
        reason: row.maybe_text("reason")?.map(str::to_owned),
        created_at: row.time("created_at_ms")?,
        due_at,
    })
}
