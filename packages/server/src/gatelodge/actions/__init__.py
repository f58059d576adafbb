"""An administrator's own functions and webhooks: kept apart, limited, and traced."""
