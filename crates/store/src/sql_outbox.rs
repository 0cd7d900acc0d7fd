//! The statements of the outbox and of those who are invited, as `sql.rs` has the others.

/// The conference that a URL's key names, be it its present one or a former.
macro_rules! conference_of {
    ($key:literal) => {
        concat!("(SELECT conference FROM urls WHERE key = ", $key, ")")
    };
}

pub(crate) const POST_LETTER: &str = concat!(
    "INSERT INTO outbox (conference, purpose, recipient, message, state, tries, created_at_ms, \
     due_at_ms, expires_at_ms) VALUES (",
    conference_of!("$1"),
    ", $2, $3, $4, 'waiting', 0, $5, $5, $6)"
);

pub(crate) const LETTERS_DUE: &str = "
SELECT id, recipient, message, tries, due_at_ms, expires_at_ms FROM outbox
WHERE state = 'waiting' AND due_at_ms <= $1 ORDER BY due_at_ms, id LIMIT $2";

/// Whoever sees it as it was may try it: of two servers, one.
pub(crate) const CLAIM_LETTER: &str = "
UPDATE outbox SET tries = tries + 1, due_at_ms = $3
WHERE id = $1 AND state = 'waiting' AND due_at_ms = $2";

pub(crate) const LETTER_WAITS: &str = "
UPDATE outbox SET due_at_ms = $2, reason = $3 WHERE id = $1";

/// What has ended is not kept: it has a URL in it.
pub(crate) const LETTER_ENDS: &str = "
UPDATE outbox SET state = $2, reason = $3, message = NULL WHERE id = $1";

pub(crate) const NEXT_LETTER_DUE: &str = "
SELECT MIN(due_at_ms) AS due_at_ms FROM outbox WHERE state = 'waiting'";

pub(crate) const LETTERS_OF_CONFERENCE: &str = concat!(
    "SELECT purpose, recipient, state, tries, reason, created_at_ms, due_at_ms FROM outbox \
     WHERE conference = ",
    conference_of!("$1"),
    " ORDER BY id DESC LIMIT $2 OFFSET $3"
);

pub(crate) const INVITE: &str = concat!(
    "INSERT INTO invitees (conference, address, name, time_zone, sequence, invited_at_ms) VALUES (",
    conference_of!("$1"),
    ", $2, $3, $4, $5, $6) ON CONFLICT (conference, address) DO UPDATE \
     SET name = excluded.name, time_zone = excluded.time_zone, sequence = excluded.sequence"
);

pub(crate) const INVITEES: &str = concat!(
    "SELECT address, name, time_zone, sequence, invited_at_ms FROM invitees WHERE conference = ",
    conference_of!("$1"),
    " ORDER BY invited_at_ms, address"
);

pub(crate) const UNINVITE: &str =
    concat!("DELETE FROM invitees WHERE conference = ", conference_of!("$1"), " AND address = $2");

pub(crate) const REMINDERS_DUE: &str = "
SELECT key, remind_at_ms FROM conferences JOIN urls ON urls.conference = conferences.id AND urls.retired_at_ms IS NULL
WHERE remind_at_ms <= $1 AND ended_at_ms IS NULL ORDER BY remind_at_ms, conferences.id LIMIT $2";

/// Whoever sees it as it was may send it: of two servers, one.
pub(crate) const TAKE_REMINDER: &str = concat!(
    "UPDATE conferences SET remind_at_ms = $3 WHERE remind_at_ms = $2 AND ended_at_ms IS NULL AND id = ",
    conference_of!("$1")
);

pub(crate) const MOVE_REMINDER: &str =
    concat!("UPDATE conferences SET remind_at_ms = $2 WHERE id = ", conference_of!("$1"));

/// Those that haven't left yet; of all, or of who has the address `$2`.
pub(crate) const WITHDRAW_REMINDERS: &str = concat!(
    "UPDATE outbox SET state = 'given_up', reason = 'It is no longer true.', message = NULL \
     WHERE state = 'waiting' AND purpose = 'reminder' AND recipient = COALESCE($2, recipient) AND conference = ",
    conference_of!("$1")
);
