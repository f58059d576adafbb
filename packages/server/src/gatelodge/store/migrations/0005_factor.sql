-- What a person proves themselves with besides a password, and bounded tries.

CREATE TABLE factor (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  credential TEXT,
  details TEXT NOT NULL,
  sealed BYTEA,
  counter BIGINT NOT NULL,
  name TEXT,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  used_at BIGINT
)
-- sqlite: STRICT
;

CREATE INDEX factor_user ON factor (user_id);
CREATE UNIQUE INDEX factor_credential ON factor (credential)
  WHERE credential IS NOT NULL;
CREATE INDEX factor_unconfirmed ON factor (created_at) WHERE confirmed_at IS NULL;

CREATE TABLE throttle (
  key TEXT PRIMARY KEY,
  count BIGINT NOT NULL,
  until BIGINT NOT NULL
)
-- sqlite: STRICT, WITHOUT ROWID
-- postgres: WITH (fillfactor = 80)
;

CREATE INDEX throttle_until ON throttle (until);

-- Since when the person has a second factor; whose account this one was made part of.

ALTER TABLE user_account ADD COLUMN second_factor_at BIGINT;
ALTER TABLE user_account ADD COLUMN linked_to TEXT;

CREATE INDEX user_account_linked ON user_account (linked_to)
  WHERE linked_to IS NOT NULL;
