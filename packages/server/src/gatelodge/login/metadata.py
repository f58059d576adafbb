"""What may stand in the metadata of an account (contract 1.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.model.user import User
from gatelodge.model.writes import HoldAccount, UpdateUser
from gatelodge.oauth.outcome import Outcome

LARGEST: Final = 65_536
# Names Auth0 keeps for itself.
_BANNED: Final = frozenset(
    {
        "__tenant",
        "_id",
        "blocked",
        "clientID",
        "created_at",
        "email_verified",
        "email",
        "globalClientID",
        "global_client_id",
        "identities",
        "lastIP",
        "lastLogin",
        "loginsCount",
        "metadata",
        "multifactor_last_modified",
        "multifactor",
        "updated_at",
        "user_id",
    }
)


def misnamed(field: str, names: Iterable[str]) -> list[str]:
    """Those of the names that may not stand there, in order."""
    banned = _BANNED if field == "app_metadata" else frozenset()
    return sorted(one for one in names if one in banned or "." in one or "$" in one)


def too_large(held: Mapping[str, Any]) -> bool:
    """Whether it is more than ``LARGEST`` bytes of JSON."""
    return len(msgspec.json.encode(held)) > LARGEST


def merged(held: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A first-level merge: None removes a name."""
    found = {**held, **changes}
    return {name: value for name, value in found.items() if value is not None}


def change(
    user: User, outcome: Outcome, now: int, *, after: Iterable[Write] = ()
) -> tuple[UpdateUser, ...]:
    """What actions want of the account's metadata; nothing where nothing changes.

    A metadata that would become too large stays as it is. ``after`` are the changes
    before this one: what they make of the account is what is changed.
    """
    for write in after:
        if isinstance(write, UpdateUser) and write.user.user_id == user.user_id:
            user = write.user
        if isinstance(write, HoldAccount) and write.user_id == user.user_id:
            user = msgspec.structs.replace(user, updated_at=write.at)
    told = msgspec.structs.replace(
        user,
        user_metadata=_grown(user.user_metadata, outcome.user_metadata),
        app_metadata=_grown(user.app_metadata, outcome.app_metadata),
    )
    if told == user:
        return ()
    told = msgspec.structs.replace(told, updated_at=max(now, user.updated_at))
    return (UpdateUser(user=told, seen_updated_at=user.updated_at),)


def _grown(held: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    found = merged(held, changes)
    return held if too_large(found) else found
