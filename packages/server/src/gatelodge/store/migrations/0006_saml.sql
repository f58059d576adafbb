-- Sessions that a SAML party shares with ours, and answers that wait for the browser
-- they belong to.

CREATE TABLE saml_session (
  sid TEXT NOT NULL,
  party TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name_key TEXT NOT NULL,
  name_id TEXT NOT NULL,
  session_index TEXT NOT NULL,
  ends_at BIGINT NOT NULL,
  PRIMARY KEY (sid, party)
)
-- sqlite: STRICT, WITHOUT ROWID
;

CREATE INDEX saml_session_name ON saml_session (party, name_key);
CREATE INDEX saml_session_user ON saml_session (user_id);
CREATE INDEX saml_session_end ON saml_session (ends_at);

CREATE TABLE posted_answer (
  digest TEXT PRIMARY KEY,
  sealed BYTEA NOT NULL,
  expires_at BIGINT NOT NULL
)
-- sqlite: STRICT, WITHOUT ROWID
;

CREATE INDEX posted_answer_end ON posted_answer (expires_at);
