//! From rows to the domain's types.

use std::time::Duration;

use conference::{
    Access, CallRecord, Conference, ParticipantId, PhoneNumber, Repetition, Schedule, SubscriberId,
    Zone,
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
        access: access(row)?,
        placement: row.maybe_integer("placement")?.map(|places| places != 0),
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

/// As the column has it: nothing where nothing was chosen.
pub(crate) fn access_text(access: &Access) -> Option<String> {
    // A struct of plain fields is always JSON.
    (*access != Access::default()).then(|| serde_json::to_string(access).unwrap_or_default())
}

fn access(row: &Row) -> Result<Access, StoreError> {
    let Some(text) = row.maybe_text("access")? else { return Ok(Access::default()) };
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable { column: "access" })
}

pub(crate) fn number(row: &Row, column: &'static str) -> Result<Option<PhoneNumber>, StoreError> {
    let number = row.maybe_text(column)?.map(PhoneNumber::from_e164).transpose();
    number.map_err(|_| StoreError::Unreadable { column })
}

fn schedule(row: &Row) -> Result<Option<Schedule>, StoreError> {
    let Some(starts_at) = row.maybe_time("starts_at_ms")? else { return Ok(None) };
    let unreadable = |column| StoreError::Unreadable { column };
    let zone = Zone::parse(row.text("time_zone")?).map_err(|_| unreadable("time_zone"))?;
    let mut schedule = Schedule::new(starts_at, zone);
    if let Some(duration) = seconds(row, "duration_s")? {
        schedule = schedule.lasting(duration).ok_or(unreadable("duration_s"))?;
    }
    if let Some(after) = seconds(row, "ends_after_s")? {
        schedule = schedule.ending_after(after).ok_or(unreadable("ends_after_s"))?;
    }
    if let Some(before) = seconds(row, "remind_s")? {
        schedule = schedule.reminding(before).ok_or(unreadable("remind_s"))?;
    }
    if let Some(rule) = row.maybe_text("repetition")? {
        let except = row.maybe_text("except_dates")?.unwrap_or_default();
        let repetition = Repetition::parse(rule, except, schedule.zone());
        let repetition = repetition.map_err(|_| unreadable("repetition"))?;
        schedule = schedule.repeating(repetition).map_err(|_| unreadable("repetition"))?;
    }
    Ok(Some(schedule))
}

fn seconds(row: &Row, column: &'static str) -> Result<Option<Duration>, StoreError> {
    let seconds = row.maybe_integer(column)?.map(u64::try_from).transpose();
    Ok(seconds.map_err(|_| StoreError::Unreadable { column })?.map(Duration::from_secs))
}

fn maybe_participant(row: &Row, column: &'static str) -> Result<Option<ParticipantId>, StoreError> {
    let number = row.maybe_integer(column)?.map(u64::try_from).transpose();
    Ok(number.map_err(|_| StoreError::Unreadable { column })?.map(ParticipantId::new))
}
