//! From rows to the domain's types. Nothing is trusted for having been written by ourselves: a
//! file may have been edited, and a row that can't be read is an error, not a panic.

use std::str::FromStr;

use conference::{
    CallRecord, Conference, ParticipantId, PhoneNumber, Schedule, SubscriberId, Zone,
};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

use crate::error::StoreError;

pub(crate) fn conference(row: &SqliteRow) -> Result<Conference, StoreError> {
    Ok(Conference {
        key: parsed(row, "key")?,
        subscriber: SubscriberId::new(value(row, "subscriber")?),
        title: parsed(row, "title")?,
        schedule: schedule(row)?,
        dial_in_code: parsed(row, "dial_in_code")?,
        dial_in_number: number(row, "dial_in_number")?,
        created_at: time(row, "created_at_ms")?,
        ended_at: maybe_time(row, "ended_at_ms")?,
    })
}

pub(crate) fn call_record(row: &SqliteRow) -> Result<CallRecord, StoreError> {
    let participant = maybe_participant(row, "participant")?;
    Ok(CallRecord {
        conference: parsed(row, "conference")?,
        participant: participant.ok_or(StoreError::Unreadable { column: "participant" })?,
        secret: maybe_parsed(row, "secret")?,
        via: parsed(row, "via")?,
        with: maybe_participant(row, "with_participant")?,
        number: number(row, "number")?,
        name: maybe_parsed(row, "name")?,
        began_at: time(row, "began_at_ms")?,
        answered_at: maybe_time(row, "answered_at_ms")?,
        ended_at: time(row, "ended_at_ms")?,
        ending: parsed(row, "ending")?,
    })
}

pub(crate) fn value<'r, T>(row: &'r SqliteRow, column: &'static str) -> Result<T, StoreError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(column).map_err(|_| StoreError::Unreadable { column })
}

fn parsed<T: FromStr>(row: &SqliteRow, column: &'static str) -> Result<T, StoreError> {
    let text: &str = value(row, column)?;
    text.parse().map_err(|_| StoreError::Unreadable { column })
}

fn maybe_parsed<T: FromStr>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    let text: Option<&str> = value(row, column)?;
    text.map(str::parse).transpose().map_err(|_| StoreError::Unreadable { column })
}

fn number(row: &SqliteRow, column: &'static str) -> Result<Option<PhoneNumber>, StoreError> {
    let text: Option<&str> = value(row, column)?;
    let number = text.map(PhoneNumber::from_e164).transpose();
    number.map_err(|_| StoreError::Unreadable { column })
}

fn time(row: &SqliteRow, column: &'static str) -> Result<Timestamp, StoreError> {
    maybe_time(row, column)?.ok_or(StoreError::Unreadable { column })
}

fn maybe_time(row: &SqliteRow, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
    let millisecond: Option<i64> = value(row, column)?;
    let time = millisecond.map(Timestamp::from_millisecond).transpose();
    time.map_err(|_| StoreError::Unreadable { column })
}

fn schedule(row: &SqliteRow) -> Result<Option<Schedule>, StoreError> {
    let Some(starts_at) = maybe_time(row, "starts_at_ms")? else { return Ok(None) };
    let zone = Zone::parse(value(row, "time_zone")?);
    let zone = zone.map_err(|_| StoreError::Unreadable { column: "time_zone" })?;
    Ok(Some(Schedule::new(starts_at, zone)))
}

fn maybe_participant(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<ParticipantId>, StoreError> {
    let number: Option<i64> = value(row, column)?;
    let number = number.map(u64::try_from).transpose();
    Ok(number.map_err(|_| StoreError::Unreadable { column })?.map(ParticipantId::new))
}
