"""A person's account (Auth0: User)."""

from __future__ import annotations

from typing import Any

import msgspec

from gatelodge.model.role import Permission


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``user_account``; times in milliseconds, None means never.

    ``email_key`` is the normal form (``base.text.email_key``), unique within our own
    databases; ``email`` is what is shown. Both are empty where nobody told us one.
    ``second_factor_at``: since when they have a second factor, derived from table
    ``factor``. ``linked_to``: the account that this one was made part of.
    ``leaving_at``: when it is deleted, because its person asked for that.
    """

    user_id: str
    connection_id: str
    email_key: str
    email: str
    email_verified_at: int | None = None
    username: str | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    nickname: str | None = None
    picture: str | None = None
    phone: str | None = None
    phone_verified_at: int | None = None
    user_metadata: dict[str, Any] = {}
    app_metadata: dict[str, Any] = {}
    blocked_at: int | None = None
    created_at: int = 0
    updated_at: int = 0
    last_login_at: int | None = None
    last_ip: str | None = None
    logins: int = 0
    second_factor_at: int | None = None
    linked_to: str | None = None
    leaving_at: int | None = None

    @property
    def display_name(self) -> str:
        """What to call this person; never empty."""
        full = " ".join(part for part in (self.given_name, self.family_name) if part)
        return self.name or full or self.label

    @property
    def label(self) -> str:
        """What tells this account from others of theirs, on our pages; never empty."""
        known = self.email or self.username or self.phone or self.nickname
        return known or self.user_id


class Password(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``password``: a PHC string (or imported bcrypt)."""

    user_id: str
    phc: str
    changed_at: int


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A user with what roles and permissions were assigned directly.

    ``linked`` names the connections of the accounts that were made part of theirs.
    """

    user: User
    role_ids: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    linked: tuple[str, ...] = ()
