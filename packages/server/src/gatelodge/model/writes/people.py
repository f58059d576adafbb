"""Changes of accounts, passwords, roles and permissions."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from gatelodge.base.change import Write
from gatelodge.model.profile import Identity
from gatelodge.model.user import Password, User


class InsertUser(Write, frozen=True, kw_only=True):
    """A new account; loses if the identifier is taken in its connection."""

    must: ClassVar[int | None] = 1
    user: User


class InsertIdentity(Write, frozen=True, kw_only=True):
    """Another party's person is this account; loses if they are somebody's already."""

    must: ClassVar[int | None] = 1
    identity: Identity


class RefreshIdentity(Write, frozen=True, kw_only=True):
    """What the party says today; loses if the identity was taken away meanwhile."""

    must: ClassVar[int | None] = 1
    connection_id: str
    external_id: str
    user_id: str
    profile: dict[str, Any]
    sealed: bytes | None
    refreshed_at: int


class UpdateUser(Write, frozen=True, kw_only=True):
    """Replace an account's columns, if it still is as it was at ``seen_updated_at``."""

    must: ClassVar[int | None] = 1
    user: User
    seen_updated_at: int


class UserSignedIn(Write, frozen=True, kw_only=True):
    """Count a sign-in."""

    user_id: str
    at: int
    ip: str


class BlockUser(Write, frozen=True, kw_only=True):
    """Block an account, or unblock it with None."""

    must: ClassVar[int | None] = 1
    user_id: str
    blocked_at: int | None
    updated_at: int


class VerifyEmail(Write, frozen=True, kw_only=True):
    """The person has shown that this very address is theirs."""

    must: ClassVar[int | None] = 1
    user_id: str
    email_key: str
    at: int


class DeleteUser(Write, frozen=True, kw_only=True):
    """Remove an account's row."""

    must: ClassVar[int | None] = 1
    user_id: str


USER_TABLES: Final = (
    "password",
    "identity",
    "factor",
    "user_role",
    "user_permission",
    "consent",
    "ticket",
    "code",
    "session",
    "saml_session",
    "refresh_family",
)
"""All that hangs on an account, by table: it goes when the account goes."""


class DeleteUserRows(Write, frozen=True, kw_only=True):
    """Remove what hangs on an account in ``table``, one of ``USER_TABLES``."""

    table: str
    user_id: str


class PutPassword(Write, frozen=True, kw_only=True):
    """Set a password's hash."""

    password: Password


class HoldPassword(Write, frozen=True, kw_only=True):
    """The password that was just proven is still the one in force."""

    must: ClassVar[int | None] = 1
    user_id: str
    seen_changed_at: int


class RehashPassword(Write, frozen=True, kw_only=True):
    """Replace a hash by a stronger one of the same password, if it is still there."""

    user_id: str
    phc: str
    seen_phc: str


class AssignRole(Write, frozen=True, kw_only=True):
    """Give a person a role; giving it twice changes nothing."""

    user_id: str
    role_id: str
    at: int


class UnassignRole(Write, frozen=True, kw_only=True):
    """Take a role from a person."""

    user_id: str
    role_id: str


class GrantPermission(Write, frozen=True, kw_only=True):
    """Give a person one permission directly."""

    user_id: str
    api_id: str
    value: str
    at: int


class RevokePermission(Write, frozen=True, kw_only=True):
    """Take a direct permission from a person."""

    user_id: str
    api_id: str
    value: str
