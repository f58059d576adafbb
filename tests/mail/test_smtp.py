"""Handing over to a real SMTP server on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from gatelodge.base.errors import Mistake
from gatelodge.mail.message import Message, compose
from gatelodge.mail.smtp import MailRefused, Smtp, server_of


class Postbox:
    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd calls it so
        if self.answer.startswith("5"):
            return self.answer
        envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(envelope.content)
        return "250 OK"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, Smtp]]:
    from tests.services.loopback import free_port

    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, Smtp(server_of(f"smtp://127.0.0.1:{port}"))
    finally:
        controller.stop()


def mail():
    message = Message(recipient="ada@example.com", subject="s", text="t", html="h")
    return compose(message, sender="us@example.com", domain="example.com", at=0)


async def test_taken(postbox) -> None:
    box, smtp = postbox
    await smtp.send(mail())
    assert len(box.mails) == 1


async def test_refused_for_good(postbox) -> None:
    box, smtp = postbox
    box.answer = "550 no such mailbox"
    with pytest.raises(MailRefused) as refused:
        await smtp.send(mail())
    assert refused.value.final


async def test_away() -> None:
    smtp = Smtp(server_of("smtp://127.0.0.1:9"))
    with pytest.raises(MailRefused) as refused:
        await smtp.send(mail())
    assert not refused.value.final


def test_urls() -> None:
    server = server_of("smtps://us%40x:p%2Fw@mail.example.com")
    assert (server.host, server.port, server.implicit_tls) == (
        "mail.example.com",
        465,
        True,
    )
    assert server.user == "us@x"
    assert server.password
    assert "p/w" not in repr(server)
    with pytest.raises(Mistake):
        server_of("http://mail.example.com")
