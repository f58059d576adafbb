"""The whole dance: signing in and signing out, each readable in one function.

RFC 6749 §4.1, RFC 8252 §4-8, RFC 9700 §2.1, OIDC Core §3.1, RP-Initiated Logout §2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import NotRevoked, ProviderError, Unreachable
from .id_token import believe
from .kit import Kit
from .logout import end_session, forget, tell_provider
from .metadata import Provider
from .renewal import check_vault, keep
from .request import Request, again, draft, draw
from .response import read_response
from .steps import Flow, do, note
from .token_endpoint import CodeLost, redeem
from .tokens import Issued, TokenSet, settle


def sign_in(kit: Kit, extra: Mapping[str, Any]) -> Flow[TokenSet]:
    """Sign the person in through the system browser.

    Ask, wait for the way back, check it, exchange the code, check who it is, keep the
    tokens. If the answer to the code is lost, the whole question is asked once more:
    the browser's session makes that invisible (RFC 6749 §4.1.2 forbids a second use).
    Raises ``SignInFailed``, ``ProviderError`` or ``VaultError``.
    """
    yield from check_vault(kit)
    provider = yield from kit.provider()
    started = kit.clock()
    try:
        request, issued = yield from _dance(kit, provider, extra=extra)
    except CodeLost:
        yield from note("answer to the code lost, asking once more")
        wishes = again(extra, elapsed=kit.clock() - started)
        try:
            request, issued = yield from _dance(kit, provider, extra=wishes)
        except CodeLost:
            raise Unreachable("The provider's answer was lost twice.") from None
    believed = yield from believe(kit, provider, issued=issued, request=request)
    tokens = settle(issued, believed, scope=kit.settings.scope, refresh_token=None)
    yield from keep(kit, tokens)
    return tokens


def sign_out(kit: Kit, *, browser: bool, extra: Mapping[str, Any]) -> Flow[None]:
    """Forget the tokens, revoke them, and end the browser's session.

    This device is signed out first and in any case. Raises ``NotRevoked`` after all
    else is done if the provider could not be told; ``TimedOut``, ``Cancelled`` or
    ``NoBrowser`` if only the browser's session may be left.
    """
    held = yield from forget(kit)
    try:
        provider = yield from kit.provider()
    except ProviderError as unknown:
        raise NotRevoked(f"The provider was not told: {unknown.what}") from None
    untold = yield from tell_provider(kit, provider, held=held)
    if browser:
        yield from end_session(kit, provider, held=held, extra=extra)
    if untold is not None:
        raise NotRevoked(f"The refresh token was not revoked: {untold.what}")


def _dance(
    kit: Kit, provider: Provider, *, extra: Mapping[str, Any]
) -> Flow[tuple[Request, Issued]]:
    """Once through the browser and to the token endpoint."""
    with kit.opened() as door:
        request = draft(
            kit.settings,
            provider,
            redirect_uri=door.redirect_uri,
            extra=extra,
            secrets=(draw(kit.entropy), draw(kit.entropy), draw(kit.entropy)),
        )
        yield from note("browser opened", redirect_uri=door.redirect_uri)
        yield from do(lambda: kit.browser.open(request.url))
        query = yield from do(
            lambda: door.wait(request.state, timeout=kit.settings.timeout),
            door.cancel,
        )
    code = read_response(query, request, provider=provider)
    yield from note("response checked", state="matches", issuer=provider.issuer)
    issued = yield from redeem(kit, provider, request=request, code=code)
    return request, issued
