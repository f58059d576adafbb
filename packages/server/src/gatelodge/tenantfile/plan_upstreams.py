"""Which connections beside our own databases are made, changed or deleted."""

from __future__ import annotations

from typing import Any

from gatelodge.base.change import Write
from gatelodge.model.connection import DATABASE, Connection
from gatelodge.model.writes import DeleteConnection, PutConnection
from gatelodge.tenantfile import passwordless, upstreams
from gatelodge.tenantfile.accounts import Accounts
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.plan_access import enabled_clients
from gatelodge.tenantfile.shapes import ConnectionShape


def plan(shapes: tuple[ConnectionShape, ...], draft: Draft) -> set[str]:
    """Record the changes; returns the names of the file's connections."""
    named: set[str] = set()
    for at, shape in enumerate(shapes):
        path: Path = ("connections", at)
        if shape.name in named:
            draft.remarks.refuse(path, f"{shape.name!r} stands here twice")
        named.add(shape.name)
        current = draft.connections.get(shape.name)
        sent = shape.strategy in passwordless.STRATEGIES
        merge = passwordless.merge if sent else upstreams.merge
        wanted = merge(
            shape,
            current,
            enabled=enabled_clients(
                shape.enabled_clients, (*path, "enabled_clients"), draft
            ),
            draft=draft,
            path=path,
        )
        if wanted is not None:
            draft.connections[shape.name] = wanted
            _record(current, wanted, draft, PutConnection(connection=wanted))
    return named


def prune(named: set[str], accounts: Accounts, draft: Draft) -> None:
    """Delete connections nobody has an account through."""
    inhabited = {key[0] for key in accounts.by_key}
    known = draft.connections.values()
    others = [one for one in known if one.strategy != DATABASE]
    for connection in (one for one in others if one.name not in named):
        if connection.id in inhabited:
            text = f"{connection.name} is kept: people have accounts through it"
            draft.remarks.warn(("connections",), text)
            continue
        del draft.connections[connection.name]
        gone = DeleteConnection(connection_id=connection.id)
        _record(connection, None, draft, gone)


def _record(
    before: Connection | None, after: Connection | None, draft: Draft, write: Write
) -> None:
    """A secret is never told; that it has changed is."""
    same = before and after and _sealed(before) == _sealed(after)
    known = after or before
    draft.record(
        "connections",
        known.name if known else "",
        _shown(before, "(as it was)") if before else None,
        _shown(after, "(as it was)" if same else "(new)") if after else None,
        writes=[write],
    )


def _shown(connection: Connection, secret: str) -> dict[str, Any]:
    if connection.strategy in passwordless.STRATEGIES:
        return passwordless.to_file(connection)
    return upstreams.to_file(connection, secret=secret)


def _sealed(connection: Connection) -> str | None:
    upstream = connection.options.upstream
    return upstream.sealed_secret if upstream else None
