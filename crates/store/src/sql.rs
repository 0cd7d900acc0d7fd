//! Every statement, in one place. All are standard SQL with numbered parameters, as both SQLite
//! and PostgreSQL take them. None says `*`: what a connection has prepared must give the same
//! columns after a migration by another.

macro_rules! conference_columns {
    () => {
        "subscriber, title, starts_at_ms, time_zone, dial_in_code, dial_in_number, created_at_ms, \
         ended_at_ms"
    };
}

/// Conferences with the keys of their URLs.
macro_rules! select_conferences {
    () => {
        concat!(
            "SELECT key, ",
            conference_columns!(),
            " FROM conferences JOIN urls ON urls.conference = conferences.id \
             AND urls.retired_at_ms IS NULL "
        )
    };
}

macro_rules! call_record_columns {
    () => {
        "participant, secret, via, with_participant, number, name, began_at_ms, answered_at_ms, \
         ended_at_ms, ending"
    };
}

/// The calls of the conference with the key `$1`, be that its present one or a former.
macro_rules! select_calls {
    () => {
        concat!(
            "SELECT key AS conference, ",
            call_record_columns!(),
            " FROM call_records JOIN urls ON urls.conference = call_records.conference \
             WHERE urls.key = $1 "
        )
    };
}

pub(crate) const CREATE_SUBSCRIBER: &str = "
INSERT INTO subscribers (name, created_at_ms) VALUES ($1, $2) RETURNING id, name";

pub(crate) const CREATE_TOKEN: &str = "
INSERT INTO tokens (hash, subscriber, operator, created_at_ms) VALUES ($1, $2, 0, $3)";

pub(crate) const SUBSCRIBER_BY_TOKEN_HASH: &str = "
SELECT id, name FROM tokens JOIN subscribers ON subscribers.id = tokens.subscriber
WHERE hash = $1";

pub(crate) const SUBSCRIBERS: &str = "
SELECT id, name FROM subscribers ORDER BY id";

pub(crate) const CREATE_CONFERENCE: &str = concat!(
    "INSERT INTO conferences (",
    conference_columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id"
);

pub(crate) const CREATE_URL: &str = "
INSERT INTO urls (key, conference, made_at_ms) VALUES ($1, $2, $3)";

pub(crate) const CONFERENCE_BY_KEY: &str = concat!(select_conferences!(), "WHERE key = $1");

pub(crate) const CONFERENCE_BY_DIAL_IN_CODE: &str =
    concat!(select_conferences!(), "WHERE dial_in_code = $1 AND ended_at_ms IS NULL");

pub(crate) const CONFERENCE_BY_DIAL_IN_NUMBER: &str =
    concat!(select_conferences!(), "WHERE dial_in_number = $1 AND ended_at_ms IS NULL");

pub(crate) const CONFERENCES_OF_SUBSCRIBER: &str = concat!(
    select_conferences!(),
    "WHERE subscriber = $1 ORDER BY created_at_ms DESC, id DESC LIMIT $2 OFFSET $3"
);

pub(crate) const END_CONFERENCE: &str = concat!(
    "UPDATE conferences SET ended_at_ms = COALESCE(ended_at_ms, $3) WHERE subscriber = $1 \
     AND id = (SELECT conference FROM urls WHERE key = $2 AND retired_at_ms IS NULL) \
     RETURNING $2 AS key, ",
    conference_columns!()
);

pub(crate) const RECORD_CALL: &str = concat!(
    "INSERT INTO call_records (conference, ",
    call_record_columns!(),
    ") SELECT conference, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM urls \
     WHERE key = $1 AND conference IS NOT NULL"
);

pub(crate) const CALLS_OF_CONFERENCE: &str =
    concat!(select_calls!(), "ORDER BY began_at_ms, participant LIMIT $2 OFFSET $3");

pub(crate) const CALL_BY_SECRET: &str = concat!(select_calls!(), "AND secret = $2");
