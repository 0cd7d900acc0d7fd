//! From rows to the domain's types.

use conference::{
    CallRecord, Conference, ParticipantId, PhoneNumber, Schedule, SubscriberId, Zone,
};

use crate::database::Row;
use crate::error::StoreError;

pub(crate) fn conference(row: &Row) -> Result<Conference, StoreError> {
    Ok(Conference {
        key: row.parsed("key")?,
        subscriber: SubscriberId::new(row.integer("subscriber")?),
        title: row.parsed("title")?,
        schedule: schedule(row)?,
        dial_in_code: row.parsed("dial_in_code")?,
        dial_in_number: number(row, "dial_in_number")?,
        created_at: row.time("created_at_ms")?,
        ended_at: row.maybe_time("ended_at_ms")?,
    })
}

pub(crate) fn call_record(row: &Row) -> Result<CallRecord, StoreError> {
    let participant = maybe_participant(row, "participant")?;
    Ok(CallRecord {
        conference: row.parsed("conference")?,
        participant: participant.ok_or(StoreError::Unreadable { column: "participant" })?,
        secret: row.maybe_parsed("secret")?,
        via: row.parsed("via")?,
        with: maybe_participant(row, "with_participant")?,
        number: number(row, "number")?,
        name: row.maybe_parsed("name")?,
        began_at: row.time("began_at_ms")?,
        answered_at: row.maybe_time("answered_at_ms")?,
        ended_at: row.time("ended_at_ms")?,
        ending: row.parsed("ending")?,
    })
}

fn number(row: &Row, column: &'static str) -> Result<Option<PhoneNumber>, StoreError> {
    let number = row.maybe_text(column)?.map(PhoneNumber::from_e164).transpose();
    number.map_err(|_| StoreError::Unreadable { column })
}

fn schedule(row: &Row) -> Result<Option<Schedule>, StoreError> {
    let Some(starts_at) = row.maybe_time("starts_at_ms")? else { return Ok(None) };
    let zone = Zone::parse(row.text("time_zone")?);
    let zone = zone.map_err(|_| StoreError::Unreadable { column: "time_zone" })?;
    Ok(Some(Schedule::new(starts_at, zone)))
}

fn maybe_participant(row: &Row, column: &'static str) -> Result<Option<ParticipantId>, StoreError> {
    let number = row.maybe_integer(column)?.map(u64::try_from).transpose();
    Ok(number.map_err(|_| StoreError::Unreadable { column })?.map(ParticipantId::new))
}
