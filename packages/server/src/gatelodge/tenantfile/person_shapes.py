"""What hangs on an entry of ``users``: who they are elsewhere, their factors."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from gatelodge.model.factor import FactorKind


class IdentityShape(
    msgspec.Struct, frozen=True, kw_only=True, rename={"profile": "profileData"}
):
    """Who a person is at another party; ``user_id`` is its own name for them.

    ``tokens`` are the party's, sealed, base64url.
    """

    user_id: str
    connection: str | UnsetType = UNSET
    profile: dict[str, Any] | UnsetType = UNSET
    tokens: str | UnsetType | None = UNSET


class FactorShape(msgspec.Struct, frozen=True, kw_only=True):
    """A factor as ``export --hashes`` writes it; ``sealed`` is base64url."""

    id: str
    kind: FactorKind
    created_at: str
    confirmed_at: str
    used_at: str | UnsetType | None = UNSET
    credential: str | UnsetType | None = UNSET
    details: dict[str, Any] | UnsetType = UNSET
    sealed: str | UnsetType | None = UNSET
    counter: int | UnsetType = UNSET
    name: str | UnsetType | None = UNSET
