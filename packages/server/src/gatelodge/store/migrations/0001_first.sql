-- The first schema. Types are TEXT, BIGINT and BYTEA; times are milliseconds; what is
-- neither text, number nor bytes is JSON in TEXT. A line that begins with "-- sqlite:"
-- or "-- postgres:" holds for that engine alone.
--
-- No foreign keys: a code or a family may outlive its person, which its rules expect,
-- and what is removed together is named write by write (gatelodge.model.writes).

-- configuration, read whole

CREATE TABLE catalogue_version (
  single BIGINT PRIMARY KEY,
  version BIGINT NOT NULL
)
-- sqlite: STRICT
;

INSERT INTO catalogue_version (single, version) VALUES (1, 0);

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  changed_at BIGINT NOT NULL
)
-- sqlite: STRICT, WITHOUT ROWID
;

CREATE TABLE client (
  client_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  app_type TEXT NOT NULL,
  auth_method TEXT NOT NULL,
  redirect_uris TEXT NOT NULL,
  logout_urls TEXT NOT NULL,
  origins TEXT NOT NULL,
  grant_types TEXT NOT NULL,
  options TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at BIGINT NOT NULL
)
-- sqlite: STRICT
;

CREATE TABLE client_secret (
  client_id TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (client_id, secret_id)
)
-- sqlite: STRICT
;

CREATE TABLE client_key (
  client_id TEXT NOT NULL,
  kid TEXT NOT NULL,
  jwk TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (client_id, kid)
)
-- sqlite: STRICT
;

CREATE TABLE api (
  id TEXT PRIMARY KEY,
  identifier TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  signing_alg TEXT NOT NULL,
  token_lifetime BIGINT NOT NULL,
  scopes TEXT NOT NULL,
  options TEXT NOT NULL,
  created_at BIGINT NOT NULL
)
-- sqlite: STRICT
;

CREATE TABLE client_grant (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  api_id TEXT NOT NULL,
  scopes TEXT NOT NULL,
  allow_all_scopes BIGINT NOT NULL,
  subject_type TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (client_id, api_id, subject_type)
)
-- sqlite: STRICT
;

CREATE TABLE connection (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  strategy TEXT NOT NULL,
  options TEXT NOT NULL,
  position BIGINT NOT NULL,
  created_at BIGINT NOT NULL
)
-- sqlite: STRICT
;

CREATE TABLE role (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  permissions TEXT NOT NULL,
  created_at BIGINT NOT NULL
)
-- sqlite: STRICT
;

CREATE TABLE signing_key (
  kid TEXT PRIMARY KEY,
  alg TEXT NOT NULL,
  state TEXT NOT NULL,
  jwk TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
)
-- sqlite: STRICT
;

-- people

CREATE TABLE user_account (
  user_id TEXT PRIMARY KEY,
  connection_id TEXT NOT NULL,
  email_key TEXT NOT NULL,
  email TEXT NOT NULL,
  email_verified_at BIGINT,
  username TEXT,
  name TEXT,
  given_name TEXT,
  family_name TEXT,
  nickname TEXT,
  picture TEXT,
  phone TEXT,
  phone_verified_at BIGINT,
  user_metadata TEXT NOT NULL,
  app_metadata TEXT NOT NULL,
  blocked_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_login_at BIGINT,
  last_ip TEXT,
  logins BIGINT NOT NULL
)
-- sqlite: STRICT
-- postgres: WITH (fillfactor = 80)
;

CREATE UNIQUE INDEX user_account_email ON user_account (email_key, connection_id);
CREATE UNIQUE INDEX user_account_username ON user_account (username, connection_id)
  WHERE username IS NOT NULL;

CREATE TABLE password (
  user_id TEXT PRIMARY KEY,
  phc TEXT NOT NULL,
  changed_at BIGINT NOT NULL
)
-- sqlite: STRICT, WITHOUT ROWID
;

CREATE TABLE user_role (
  user_id TEXT NOT NULL,
  role_id TEXT NOT NULL,
  given_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, role_id)
)
-- sqlite: STRICT, WITHOUT ROWID
;

CREATE INDEX user_role_role ON user_role (role_id);

CREATE TABLE user_permission (
  user_id TEXT NOT NULL,
  api_id TEXT NOT NULL,
  value TEXT NOT NULL,
  given_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, api_id, value)
)
-- sqlite: STRICT, WITHOUT ROWID
;

-- sessions, codes, families, consents

CREATE TABLE session (
  digest TEXT PRIMARY KEY,
  sid TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  auth_time BIGINT NOT NULL,
  amr TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  touched_at BIGINT NOT NULL,
  idle_until BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  ip TEXT NOT NULL,
  agent TEXT NOT NULL,
  revoked_at BIGINT
)
-- sqlite: STRICT
-- postgres: WITH (fillfactor = 80)
;

CREATE INDEX session_person ON session (user_id, created_at);

CREATE TABLE code (
  digest TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  sid TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  scopes TEXT NOT NULL,
  audience TEXT,
  nonce TEXT,
  challenge TEXT,
  family_id TEXT NOT NULL,
  details TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
)
-- sqlite: STRICT
-- postgres: WITH (fillfactor = 80)
;

CREATE INDEX code_expiry ON code (expires_at);
CREATE INDEX code_user ON code (user_id);
CREATE INDEX code_client ON code (client_id);

CREATE TABLE refresh_family (
  id TEXT PRIMARY KEY,
  seed BYTEA NOT NULL,
  generation BIGINT NOT NULL,
  rotated_at BIGINT NOT NULL,
  client_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  sid TEXT NOT NULL,
  audience TEXT,
  scopes TEXT NOT NULL,
  authentication TEXT NOT NULL,
  device TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  idle_until BIGINT,
  expires_at BIGINT,
  used_at BIGINT,
  revoked_at BIGINT,
  reason TEXT
)
-- sqlite: STRICT
-- postgres: WITH (fillfactor = 80)
;

CREATE INDEX refresh_family_user ON refresh_family (user_id, created_at);
CREATE INDEX refresh_family_live ON refresh_family (user_id, client_id, created_at)
  WHERE revoked_at IS NULL;
CREATE INDEX refresh_family_client ON refresh_family (client_id)
  WHERE revoked_at IS NULL;

CREATE TABLE consent (
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  audience TEXT NOT NULL,
  scopes TEXT NOT NULL,
  given_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, client_id, audience)
)
-- sqlite: STRICT, WITHOUT ROWID
;

CREATE INDEX consent_client ON consent (client_id);

-- tickets and single-use values

CREATE TABLE ticket (
  digest TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  user_id TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
)
-- sqlite: STRICT
;

CREATE INDEX ticket_user ON ticket (user_id, purpose);
CREATE INDEX ticket_expiry ON ticket (expires_at);

CREATE TABLE seen_jti (
  key TEXT PRIMARY KEY,
  expires_at BIGINT NOT NULL
)
-- sqlite: STRICT, WITHOUT ROWID
;

CREATE INDEX seen_jti_expiry ON seen_jti (expires_at);

-- log, mail, duties

CREATE TABLE log (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  at BIGINT NOT NULL,
  client_id TEXT,
  user_id TEXT,
  connection_id TEXT,
  ip TEXT NOT NULL,
  agent TEXT NOT NULL,
  details TEXT NOT NULL
)
-- sqlite: STRICT, WITHOUT ROWID
;

CREATE INDEX log_type ON log (type, id);
CREATE INDEX log_user ON log (user_id, id) WHERE user_id IS NOT NULL;

CREATE TABLE outgoing (
  id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  sent_at BIGINT,
  failed_at BIGINT,
  error TEXT
)
-- sqlite: STRICT
;

CREATE INDEX outgoing_due ON outgoing (due_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outgoing_newest ON outgoing (created_at);

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until BIGINT NOT NULL
)
-- sqlite: STRICT, WITHOUT ROWID
;
