"""What an operator sees of a running process; the tenant's own log is in ``model``."""
