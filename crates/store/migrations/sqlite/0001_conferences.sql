-- Times are milliseconds since 1970 UTC. Keys, numbers and words are text as the domain prints
-- them. Apart from the subscribers' numbering, all of it means the same to PostgreSQL.

CREATE TABLE subscribers (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    token_hash    TEXT    NOT NULL UNIQUE,
    created_at_ms BIGINT  NOT NULL
);

CREATE TABLE conferences (
    key            TEXT   NOT NULL PRIMARY KEY,
    subscriber     BIGINT NOT NULL REFERENCES subscribers (id),
    title          TEXT   NOT NULL,
    starts_at_ms   BIGINT,
    time_zone      TEXT,
    dial_in_code   TEXT   NOT NULL,
    dial_in_number TEXT,
    created_at_ms  BIGINT NOT NULL,
    ended_at_ms    BIGINT,
    CHECK ((starts_at_ms IS NULL) = (time_zone IS NULL))
);

-- A code or number names one conference at a time, and is free again once that has ended.
CREATE UNIQUE INDEX conferences_dial_in_code ON conferences (dial_in_code)
    WHERE ended_at_ms IS NULL;
CREATE UNIQUE INDEX conferences_dial_in_number ON conferences (dial_in_number)
    WHERE ended_at_ms IS NULL;
CREATE INDEX conferences_of_subscriber ON conferences (subscriber, created_at_ms);

CREATE TABLE call_records (
    conference     TEXT   NOT NULL REFERENCES conferences (key),
    participant    BIGINT NOT NULL,
    secret         TEXT   UNIQUE,
    via            TEXT   NOT NULL,
    number         TEXT,
    name           TEXT,
    began_at_ms    BIGINT NOT NULL,
    answered_at_ms BIGINT,
    ended_at_ms    BIGINT NOT NULL,
    ending         TEXT   NOT NULL
);

CREATE INDEX call_records_of_conference ON call_records (conference, began_at_ms);
