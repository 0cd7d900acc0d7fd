-- Recordings, whose files are in a directory of the server's, in one by the recording's id each. One that has no end
-- is being made, or was when the server was gone of a sudden.

CREATE TABLE recordings (
    id          TEXT   NOT NULL PRIMARY KEY,
    conference  BIGINT NOT NULL REFERENCES conferences (id),
    began_at_ms BIGINT NOT NULL,
    has_voices  BIGINT NOT NULL,
    ended_at_ms BIGINT,
    ending      TEXT,
    duration_ms BIGINT,
    lost_ms     BIGINT,
    bytes       BIGINT,
    CHECK ((ended_at_ms IS NULL) = (ending IS NULL))
);

CREATE INDEX recordings_of_conference ON recordings (conference, began_at_ms);
CREATE INDEX recordings_ended ON recordings (ended_at_ms);

-- Voices that have files of their own.
CREATE TABLE recorded_voices (
    recording   TEXT   NOT NULL REFERENCES recordings (id),
    file        TEXT   NOT NULL,
    participant BIGINT NOT NULL,
    label       TEXT   NOT NULL,
    PRIMARY KEY (recording, file)
);
