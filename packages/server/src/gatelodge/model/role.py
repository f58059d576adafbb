"""Roles and the permissions they give (contract 1.10)."""

from __future__ import annotations

import msgspec


class Permission(msgspec.Struct, frozen=True, order=True):
    """One scope of one API, as a person may hold it."""

    api_id: str
    value: str


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``role``."""

    id: str
    name: str
    description: str = ""
    permissions: tuple[Permission, ...] = ()
    created_at: int = 0
