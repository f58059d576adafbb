"""Which claims a scope opens, and their values (OpenID Connect Core §5.1, §5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gatelodge.base.moment import iso
from gatelodge.model.user import User

BY_SCOPE: Final[Mapping[str, tuple[str, ...]]] = {
    "profile": (
        "name",
        "given_name",
        "family_name",
        "nickname",
        "preferred_username",
        "picture",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "name": ("name",),
    "given_name": ("given_name",),
    "family_name": ("family_name",),
    "nickname": ("nickname",),
    "picture": ("picture",),
    "email_verified": ("email_verified",),
    "created_at": ("created_at",),
}
BY_TEMPLATE: Final[Mapping[str, tuple[str, ...]]] = {
    "profile": (
        "birthdate",
        "gender",
        "locale",
        "middle_name",
        "profile",
        "website",
        "zoneinfo",
    ),
    "address": ("address",),
}
SUPPORTED: Final = tuple(
    dict.fromkeys(
        (
            *("aud", "auth_time", "exp", "iat", "iss", "sub"),
            *(name for names in BY_SCOPE.values() for name in names),
        )
    )
)
STANDARD: Final = frozenset(
    {
        *(name for names in BY_SCOPE.values() for name in names),
        *(name for names in BY_TEMPLATE.values() for name in names),
    }
)


def profile(user: User, *, numeric_updated_at: bool) -> Mapping[str, Any]:
    """All standard claims of a person; what is unknown is left out."""
    updated = user.updated_at // 1000 if numeric_updated_at else iso(user.updated_at)
    known = {
        "name": user.display_name,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "nickname": user.nickname or user.email_key.partition("@")[0] or None,
        "preferred_username": user.username,
        "picture": user.picture,
        "updated_at": updated,
        "email": user.email or None,
        "email_verified": (user.email_verified_at is not None if user.email else None),
        "phone_number": user.phone or None,
        "phone_number_verified": (
            user.phone_verified_at is not None if user.phone else None
        ),
        "created_at": iso(user.created_at),
    }
    return {name: value for name, value in known.items() if value is not None}


def settable(scopes: Iterable[str]) -> frozenset[str]:
    """Standard claims that a template may set once these scopes are granted.

    Wider than ``opened``: we hold no birthdate, but a template may know one.
    """
    more = (name for scope in scopes for name in BY_TEMPLATE.get(scope, ()))
    return opened(scopes) | frozenset(more)


def opened(scopes: Iterable[str]) -> frozenset[str]:
    """Names of the claims that these scopes open."""
    return frozenset(name for scope in scopes for name in BY_SCOPE.get(scope, ()))


def released(
    user: User,
    *,
    scopes: Iterable[str],
    asked: Iterable[str] = (),
    numeric_updated_at: bool = False,
) -> dict[str, Any]:
    """Claims to hand out: those the scopes open, and those asked for by name."""
    names = opened(scopes) | frozenset(asked)
    values = profile(user, numeric_updated_at=numeric_updated_at)
    return {name: value for name, value in values.items() if name in names}
