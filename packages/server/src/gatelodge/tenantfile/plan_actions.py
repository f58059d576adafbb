"""Which actions are made, changed or deleted; together they are one tenant setting."""

from __future__ import annotations

from typing import Any

import msgspec

from gatelodge.model.action import Action
from gatelodge.model.writes import PutSetting
from gatelodge.tenantfile import actions
from gatelodge.tenantfile.action_shape import ActionShape
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path


def plan(
    shapes: tuple[ActionShape, ...] | None, draft: Draft, *, pruning: bool
) -> None:
    """Record the changes; with ``pruning`` what the section does not name goes.

    Files in the folder stay whatever the section says.
    """
    before = {one.name: one for one in draft.rows.settings.actions}
    after = dict(before)
    named = _take_up(shapes or (), after, draft)
    if pruning and shapes is not None:
        after = {name: one for name, one in after.items() if name in named}
    value = msgspec.to_builtins([after[name] for name in sorted(after)])
    setting = PutSetting(key="actions", value=value, changed_at=draft.now)
    for name in sorted({*before, *after}):
        draft.record(
            "actions",
            name,
            _shown(before.get(name), "(as it was)"),
            _shown(after.get(name), _secret_of(before.get(name), after.get(name))),
            writes=[setting],
        )


def _take_up(
    shapes: tuple[ActionShape, ...], after: dict[str, Action], draft: Draft
) -> set[str]:
    named: set[str] = set()
    for at, shape in enumerate(shapes):
        path: Path = ("actions", at)
        if shape.name in named:
            draft.remarks.refuse(path, f"{shape.name!r} stands here twice")
        named.add(shape.name)
        wanted = actions.merge(shape, after.get(shape.name), draft=draft, path=path)
        if wanted is not None:
            after[shape.name] = wanted
    return named


def _shown(action: Action | None, secret: str) -> dict[str, Any] | None:
    return actions.to_file(action, secret=secret) if action else None


def _secret_of(before: Action | None, after: Action | None) -> str:
    """A secret is never told; that it has changed is."""
    if before is None or after is None:
        return "(new)"
    held = (before.sealed_secret, before.secrets)
    return "(as it was)" if held == (after.sealed_secret, after.secrets) else "(new)"
