"""Handing texts to a real HTTP server on loopback: Twilio's API, and a webhook."""

from __future__ import annotations

import base64
import hmac
import ipaddress
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest

from gatelodge.base.errors import Mistake
from gatelodge.base.secret import Secret
from gatelodge.outbound import Outbound
from gatelodge.sms.message import Message, TextRefused
from gatelodge.sms.sender import sender_of

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
TEXT = Message(id="t-1", recipient="+447400123456", text="123456 für Sie", until=9)
NOW = 1_790_000_000_123
KEY = "whsec_" + base64.b64encode(b"k" * 24).decode()


class Network:
    """What was posted, and what is answered."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: tuple[int, Any] = (201, {"sid": "SM1"})
        handler = type("Bound", (Handler,), {"network": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    network: Network

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.network.posts.append((self.path, headers, body))
        status, said = self.network.answer
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.close()


def sender(url: str, *, origin: str | None = "+447400000000", secret: str | None = KEY):
    return sender_of(
        url,
        origin=origin,
        secret=Secret(secret) if secret else None,
        outbound=Outbound(allowed=LOOPBACK),
    )


async def refused(one, message: Message = TEXT) -> TextRefused:
    with pytest.raises(TextRefused) as caught:
        await one.send(message, at=NOW)
    return caught.value


# -- Twilio ---------------------------------------------------------------------------


def twilio(network: Network, **more: Any):
    return sender(f"twilio+http://AC1:tok%2Fen@{network.place}", **more)


async def test_twilio_gets_a_form_and_the_accounts_password(network) -> None:
    await twilio(network).send(TEXT, at=NOW)
    ((path, headers, body),) = network.posts
    assert path == "/2010-04-01/Accounts/AC1/Messages.json"
    basic = base64.b64encode(b"AC1:tok/en").decode()
    assert headers["authorization"] == f"Basic {basic}"
    assert dict(parse_qsl(body.decode())) == {
        "To": TEXT.recipient,
        "From": "+447400000000",
        "Body": TEXT.text,
    }


async def test_a_messaging_service(network) -> None:
    await twilio(network, origin="MG0123").send(TEXT, at=NOW)
    form = dict(parse_qsl(network.posts[0][2].decode()))
    assert (form["MessagingServiceSid"], "From" in form) == ("MG0123", False)


@pytest.mark.parametrize(
    ("status", "final"),
    [(400, True), (404, True), (401, False), (429, False), (500, False)],
)
async def test_what_twilio_refuses(network, status, final) -> None:
    said = {"code": 21211, "message": f"{TEXT.recipient} is no number"}
    network.answer = (status, said)
    refusal = await refused(twilio(network))
    assert refusal.final is final
    assert str(refusal) == f"Twilio answered {status}, error 21211"


@pytest.mark.parametrize("said", [b"<html>", b"[]", {"code": "x"}])
async def test_what_twilio_cannot_say(network, said) -> None:
    network.answer = (400, said)
    assert "Twilio answered 400" in str(await refused(twilio(network)))


async def test_nobody_is_there() -> None:
    refusal = await refused(sender("twilio+http://AC1:t@127.0.0.1:9"))
    assert (refusal.final, "ConnectError" in str(refusal)) == (False, True)


# -- a webhook ------------------------------------------------------------------------


async def test_a_webhook_gets_signed_json(network) -> None:
    hook = sender(f"http://{network.place}/texts?x=1")
    await hook.send(TEXT, at=NOW)
    ((path, headers, body),) = network.posts
    assert path == "/texts?x=1"
    assert json.loads(body) == {
        "to": TEXT.recipient,
        "from": "+447400000000",
        "text": TEXT.text,
    }
    # As Standard Webhooks says: id, seconds and body, under the shared key.
    assert headers["webhook-id"] == "t-1"
    assert headers["webhook-timestamp"] == "1790000000"
    signed = b"t-1.1790000000." + body
    mac = base64.b64encode(hmac.digest(b"k" * 24, signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"


async def test_a_key_that_is_plain_text(network) -> None:
    hook = sender(f"http://{network.place}/", secret="a long enough text", origin=None)
    await hook.send(TEXT, at=NOW)
    ((_, headers, body),) = network.posts
    signed = b"t-1.1790000000." + body
    mac = hmac.digest(b"a long enough text", signed, "sha256")
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    assert "from" not in json.loads(body)


@pytest.mark.parametrize(
    ("status", "final"),
    [(400, True), (410, True), (401, False), (429, False), (503, False)],
)
async def test_what_the_webhook_refuses(network, status, final) -> None:
    network.answer = (status, {})
    refusal = await refused(sender(f"http://{network.place}/"))
    assert refusal.final is final
    assert str(status) in str(refusal)


async def test_redirects_lead_nowhere(network) -> None:
    network.answer = (302, {})
    assert not (await refused(sender(f"http://{network.place}/"))).final


async def test_a_private_address_needs_leave(network) -> None:
    hook = sender_of(
        f"http://{network.place}/",
        origin=None,
        secret=Secret(KEY),
        outbound=Outbound(),
    )
    await refused(hook)
    assert network.posts == []


@pytest.mark.parametrize(
    ("url", "origin", "secret", "says"),
    [
        ("https://x.example.com/", None, None, "sms_secret"),
        ("https://x.example.com/", None, "short", "shorter"),
        ("https://x.example.com/", None, "whsec_?", "base64"),
        ("twilio://AC1:t@api.twilio.com", None, None, "sms_from"),
        ("twilio://api.twilio.com", "+44", None, "SID:TOKEN"),
        ("ftp://x", "+44", KEY, "twilio://"),
        ("https://", "+44", KEY, "https://"),
    ],
)
def test_a_configuration_that_is_not_complete(url, origin, secret, says) -> None:
    with pytest.raises(Mistake, match=says):
        sender(url, origin=origin, secret=secret)


async def test_no_secret_is_ever_shown(network) -> None:
    network.answer = (400, {})
    one = twilio(network)
    assert "tok/en" not in f"{await refused(one)} {vars(one)}"
    hook = sender(f"http://{network.place}/")
    assert KEY[6:] not in f"{await refused(hook)} {vars(hook)}"
