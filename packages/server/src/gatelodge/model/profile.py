"""Who a person is, as another party tells it, in one shape for all of them."""

from __future__ import annotations

from typing import Any

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a source of identities says of a person.

    ``external_id`` is the source's own name for them: the only thing an account is
    found by (security defaults 31). ``raw`` is all that was said.
    """

    external_id: str
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    nickname: str | None = None
    picture: str | None = None
    phone: str | None = None
    phone_verified: bool = False
    raw: dict[str, Any] = {}


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``identity``: whom a source's person is here.

    ``sealed`` holds the source's own tokens, where the connection keeps them.
    """

    connection_id: str
    external_id: str
    user_id: str
    profile: dict[str, Any] = {}
    sealed: bytes | None = None
    created_at: int = 0
    refreshed_at: int = 0
