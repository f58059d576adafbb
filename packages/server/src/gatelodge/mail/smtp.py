"""Handing a mail to an SMTP server (RFC 5321), with TLS wherever it is offered."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from gatelodge.base.errors import Mistake
from gatelodge.base.secret import Secret

_TIMEOUT: Final = 20.0
_PERMANENT: Final = 500
_PORTS: Final = {"smtp": 25, "smtps": 465}


class MailRefused(Exception):
    """The mail was not taken; ``final`` when trying again is pointless."""

    def __init__(self, says: str, *, final: bool) -> None:
        super().__init__(says)
        self.final = final


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how: read from ``smtp://user:password@host:587?starttls=1``."""

    host: str
    port: int
    implicit_tls: bool
    starttls: bool
    user: str | None
    password: Secret | None


def server_of(url: str) -> Server:
    """Read the SMTP URL of the configuration.

    Raises:
        Mistake: it is not one.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise Mistake("smtp must be smtp://host:port or smtps://host:port")
    password = unquote(parts.password) if parts.password else None
    return Server(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        implicit_tls=parts.scheme == "smtps",
        starttls=parse_qs(parts.query).get("starttls") == ["1"],
        user=unquote(parts.username) if parts.username else None,
        password=Secret(password) if password else None,
    )


class Smtp:
    """Sends one mail at a time, off the event loop."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def send(self, mail: EmailMessage) -> None:
        """Hand the mail over.

        Raises:
            MailRefused: the server is away or does not take it.
        """
        try:
            await asyncio.to_thread(self._send, mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            final = all(code >= _PERMANENT for code in codes)
            raise MailRefused(f"recipient refused: {codes}", final=final) from None
        except smtplib.SMTPResponseException as error:
            raise MailRefused(f"server said {error.smtp_code}", final=False) from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailRefused(type(error).__name__, final=False) from None

    def _send(self, mail: EmailMessage) -> None:
        server = self._server
        context = ssl.create_default_context()
        with self._connect(context) as session:
            if server.starttls:
                session.starttls(context=context)
            if server.user and server.password:
                session.login(server.user, server.password.reveal())
            session.send_message(mail)

    def _connect(self, context: ssl.SSLContext) -> smtplib.SMTP:
        server = self._server
        if server.implicit_tls:
            return smtplib.SMTP_SSL(
                server.host, server.port, timeout=_TIMEOUT, context=context
            )
        return smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT)
