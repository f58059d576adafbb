"""Which web pages may call us (Fetch standard; contract: clients rule 27)."""

from __future__ import annotations

from typing import Final

from gatelodge.base.urls import origin_of, parse
from gatelodge.model.catalogue import Catalogue

_APP_SHELLS: Final = frozenset(
    {"capacitor://localhost", "ionic://localhost", "http://localhost"}
)
_HEADERS: Final = "authorization, content-type, auth0-client, dpop"


class Origins:
    """All registered origins of one catalogue version, made once a version."""

    def __init__(self) -> None:
        self._version = -1
        self._known: frozenset[str] = _APP_SHELLS

    def allowed(self, origin: str, catalogue: Catalogue) -> bool:
        """Whether some client has registered this origin or a redirect URI in it."""
        if catalogue.version != self._version:
            self._known = _APP_SHELLS | _registered(catalogue)
            self._version = catalogue.version
        return origin in self._known


def _registered(catalogue: Catalogue) -> frozenset[str]:
    found: set[str] = set()
    for client in catalogue.clients.values():
        for url in (*client.origins, *client.redirect_uris):
            parts = parse(url)
            if parts and parts.scheme in ("http", "https"):
                found.add(origin_of(parts))
            elif url in client.origins:
                found.add(url.rstrip("/"))
    return frozenset(found)


def answer_headers(origin: str) -> dict[str, str]:
    """Headers that let a page of ``origin`` read our answer."""
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "WWW-Authenticate, DPoP-Nonce",
        "Vary": "Origin",
    }


def preflight_headers(origin: str, methods: tuple[str, ...]) -> dict[str, str]:
    """The answer to a preflight request; valid for ten minutes."""
    return {
        **answer_headers(origin),
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": _HEADERS,
        "Access-Control-Max-Age": "600",
    }
