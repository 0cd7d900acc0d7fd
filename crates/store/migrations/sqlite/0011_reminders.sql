-- How long before each set time those who are invited are reminded, NULL for not at all, and when that is due next. By
-- which clock an invitee's letters tell the time: NULL for that of the conference.
ALTER TABLE conferences ADD COLUMN remind_s BIGINT;
ALTER TABLE conferences ADD COLUMN remind_at_ms BIGINT;
ALTER TABLE invitees ADD COLUMN time_zone TEXT;

CREATE INDEX conferences_remind ON conferences (remind_at_ms) WHERE remind_at_ms IS NOT NULL;
