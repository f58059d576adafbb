"""A window inside an app: what works there, and the way out (RFC 8252 §8.12)."""

from __future__ import annotations

from gatelodge.base.urls import add_query
from gatelodge.connections.provider import providers
from gatelodge.login.transaction import Transaction
from gatelodge.model.connection import Connection


def works(connection: Connection, *, embedded: bool) -> bool:
    """Whether the party lets people sign in in such a window; anywhere else it does."""
    provider = providers().get(connection.strategy)
    return not embedded or provider is None or provider.web_views


def way_out(transaction: Transaction, *, embedded: bool) -> dict[str, object]:
    """The same request, to be opened in the browser; nothing where we are in one."""
    if not embedded:
        return {}
    address = f"{transaction.issuer}authorize"
    return {"browser_url": add_query(address, transaction.params.items())}
