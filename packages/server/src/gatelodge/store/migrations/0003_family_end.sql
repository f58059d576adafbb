-- Refresh families that ended are swept away. None of these columns moves when a token
-- is renewed, so a renewal writes no index.

CREATE INDEX refresh_family_end ON refresh_family (expires_at)
  WHERE expires_at IS NOT NULL;
CREATE INDEX refresh_family_revoked ON refresh_family (revoked_at)
  WHERE revoked_at IS NOT NULL;
