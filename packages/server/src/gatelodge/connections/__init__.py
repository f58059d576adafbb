"""Sources of identities other than our own database; HTTP and XML arrive as ports."""
