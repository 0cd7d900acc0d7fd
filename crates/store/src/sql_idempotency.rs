//! The statements of requests that are answered once, as `sql.rs` has the others.

pub(crate) const FORGET_KEYS: &str = "
DELETE FROM idempotency_keys WHERE expires_at_ms <= $1";

pub(crate) const CLAIM_KEY: &str = "
INSERT INTO idempotency_keys (hash, owner, fingerprint, expires_at_ms)
SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM idempotency_keys WHERE owner = $2) < $5
ON CONFLICT DO NOTHING";

pub(crate) const KEY: &str = "
SELECT fingerprint, status, content_type, location, body FROM idempotency_keys WHERE hash = $1";

pub(crate) const KEEP_ANSWER: &str = "
UPDATE idempotency_keys SET status = $2, content_type = $3, location = $4, body = $5, expires_at_ms = $6
WHERE hash = $1 AND status IS NULL";

pub(crate) const RELEASE_KEY: &str = "
DELETE FROM idempotency_keys WHERE hash = $1 AND status IS NULL";
