-- Who has asked for their account to be deleted has a while to think again.

ALTER TABLE user_account ADD COLUMN leaving_at BIGINT;

CREATE INDEX user_account_leaving ON user_account (leaving_at)
  WHERE leaving_at IS NOT NULL;
