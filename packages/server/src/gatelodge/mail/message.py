"""A mail as a value; sealed while it waits, for it may hold a link that signs in."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final

import msgspec

from gatelodge.base.seal import SealBroken, Sealer

PURPOSE: Final = "outgoing mail"


class Unreadable(Exception):
    """A waiting mail that cannot be opened; the text says why."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, its body as text and as HTML."""

    recipient: str
    subject: str
    text: str
    html: str


def opened(sealed: bytes, sealer: Sealer) -> Message:
    """A mail as it was put into the outbox.

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


def compose(message: Message, *, sender: str, domain: str, at: int) -> EmailMessage:
    """The mail as RFC 5322 and MIME want it; ``at`` in milliseconds."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(datetime.fromtimestamp(at // 1000, tz=UTC))
    mail["Message-ID"] = make_msgid(domain=domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail
