"""The parts of signing out: this device, the provider's tokens, the browser's session.

RFC 7009, OpenID RP-Initiated Logout §2-3, and Auth0's ``/v2/logout``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import AppError, ProviderError, Refused, VaultBroken
from .kit import Kit
from .metadata import Provider
from .renewal import take_lock
from .request import as_texts, draw, with_query
from .steps import Flow, do, note
from .token_endpoint import revoke
from .tokens import TokenSet


def forget(kit: Kit) -> Flow[TokenSet | None]:
    """Clear the vault and return what it held; a renewal elsewhere then finds none."""
    lock = yield from take_lock(kit)
    try:
        try:
            held = yield from kit.load()
        except VaultBroken:
            held = None
        yield from kit.clear()
    finally:
        lock.release()
    yield from note("tokens forgotten")
    return held


def tell_provider(
    kit: Kit, provider: Provider, *, held: TokenSet | None
) -> Flow[AppError | None]:
    """Revoke the refresh token; return why that failed, if it did."""
    if held is None or held.refresh_token is None:
        return None
    try:
        yield from revoke(kit, provider, refresh_token=held.refresh_token)
    except (Refused, ProviderError) as failed:
        return failed
    return None


def end_session(
    kit: Kit,
    provider: Provider,
    *,
    held: TokenSet | None,
    extra: Mapping[str, Any],
) -> Flow[None]:
    """Let the browser end its session and come back (RP-Initiated Logout §2).

    Does nothing where the provider has no logout endpoint. Raises ``NoBrowser``,
    ``TimedOut`` or ``Cancelled``: the session may then still be there.
    """
    with kit.opened() as door:
        state = draw(kit.entropy)
        address = _address(
            kit,
            provider,
            id_token=None if held is None else held.id_token,
            back=door.redirect_uri,
            state=state,
        )
        if address is None:
            return
        url = with_query(address[0], as_texts(extra) | address[1])
        # /v2/logout does not echo a state; the worst a stranger gains by knocking
        # is that we stop waiting.
        expected = state if "state" in address[1] else None
        yield from do(lambda: kit.browser.open(url))
        yield from do(
            lambda: door.wait(expected, timeout=kit.settings.timeout), door.cancel
        )
    yield from note("browser session ended")


def _address(
    kit: Kit, provider: Provider, *, id_token: str | None, back: str, state: str
) -> tuple[str, dict[str, str]] | None:
    client = {"client_id": kit.settings.client_id}
    if provider.end_session_endpoint is not None:
        hint = {"id_token_hint": id_token} if id_token else {}
        way = {"post_logout_redirect_uri": back, "state": state}
        return provider.end_session_endpoint, hint | client | way
    if provider.auth0_logout_endpoint is not None:
        return provider.auth0_logout_endpoint, client | {"returnTo": back}
    return None
