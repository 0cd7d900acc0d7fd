-- Whether those who hear two channels hear the others from left to right: 1, 0, or NULL for as the server is configured.
ALTER TABLE conferences ADD COLUMN placement BIGINT;
