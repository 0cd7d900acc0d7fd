//! Every statement, in one place. All are standard SQL with numbered parameters, as both SQLite
//! and PostgreSQL take them. None says `*`: what a connection has prepared must give the same
//! columns after a migration by another.

macro_rules! conference_columns {
    () => {
        concat!(conference_columns_but_the_end!(), ", ended_at_ms")
    };
}

macro_rules! conference_columns_but_the_end {
    () => {
        "subscriber, title, starts_at_ms, time_zone, duration_s, repetition, except_dates, \
         ends_after_s, remind_s, access, placement, dial_in_code, dial_in_number, created_at_ms"
    };
}

/// Conferences with the keys of their URLs. Those of who is suspended are as if they had ended.
macro_rules! select_conferences {
    () => {
        concat!(
            "SELECT key, ",
            conference_columns_but_the_end!(),
            ", COALESCE(ended_at_ms, (SELECT suspended_at_ms FROM subscribers \
             WHERE subscribers.id = conferences.subscriber)) AS ended_at_ms FROM conferences JOIN urls ON urls.conference = conferences.id \
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

/// Calls by time, after that of `$1` in the conference `$2` of the participant `$3`, and before `$4`.
macro_rules! account {
    ($whose:literal) => {
        concat!(
            "SELECT key AS conference, title, conferences.id AS conference_id, participant, secret, via, \
             with_participant, number, name, began_at_ms, answered_at_ms, \
             call_records.ended_at_ms AS ended_at_ms, ending FROM call_records \
             JOIN conferences ON conferences.id = call_records.conference \
             JOIN urls ON urls.conference = conferences.id AND urls.retired_at_ms IS NULL \
             WHERE (began_at_ms, call_records.conference, participant) > ($1, $2, $3) \
             AND began_at_ms < $4",
            $whose,
            " ORDER BY began_at_ms, call_records.conference, participant LIMIT $5"
        )
    };
}

macro_rules! subscriber_columns {
    () => {
        "subscribers.id, subscribers.name, subscribers.mail, subscribers.created_at_ms, \
         subscribers.suspended_at_ms"
    };
}

macro_rules! select_subscribers {
    () => {
        concat!("SELECT ", subscriber_columns!(), " FROM subscribers ")
    };
}

pub(crate) const CREATE_SUBSCRIBER: &str = "
INSERT INTO subscribers (name, mail, created_at_ms) VALUES ($1, $2, $3)
RETURNING id, name, mail, created_at_ms, suspended_at_ms";

pub(crate) const CREATE_SUBSCRIBER_IF_MAIL_IS_FREE: &str = "
INSERT INTO subscribers (name, mail, created_at_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

pub(crate) const CREATE_TOKEN: &str = "
INSERT INTO tokens (hash, subscriber, operator, created_at_ms) VALUES ($1, $2, 0, $3)";

pub(crate) const MAKE_OPERATOR: &str = "
UPDATE tokens SET operator = 1 WHERE hash = $1";

pub(crate) const SUBSCRIBER_BY_TOKEN_HASH: &str = concat!(
    "SELECT operator, ",
    subscriber_columns!(),
    " FROM tokens JOIN subscribers ON subscribers.id = tokens.subscriber WHERE hash = $1"
);

pub(crate) const SUBSCRIBER: &str = concat!(select_subscribers!(), "WHERE id = $1");

pub(crate) const SUBSCRIBER_BY_MAIL: &str =
    concat!(select_subscribers!(), "WHERE lower(mail) = lower($1)");

pub(crate) const SUBSCRIBERS: &str =
    concat!(select_subscribers!(), "ORDER BY id LIMIT $1 OFFSET $2");

pub(crate) const SUSPEND: &str = "
UPDATE subscribers SET suspended_at_ms = COALESCE(suspended_at_ms, $2) WHERE id = $1
RETURNING id, name, mail, created_at_ms, suspended_at_ms";

pub(crate) const RESUME: &str = "
UPDATE subscribers SET suspended_at_ms = NULL WHERE id = $1
RETURNING id, name, mail, created_at_ms, suspended_at_ms";

pub(crate) const CREATE_SIGN_IN_LINK: &str = "
INSERT INTO sign_in_links (hash, mail, name, expires_at_ms) VALUES ($1, $2, $3, $4)";

pub(crate) const USE_SIGN_IN_LINK: &str = "
DELETE FROM sign_in_links WHERE hash = $1 AND expires_at_ms > $2 RETURNING mail, name";

pub(crate) const FORGET_SIGN_IN_LINKS: &str = "
DELETE FROM sign_in_links WHERE expires_at_ms <= $1";

pub(crate) const CREATE_SESSION: &str = "
INSERT INTO sessions (hash, subscriber, began_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4)";

pub(crate) const SESSION: &str = concat!(
    "SELECT expires_at_ms, ",
    subscriber_columns!(),
    " FROM sessions JOIN subscribers ON subscribers.id = sessions.subscriber \
     WHERE hash = $1 AND expires_at_ms > $2 AND suspended_at_ms IS NULL"
);

pub(crate) const PROLONG_SESSION: &str = "
UPDATE sessions SET expires_at_ms = $2 WHERE hash = $1";

pub(crate) const END_SESSION: &str = "
DELETE FROM sessions WHERE hash = $1";

pub(crate) const END_SESSIONS_OF: &str = "
DELETE FROM sessions WHERE subscriber = $1";

pub(crate) const FORGET_SESSIONS: &str = "
DELETE FROM sessions WHERE expires_at_ms <= $1";

pub(crate) const CREATE_CONFERENCE: &str = concat!(
    "INSERT INTO conferences (",
    conference_columns!(),
    ", remind_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING id"
);

pub(crate) const CREATE_CONFERENCE_IF_CODE_IS_FREE: &str = "
INSERT INTO conferences (subscriber, title, dial_in_code, created_at_ms) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING id";

pub(crate) const CHANGE_CONFERENCE: &str = concat!(
    "UPDATE conferences SET title = $3, starts_at_ms = $4, time_zone = $5, duration_s = $6, \
     repetition = $7, except_dates = $8, ends_after_s = $9, remind_s = $10, \
     access = $11, placement = $12 \
     WHERE subscriber = $1 AND ended_at_ms IS NULL \
     AND id = (SELECT conference FROM urls WHERE key = $2 AND retired_at_ms IS NULL) \
     RETURNING $2 AS key, ",
    conference_columns!()
);

pub(crate) const ADD_TO_POOL: &str = "
INSERT INTO urls (key, made_at_ms) VALUES ($1, $2)";

pub(crate) const POOL: &str = "
SELECT key FROM urls WHERE conference IS NULL ORDER BY made_at_ms, key LIMIT $1 OFFSET $2";

pub(crate) const POOL_SIZE: &str = "
SELECT count(*) AS keys FROM urls WHERE conference IS NULL";

/// With the only writer that SQLite has at a time.
pub(crate) const TAKE_FROM_POOL: &str = "
SELECT key FROM urls WHERE conference IS NULL ORDER BY made_at_ms, key LIMIT $1";

/// With PostgreSQL, where others may be taking from it: none of what they have in hand.
pub(crate) const TAKE_FROM_POOL_AMONG_OTHERS: &str = "
SELECT key FROM urls WHERE conference IS NULL ORDER BY made_at_ms, key LIMIT $1
FOR UPDATE SKIP LOCKED";

pub(crate) const ASSIGN_URL: &str = "
UPDATE urls SET conference = $2 WHERE key = $1";

pub(crate) const RETIRE_URL: &str = "
UPDATE urls SET retired_at_ms = $3 WHERE key = $2 AND retired_at_ms IS NULL
AND conference IN (SELECT id FROM conferences WHERE subscriber = $1 AND ended_at_ms IS NULL)
RETURNING conference";

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

pub(crate) const ACCOUNT_OF_ALL: &str = account!("");

pub(crate) const ACCOUNT_OF_SUBSCRIBER: &str = account!(" AND conferences.subscriber = $6");

pub(crate) const ACCOUNT_OF_CONFERENCE: &str =
    account!(" AND conferences.id = (SELECT conference FROM urls WHERE key = $6)");
