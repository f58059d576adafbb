"""Keys that are made and used, each step with whatever is to be wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.base.errors import WebauthnRefusal
from gatelodge.base.seal import Sealer
from gatelodge.login import webauthn
from gatelodge.login.relying_party import (
    RelyingParty,
    relying_party,
)
from gatelodge.login.webauthn_answer import Proof, read, register, verify
from gatelodge.model.factor import Factor
from gatelodge.model.settings import Settings
from tests.rules.world import NOW
from tests.services.authenticator import (
    Authenticator,
)

ISSUER = "https://id.example.com/"
ORIGIN = "https://id.example.com"
ADA = "auth0|ada"
PRINT = ":".join(f"{byte:02X}" for byte in range(32))
OTHER_PRINT = ":".join(f"{byte:02X}" for byte in range(32, 64))
SEALER = Sealer((b"k" * 32,))


def party(**changes: Any) -> RelyingParty:
    found = relying_party(ISSUER, Settings(**changes))
    assert found is not None
    return found


def challenge(number: int = 1, subject: str = "here") -> webauthn.Challenge:
    return webauthn.begin(bytes([number]) * 32, subject=subject, expires_at=NOW + 1)


def made(key: Authenticator, sent: Any = None, **changes: Any) -> Factor:
    """Register a key as ``register`` is asked to, with changes."""
    asked = {"party": party(), "challenge": challenge(), "must_verify": True} | changes
    return register(
        read(created(key) if sent is None else sent),
        **asked,
        user_id=ADA,
        kind="passkey",
        factor_id="fac_1",
        name="Phone",
        now=NOW,
    )


def created(key: Authenticator, origin: str = ORIGIN, **how: Any) -> dict[str, Any]:
    return key.create(creation(), origin, **how)


def creation(**changes: Any) -> dict[str, Any]:
    return webauthn.creation_options(
        party(),
        challenge(),
        user_id=ADA,
        label="ada@example.com",
        display_name="Ada",
        **changes,
    )


def signed(key: Authenticator, origin: str = ORIGIN, **how: Any) -> dict[str, Any]:
    return key.get(webauthn.request_options(party(), challenge()), origin, **how)


def checked(factor: Factor, sent: dict[str, Any], **changes: Any) -> Proof:
    asked: dict[str, Any] = {"party": party(), "challenge": challenge()} | changes
    return verify(read(sent), factor, now=NOW, **asked)


def refused(rule: str) -> Any:
    """Expect a refusal by this very rule."""
    return pytest.raises(WebauthnRefusal, check=lambda error: error.rule == rule)
