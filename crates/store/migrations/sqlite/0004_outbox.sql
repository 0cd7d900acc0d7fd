-- Mail on its way, and what became of it. A message is all that SMTP carries, made once, so that each try
-- sends the very same; it is forgotten when it has been delivered or given up.

CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY,
    conference    BIGINT REFERENCES conferences (id),
    purpose       TEXT   NOT NULL,
    recipient     TEXT   NOT NULL,
    message       TEXT,
    state         TEXT   NOT NULL,
    tries         BIGINT NOT NULL,
    reason        TEXT,
    created_at_ms BIGINT NOT NULL,
    due_at_ms     BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);

CREATE INDEX outbox_due ON outbox (due_at_ms) WHERE state = 'waiting';
CREATE INDEX outbox_of_conference ON outbox (conference, id);

-- Who was sent a conference's URL by mail. SEQUENCE of RFC 5545 counts what each has been told.

CREATE TABLE invitees (
    conference    BIGINT NOT NULL REFERENCES conferences (id),
    address       TEXT   NOT NULL,
    name          TEXT,
    sequence      BIGINT NOT NULL,
    invited_at_ms BIGINT NOT NULL,
    PRIMARY KEY (conference, address)
);
