-- Whom a count is about, so that all of theirs can be forgiven at once.

ALTER TABLE throttle ADD COLUMN subject TEXT;

CREATE INDEX throttle_subject ON throttle (subject) WHERE subject IS NOT NULL;
