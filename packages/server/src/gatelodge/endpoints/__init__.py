"""One file per endpoint: ``async (house, exchange) -> Reply``; read, decide, commit."""
