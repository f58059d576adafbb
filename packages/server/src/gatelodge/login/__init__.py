"""Who is this? The rules of signing in; pure functions on frozen values."""
