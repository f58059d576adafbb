"""HTTP/1.1 with limits: the parser has none of its own.

Without them one connection could send headers for ever, each byte kept in memory, or
send nothing for ever and keep its socket (RFC 9110 §15.5.9, RFC 6585 §5).
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_MESSAGE: Final = 256 * 1024
MOST_HEADERS: Final = 200
HEAD_SECONDS: Final = 30.0


class TooManyHeaders(Exception):
    """The parser turns it into an error of its own; uvicorn answers 400."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol; a message has a length, a number of headers and a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._taken = 0
        self._head_ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection has to say what it wants."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Give the parser what came, unless the message is too long already."""
        self._taken += len(data)
        super().data_received(data)
        if self._taken > LONGEST_MESSAGE and not self.transport.is_closing():
            self.transport.close()

    def on_message_begin(self) -> None:
        """The parser saw the first byte of a request."""
        super().on_message_begin()
        self._taken = 0
        self._expect_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or one trailer, is complete."""
        if len(self.headers) >= MOST_HEADERS:
            raise TooManyHeaders
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The request's head is complete; its body has a time limit of its own."""
        self._head_is_here()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._head_is_here()
        self._head_ends = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _head_is_here(self) -> None:
        if self._head_ends is not None:
            self._head_ends.cancel()
            self._head_ends = None
