"""Actions: webhooks, and what functions are given and held to (contract 2.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec
from msgspec import UnsetType

from gatelodge.base.seal import SealBroken
from gatelodge.base.secret import Secret
from gatelodge.base.urls import is_loopback_literal, parse
from gatelodge.model.action import ACTION_SECRET, LONGEST_LIMIT, Action, Trigger
from gatelodge.tenantfile.action_shape import ActionShape
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.rules import Reasons
from gatelodge.tenantfile.shapes import given

_TRIGGERS: Final[tuple[str, ...]] = get_args(Trigger)
_ON_FAILURE: Final = ("deny", "continue")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,99}")
_SECRET_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_SHORTEST_SECRET: Final = 24


def merge(
    shape: ActionShape, current: Action | None, *, draft: Draft, path: Path
) -> Action | None:
    """The action as the file wants it; None where it cannot be."""
    if not isinstance(shape.code, UnsetType):
        text = (
            f"left out: {shape.name!r} is JavaScript, which does not run here; port it"
            " to a function or a webhook"
        )
        draft.remarks.warn((*path, "code"), text)
        return None
    base = current or Action(name=shape.name)
    mistakes = tuple(_problems(shape, base))
    draft.refuse_all(path, iter(mistakes))
    if mistakes:
        return None
    return msgspec.convert(
        {
            "name": shape.name,
            "trigger": given(shape.trigger, base.trigger),
            "url": given(shape.url, base.url),
            "sealed_secret": _sealed(shape, base, draft),
            "secrets": _secrets(shape, base, draft),
            "time_limit": given(shape.time_limit, base.time_limit),
            "on_failure": given(shape.on_failure, base.on_failure),
        },
        type=Action,
    )


def to_file(action: Action, *, secret: str | None = None) -> dict[str, Any]:
    """The action in the file's words; ``secret`` stands for secrets, if told."""
    found: dict[str, Any] = {"name": action.name}
    if action.url is not None:
        found |= {"trigger": action.trigger, "url": action.url}
    if secret is not None and action.sealed_secret is not None:
        found["secret"] = secret
    if secret is not None and action.secrets:
        found["secrets"] = dict.fromkeys(action.secrets, secret)
    limits = {"time_limit": action.time_limit, "on_failure": action.on_failure}
    return {**found, **limits}


def _problems(shape: ActionShape, base: Action) -> Reasons:
    """Why this action may not be registered; nothing when it may."""
    if not _NAME.fullmatch(shape.name):
        yield "name", "letters, digits and blank _ . - only, at most 100"
    if not 1 <= given(shape.time_limit, base.time_limit) <= LONGEST_LIMIT:
        yield "time_limit", f"1 to {LONGEST_LIMIT} seconds"
    if given(shape.on_failure, base.on_failure) not in _ON_FAILURE:
        yield "on_failure", f"one of {', '.join(_ON_FAILURE)}"
    url = given(shape.url, base.url)
    if url is None:
        yield from _function_problems(shape)
    else:
        yield from _webhook_problems(shape, base, url)


def _function_problems(shape: ActionShape) -> Reasons:
    if not shape.name.endswith(".py") or shape.name.startswith((".", "_")):
        yield "name", "a file of the actions folder such as 10_roles.py; else add url"
    if not isinstance(shape.trigger, UnsetType):
        yield "trigger", "a function's file tells by itself: leave this out"
    if not isinstance(shape.secret, UnsetType):
        yield "secret", "signs webhooks; a function gets secrets: {NAME: value}"
    if isinstance(shape.secrets, list):
        yield "secrets", "a mapping of names and values"
    held: Mapping[str, Any] = _mapping(shape)
    wrong = [name for name in held if not _SECRET_NAME.fullmatch(name)]
    if wrong:
        yield "secrets", f"{wrong[0][:40]!r} is no name such as CRM_KEY"


def _webhook_problems(shape: ActionShape, base: Action, url: str) -> Reasons:
    parts = parse(url)
    if parts is None or (parts.scheme != "https" and not is_loopback_literal(parts)):
        yield "url", f"{url!r} is no https address"
    trigger = given(shape.trigger, base.trigger)
    if trigger not in _TRIGGERS:
        yield "trigger", f"missing or not one of {', '.join(_TRIGGERS)}"
    if shape.name.endswith(".py"):
        yield "name", "ends like a file of functions: choose another"
    if _mapping(shape):
        yield "secrets", "are a function's; a webhook has secret"
    told = given(shape.secret, None)
    if told is None and base.sealed_secret is None:
        yield "secret", "missing: it signs what is sent; 32 random bytes are good"
    if told is not None and len(told.reveal()) < _SHORTEST_SECRET:
        yield "secret", f"at least {_SHORTEST_SECRET} characters"


def _sealed(shape: ActionShape, base: Action, draft: Draft) -> str | None:
    told = given(shape.secret, None)
    return (
        base.sealed_secret if told is None else _kept(told, base.sealed_secret, draft)
    )


def _secrets(shape: ActionShape, base: Action, draft: Draft) -> dict[str, str]:
    if isinstance(shape.secrets, UnsetType):
        return base.secrets
    return {
        name: _kept(told, base.secrets.get(name), draft)
        for name, told in _mapping(shape).items()
    }


def _mapping(shape: ActionShape) -> dict[str, Secret]:
    held = given(shape.secrets, {})
    return held if isinstance(held, dict) else {}


def _kept(told: Secret, before: str | None, draft: Draft) -> str:
    """A secret that is there already is not sealed anew: nothing has changed."""
    if before is not None and _opened(before, draft) == told.reveal():
        return before
    return draft.seal(told.reveal(), purpose=ACTION_SECRET)


def _opened(sealed: str, draft: Draft) -> str | None:
    try:
        return draft.sealer.unseal_text(sealed, purpose=ACTION_SECRET).decode()
    except SealBroken:
        return None
