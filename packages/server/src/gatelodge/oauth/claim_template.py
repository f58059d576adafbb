"""Custom claims: how a name, a role or a metadata field reaches a token.

A template is text with places: ``${user.email}``. A template that is one place and
nothing else keeps the type of its value, so ``${user.roles}`` becomes a list.
Registered claims cannot be set, and a standard claim still needs its scope (contract
1.10).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from gatelodge.oauth import claims

_PLACE: Final = re.compile(r"\$\{\s*([A-Za-z_][A-Za-z0-9_.:/-]*)\s*\}")
LONGEST: Final = 1000
_METADATA: Final = frozenset({"user_metadata", "app_metadata", "metadata"})
_PLACES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "user": claims.STANDARD | {"user_id", "username", "roles", "permissions"},
        "client": frozenset({"client_id", "name"}),
    }
)
RESERVED: Final = frozenset(
    [
        "acr",
        "act",
        "active",
        "amr",
        "at_hash",
        "ath",
        "attest",
        "aud",
        "auth_time",
        "authorization_details",
        "azp",
        "c_hash",
        "client_id",
        "cnf",
        "cty",
        "dest",
        "entitlements",
        "events",
        "exp",
        "groups",
        "gty",
        "htm",
        "htu",
        "iat",
        "internalService",
        "iss",
        "jcard",
        "jku",
        "jti",
        "jwe",
        "jwk",
        "kid",
        "may_act",
        "mky",
        "nbf",
        "nonce",
        "object_id",
        "org_id",
        "org_name",
        "orig",
        "origid",
        "permissions",
        "roles",
        "rph",
        "s_hash",
        "scope",
        "sid",
        "sub",
        "sub_jwk",
        "toe",
        "txn",
        "typ",
        "uuid",
        "vot",
        "vtm",
        "x5t#S256",
    ]
)


def reserved(name: str) -> bool:
    """Whether the claim's meaning is fixed elsewhere, so that nobody may set it."""
    return name in RESERVED or name.startswith("sip_")


def unfit(name: str, template: str) -> str | None:
    """Why this template may not be registered; None when it may."""
    if reserved(name):
        return f"claim {name!r} is registered and cannot be set"
    if not name or len(template) > LONGEST:
        return f"claim {name!r}: a template has at most {LONGEST} characters"
    roots = {place.split(".")[0] for place in _PLACE.findall(template)}
    if roots - {"user", "client"}:
        return f"claim {name!r}: places start with 'user.' or 'client.'"
    return None


def misspelt(name: str, template: str) -> str | None:
    """Why no person could ever fill this template; None when one could."""
    if _PLACE.sub("", template).count("${"):
        return f"claim {name!r}: a place is written ${{user.email}}, this one is not"
    unknown = [place for place in _PLACE.findall(template) if not _known(place)]
    if unknown:
        return f"claim {name!r}: nothing is called {unknown[0]!r}"
    return None


def fill(
    templates: Mapping[str, str],
    context: Mapping[str, Any],
    *,
    scopes: tuple[str, ...],
) -> dict[str, Any]:
    """The claims of ``templates``; one without a value is left out."""
    open_claims = claims.settable(scopes)
    filled: dict[str, Any] = {}
    for name, template in templates.items():
        if name in claims.STANDARD and name not in open_claims:
            continue
        value = _value(template, context)
        if value is not None and unfit(name, template) is None:
            filled[name] = value
    return filled


def _value(template: str, context: Mapping[str, Any]) -> Any:
    """The filled template; None where one of its places has no value."""
    whole = _PLACE.fullmatch(template)
    if whole:
        return _look_up(whole[1], context)
    found = {place: _look_up(place, context) for place in _PLACE.findall(template)}
    if any(value is None for value in found.values()):
        return None
    return _PLACE.sub(lambda place: _as_text(found[place[1]]), template)


def _known(place: str) -> bool:
    """Whether a person or a client can have it at all; metadata is anybody's."""
    root, _, rest = place.partition(".")
    if root not in _PLACES:
        return True  # said better elsewhere: places start with user or client
    return rest in _PLACES[root] or rest.partition(".")[0] in _METADATA


def _look_up(path: str, context: Mapping[str, Any]) -> Any:
    """Follow the path; a metadata key may itself hold dots, the longest wins."""
    found: Any = context
    parts = path.split(".")
    while parts:
        if not isinstance(found, Mapping):
            return None
        for size in range(len(parts), 0, -1):
            key = ".".join(parts[:size])
            if key in found:
                found, parts = found[key], parts[size:]
                break
        else:
            return None
    return found


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
