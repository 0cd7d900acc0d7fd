-- A participant may be a browser (via = 'browser'), which needs no column of its own. A phone may be
-- one person with a browser: that one's number among the participants of the same session.

ALTER TABLE call_records ADD COLUMN with_participant BIGINT;
