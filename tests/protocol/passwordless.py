"""Connections by mail and text, and what a person finds in the mailbox."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from gatelodge.mail import message as mails
from gatelodge.model.connection import Connection, ConnectionOptions, Passwordless
from gatelodge.model.reads import FindIdentity, ListMail
from gatelodge.model.user import User
from gatelodge.model.writes import PutConnection
from gatelodge.sms import message as texts

from .gatehouse import Gatehouse

OTP = "http://auth0.com/oauth/grant-type/passwordless/otp"
NUMBER = "+447400123456"


async def connect(gate: Gatehouse, strategy: str = "email", **changes: Any) -> None:
    """A connection called as its strategy; ``changes`` of its options, or beside."""
    beside = {
        name: changes.pop(name)
        for name in tuple(changes)
        if name in ConnectionOptions.__struct_fields__
    }
    options = ConnectionOptions(passwordless=Passwordless(**changes), **beside)
    made = Connection(
        id=f"con_{strategy}",
        name=strategy,
        strategy=strategy,
        options=options,
        position=3,
    )
    await gate.write(PutConnection(connection=made))


async def allow(gate: Gatehouse, *grants: str, client_id: str = "native") -> None:
    """Give a client further grants."""
    client = gate.house.snapshot.catalogue.clients[client_id]
    await gate.change_client(client_id, grant_types=(*client.grant_types, *grants))


async def outbox(gate: Gatehouse) -> list[tuple[str, str]]:
    """Recipient and text of all that was sent, newest first."""
    found = []
    for row in await gate.house.store.read(ListMail(limit=1000)):
        read = texts.opened if texts.is_text(row.recipient) else mails.opened
        found.append((row.recipient, read(row.sealed, gate.house.sealer).text))
    return found


async def newest_code(gate: Gatehouse, recipient: str) -> str:
    """The code in the newest message to this recipient."""
    said = next(text for to, text in await outbox(gate) if to == recipient)
    found = re.search(r"(?<!\d)\d{6}(?!\d)", said)
    assert found, said
    return found[0]


async def newest_link(gate: Gatehouse, recipient: str) -> str:
    """The link in the newest message to this recipient."""
    said = next(text for to, text in await outbox(gate) if to == recipient)
    found = re.search(r"http://\S+verify-redirect\S+", said)
    assert found, said
    return unescape(found[0])


async def person(gate: Gatehouse, address: str, strategy: str = "email") -> User | None:
    """Whose address it is."""
    found = await gate.house.store.read(
        FindIdentity(connection_id=f"con_{strategy}", external_id=address)
    )
    return found.person.user if found else None


async def block(gate: Gatehouse, user: User) -> None:
    from gatelodge.model.writes import BlockUser

    at = gate.clock.now()
    write = BlockUser(user_id=user.user_id, blocked_at=at, updated_at=at)
    assert await gate.house.store.commit((write,))


def wrong(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06d}"


def seen(page: Any) -> str:
    """A page without what differs from one to the next: states and tickets."""
    return re.sub(r'value="[^"]*"|state=[^"]*', "", page.text)
