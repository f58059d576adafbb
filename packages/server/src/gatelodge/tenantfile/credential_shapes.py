"""What a client proves itself with, as the file says it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A public key as PEM; deploy-cli exports only ids, which hold no key."""

    pem: str | UnsetType = UNSET
    kid: str | UnsetType = UNSET
    alg: str | UnsetType = UNSET


class PrivateKeyJwt(msgspec.Struct, frozen=True, kw_only=True):
    """``client_authentication_methods.private_key_jwt``."""

    credentials: list[Credential] = []


class Methods(msgspec.Struct, frozen=True, kw_only=True):
    """``client_authentication_methods``."""

    private_key_jwt: PrivateKeyJwt | UnsetType = UNSET


class KeySet(msgspec.Struct, frozen=True, kw_only=True):
    """A JWK set (RFC 7517 §5)."""

    keys: list[dict[str, Any]] = []


class SecretDigest(msgspec.Struct, frozen=True, kw_only=True):
    """A secret's digest as ``export --hashes`` writes it; milliseconds."""

    digest: str
    expires_at: int | None = None
