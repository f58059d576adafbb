"""A client's secrets: kept as digests, a made one shown once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec import UnsetType

from gatelodge.base.encoding import digest_of, unb64url
from gatelodge.base.entropy import Entropy
from gatelodge.base.ids import ENTITY_ID_BYTES, entity_id
from gatelodge.base.opaque import CLIENT_SECRET_PREFIX, random_token
from gatelodge.base.secret import Secret
from gatelodge.model.client import Client, ClientSecret
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.shapes import ClientShape

SECRET_BYTES: Final = 32
_GUESSABLE: Final = 22
_DIGEST_BYTES: Final = 32
_Wanted: TypeAlias = list[tuple[str, int | None]]


class Secrets(msgspec.Struct, frozen=True):
    """The secrets a client shall have; ``fresh`` is one we made."""

    rows: tuple[ClientSecret, ...]
    fresh: Secret | None = None


def merge(
    shape: ClientShape,
    client: Client,
    have: tuple[ClientSecret, ...],
    *,
    entropy: Entropy,
    now: int,
    path: Path,
    remarks: Remarks,
) -> Secrets:
    """What the file wants; a client that needs a secret and has none gets one."""
    if client.auth_method in {"none", "private_key_jwt"}:
        return Secrets(())
    wanted = _wanted(shape, have, path, remarks)
    if wanted is not None:
        return Secrets(_rows(client, wanted, have, entropy=entropy, now=now))
    if have:
        return Secrets(have)
    fresh = random_token(CLIENT_SECRET_PREFIX, entropy.draw(SECRET_BYTES))
    rows = _rows(client, [(digest_of(fresh), None)], have, entropy=entropy, now=now)
    return Secrets(rows, Secret(fresh))


def to_file(rows: Sequence[ClientSecret]) -> str | list[dict[str, object]] | None:
    """``client_secret_digest``: one text, or a list when several overlap."""
    if len(rows) == 1 and rows[0].expires_at is None:
        return rows[0].digest
    ordered = sorted(rows, key=lambda row: row.digest)
    return [
        {"digest": row.digest, "expires_at": row.expires_at} for row in ordered
    ] or None


def _wanted(
    shape: ClientShape, have: tuple[ClientSecret, ...], path: Path, remarks: Remarks
) -> _Wanted | None:
    """Digests the file names; None when it names none."""
    if not isinstance(shape.client_secret, UnsetType):
        secret = shape.client_secret.reveal()
        if len(secret) < _GUESSABLE:
            text = "short enough to be guessed; leave it out and one is made"
            remarks.warn((*path, "client_secret"), text)
        digest = digest_of(secret)
        # An older secret that still overlaps stays: the file knows only one.
        known = any(row.digest == digest for row in have)
        return None if known else [(digest, None)]
    held = shape.client_secret_digest
    if isinstance(held, UnsetType):
        return None
    pairs: _Wanted = (
        [(held, None)]
        if isinstance(held, str)
        else [(one.digest, one.expires_at) for one in held]
    )
    if not all(_is_digest(digest) for digest, _ in pairs):
        text = "not a digest: copy it from an export, or write client_secret"
        remarks.refuse((*path, "client_secret_digest"), text)
    return pairs


def _rows(
    client: Client,
    wanted: _Wanted,
    have: tuple[ClientSecret, ...],
    *,
    entropy: Entropy,
    now: int,
) -> tuple[ClientSecret, ...]:
    known = {(row.digest, row.expires_at): row for row in have}
    return tuple(
        known.get(pair)
        or ClientSecret(
            client_id=client.client_id,
            secret_id=entity_id("sec", entropy.draw(ENTITY_ID_BYTES)),
            digest=pair[0],
            created_at=now,
            expires_at=pair[1],
        )
        for pair in wanted
    )


def _is_digest(text: str) -> bool:
    try:
        return len(unb64url(text)) == _DIGEST_BYTES
    except ValueError:
        return False
