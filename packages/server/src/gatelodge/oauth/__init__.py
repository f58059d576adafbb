"""The protocol's rules, one file a subject; pure functions on frozen values."""
