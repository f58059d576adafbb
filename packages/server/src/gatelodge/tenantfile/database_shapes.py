"""``databases`` of the tenant file, as Auth0 writes them (contract 1.9)."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from gatelodge.tenantfile.native_shapes import Enabled
from gatelodge.tenantfile.shapes import Maybe


class Complexity(msgspec.Struct, frozen=True, kw_only=True):
    """``password_complexity_options``."""

    min_length: Maybe[int] = UNSET


class MethodsShape(msgspec.Struct, frozen=True, kw_only=True):
    """``authentication_methods`` of a database."""

    passkey: Maybe[Enabled] = UNSET


class PasskeysShape(msgspec.Struct, frozen=True, kw_only=True):
    """``passkey_options`` of a database."""

    challenge_ui: Maybe[str] = UNSET
    progressive_enrollment_enabled: Maybe[bool] = UNSET
    local_enrollment_enabled: Maybe[bool] = UNSET


class DatabaseOptions(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "password_policy": "passwordPolicy",
    },
):
    """``options`` of a database connection."""

    password_policy: Maybe[str | None] = UNSET
    password_complexity_options: Maybe[Complexity] = UNSET
    disable_signup: Maybe[bool] = UNSET
    disable_self_service_change_password: Maybe[bool] = UNSET
    requires_username: Maybe[bool] = UNSET
    authentication_methods: Maybe[MethodsShape] = UNSET
    passkey_options: Maybe[PasskeysShape] = UNSET


class DatabaseShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``databases``; null clients means every client."""

    name: str
    strategy: str = "auth0"
    enabled_clients: Maybe[list[str] | None] = UNSET
    options: Maybe[DatabaseOptions] = UNSET
