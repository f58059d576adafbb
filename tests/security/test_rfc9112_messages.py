"""Messages on real sockets: smuggled, endless, slow (RFC 9112 §11, RFC 9110 §15.5)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
import uvicorn
from uvicorn.server import ServerState

from gatelodge.web import protocol, reading
from gatelodge.web.protocol import BoundedHttp
from tests.protocol.gatehouse import Gatehouse
from tests.security.wire import FORM, HOST, raw

HEAD = b"Host: localhost:8421\r\n"
CLOSE = b"Connection: close\r\n"
FLOOD = 64 * 1024
MOST = 64


@pytest.fixture
async def port(gate: Gatehouse) -> AsyncIterator[int]:
    """The application on a socket, spoken to as ``web.server`` does."""
    config = uvicorn.Config(
        gate.app, http=BoundedHttp, ws="none", lifespan="off", log_config=None
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedHttp(config=config, server_state=state, app_state={}),
        "127.0.0.1",
        0,
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
    for connection in list(state.connections):
        connection.transport.abort()
    await asyncio.gather(*state.tasks, return_exceptions=True)


async def say(port: int, message: bytes) -> bytes:
    """Send one message; all that came back until the connection closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(message)
    async with asyncio.timeout(10):
        answer = await reader.read(1_000_000)
        while more := await reader.read(1_000_000):
            answer += more
    writer.close()
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "message",
    [
        b"GET / HTTP/1.1\r\n" + HEAD + b"Host: evil.example.com\r\n" + CLOSE + b"\r\n",
        b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example.com\r\n" + CLOSE + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost:8421@evil.example.com\r\n"
        + CLOSE
        + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: [\r\n" + CLOSE + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example.com\r\nX-Forwarded-Host: localhost:8421\r\n"
        + CLOSE
        + b"\r\n",
    ],
)
async def test_no_page_under_another_name(port, message) -> None:
    answer = await say(port, message)
    assert status(answer) == 421
    assert b"evil" not in answer


@pytest.mark.parametrize(
    "message",
    [
        b"POST /oauth/token HTTP/1.1\r\n"
        + HEAD
        + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + b"GET /healthz HTTP/1.1\r\n"
        + HEAD
        + b"\r\n",
        b"POST / HTTP/1.1\r\n"
        + HEAD
        + b"Content-Length: 1\r\nContent-Length: 9\r\n\r\nx",
        b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: +1\r\n\r\nx",
        b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: 1,1\r\n\r\nx",
        b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length : 1\r\n\r\nx",
        b"GET / HTTP/1.1\r\n" + HEAD + b" folded: x\r\n\r\n",
        b"GET / HTTP/1.1\nHost: localhost:8421\n\n",
        b"GET /\xff HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET /?\xff HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET /\x00 HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"X: a\x00b\r\n\r\n",
        b"CONNECT evil.example.com:80 HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"a: b\r\n" * 300 + b"\r\n",
    ],
)
async def test_messages_that_two_parsers_could_read_in_two_ways(port, message) -> None:
    answer = await say(port, message)
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1


async def flood(port: int, start: bytes, more: Callable[[int], bytes]) -> int:
    """Send until the other side has had enough; how many pieces it took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    sent = 0
    with contextlib.suppress(ConnectionError):
        for sent in range(MOST):
            writer.write(more(sent))
            await writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            while await reader.read(65_536):
                pass
        return sent
    writer.close()
    return sent


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"GET / HTTP/1.1\r\n" + HEAD, b"x: " + b"a" * FLOOD + b"\r\n"),
        (b"GET / HTTP/1.1\r\n" + HEAD + b"x: ", b"a" * FLOOD),
        (b"GET /?", b"a" * FLOOD),
        (
            b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
            b"x: " + b"a" * FLOOD + b"\r\n",
        ),
        (
            b"POST /oauth/token HTTP/1.1\r\n"
            + HEAD
            + b"Transfer-Encoding: chunked\r\n\r\n",
            b"10000\r\n" + b"a" * 0x10000 + b"\r\n",
        ),
        (
            b"POST /oauth/token HTTP/1.1\r\n"
            + HEAD
            + b"Content-Length: 9999999999\r\n\r\n",
            b"a" * FLOOD,
        ),
    ],
    ids=["headers", "one header", "address", "trailers", "chunks", "declared"],
)
async def test_no_message_is_endless(port, start, piece) -> None:
    """Sixty-four pieces of 64 kB are never all taken."""
    assert await flood(port, start, lambda _: piece) < MOST - 1


async def test_a_head_has_to_arrive(port, monkeypatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
    for begun in (b"", b"GET / HT", b"GET / HTTP/1.1\r\n" + HEAD):
        assert await say(port, begun) == b""


async def test_requests_go_on_after_a_head_in_time(port, monkeypatch) -> None:
    """The clock of one head is not the clock of the connection."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 1.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert status(head) == 200
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        await asyncio.sleep(0.6)
    writer.close()


@pytest.mark.rule("House-body-time")
async def test_a_body_has_to_arrive(gate, monkeypatch) -> None:
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.05)
    for path in ("/oauth/token", "/u/login", "/userinfo", "/authorize"):
        answer = await raw(
            gate, "POST", path, headers=(HOST, FORM), body=b"a=", stalls=True
        )
        assert answer.status == 408


async def test_odd_lengths_in_process(gate) -> None:
    for length in (b"\xb2", b"9" * 400, b"x", b"", b"1e9"):
        answer = await raw(
            gate, "POST", "/oauth/token", headers=(HOST, (b"content-length", length))
        )
        assert answer.status in (400, 413)


async def test_forwarded_headers_of_strangers_do_not_count(gate, ada) -> None:
    from gatelodge.model.reads import TailLog

    spoofed = [
        HOST,
        FORM,
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"x-forwarded-host", b"evil.example.com"),
        (b"x-forwarded-proto", b"https"),
        (b"forwarded", b"for=10.0.0.1;host=evil.example.com"),
        (b"x-real-ip", b"10.0.0.1"),
    ]
    body = b"grant_type=refresh_token&client_id=native&refresh_token=x"
    await raw(gate, "POST", "/oauth/token", headers=spoofed, body=body)
    (line,) = await gate.house.store.read(TailLog(limit=1))
    assert line.ip == "192.0.2.66"
    found = await raw(gate, "GET", "/.well-known/openid-configuration", headers=spoofed)
    assert "evil" not in found.text
    assert "https://" not in found.text
