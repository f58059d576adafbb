"""A text as a value; sealed while it waits, for it holds a code that signs in."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from gatelodge.base.seal import SealBroken, Sealer

PURPOSE: Final = "outgoing text"
SCHEME: Final = "sms:"
"""Begins the recipient of every text in the outbox (RFC 5724 §2.2)."""


class Unreadable(Exception):
    """A waiting text that cannot be opened; the text of this says why."""


class TextRefused(Exception):
    """The text was not taken; ``final`` when trying again is pointless."""

    def __init__(self, says: str, *, final: bool) -> None:
        super().__init__(says)
        self.final = final


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One text; ``until`` (ms) is when its code ends, and the text with it."""

    id: str
    recipient: str
    text: str
    until: int


class Sender(Protocol):
    """Whoever hands texts to a network."""

    async def send(self, message: Message, *, at: int) -> None:
        """Hand one over; ``at`` in milliseconds.

        Raises:
            TextRefused: it was not taken.
        """
        ...


def is_text(recipient: str) -> bool:
    """Whether a row of the outbox is a text; no mail address holds a colon."""
    return recipient.startswith(SCHEME)


def opened(sealed: bytes, sealer: Sealer) -> Message:
    """A text as it was put into the outbox.

    Raises:
        Unreadable: nobody here can read it.
    """
    try:
        plain = sealer.unseal(sealed, purpose=PURPOSE)
        return msgspec.json.decode(plain, type=Message)
    except SealBroken:
        raise Unreadable("sealed with a key we do not hold") from None
    except msgspec.DecodeError:
        raise Unreadable("it cannot be read") from None
