"""Sign in from a native app or a CLI through the system browser (RFC 8252)."""
