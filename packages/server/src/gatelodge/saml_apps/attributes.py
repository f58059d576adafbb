"""What an app is told of a person, and by which name (contract 3.10, IdP defaults)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from gatelodge.base.moment import iso
from gatelodge.base.text import printable
from gatelodge.model.saml import NameId, SamlApp
from gatelodge.model.user import User

_CLAIM: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_OTHER: Final = "http://schemas.auth0.com"
USUAL: Final[Mapping[str, str]] = {
    "user_id": f"{_CLAIM}/nameidentifier",
    "email": f"{_CLAIM}/emailaddress",
    "name": f"{_CLAIM}/name",
    "given_name": f"{_CLAIM}/givenname",
    "family_name": f"{_CLAIM}/surname",
}
"""Auth0's names for our fields."""
_LONGEST: Final = 1_000
Said: TypeAlias = Mapping[str, tuple[str, ...]]
_NOTHING: Final[Said] = MappingProxyType({})


def told(
    user: User, roles: tuple[str, ...], app: SamlApp, said: Said = _NOTHING
) -> dict[str, tuple[str, ...]]:
    """Values by attribute name; what a person has not is left away.

    ``said`` are attributes that actions set, or take away by no value.
    """
    known = _known(user, roles)
    found: dict[str, tuple[str, ...]] = {}
    for field, values in known.items():
        for name in _names(field, app):
            found[name] = values
    for field, names in app.mappings.items():
        if field.startswith("app_metadata."):
            found |= dict.fromkeys(names, _within(user.app_metadata, field))
    if app.upn and user.email:
        found.setdefault(f"{_CLAIM}/upn", (user.email,))
    found |= said
    return {name: values for name, values in found.items() if values}


def name_id(
    user: User, roles: tuple[str, ...], app: SamlApp, said: Said = _NOTHING
) -> NameId:
    """What the app calls them: the first of its choices that holds something.

    What actions say of a choice counts before the account.
    """
    known = _known(user, roles)
    by_name = {name: field for field, name in USUAL.items()}
    for choice in app.name_id or (USUAL["user_id"],):
        values = said.get(choice) or known.get(by_name.get(choice, choice), ())
        if values:
            return NameId(value=values[0], format=app.name_id_format)
    return NameId(value=user.user_id, format=app.name_id_format)


def _names(field: str, app: SamlApp) -> tuple[str, ...]:
    """Roles are told only to an app that asks for them."""
    if field in app.mappings:
        return app.mappings[field]
    if field in USUAL:
        return (USUAL[field],)
    return (f"{_OTHER}/{field}",) if app.passthrough and field != "roles" else ()


def _known(user: User, roles: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    verified = user.email_verified_at is not None
    said: dict[str, str | None] = {
        "user_id": user.user_id,
        "email": user.email,
        "email_verified": str(verified).lower() if user.email else None,
        "name": user.display_name,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "nickname": user.nickname,
        "username": user.username,
        "picture": user.picture,
        "updated_at": iso(user.updated_at),
    }
    found = {field: (_clean(value),) for field, value in said.items() if value}
    return {**found, "roles": tuple(_clean(role) for role in roles)}


def _within(metadata: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """Texts at a path of ``app_metadata``, which only administrators write."""
    value: Any = metadata
    for step in field.split(".")[1:]:
        value = value.get(step) if isinstance(value, Mapping) else None
    listed = value if isinstance(value, list) else [value]
    return tuple(_clean(one) for one in listed if isinstance(one, str) and one)


def _clean(text: str) -> str:
    """XML takes no control characters."""
    return printable(text, _LONGEST)
