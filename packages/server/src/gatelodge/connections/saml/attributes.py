"""From a provider's attributes to our fields (contract 3.10, ``fieldsMap``).

For each field the first attribute that is there wins: the connection's own names, then
those that providers use. Values that are unprintable or too long are passed over, as
with every other party.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from gatelodge.base.text import email_key, is_email, printable
from gatelodge.connections.saml import names
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.connections.saml.party import SamlParty
from gatelodge.connections.saml.response import Vouching
from gatelodge.model.profile import Profile

NAME_ID: Final = "nameid"
_CLAIM: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_MICROSOFT: Final = "http://schemas.microsoft.com/identity/claims"
_LONGEST: Final = {"user_id": 255, "email": 255, "picture": 1_000}
_LONGEST_NAME: Final = 150

USUAL: Final[dict[str, tuple[str, ...]]] = {
    "user_id": (
        f"{_CLAIM}/nameidentifier",
        NAME_ID,
        f"{_CLAIM}/upn",
        f"{_CLAIM}/name",
    ),
    "email": (
        f"{_CLAIM}/emailaddress",
        "urn:oid:0.9.2342.19200300.100.1.3",
        "email",
        "mail",
        "emailAddress",
    ),
    "email_verified": ("email_verified",),
    "name": (
        f"{_MICROSOFT}/displayname",
        "urn:oid:2.16.840.1.113730.3.1.241",
        "displayName",
        "urn:oid:2.5.4.3",
        "cn",
        "name",
        f"{_CLAIM}/name",
    ),
    "given_name": (
        f"{_CLAIM}/givenname",
        "urn:oid:2.5.4.42",
        "givenName",
        "firstName",
        "given_name",
    ),
    "family_name": (
        f"{_CLAIM}/surname",
        "urn:oid:2.5.4.4",
        "sn",
        "surname",
        "lastName",
        "family_name",
    ),
    "nickname": ("nickname", "urn:oid:0.9.2342.19200300.100.1.1", "uid"),
    "picture": ("picture",),
}
"""Attribute names by our field; ``nameid`` stands for the subject's own name."""


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """What one field came to, and the attribute it came from."""

    field: str
    attribute: str
    values: tuple[str, ...]


def mapped(vouching: Vouching, party: SamlParty) -> tuple[Mapped, ...]:
    """Every field that something is said of: what a preview shows."""
    return tuple(_mapped(vouching, party))


def read(vouching: Vouching, party: SamlParty) -> Profile:
    """Our fields out of what is vouched for.

    Raises:
        SamlRefusal: it names nobody, or by a name that changes each time.
    """
    found = {one.field: one for one in _mapped(vouching, party)}
    external = _identifier(found.get("user_id"), vouching)
    email = email_key(_first(found.get("email")) or "")
    known = is_email(email)
    picture = _first(found.get("picture"))
    return Profile(
        external_id=external,
        email=email if known else None,
        email_verified=known and _proven(email, found.get("email_verified"), party),
        name=_first(found.get("name")),
        given_name=_first(found.get("given_name")),
        family_name=_first(found.get("family_name")),
        nickname=_first(found.get("nickname")),
        picture=picture if picture and picture.startswith("https://") else None,
        raw=_raw(vouching, found.values()),
    )


def _mapped(vouching: Vouching, party: SamlParty) -> Iterator[Mapped]:
    own = party.saml.fields
    for field in dict.fromkeys((*USUAL, *own)):
        for name in (*own.get(field, ()), *USUAL.get(field, ())):
            values = _values(vouching, name)
            if values:
                yield Mapped(field=field, attribute=name, values=values)
                break


def _values(vouching: Vouching, name: str) -> tuple[str, ...]:
    """Values of an attribute by its name, or else by its friendly one."""
    if name == NAME_ID:
        return (vouching.name_id.value,) if vouching.name_id else ()
    known = name if name in vouching.attributes else vouching.friendly.get(name, name)
    return tuple(value for value in vouching.attributes.get(known, ()) if value)


def _identifier(found: Mapped | None, vouching: Vouching) -> str:
    """The name an account is found by has to be the same at every sign-in."""
    value = found.values[0] if found else ""
    if not 0 < len(value) <= _LONGEST["user_id"] or not value.isprintable():
        raise SamlRefusal("the provider names nobody", rule="SAML-user-id")
    name_id = vouching.name_id
    passing = name_id is not None and name_id.format == names.TRANSIENT
    if found and found.attribute == NAME_ID and passing:
        raise SamlRefusal(
            "the NameID is transient: map user_id to an attribute that stays",
            rule="SAML-user-id",
        )
    return value


def _first(found: Mapped | None) -> str | None:
    if found is None:
        return None
    longest = _LONGEST.get(found.field, _LONGEST_NAME)
    return printable(found.values[0], longest).strip() or None


def _proven(email: str, said: Mapped | None, party: SamlParty) -> bool:
    """Its own domains are the provider's to speak for; others it has to have proven."""
    domain = email.rpartition("@")[2]
    if domain in party.connection.options.domains:
        return True
    return said is not None and said.values[0].lower() == "true"


def _raw(vouching: Vouching, found: Iterable[Mapped]) -> dict[str, Any]:
    """All that was said, and the fields of the connection's own."""
    extra = {one.field: list(one.values) for one in found if one.field not in USUAL}
    name_id = vouching.name_id
    return {
        "name_id": name_id.value if name_id else None,
        "name_id_format": name_id.format if name_id else None,
        "attributes": {
            name: list(values) for name, values in vouching.attributes.items()
        },
        **({"mapped": extra} if extra else {}),
    }
