"""What a database does with passkeys, in Auth0's words (contract 1.9)."""

from __future__ import annotations

from typing import Any, Final, get_args

from msgspec import UnsetType

from gatelodge.model.connection import ChallengeUi, Passkeys
from gatelodge.tenantfile.database_shapes import DatabaseOptions, PasskeysShape
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.shapes import given

_UIS: Final[tuple[str, ...]] = get_args(ChallengeUi)


def merge(
    shape: DatabaseOptions, base: Passkeys, *, path: Path, remarks: Remarks
) -> dict[str, object]:
    """The options as the file wants them."""
    said = given(shape.passkey_options, PasskeysShape())
    ui = given(said.challenge_ui, base.challenge_ui)
    if ui not in _UIS:
        text = f"{ui!r} is not one of {', '.join(_UIS)}"
        remarks.refuse((*path, "options", "passkey_options", "challenge_ui"), text)
        ui = base.challenge_ui
    return {
        "enabled": _enabled(shape, base),
        "challenge_ui": ui,
        "progressive_enrollment": given(
            said.progressive_enrollment_enabled, base.progressive_enrollment
        ),
        "local_enrollment": given(said.local_enrollment_enabled, base.local_enrollment),
    }


def to_file(passkeys: Passkeys) -> dict[str, Any]:
    """The options in the file's words, every field said."""
    return {
        "authentication_methods": {"passkey": {"enabled": passkeys.enabled}},
        "passkey_options": {
            "challenge_ui": passkeys.challenge_ui,
            "progressive_enrollment_enabled": passkeys.progressive_enrollment,
            "local_enrollment_enabled": passkeys.local_enrollment,
        },
    }


def _enabled(shape: DatabaseOptions, base: Passkeys) -> bool:
    methods = shape.authentication_methods
    if isinstance(methods, UnsetType) or isinstance(methods.passkey, UnsetType):
        return base.enabled
    return given(methods.passkey.enabled, base.enabled)
