"""Auth0's database connection and ours (contract 1.9)."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec
from msgspec import UnsetType

from gatelodge.model.connection import Connection, ConnectionOptions, PasswordPolicy
from gatelodge.tenantfile import passkeys
from gatelodge.tenantfile.database_shapes import DatabaseOptions, DatabaseShape
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.shapes import given

_POLICIES: Final[tuple[str, ...]] = get_args(PasswordPolicy)
_LEAST_LENGTH: Final = 1
_MOST_LENGTH: Final = 128


def merge(
    shape: DatabaseShape,
    current: Connection | None,
    *,
    enabled: tuple[str, ...] | None,
    fresh_id: str,
    position: int,
    now: int,
    path: Path,
    remarks: Remarks,
) -> Connection:
    """The connection as the file wants it; ``enabled`` holds client ids."""
    base = current or Connection(
        id=fresh_id, name=shape.name, position=position, created_at=now
    )
    return msgspec.structs.replace(
        base, options=_options(shape, base.options, enabled, path=path, remarks=remarks)
    )


def to_file(connection: Connection) -> dict[str, Any]:
    """The connection in the file's words, every field said."""
    options = connection.options
    enabled = options.enabled_clients
    return {
        "name": connection.name,
        "strategy": connection.strategy,
        "enabled_clients": None if enabled is None else list(enabled),
        "options": {
            "passwordPolicy": options.password_policy,
            "password_complexity_options": {"min_length": options.password_min_length},
            "disable_signup": options.disable_signup,
            "disable_self_service_change_password": (
                options.disable_self_service_change_password
            ),
            "requires_username": options.requires_username,
            **passkeys.to_file(options.passkeys),
        },
    }


def _options(
    shape: DatabaseShape,
    base: ConnectionOptions,
    enabled: tuple[str, ...] | None,
    *,
    path: Path,
    remarks: Remarks,
) -> ConnectionOptions:
    enabled_clients = (
        base.enabled_clients
        if isinstance(shape.enabled_clients, UnsetType)
        else enabled
    )
    options = shape.options
    if isinstance(options, UnsetType):
        return msgspec.structs.replace(base, enabled_clients=enabled_clients)
    policy = given(options.password_policy, base.password_policy) or "none"
    if policy not in _POLICIES:
        text = f"{policy!r} is not one of {', '.join(_POLICIES)}"
        remarks.refuse((*path, "options", "passwordPolicy"), text)
    length = _length(options, base, path, remarks)
    return msgspec.convert(
        {
            "enabled_clients": enabled_clients,
            "password_policy": policy if policy in _POLICIES else "good",
            "password_min_length": length,
            "disable_signup": given(options.disable_signup, base.disable_signup),
            "disable_self_service_change_password": given(
                options.disable_self_service_change_password,
                base.disable_self_service_change_password,
            ),
            "requires_username": given(
                options.requires_username, base.requires_username
            ),
            "passkeys": passkeys.merge(
                options, base.passkeys, path=path, remarks=remarks
            ),
        },
        type=ConnectionOptions,
    )


def _length(
    options: DatabaseOptions, base: ConnectionOptions, path: Path, remarks: Remarks
) -> int:
    """The least length of a password, as the file says or as it was."""
    length = base.password_min_length
    if not isinstance(options.password_complexity_options, UnsetType):
        length = given(options.password_complexity_options.min_length, length)
    if not _LEAST_LENGTH <= length <= _MOST_LENGTH:
        text = f"min_length is {_LEAST_LENGTH} to {_MOST_LENGTH}"
        remarks.refuse((*path, "options", "password_complexity_options"), text)
    return length
