//! Every statement, in one place. All are standard SQL with numbered parameters, as both SQLite
//! and PostgreSQL take them. None says `*`: what a connection has prepared must give the same
//! columns after a migration by another.

macro_rules! conference_columns {
    () => {
        "key, subscriber, title, starts_at_ms, time_zone, dial_in_code, dial_in_number, \
         created_at_ms, ended_at_ms"
    };
}

macro_rules! call_record_columns {
    () => {
        "conference, participant, secret, via, with_participant, number, name, began_at_ms, \
         answered_at_ms, ended_at_ms, ending"
    };
}

pub(crate) const CREATE_SUBSCRIBER: &str = "
INSERT INTO subscribers (name, token_hash, created_at_ms)
VALUES ($1, $2, $3)
RETURNING id, name";

pub(crate) const SUBSCRIBER_BY_TOKEN_HASH: &str = "
SELECT id, name FROM subscribers WHERE token_hash = $1";

pub(crate) const SUBSCRIBERS: &str = "
SELECT id, name FROM subscribers ORDER BY id";

pub(crate) const CREATE_CONFERENCE: &str = concat!(
    "INSERT INTO conferences (",
    conference_columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
);

pub(crate) const CONFERENCE_BY_KEY: &str =
    concat!("SELECT ", conference_columns!(), " FROM conferences WHERE key = $1");

pub(crate) const CONFERENCE_BY_DIAL_IN_CODE: &str = concat!(
    "SELECT ",
    conference_columns!(),
    " FROM conferences WHERE dial_in_code = $1 AND ended_at_ms IS NULL"
);

pub(crate) const CONFERENCE_BY_DIAL_IN_NUMBER: &str = concat!(
    "SELECT ",
    conference_columns!(),
    " FROM conferences WHERE dial_in_number = $1 AND ended_at_ms IS NULL"
);

pub(crate) const CONFERENCES_OF_SUBSCRIBER: &str = concat!(
    "SELECT ",
    conference_columns!(),
    " FROM conferences WHERE subscriber = $1 \
     ORDER BY created_at_ms DESC, key LIMIT $2 OFFSET $3"
);

pub(crate) const END_CONFERENCE: &str = concat!(
    "UPDATE conferences SET ended_at_ms = COALESCE(ended_at_ms, $3) \
     WHERE subscriber = $1 AND key = $2 RETURNING ",
    conference_columns!()
);

pub(crate) const RECORD_CALL: &str = concat!(
    "INSERT INTO call_records (",
    call_record_columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
);

pub(crate) const CALLS_OF_CONFERENCE: &str = concat!(
    "SELECT ",
    call_record_columns!(),
    " FROM call_records WHERE conference = $1 \
     ORDER BY began_at_ms, participant LIMIT $2 OFFSET $3"
);

pub(crate) const CALL_BY_SECRET: &str = concat!(
    "SELECT ",
    call_record_columns!(),
    " FROM call_records WHERE conference = $1 AND secret = $2"
);
