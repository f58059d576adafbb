"""What every command of an action is: named as Auth0's method, read strictly."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Words: TypeAlias = Annotated[str, Meta(max_length=500)]
Url: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2000)]


class Unreadable(Exception):
    """The action asked for what its trigger cannot give; the text says what."""


class Command(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="command",
    forbid_unknown_fields=True,
):
    """One of the commands of ``action_commands`` and ``saml_commands``."""
