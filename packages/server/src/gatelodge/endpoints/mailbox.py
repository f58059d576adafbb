"""``/mailbox``: mails and texts for whoever tries us on their own machine.

On loopback only: whoever reads it can sign in as anybody.
"""

from __future__ import annotations

import msgspec

from gatelodge.base.errors import PageRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.base.moment import iso
from gatelodge.base.text import printable
from gatelodge.endpoints.sent import query_of
from gatelodge.house import House
from gatelodge.login.phone import spoken
from gatelodge.mail import message as mails
from gatelodge.model.key import Outgoing
from gatelodge.model.reads import ListMail
from gatelodge.sms import message as texts

_LONGEST_TITLE = 60


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A mail or text, opened; ``subject`` of a text is how it begins."""

    row: Outgoing
    subject: str
    to: str
    text: str
    is_text: bool


async def inbox(house: House, exchange: Exchange) -> Reply:
    """The newest mails and texts, in order of time.

    Raises:
        PageRefusal: the mailbox is off.
    """
    messages = [
        {
            "subject": shown.subject,
            "to": shown.to,
            "at": _minute(shown.row.created_at),
            "href": f"/mailbox/message?id={shown.row.id}",
            "is_text": shown.is_text,
        }
        for row in await _rows(house)
        if (shown := _open(house, row)) is not None
    ]
    return Page(name="mailbox", context={"messages": messages})


async def message(house: House, exchange: Exchange) -> Reply:
    """One mail or text, with working links.

    Raises:
        PageRefusal: the mailbox is off, or there is no such message.
    """
    wanted = query_of(exchange).get("id")
    found = next((row for row in await _rows(house) if row.id == wanted), None)
    shown = _open(house, found) if found else None
    if shown is None:
        raise _nothing()
    return Page(
        name="mailbox_message",
        context={
            "subject": shown.subject,
            "to": shown.to,
            "text": shown.text,
            "at": _minute(shown.row.created_at),
            "is_text": shown.is_text,
        },
    )


async def _rows(house: House) -> tuple[Outgoing, ...]:
    if not house.mailbox:
        raise _nothing()
    return await house.store.read(ListMail())


def _minute(at: int) -> str:
    return f"{iso(at)[:16].replace('T', ' ')} UTC"


def _open(house: House, row: Outgoing) -> Shown | None:
    """What was sealed with a key that is gone is as good as not there."""
    try:
        if texts.is_text(row.recipient):
            return _text(row, texts.opened(row.sealed, house.sealer))
        mail = mails.opened(row.sealed, house.sealer)
    except (mails.Unreadable, texts.Unreadable):
        return None
    return Shown(
        row=row,
        subject=mail.subject,
        to=row.recipient,
        text=mail.text,
        is_text=False,
    )


def _text(row: Outgoing, text: texts.Message) -> Shown:
    first = text.text.partition("\n")[0]
    return Shown(
        row=row,
        subject=printable(first, _LONGEST_TITLE),
        to=spoken(text.recipient),
        text=text.text,
        is_text=True,
    )


def _nothing() -> PageRefusal:
    return PageRefusal(
        "There is nothing here.", error="not_found", rule="House-not-found", status=404
    )
