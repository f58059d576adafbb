"""A mail as a value; sealed while it waits, for it may hold a link that signs in."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final

import msgspec

PURPOSE: Final = "outgoing mail"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, its body as text and as HTML."""

    recipient: str
    subject: str
    text: str
    html: str


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
