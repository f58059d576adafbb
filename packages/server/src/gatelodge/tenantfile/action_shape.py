"""An action in the file's words (contract 2.5)."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from gatelodge.base.secret import Secret
from gatelodge.tenantfile.shapes import Maybe


class ActionShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``actions``, a list of our own: a webhook, or a function's file.

    ``code`` is Auth0's JavaScript, which does not run here.
    """

    name: str
    trigger: Maybe[str] = UNSET
    url: Maybe[str] = UNSET
    secret: Maybe[Secret] = UNSET
    secrets: Maybe[dict[str, Secret] | list[Any]] = UNSET
    time_limit: Maybe[int] = UNSET
    on_failure: Maybe[str] = UNSET
    code: Maybe[str] = UNSET
