-- People whom another party vouches for. Its name for them finds the account; an e-mail
-- address is a key in our own databases alone, since two of its people may share one.

CREATE TABLE identity (
  connection_id TEXT NOT NULL,
  external_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  profile TEXT NOT NULL,
  sealed BYTEA,
  created_at BIGINT NOT NULL,
  refreshed_at BIGINT NOT NULL,
  PRIMARY KEY (connection_id, external_id)
)
-- sqlite: STRICT, WITHOUT ROWID
;

CREATE INDEX identity_user ON identity (user_id);

DROP INDEX user_account_email;

CREATE INDEX user_account_address ON user_account (email_key, connection_id);

CREATE UNIQUE INDEX user_account_email ON user_account (email_key, connection_id)
    WHERE SUBSTR(user_id, 1, 6) = 'auth0|';
