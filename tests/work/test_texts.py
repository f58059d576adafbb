"""Texts leave at least once, while their code lives; mails are not theirs to send."""

from __future__ import annotations

import pytest

from gatelodge.base.seal import Sealer
from gatelodge.model.key import Outgoing
from gatelodge.model.reads import DueMail, DueTexts, ListMail
from gatelodge.model.writes import QueueMail
from gatelodge.sms.message import PURPOSE, TextRefused
from gatelodge.work.texts import send_due
from tests.protocol.gatehouse import Phone, Visitor
from tests.protocol.passwordless import NUMBER, connect


class Network:
    def __init__(self, *refusals: Exception) -> None:
        self.refusals = list(refusals)
        self.sent = []

    async def send(self, message, *, at):
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append((message, at))


async def owe_a_text(gate) -> None:
    await connect(gate, "sms")
    visitor = Visitor(gate)
    url = Phone(gate).authorize_url(connection="sms")
    await visitor.send(await visitor.get(url), username=NUMBER)


async def test_sent_once_and_not_by_mail(gate) -> None:
    await owe_a_text(gate)
    assert await gate.house.store.read(DueMail(now=gate.clock.at)) == ()
    network = Network()
    for _ in range(2):
        await send_due(gate.house, network)
    ((message, at),) = network.sent
    assert (message.recipient, at) == (NUMBER, gate.clock.at)
    assert message.until == gate.clock.at + 180_000


async def test_tried_again_soon(gate) -> None:
    await owe_a_text(gate)
    network = Network(
        TextRefused("away", final=False), TextRefused("busy", final=False)
    )
    for seconds in (0, 4, 8):
        gate.clock.turn(seconds=seconds)
        await send_due(gate.house, network)
    assert len(network.sent) == 1


async def test_a_code_that_has_ended_is_not_sent(gate) -> None:
    await owe_a_text(gate)
    network = Network(TextRefused("away", final=False))
    await send_due(gate.house, network)
    gate.clock.turn(seconds=180)
    await send_due(gate.house, network)
    (row,) = await gate.house.store.read(ListMail())
    assert (network.sent, row.error) == ([], "its code has ended")
    assert row.failed_at == gate.clock.at


@pytest.mark.parametrize(
    ("error", "because"),
    [
        (TextRefused("no such number", final=True), "no such number"),
        (ValueError(NUMBER), "ValueError"),
    ],
)
async def test_given_up(gate, error, because) -> None:
    await owe_a_text(gate)
    network = Network(error)
    for _ in range(2):
        await send_due(gate.house, network)
    (row,) = await gate.house.store.read(ListMail())
    assert (network.sent, row.error) == ([], because)
    assert await gate.house.store.read(DueTexts(now=2**50)) == ()


@pytest.mark.parametrize(
    ("key", "plain"), [(b"another master key".ljust(32), b"{}"), (None, b"no text")]
)
async def test_a_text_that_cannot_be_read_holds_up_no_other(gate, key, plain) -> None:
    sealer = Sealer((key,)) if key else gate.house.sealer
    sealed = sealer.seal(plain, purpose=PURPOSE, nonce=bytes(12))
    broken = Outgoing(id="a", recipient="sms:+1", sealed=sealed, created_at=1, due_at=1)
    assert await gate.house.store.commit((QueueMail(mail=broken),))
    await owe_a_text(gate)
    network = Network()
    await send_due(gate.house, network)
    assert [one.recipient for one, _ in network.sent] == [NUMBER]
    inbox = await Visitor(gate).get("/mailbox")
    assert (inbox.status_code, inbox.text.count("Text message")) == (200, 1)
