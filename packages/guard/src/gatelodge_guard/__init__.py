"""Protect an API: check access tokens locally (RFC 9068, RFC 8725, RFC 6750)."""
