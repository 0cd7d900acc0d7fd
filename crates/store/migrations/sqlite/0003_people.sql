-- Subscribers have mail addresses and any number of tokens; conferences a number of their own, so that
-- their URLs can change; and people sign in.
--
-- SQLite can take no constraint off a table. So the tables are made anew, and the former ones go, those
-- that refer to others first. Times are milliseconds since 1970 UTC, a flag is 0 or 1.

ALTER TABLE call_records RENAME TO former_call_records;
ALTER TABLE conferences RENAME TO former_conferences;
ALTER TABLE subscribers RENAME TO former_subscribers;
DROP INDEX conferences_dial_in_code;
DROP INDEX conferences_dial_in_number;
DROP INDEX conferences_of_subscriber;
DROP INDEX call_records_of_conference;

CREATE TABLE subscribers (
    id            INTEGER PRIMARY KEY,
    name          TEXT   NOT NULL,
    mail          TEXT,
    created_at_ms BIGINT NOT NULL
);

-- Nobody has two mailboxes that differ by capitals alone.
CREATE UNIQUE INDEX subscribers_mail ON subscribers (lower(mail));

CREATE TABLE tokens (
    hash          TEXT   NOT NULL PRIMARY KEY,
    subscriber    BIGINT NOT NULL REFERENCES subscribers (id),
    operator      BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL
);

CREATE TABLE conferences (
    id             INTEGER PRIMARY KEY,
    subscriber     BIGINT NOT NULL REFERENCES subscribers (id),
    title          TEXT   NOT NULL,
    starts_at_ms   BIGINT,
    time_zone      TEXT,
    duration_s     BIGINT,
    repetition     TEXT,
    except_dates   TEXT,
    ends_after_s   BIGINT,
    access         TEXT,
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
CREATE INDEX conferences_of_subscriber ON conferences (subscriber, created_at_ms, id);

-- The secret parts of URLs. One without a conference waits in the operator's pool; a retired one was its
-- conference's before a rotation, answers like an unknown one, and is never given again.
CREATE TABLE urls (
    key           TEXT   NOT NULL PRIMARY KEY,
    conference    BIGINT REFERENCES conferences (id),
    made_at_ms    BIGINT NOT NULL,
    retired_at_ms BIGINT
);

CREATE UNIQUE INDEX urls_current ON urls (conference) WHERE retired_at_ms IS NULL;
CREATE INDEX urls_of_conference ON urls (conference);
CREATE INDEX urls_in_pool ON urls (made_at_ms, key) WHERE conference IS NULL;

CREATE TABLE call_records (
    conference       BIGINT NOT NULL REFERENCES conferences (id),
    participant      BIGINT NOT NULL,
    secret           TEXT,
    via              TEXT   NOT NULL,
    with_participant BIGINT,
    number           TEXT,
    name             TEXT,
    began_at_ms      BIGINT NOT NULL,
    answered_at_ms   BIGINT,
    ended_at_ms      BIGINT NOT NULL,
    ending           TEXT   NOT NULL
);

-- One record a call, however often its writing is tried. Participants are numbered anew in each session.
CREATE UNIQUE INDEX call_records_call ON call_records (conference, began_at_ms, participant);
CREATE UNIQUE INDEX call_records_secret ON call_records (secret);

-- What was sent to a mail address, by its hash. A name is of somebody who signs up.
CREATE TABLE sign_in_links (
    hash          TEXT   NOT NULL PRIMARY KEY,
    mail          TEXT   NOT NULL,
    name          TEXT,
    expires_at_ms BIGINT NOT NULL
);

CREATE INDEX sign_in_links_expiry ON sign_in_links (expires_at_ms);

-- Browsers that are signed in, each by the hash of its cookie.
CREATE TABLE sessions (
    hash          TEXT   NOT NULL PRIMARY KEY,
    subscriber    BIGINT NOT NULL REFERENCES subscribers (id),
    began_at_ms   BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);

CREATE INDEX sessions_of_subscriber ON sessions (subscriber);
CREATE INDEX sessions_expiry ON sessions (expires_at_ms);

INSERT INTO subscribers (id, name, created_at_ms)
SELECT id, name, created_at_ms FROM former_subscribers;

-- Whoever had a token until now had it from the operator; the first is the operator's own.
INSERT INTO tokens (hash, subscriber, operator, created_at_ms)
SELECT token_hash, id, id = (SELECT min(id) FROM former_subscribers), created_at_ms
FROM former_subscribers;

INSERT INTO conferences (subscriber, title, starts_at_ms, time_zone, dial_in_code, dial_in_number,
                         created_at_ms, ended_at_ms, id)
SELECT subscriber, title, starts_at_ms, time_zone, dial_in_code, dial_in_number,
       created_at_ms, ended_at_ms, rowid
FROM former_conferences;

INSERT INTO urls (key, conference, made_at_ms)
SELECT key, rowid, created_at_ms FROM former_conferences;

INSERT INTO call_records (conference, participant, secret, via, with_participant, number, name,
                          began_at_ms, answered_at_ms, ended_at_ms, ending)
SELECT urls.conference, participant, secret, via, with_participant, number, name,
       began_at_ms, answered_at_ms, ended_at_ms, ending
FROM former_call_records JOIN urls ON urls.key = former_call_records.conference;

DROP TABLE former_call_records;
DROP TABLE former_conferences;
DROP TABLE former_subscribers;
