-- Who has left a number to be called at a conference's set time, and what became of it. A role is of who has proved to be
-- a host; the client is the address that a page asked from.

CREATE TABLE appointments (
    id            INTEGER PRIMARY KEY,
    conference    BIGINT NOT NULL REFERENCES conferences (id),
    secret        TEXT   NOT NULL,
    number        TEXT   NOT NULL,
    name          TEXT,
    client        TEXT   NOT NULL,
    is_host       BIGINT NOT NULL,
    state         TEXT   NOT NULL,
    tries         BIGINT NOT NULL,
    starts_at_ms  BIGINT NOT NULL,
    due_at_ms     BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL
);

CREATE UNIQUE INDEX appointments_secret ON appointments (secret);
CREATE UNIQUE INDEX appointments_number ON appointments (conference, number) WHERE state = 'waiting';
CREATE INDEX appointments_due ON appointments (due_at_ms) WHERE state = 'waiting';
CREATE INDEX appointments_of_conference ON appointments (conference, id);
