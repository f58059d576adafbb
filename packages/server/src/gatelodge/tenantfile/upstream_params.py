"""``upstream_params``: what is added to each question to another party (contract 1.9).

Auth0 writes ``{"name": {"value": "x"}}`` for a fixed text and ``{"name": {"alias":
"login_hint"}}`` for what the app's own request says; plain text is understood too.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UnsetType

from gatelodge.connections.request import PROTOCOL
from gatelodge.model.connection import Upstream
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.shapes import Maybe


def merged(
    said: Maybe[dict[str, Any] | None], base: Upstream, *, draft: Draft, path: Path
) -> Upstream:
    """The upstream with the parameters of the file; a mistake in one is refused."""
    if isinstance(said, UnsetType):
        return base
    params: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for name, entry in (said or {}).items():
        found = entry if isinstance(entry, dict) else {"value": entry}
        if found.get("value") is not None:
            params[name] = str(found["value"])
        if found.get("alias") is None:
            continue
        reason = _unfit(name, found["alias"])
        if reason:
            draft.remarks.refuse((*path, "options", "upstream_params", name), reason)
        else:
            aliases[name] = found["alias"]
    return msgspec.structs.replace(base, params=params, aliases=aliases)


def to_file(upstream: Upstream) -> dict[str, Any]:
    """The parameters in the file's words: plain text where nothing else is said."""
    said: dict[str, Any] = dict(upstream.params)
    for name, alias in upstream.aliases.items():
        fixed = {"value": said[name]} if name in said else {}
        said[name] = {**fixed, "alias": alias}
    return said


def _unfit(name: str, alias: object) -> str | None:
    if not isinstance(alias, str) or not alias:
        return "alias is the name of a parameter of the app's request"
    if name in PROTOCOL:
        return f"{name} is the protocol's: no app fills it"
    return None
