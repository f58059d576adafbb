"""Mail leaves at least once; what fails waits, then is given up."""

from __future__ import annotations

import pytest

from gatelodge.base.seal import Sealer
from gatelodge.mail.message import PURPOSE
from gatelodge.mail.smtp import MailRefused
from gatelodge.model.key import Outgoing
from gatelodge.model.reads import DueMail, ListMail
from gatelodge.model.writes import QueueMail
from gatelodge.work.outbox import send_due
from tests.protocol.gatehouse import Visitor

# No mail can be made of this: a header of it would become two.
FOLDED = b'{"recipient": "a\\nb", "subject": "s", "text": "t", "html": "h"}'


class Wire:
    def __init__(self, *refusals: MailRefused) -> None:
        self.refusals = list(refusals)
        self.sent = []

    async def send(self, mail):
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append(mail)


async def owe_a_mail(gate) -> None:
    await gate.user("ada@example.com")
    visitor = Visitor(gate)
    await visitor.send(await visitor.get("/u/forgot"), email="ada@example.com")


async def test_sent_once(gate) -> None:
    await owe_a_mail(gate)
    wire = Wire()
    for _ in range(2):
        await send_due(gate.house, wire, sender="us@example.com")
    assert [mail["To"] for mail in wire.sent] == ["ada@example.com"]
    assert wire.sent[0]["From"] == "us@example.com"


async def test_tried_again_later(gate) -> None:
    await owe_a_mail(gate)
    wire = Wire(MailRefused("away", final=False))
    await send_due(gate.house, wire, sender=None)
    assert await gate.house.store.read(DueMail(now=gate.clock.at)) == ()
    gate.clock.turn(seconds=120)
    await send_due(gate.house, wire, sender=None)
    assert len(wire.sent) == 1
    assert wire.sent[0]["From"] == "no-reply@localhost"


async def test_given_up(gate) -> None:
    await owe_a_mail(gate)
    wire = Wire(MailRefused("no such mailbox", final=True))
    await send_due(gate.house, wire, sender=None)
    gate.clock.turn(seconds=86_400)
    await send_due(gate.house, wire, sender=None)
    assert wire.sent == []
    mail = (await gate.house.store.read(ListMail()))[0]
    assert mail.failed_at is not None
    assert mail.error == "no such mailbox"


@pytest.mark.parametrize(
    ("key", "plain", "because"),
    [
        (b"another master key".ljust(32), b"{}", "sealed with a key we do not hold"),
        (None, b"no message", "it cannot be read"),
        (None, FOLDED, "ValueError"),
    ],
    ids=["foreign key", "no mail", "no header"],
)
async def test_a_mail_that_cannot_go_holds_up_no_other(
    gate, key, plain, because
) -> None:
    sealer = Sealer((key,)) if key else gate.house.sealer
    sealed = sealer.seal(plain, purpose=PURPOSE, nonce=bytes(12))
    broken = Outgoing(id="a", recipient="x", sealed=sealed, created_at=1, due_at=1)
    assert await gate.house.store.commit((QueueMail(mail=broken),))
    await owe_a_mail(gate)
    wire = Wire()
    await send_due(gate.house, wire, sender=None)
    assert [mail["To"] for mail in wire.sent] == ["ada@example.com"]
    inbox = await Visitor(gate).get("/mailbox")
    assert (inbox.status_code, inbox.text.count("ada@example.com")) == (200, 1)
    errors = {mail.id: mail.error for mail in await gate.house.store.read(ListMail())}
    assert errors["a"] == because
