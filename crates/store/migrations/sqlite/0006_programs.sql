-- Programs that are told of what happens in conferences: each by the URL that it is told at. An endpoint for everybody is an
-- operator's, and is told of all conferences. What it signs with is made of the salt and the server's own secret, which
-- isn't in the database.

CREATE TABLE webhooks (
    id            INTEGER PRIMARY KEY,
    subscriber    BIGINT NOT NULL REFERENCES subscribers (id),
    for_everybody BIGINT NOT NULL,
    url           TEXT   NOT NULL,
    salt          TEXT   NOT NULL,
    created_at_ms BIGINT NOT NULL
);

CREATE INDEX webhooks_of_subscriber ON webhooks (subscriber);
CREATE INDEX webhooks_for_everybody ON webhooks (for_everybody);

-- What they are told, by the order of its happening. A body is forgotten when it has been taken or given up.

CREATE TABLE notices (
    id            INTEGER PRIMARY KEY,
    webhook       BIGINT NOT NULL REFERENCES webhooks (id),
    conference    BIGINT NOT NULL REFERENCES conferences (id),
    name          TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    body          TEXT,
    state         TEXT   NOT NULL,
    tries         BIGINT NOT NULL,
    reason        TEXT,
    created_at_ms BIGINT NOT NULL,
    due_at_ms     BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);

-- Once to each, however often its writing is tried.
CREATE UNIQUE INDEX notices_name ON notices (webhook, name);
CREATE INDEX notices_of_webhook ON notices (webhook, id);
CREATE INDEX notices_due ON notices (due_at_ms) WHERE state = 'waiting';
CREATE INDEX notices_in_order ON notices (webhook, conference, id) WHERE state = 'waiting';
CREATE INDEX notices_settled ON notices (created_at_ms) WHERE state <> 'waiting';

-- What was answered to a request with an Idempotency-Key, by a hash of whose it is, of what was asked and of the key. While the
-- first such request is being answered there is no status yet.

CREATE TABLE idempotency_keys (
    hash          TEXT   NOT NULL PRIMARY KEY,
    owner         TEXT   NOT NULL,
    fingerprint   TEXT   NOT NULL,
    status        BIGINT,
    content_type  TEXT,
    location      TEXT,
    body          TEXT,
    expires_at_ms BIGINT NOT NULL
);

CREATE INDEX idempotency_keys_of_owner ON idempotency_keys (owner);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at_ms);

-- Records of all conferences are read by time.

CREATE INDEX call_records_by_time ON call_records (began_at_ms, conference, participant);

-- Whoever is suspended can't sign in, and their conferences answer as if they had ended, until they aren't any more.

ALTER TABLE subscribers ADD COLUMN suspended_at_ms BIGINT;
