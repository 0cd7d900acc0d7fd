//! Calls that are to be placed at set times: who has left a number beforehand, and what became of it.

use std::net::IpAddr;

use conference::{CallSecret, ConferenceKey, ParticipantName, PhoneNumber};
use jiff::Timestamp;

use crate::database::{Query, Row};
use crate::error::StoreError;
use crate::page::{Listing, Page};
use crate::{Store, row, sql_appointments as sql};

/// Numbers that wait for one conference's set time at most.
pub const APPOINTMENTS_MAX: u32 = 200;

/// A number that is left.
#[derive(Debug, Clone)]
pub struct NewAppointment<'a> {
    /// For which conference.
    pub conference: ConferenceKey,
    /// What its page takes it back by, freshly drawn.
    pub secret: CallSecret,
    /// Whom to call.
    pub number: &'a PhoneNumber,
    /// What they are called.
    pub name: Option<&'a ParticipantName>,
    /// Who asks.
    pub client: IpAddr,
    /// Whether they have proved to be a host.
    pub is_host: bool,
    /// The set time.
    pub starts_at: Timestamp,
}

/// Somebody who is to be called now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAppointment {
    id: i64,
    due_at: Timestamp,
    /// Into which conference, by its present key.
    pub conference: ConferenceKey,
    /// Whom to call.
    pub number: PhoneNumber,
    /// What they are called.
    pub name: Option<ParticipantName>,
    /// Who asked.
    pub client: IpAddr,
    /// Whether they have proved to be a host.
    pub is_host: bool,
    /// How often they were called, this time included once it is claimed.
    pub tries: u32,
    /// The set time.
    pub starts_at: Timestamp,
}

/// An appointment as the conference's subscriber sees it, and whoever has made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// What it is taken back by.
    pub secret: CallSecret,
    /// Whom to call.
    pub number: PhoneNumber,
    /// What they are called.
    pub name: Option<ParticipantName>,
    /// `waiting`, `cancelled`, `in`, or why they aren't.
    pub state: String,
    /// How often they were called.
    pub tries: i64,
    /// The set time.
    pub starts_at: Timestamp,
}

impl Store {
    /// Keeps a number until the set time; `false` if [`APPOINTMENTS_MAX`] wait for that conference.
    ///
    /// # Errors
    /// [`Conflict::Appointment`](crate::Conflict::Appointment) if that number waits already.
    pub async fn create_appointment(
        &self,
        new: &NewAppointment<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let query = Query::new(sql::CREATE_APPOINTMENT)
            .bind(new.conference.to_string())
            .bind(new.secret.to_string())
            .bind(new.number.e164())
            .bind(new.name.map(ParticipantName::as_str))
            .bind(new.client.to_string())
            .bind(i64::from(new.is_host))
            .bind(new.starts_at)
            .bind(now)
            .bind(i64::from(APPOINTMENTS_MAX));
        Ok(self.database.execute(query).await? == 1)
    }

    /// Those who are to be called at `now`, `count` at most, those first who have waited longest.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn due_appointments(
        &self,
        now: Timestamp,
        count: u16,
    ) -> Result<Vec<DueAppointment>, StoreError> {
        let query = Query::new(sql::APPOINTMENTS_DUE).bind(now).bind(i64::from(count));
        self.database.rows(query).await?.iter().map(due).collect()
    }

    /// When the next is to be called.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn next_appointment_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = self.database.row(Query::new(sql::NEXT_APPOINTMENT_DUE)).await?;
        row.map_or(Ok(None), |row| row.maybe_time("due_at_ms"))
    }

    /// Takes one to call, which counts from now on. Whoever has taken it and says nothing until `until` has been killed,
    /// and it is due again. `None` if another was quicker.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn claim_appointment(
        &self,
        due: DueAppointment,
        until: Timestamp,
    ) -> Result<Option<DueAppointment>, StoreError> {
        let query = Query::new(sql::CLAIM_APPOINTMENT).bind(due.id).bind(due.due_at).bind(until);
        let is_ours = self.database.execute(query).await? == 1;
        let tries = due.tries.saturating_add(1);
        Ok(is_ours.then_some(DueAppointment { tries, due_at: until, ..due }))
    }

    /// Has one be called again then, having been called so often.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn put_off_appointment(
        &self,
        appointment: &DueAppointment,
        until: Timestamp,
        tries: u32,
    ) -> Result<(), StoreError> {
        let query = Query::new(sql::APPOINTMENT_WAITS)
            .bind(appointment.id)
            .bind(until)
            .bind(i64::from(tries));
        self.database.execute(query).await.map(drop)
    }

    /// Notes what became of one.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn settle_appointment(
        &self,
        appointment: &DueAppointment,
        state: &str,
    ) -> Result<(), StoreError> {
        let query = Query::new(sql::APPOINTMENT_ENDS).bind(appointment.id).bind(state);
        self.database.execute(query).await.map(drop)
    }

    /// Takes one back; `false` if there is none of that secret.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn withdraw_appointment(
        &self,
        conference: ConferenceKey,
        secret: CallSecret,
    ) -> Result<bool, StoreError> {
        let query = Query::new(sql::WITHDRAW_APPOINTMENT)
            .bind(conference.to_string())
            .bind(secret.to_string());
        Ok(self.database.execute(query).await? == 1)
    }

    /// Has those who wait be called at another set time; without one, not at all.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn move_appointments(
        &self,
        conference: ConferenceKey,
        starts_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let query = match starts_at {
            Some(time) => {
                Query::new(sql::MOVE_APPOINTMENTS).bind(conference.to_string()).bind(time)
            }
            None => Query::new(sql::CANCEL_APPOINTMENTS).bind(conference.to_string()),
        };
        self.database.execute(query).await.map(drop)
    }

    /// A conference's, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn appointments_of(
        &self,
        conference: ConferenceKey,
        page: Page,
    ) -> Result<Listing<Appointment>, StoreError> {
        let query = Query::new(sql::APPOINTMENTS_OF_CONFERENCE)
            .bind(conference.to_string())
            .bind(page.limit_to_fetch())
            .bind(page.offset());
        let rows = self.database.rows(query).await?;
        let appointments: Result<_, _> = rows.iter().map(appointment).collect();
        Ok(page.listing(appointments?))
    }

    /// The one of that secret.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn appointment(
        &self,
        conference: ConferenceKey,
        secret: CallSecret,
    ) -> Result<Option<Appointment>, StoreError> {
        let query = Query::new(sql::APPOINTMENT_BY_SECRET)
            .bind(conference.to_string())
            .bind(secret.to_string());
        self.database.row(query).await?.as_ref().map(appointment).transpose()
    }
}

fn due(row: &Row) -> Result<DueAppointment, StoreError> {
    let tries = u32::try_from(row.integer("tries")?);
    Ok(DueAppointment {
        id: row.integer("id")?,
        due_at: row.time("due_at_ms")?,
        conference: row.parsed("key")?,
        number: row::number(row, "number")?.ok_or(StoreError::Unreadable { column: "number" })?,
        name: row.maybe_parsed("name")?,
        client: row.parsed("client")?,
        is_host: row.flag("is_host")?,
        tries: tries.map_err(|_| StoreError::Unreadable { column: "tries" })?,
        starts_at: row.time("starts_at_ms")?,
    })
}

fn appointment(row: &Row) -> Result<Appointment, StoreError> {
    Ok(Appointment {
        secret: row.parsed("secret")?,
        number: row::number(row, "number")?.ok_or(StoreError::Unreadable { column: "number" })?,
        name: row.maybe_parsed("name")?,
        state: row.text("state")?.to_owned(),
        tries: row.integer("tries")?,
        starts_at: row.time("starts_at_ms")?,
    })
}
