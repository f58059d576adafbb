"""A mail we owe somebody, as a value; the endpoint renders and queues it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

LetterName: TypeAlias = Literal["verify_email", "reset_password", "password_changed"]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """Which mail, to whom, and what stands in it."""

    name: LetterName
    recipient: str
    context: dict[str, object]
