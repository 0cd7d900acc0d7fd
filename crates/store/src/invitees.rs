//! Who was sent a conference's URL by mail.

use conference::{ConferenceKey, MailAddress, ParticipantName, Zone};
use jiff::Timestamp;

use crate::database::{Query, Row};
use crate::error::StoreError;
use crate::outbox::{self, NewLetter};
use crate::reminders::withdraw_reminders;
use crate::{Store, sql_outbox as sql};

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitee {
    /// Where their mail goes.
    pub address: MailAddress,
    /// What they are called, if that was said.
    pub name: Option<ParticipantName>,
    /// By which clock their letters tell the time; that of the conference without one.
    pub time_zone: Option<Zone>,
    /// Which version of the conference they were told (`SEQUENCE`, RFC 5545).
    pub sequence: u32,
    /// Since when they are.
    pub invited_at: Timestamp,
}

impl Store {
    /// Adds somebody who is invited, or what they were told last, with the letter that tells it.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails; then nothing is sent.
    pub async fn invite(
        &self,
        conference: ConferenceKey,
        invitee: &Invitee,
        letter: &NewLetter<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let query = Query::new(sql::INVITE)
            .bind(conference.to_string())
            .bind(invitee.address.as_str())
            .bind(invitee.name.as_ref().map(ParticipantName::as_str))
            .bind(invitee.time_zone.as_ref().map(Zone::name))
            .bind(i64::from(invitee.sequence))
            .bind(invitee.invited_at);
        let mut transaction = self.database.begin().await?;
        transaction.execute(query).await?;
        outbox::post(&mut transaction, letter, now).await?;
        transaction.commit().await
    }

    /// Takes somebody off, with the letter that tells it; `false` if they weren't invited.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails; then nothing is sent.
    pub async fn uninvite(
        &self,
        conference: ConferenceKey,
        address: &MailAddress,
        letter: &NewLetter<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let query = Query::new(sql::UNINVITE).bind(conference.to_string()).bind(address.as_str());
        let mut transaction = self.database.begin().await?;
        if transaction.execute(query).await? == 0 {
            return Ok(false);
        }
        withdraw_reminders(&mut transaction, conference, Some(address)).await?;
        outbox::post(&mut transaction, letter, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// All who are invited, the first first. They are few: see whoever invites.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn invitees(&self, conference: ConferenceKey) -> Result<Vec<Invitee>, StoreError> {
        let query = Query::new(sql::INVITEES).bind(conference.to_string());
        self.database.rows(query).await?.iter().map(invitee).collect()
    }
}

fn invitee(row: &Row) -> Result<Invitee, StoreError> {
    let sequence = u32::try_from(row.integer("sequence")?);
    Ok(Invitee {
        address: row.parsed("address")?,
        name: row.maybe_parsed("name")?,
        time_zone: row.maybe_parsed("time_zone")?,
        sequence: sequence.map_err(|_| StoreError::Unreadable { column: "sequence" })?,
        invited_at: row.time("invited_at_ms")?,
    })
}
