"""``/mailbox``: mails for whoever tries us on their own machine (loopback only)."""

from __future__ import annotations

from gatelodge.base.errors import PageRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.base.moment import iso
from gatelodge.endpoints.sent import query_of
from gatelodge.house import House
from gatelodge.mail.message import Message, Unreadable, opened
from gatelodge.model.key import Outgoing
from gatelodge.model.reads import ListMail


async def inbox(house: House, exchange: Exchange) -> Reply:
    """The newest mails.

    Raises:
        PageRefusal: the mailbox is off.
    """
    messages = [
        {
            "subject": content.subject,
            "to": mail.recipient,
            "at": _minute(mail.created_at),
            "href": f"/mailbox/message?id={mail.id}",
        }
        for mail in await _mails(house)
        if (content := _open(house, mail)) is not None
    ]
    return Page(name="mailbox", context={"messages": messages})


async def message(house: House, exchange: Exchange) -> Reply:
    """One mail, as text with working links.

    Raises:
        PageRefusal: the mailbox is off, or there is no such mail.
    """
    wanted = query_of(exchange).get("id")
    found = next((mail for mail in await _mails(house) if mail.id == wanted), None)
    content = _open(house, found) if found else None
    if found is None or content is None:
        raise _nothing()
    return Page(
        name="mailbox_message",
        context={
            "subject": content.subject,
            "to": content.recipient,
            "text": content.text,
            "at": _minute(found.created_at),
        },
    )


async def _mails(house: House) -> tuple[Outgoing, ...]:
    if not house.mailbox:
        raise _nothing()
    return await house.store.read(ListMail())


def _minute(at: int) -> str:
    return f"{iso(at)[:16].replace('T', ' ')} UTC"


def _open(house: House, mail: Outgoing) -> Message | None:
    """What was sealed with a key that is gone is as good as not there."""
    try:
        return opened(mail.sealed, house.sealer)
    except Unreadable:
        return None


def _nothing() -> PageRefusal:
    return PageRefusal(
        "There is nothing here.", error="not_found", rule="House-not-found", status=404
    )
