"""A real receiver on the loopback: signed events go out, commands come back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from gatelodge.actions.webhook import key_of
from tests.protocol.gatehouse import claims_of

from .conftest import SECRET, line, register, sealed, webhook

CLAIM = {"command": "idToken.setCustomClaim", "name": "a", "value": 1}


async def test_the_event_is_posted_and_signed(gate, visitor, phone, receiver) -> None:
    await register(gate, webhook(gate, receiver.url))
    receiver.answer = {"commands": [CLAIM]}
    tokens = await phone.tokens(visitor, "ada@example.com")
    assert claims_of(tokens["id_token"])["a"] == 1
    (headers, body), *more = receiver.got
    assert not more
    told = json.loads(body)
    assert told["id"] == headers["webhook-id"]
    assert (told["trigger"], told["function"]) == (
        "post-login",
        "on_execute_post_login",
    )
    assert told["event"]["user"]["email"] == "ada@example.com"
    assert "secrets" not in told["event"]
    assert int(headers["webhook-timestamp"]) == gate.clock.now() // 1000
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(digest).decode()}"
    assert headers["webhook-signature"] == expected


def test_a_secret_of_the_standards_form_is_decoded() -> None:
    assert key_of("whsec_" + base64.b64encode(b"k" * 24).decode()) == b"k" * 24
    assert key_of("whsec_%%%") == b"whsec_%%%"


async def test_no_content_is_no_commands(gate, visitor, phone, receiver) -> None:
    await register(gate, webhook(gate, receiver.url))
    receiver.status, receiver.raw = 204, b""
    assert await phone.tokens(visitor, "ada@example.com")


@pytest.mark.rule("House-action-failed")
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": 500}, "status 500"),
        ({"status": 302, "headers": {"Location": "/hook"}}, "status 302"),
        ({"raw": b"x" * 200_000}, "too large"),
        ({"raw": b"<html>"}, "JSON object with commands"),
        ({"raw": b"[" * 100_000}, "JSON object with commands"),
        ({"answer": {"commands": [{"command": "access.allow"}]}}, "access.allow"),
        ({"answer": {"commands": [{**CLAIM, "more": 1}]}}, "more"),
        ({"answer": {"commands": "all"}}, "array"),
        ({"answer": {"denied": True}}, "JSON object with commands"),
        ({"waits": True}, "TimeoutError"),
    ],
)
async def test_a_receiver_that_misbehaves(
    gate, visitor, phone, receiver, changes, why
) -> None:
    for name, value in changes.items():
        setattr(receiver, name, value)
    limit = 1 if receiver.waits else 5
    await register(gate, webhook(gate, receiver.url, time_limit=limit))
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    assert phone.answer(landed)["error"] == "access_denied"
    assert "gatelodge" not in visitor.client.cookies
    failed = (await line(gate, "actions_execution_failed")).details["actions"]
    assert why in failed[0]["error"]
    assert len(receiver.got) == 1

    more = {"time_limit": limit, "on_failure": "continue"}
    await register(gate, webhook(gate, receiver.url, **more))
    assert await phone.tokens(visitor, "ada@example.com")


async def test_nobody_there_or_nobody_who_may_be_asked(gate, visitor, phone) -> None:
    for url in (
        "http://127.0.0.1:9/",
        "https://192.168.1.1/",
        "https://nowhere.invalid/",
    ):
        await register(gate, webhook(gate, url))
        landed = await visitor.get(phone.authorize_url())
        if "code" not in str(landed.headers.get("location")):
            landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
        assert phone.answer(landed)["error"] == "access_denied"


async def test_a_secret_sealed_with_a_key_that_is_gone(gate, visitor, phone) -> None:
    broken = sealed(gate)[:-4] + "AAAA"
    await register(gate, webhook(gate, "http://127.0.0.1:9/", sealed_secret=broken))
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    assert phone.answer(landed)["error"] == "access_denied"
    failed = (await line(gate, "actions_execution_failed")).details["actions"]
    assert "not here" in failed[0]["error"]


async def test_webhooks_and_files_run_in_one_order(
    gate, visitor, phone, receiver, write
) -> None:
    source = "def on_execute_post_login(event, api):\n    api.{}\n"
    claim = "id_token.set_custom_claim('a', {})"
    write("10.py", source.format(claim.format(1)))
    write("30.py", source.format(claim.format(3)))
    await gate.house.actions.refresh()
    receiver.answer = {"commands": [{**CLAIM, "value": 2}]}
    await register(gate, webhook(gate, receiver.url, name="20"))
    await phone.tokens(visitor, "ada@example.com")
    names = [one["name"] for one in (await line(gate, "s")).details["actions"]]
    assert names == ["10.py", "20", "30.py"]
