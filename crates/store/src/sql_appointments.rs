//! The statements of calls that are to be placed at set times, as `sql.rs` has the others.

/// The conference that a URL's key names, be it its present one or a former.
macro_rules! conference_of {
    ($key:literal) => {
        concat!("(SELECT conference FROM urls WHERE key = ", $key, ")")
    };
}

macro_rules! appointment_columns {
    () => {
        "id, secret, number, name, state, tries, starts_at_ms"
    };
}

/// If there is room for another.
pub(crate) const CREATE_APPOINTMENT: &str = concat!(
    "INSERT INTO appointments (conference, secret, number, name, client, is_host, state, tries, starts_at_ms, \
     due_at_ms, created_at_ms) SELECT conference, $2, $3, $4, $5, $6, 'waiting', 0, $7, $7, $8 FROM urls \
     WHERE key = $1 AND (SELECT count(*) FROM appointments WHERE conference = ",
    conference_of!("$1"),
    " AND state = 'waiting') < $9"
);

pub(crate) const APPOINTMENTS_DUE: &str = "
SELECT appointments.id AS id, key, number, name, client, is_host, tries, starts_at_ms, due_at_ms
FROM appointments JOIN urls ON urls.conference = appointments.conference AND urls.retired_at_ms IS NULL
WHERE state = 'waiting' AND due_at_ms <= $1 ORDER BY due_at_ms, appointments.id LIMIT $2";

pub(crate) const NEXT_APPOINTMENT_DUE: &str = "
SELECT MIN(due_at_ms) AS due_at_ms FROM appointments WHERE state = 'waiting'";

/// Whoever sees it as it was may call: of two servers, one.
pub(crate) const CLAIM_APPOINTMENT: &str = "
UPDATE appointments SET tries = tries + 1, due_at_ms = $3
WHERE id = $1 AND state = 'waiting' AND due_at_ms = $2";

pub(crate) const APPOINTMENT_WAITS: &str = "
UPDATE appointments SET due_at_ms = $2, tries = $3 WHERE id = $1 AND state = 'waiting'";

pub(crate) const APPOINTMENT_ENDS: &str = "
UPDATE appointments SET state = $2 WHERE id = $1";

pub(crate) const WITHDRAW_APPOINTMENT: &str =
    concat!("DELETE FROM appointments WHERE secret = $2 AND conference = ", conference_of!("$1"));

/// To another set time.
pub(crate) const MOVE_APPOINTMENTS: &str = concat!(
    "UPDATE appointments SET starts_at_ms = $2, due_at_ms = $2 WHERE state = 'waiting' AND tries = 0 AND conference = ",
    conference_of!("$1")
);

pub(crate) const CANCEL_APPOINTMENTS: &str = concat!(
    "UPDATE appointments SET state = 'cancelled' WHERE state = 'waiting' AND conference = ",
    conference_of!("$1")
);

pub(crate) const APPOINTMENTS_OF_CONFERENCE: &str = concat!(
    "SELECT ",
    appointment_columns!(),
    " FROM appointments WHERE conference = ",
    conference_of!("$1"),
    " ORDER BY id DESC LIMIT $2 OFFSET $3"
);

pub(crate) const APPOINTMENT_BY_SECRET: &str = concat!(
    "SELECT ",
    appointment_columns!(),
    " FROM appointments WHERE secret = $2 AND conference = ",
    conference_of!("$1")
);
