"""Real servers for tests: PostgreSQL, Chromium, commands of our own."""
