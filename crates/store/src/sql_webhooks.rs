//! The statements of webhooks and of what they are told, as `sql.rs` has the others.

macro_rules! webhook_columns {
    () => {
        "id, subscriber, for_everybody, url, salt, created_at_ms"
    };
}

pub(crate) const WEBHOOKS_OF_SUBSCRIBER: &str =
    concat!("SELECT ", webhook_columns!(), " FROM webhooks WHERE subscriber = $1 ORDER BY id");

/// Has others wait who want to add one, so that they are counted.
pub(crate) const LOCK_SUBSCRIBER: &str = "
SELECT id FROM subscribers WHERE id = $1 FOR UPDATE";

/// With SQLite, which has one writer at a time.
pub(crate) const FIND_SUBSCRIBER: &str = "
SELECT id FROM subscribers WHERE id = $1";

pub(crate) const CREATE_WEBHOOK: &str = concat!(
    "INSERT INTO webhooks (subscriber, for_everybody, url, salt, created_at_ms) \
     SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM webhooks WHERE subscriber = $1) < $6 \
     RETURNING ",
    webhook_columns!()
);

pub(crate) const FORGET_NOTICES_OF: &str = "
DELETE FROM notices WHERE webhook IN (SELECT id FROM webhooks WHERE id = $2 AND subscriber = $1)";

pub(crate) const DELETE_WEBHOOK: &str = "
DELETE FROM webhooks WHERE id = $2 AND subscriber = $1";

/// One for each endpoint that has room for it.
pub(crate) const POST_NOTICE: &str = "
INSERT INTO notices (webhook, conference, name, kind, body, state, tries, created_at_ms, due_at_ms, expires_at_ms)
SELECT webhooks.id, conferences.id, $2, $3, $4, 'waiting', 0, $5, $5, $6
FROM urls JOIN conferences ON conferences.id = urls.conference
JOIN webhooks ON webhooks.subscriber = conferences.subscriber OR webhooks.for_everybody = 1
WHERE urls.key = $1
AND (SELECT count(*) FROM notices WHERE webhook = webhooks.id AND state = 'waiting') < $7
ON CONFLICT (webhook, name) DO NOTHING";

/// What nothing of the same conference and for the same endpoint goes before.
macro_rules! is_first {
    () => {
        "state = 'waiting' AND NOT EXISTS (SELECT 1 FROM notices AS earlier \
         WHERE earlier.webhook = notices.webhook AND earlier.conference = notices.conference \
         AND earlier.state = 'waiting' AND earlier.id < notices.id)"
    };
}

pub(crate) const NOTICES_DUE: &str = concat!(
    "SELECT notices.id AS id, webhook, url, salt, name, body, tries, due_at_ms, expires_at_ms \
     FROM notices JOIN webhooks ON webhooks.id = notices.webhook WHERE due_at_ms <= $1 AND ",
    is_first!(),
    " ORDER BY due_at_ms, notices.id LIMIT $2"
);

pub(crate) const NEXT_NOTICE_DUE: &str =
    concat!("SELECT MIN(due_at_ms) AS due_at_ms FROM notices WHERE ", is_first!());

/// Whoever sees it as it was may try it: of two servers, one.
pub(crate) const CLAIM_NOTICE: &str = "
UPDATE notices SET tries = tries + 1, due_at_ms = $3
WHERE id = $1 AND state = 'waiting' AND due_at_ms = $2";

pub(crate) const NOTICE_WAITS: &str = "
UPDATE notices SET due_at_ms = $2, reason = $3 WHERE id = $1";

/// Whatever else an endpoint is to be told waits as long.
pub(crate) const WEBHOOK_WAITS: &str = "
UPDATE notices SET due_at_ms = $2 WHERE webhook = $1 AND state = 'waiting' AND due_at_ms < $2";

pub(crate) const NOTICE_ENDS: &str = "
UPDATE notices SET state = $2, reason = $3, body = NULL WHERE id = $1";

pub(crate) const FORGET_SETTLED_NOTICES: &str = "
DELETE FROM notices WHERE state <> 'waiting' AND created_at_ms < $1";

pub(crate) const NOTICES_OF_WEBHOOK: &str = "
SELECT name, kind, notices.state AS state, tries, reason, notices.created_at_ms AS created_at_ms, due_at_ms
FROM notices JOIN webhooks ON webhooks.id = notices.webhook
WHERE webhook = $2 AND subscriber = $1 ORDER BY notices.id DESC LIMIT $3 OFFSET $4";
