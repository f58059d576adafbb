"""An action did not do its part; what becomes of the login is the tenant's choice."""

from __future__ import annotations


class ActionFailed(Exception):
    """The text says why, in one line and without any secret."""
