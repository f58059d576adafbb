"""Home-realm discovery: an e-mail address says whose people somebody is of.

The domain decides before any password is looked at: an organisation's people sign in
with the organisation (contract 1.9).
"""

from __future__ import annotations

from gatelodge.base.text import email_key, is_email
from gatelodge.base.urls import add_query
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.connection import Connection
from gatelodge.oauth.request import AuthorizationRequest


def home_of(
    identifier: str, request: AuthorizationRequest, catalogue: Catalogue
) -> Connection | None:
    """The connection that this address belongs to.

    None where the app asked for one connection by name: it knows better.
    """
    key = email_key(identifier)
    if request.connection is not None or not is_email(key):
        return None
    domain = key.rpartition("@")[2]
    for connection in catalogue.connections:
        if domain in connection.options.domains and _reachable(connection, request):
            return connection
    return None


def homes(request: AuthorizationRequest, catalogue: Catalogue) -> bool:
    """Whether there are addresses that lead somewhere."""
    return request.connection is None and any(
        one.options.domains and _reachable(one, request)
        for one in catalogue.connections
    )


def at_home(state: str, connection: Connection, identifier: str) -> str:
    """The way there, from any page of a sign-in."""
    query = [("state", state), ("connection", connection.name)]
    hint = [("login_hint", identifier)] if is_email(email_key(identifier)) else []
    return add_query("/u/upstream", [*query, *hint])


def _reachable(connection: Connection, request: AuthorizationRequest) -> bool:
    own = connection.options.elsewhere
    return own and connection.serves(request.client.client_id)
