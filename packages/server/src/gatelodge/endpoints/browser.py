"""The browser's side of a sign-in: its cookies, and the session behind them."""

from __future__ import annotations

from typing import Final

from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.exchange import Cookie, Exchange
from gatelodge.base.opaque import BROWSER_PREFIX, SESSION_PREFIX
from gatelodge.house import House
from gatelodge.login.transaction import BINDING_BYTES
from gatelodge.model.reads import FindSignedIn, SignedIn
from gatelodge.model.settings import Settings

SESSION: Final = "gatelodge"
BINDING: Final = "gatelodge_browser"
REMEMBERED: Final = "gatelodge_mfa"
ROUND: Final = "gatelodge_logout"
_BINDING_LENGTH: Final = 32
_LONGEST_COOKIE: Final = 100
_BINDING_AGE: Final = 86_400


def binding(house: House, exchange: Exchange) -> tuple[str, tuple[Cookie, ...]]:
    """The browser's binding, made if it has none; all tabs share it.

    Each visit renews its day: a browser in use does not lose it in mid-journey.
    """
    known = exchange.cookies.get(BINDING, "")
    if len(known) != _BINDING_LENGTH:
        known = b64url(house.entropy.draw(BINDING_BYTES))
    return known, (Cookie(name=BINDING, value=known, max_age=_BINDING_AGE),)


def round_of(exchange: Exchange) -> str:
    """The secret of the round of logouts that this browser goes; "" for none.

    Not the binding of sign-ins: a form from another site brings no cookies, and a new
    one would take those of all tabs away.
    """
    known = exchange.cookies.get(ROUND, "")
    return known if len(known) == _BINDING_LENGTH else ""


def round_cookie(secret: str, *, seconds: int) -> Cookie:
    """The cookie of a round of logouts."""
    return Cookie(name=ROUND, value=secret, max_age=seconds)


def session_digest(exchange: Exchange) -> str | None:
    """Digest of the session cookie, None where there is none that could be ours."""
    secret = exchange.cookies.get(SESSION, "")
    if not secret.startswith(SESSION_PREFIX) or len(secret) > _LONGEST_COOKIE:
        return None
    return digest_of(secret)


def remembered_digest(exchange: Exchange) -> str | None:
    """Digest of the cookie by which a second factor is remembered, if there is one."""
    secret = exchange.cookies.get(REMEMBERED, "")
    if not secret.startswith(BROWSER_PREFIX) or len(secret) > _LONGEST_COOKIE:
        return None
    return digest_of(secret)


def remembered_cookie(secret: str, days: int) -> Cookie:
    """The cookie of a browser in which a second factor is remembered."""
    return Cookie(name=REMEMBERED, value=secret, max_age=days * 86_400)


async def find_signed_in(
    house: House, exchange: Exchange, *, client_id: str = "", audience: str = ""
) -> SignedIn | None:
    """Who is signed in in this browser; no query where there is no cookie.

    A session that has ended is still returned: the journey looks at its life.
    """
    digest = session_digest(exchange)
    if digest is None:
        return None
    question = FindSignedIn(digest=digest, client_id=client_id, audience=audience)
    return await house.store.read(question)


def session_cookie(secret: str, settings: Settings) -> Cookie:
    """The cookie of a new session; it lives as long as the session may."""
    persistent = settings.session_cookie_persistent
    age = settings.session_lifetime if persistent else None
    return Cookie(name=SESSION, value=secret, max_age=age)


def no_session_cookie() -> Cookie:
    """Takes the session's cookie away."""
    return Cookie(name=SESSION, value="", max_age=0)
