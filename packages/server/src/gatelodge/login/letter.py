"""A mail or text we owe somebody, as a value; the endpoint renders and queues it."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

import msgspec

from gatelodge.model.user import User

_LEADS_AWAY: Final = re.compile(r"[/:@\\]|www\.|\.\w", re.IGNORECASE)
_LONGEST_NAME: Final = 60

LetterName: TypeAlias = Literal[
    "verify_email",
    "reset_password",
    "password_changed",
    "login_code",
    "login_link",
    "mfa_code",
    "change_email",
    "email_changed",
    "account_leaving",
    "blocked_account",
    "passkey_added",
    "passkey_removed",
]
TextName: TypeAlias = Literal["login_code", "mfa_code"]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """Which mail, to whom, and what stands in it."""

    name: LetterName
    recipient: str
    context: dict[str, object]


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A code for a telephone.

    Attributes:
        name: which text.
        recipient: a number as E.164 spells it.
        own: words of the connection's own; ``{code}`` stands for the code.
        host: binds the code to our pages, so that a phone fills it in there and
            nowhere else.
        lifetime: in seconds; later it is not sent any more.
    """

    name: TextName
    recipient: str
    code: str
    own: str | None = None
    host: str | None = None
    lifetime: int = 180


def called(user: User) -> str | None:
    """The name to greet this person by; an address of any kind is none.

    Whoever signs up with somebody else's e-mail address chooses the name in the mail
    that follows: it must not carry their message.
    """
    name = user.display_name
    return None if len(name) > _LONGEST_NAME or _LEADS_AWAY.search(name) else name
