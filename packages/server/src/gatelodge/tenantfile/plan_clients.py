"""Which clients are made or changed, with their secrets and keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gatelodge.base.change import Write
from gatelodge.base.ids import CLIENT_ID_BYTES, client_id
from gatelodge.model.client import Client, ClientKey, ClientSecret
from gatelodge.model.writes import (
    DeleteClientKeys,
    DeleteClientSecrets,
    PutClient,
    PutClientKey,
    PutClientSecret,
)
from gatelodge.tenantfile import clients, public_keys, secrets
from gatelodge.tenantfile.changes import MASK, NewSecret
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.rules import client_reasons
from gatelodge.tenantfile.shapes import ClientShape, given


def plan(shapes: tuple[ClientShape, ...], draft: Draft) -> set[str]:
    """Record the changes; returns the ids of the clients the file names."""
    named: set[str] = set()
    for at, shape in enumerate(shapes):
        path: Path = ("clients", at)
        known, current = _current(shape, path, draft)
        if not known:
            continue
        wanted = clients.merge(
            shape,
            current,
            fresh_id=client_id(draft.entropy.draw(CLIENT_ID_BYTES)),
            now=draft.now,
            path=path,
            remarks=draft.remarks,
        )
        if wanted is None:
            continue
        if wanted.client_id in named:
            draft.remarks.refuse(path, "this client stands in the file twice")
            continue
        named.add(wanted.client_id)
        _plan_one(shape, wanted, current, path=path, draft=draft)
    return named


def _current(
    shape: ClientShape, path: Path, draft: Draft
) -> tuple[bool, Client | None]:
    """By ``client_id``, else by name (decisions 26)."""
    wanted_id = given(shape.client_id, "")
    stored = draft.rows.clients
    if wanted_id:
        return True, next((c for c in stored if c.client_id == wanted_id), None)
    same = [client for client in stored if client.name == shape.name]
    if len(same) > 1:
        text = f"several clients are called {shape.name!r}: add the client_id"
        draft.remarks.refuse(path, text)
        return False, None
    return True, same[0] if same else None


def _plan_one(
    shape: ClientShape,
    wanted: Client,
    current: Client | None,
    *,
    path: Path,
    draft: Draft,
) -> None:
    draft.refuse_all(path, client_reasons(wanted))
    own = wanted.client_id
    had_secrets = tuple(row for row in draft.rows.secrets if row.client_id == own)
    had_keys = tuple(row for row in draft.rows.client_keys if row.client_id == own)
    found = secrets.merge(
        shape,
        wanted,
        had_secrets,
        entropy=draft.entropy,
        now=draft.now,
        path=path,
        remarks=draft.remarks,
    )
    keys = public_keys.merge(
        shape, wanted, had_keys, now=draft.now, path=path, remarks=draft.remarks
    )
    if found.fresh is not None:
        draft.secrets.append(NewSecret(wanted.name, own, found.fresh))
    draft.clients[own] = wanted
    draft.record(
        "clients",
        wanted.name,
        _shown(current, had_secrets, had_secrets, had_keys) if current else None,
        _shown(wanted, found.rows, had_secrets, keys),
        writes=(
            PutClient(client=wanted),
            *_secret_writes(own, had_secrets, found.rows),
            *_key_writes(own, had_keys, keys),
        ),
        client_id=own,
    )


def _shown(
    client: Client,
    held: tuple[ClientSecret, ...],
    known: tuple[ClientSecret, ...],
    keys: tuple[ClientKey, ...],
) -> dict[str, Any]:
    """The file's words, and secrets so that a change shows but no value does."""
    marks = [MASK if row in known else f"{MASK} (new)" for row in held]
    kids = [f"{row.kid} {row.jwk.get('x') or row.jwk.get('n')}"[:60] for row in keys]
    return {**clients.to_file(client), "client_secret": marks, "jwks": sorted(kids)}


def _secret_writes(
    own: str, had: tuple[ClientSecret, ...], wanted: tuple[ClientSecret, ...]
) -> Iterator[Write]:
    if set(had) == set(wanted):
        return
    yield DeleteClientSecrets(client_id=own)
    yield from (PutClientSecret(secret=row) for row in wanted)


def _key_writes(
    own: str, had: tuple[ClientKey, ...], wanted: tuple[ClientKey, ...]
) -> Iterator[Write]:
    if sorted(had, key=lambda row: row.kid) == sorted(wanted, key=lambda row: row.kid):
        return
    yield DeleteClientKeys(client_id=own)
    yield from (PutClientKey(key=row) for row in wanted)
