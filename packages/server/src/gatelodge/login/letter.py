"""A mail we owe somebody, as a value; the endpoint renders and queues it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from gatelodge.model.user import User

LetterName: TypeAlias = Literal["verify_email", "reset_password", "password_changed"]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """Which mail, to whom, and what stands in it."""

    name: LetterName
    recipient: str
    context: dict[str, object]


def called(user: User) -> str | None:
    """The name to greet this person by; an e-mail address is none."""
    name = user.display_name
    return None if name == user.email else name
