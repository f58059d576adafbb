-- Sessions that ended are swept away, which must not read them all.

CREATE INDEX session_end ON session (ends_at);
