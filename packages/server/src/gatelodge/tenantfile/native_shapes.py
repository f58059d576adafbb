"""What stands in the file for native apps, their own screens, and codes."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType


class IosShape(msgspec.Struct, frozen=True, kw_only=True):
    """An app of Apple's."""

    team_id: str
    app_bundle_identifier: str


class AndroidShape(msgspec.Struct, frozen=True, kw_only=True):
    """An app for Android."""

    app_package_name: str
    sha256_cert_fingerprints: list[str] = []


class Enabled(msgspec.Struct, frozen=True, kw_only=True):
    """One switch."""

    enabled: bool = False


class NativeSocial(msgspec.Struct, frozen=True, kw_only=True):
    """``native_social_login`` of a client."""

    apple: Enabled | UnsetType = UNSET
    facebook: Enabled | UnsetType = UNSET
    google: Enabled | UnsetType = UNSET


class Totp(msgspec.Struct, frozen=True, kw_only=True):
    """``options.totp`` of a passwordless connection; ``time_step`` in seconds."""

    time_step: int | UnsetType = UNSET
    length: int | UnsetType = UNSET
