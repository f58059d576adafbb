"""Somebody whom another party vouches for is new here: actions have a say (2.5)."""

from __future__ import annotations

import asyncio
import time

import pytest

from gatelodge.model.reads import FindPerson, TailLog
from gatelodge.model.saml import IdpInitiated
from tests.protocol.gatehouse import Gatehouse, Phone, Visitor, open_gatehouse

from .conftest import connect, sign_in
from .saml import conftest as saml
from .saml import provider as idp

SUB = "oidc|partner|auth0|ada"
STRAIGHT = {"connection": "partner"}
BEFORE = """
def on_execute_pre_user_registration(event, api):
    api.user.set_app_metadata("event", event)
"""
DENY = """
def on_execute_pre_user_registration(event, api):
    api.access.deny("unknown domain", "Ask for an invitation first.")
"""
LOGIN = """
def on_execute_post_login(event, api):
    api.access.deny("not yet")
"""
AFTER = """
def on_execute_post_user_registration(event, api):
    raise ValueError("told of " + event.user.user_id)
"""


@pytest.fixture
async def begin(tmp_path, provider):
    """A server with one file of functions."""
    opened = []

    async def make(source: str) -> tuple[Gatehouse, Visitor, Phone]:
        (tmp_path / "10.py").write_text(source)
        context = open_gatehouse(actions=str(tmp_path))
        gate = await context.__aenter__()
        opened.append(context)
        gate.clock.at = time.time_ns() // 1_000_000
        await connect(gate, provider)
        return gate, Visitor(gate), Phone(gate)

    yield make
    for context in opened:
        await context.__aexit__(None, None, None)


async def person(gate):
    found = await gate.house.store.read(FindPerson(user_id=SUB))
    return found and found.user


async def kinds(gate) -> dict[str, dict]:
    lines = await gate.house.store.read(TailLog(limit=50))
    return {line.type: line.details for line in lines}


async def test_a_newcomer_is_asked_about_once(begin) -> None:
    gate, visitor, phone = await begin(BEFORE)
    for _ in range(2):
        url = phone.authorize_url(**STRAIGHT, prompt="login")
        assert "code" in phone.answer(await sign_in(visitor, url))
    event = (await person(gate)).app_metadata["event"]
    assert event["connection"] == {
        "id": "con_partner",
        "name": "partner",
        "strategy": "oidc",
    }
    assert event["user"]["email"] == "ada@example.com"
    assert (await kinds(gate))["ss"]["actions"]


@pytest.mark.rule("Auth0-action-denied")
async def test_a_newcomer_who_is_not_wanted(begin) -> None:
    gate, visitor, phone = await begin(DENY)
    page = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert page.status_code == 200
    assert "Ask for an invitation first." in page.text
    assert await person(gate) is None
    told = await kinds(gate)
    assert told["fs"]["description"] == "unknown domain"
    assert "s" not in told


@pytest.mark.rule("Auth0-action-denied")
@pytest.mark.parametrize("door", [None, "https://web.example.com/sign-in"])
async def test_a_newcomer_nobody_asked_for_who_is_not_wanted(begin, door) -> None:
    gate, visitor, _ = await begin(DENY)
    gate.clock.at = idp.NOW
    await gate.change_options("web", initiate_login_uri=door)
    asked = "redirect_uri=https%3A%2F%2Fweb.example.com%2Fcallback&scope=openid"
    initiated = IdpInitiated(client_id="web", query="" if door else asked)
    await saml.connect(gate, idp_initiated=initiated)
    unasked = idp.Answer(in_response_to=None, response_in_response_to=None)
    page = await saml.post(visitor, idp.honest(unasked))
    assert page.status_code == 400
    assert "Ask for an invitation first." in page.text
    assert await gate.house.store.read(FindPerson(user_id="samlp|acme|ada")) is None
    told = await kinds(gate)
    assert told["fs"]["description"] == "unknown domain"
    assert told["f"]["rule"] == "Auth0-action-denied"
    assert "s" not in told


@pytest.mark.rule("Auth0-action-denied")
async def test_a_denied_login_makes_no_account(begin) -> None:
    gate, visitor, phone = await begin(LOGIN)
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert phone.answer(landed)["error_description"] == "not yet"
    assert await person(gate) is None
    assert "gatelodge" not in visitor.client.cookies
    assert {"s", "ss"}.isdisjoint(await kinds(gate))


async def test_after_the_first_sign_in(begin) -> None:
    gate, visitor, phone = await begin(AFTER)
    for _ in range(2):
        url = phone.authorize_url(**STRAIGHT, prompt="login")
        assert "code" in phone.answer(await sign_in(visitor, url))
    if gate.house.actions._later:
        await asyncio.wait(gate.house.actions._later)
    types = await gate.log_types()
    assert types.count("actions_execution_failed") == 1
    failed = (await kinds(gate))["actions_execution_failed"]["actions"]
    assert f"told of {SUB}" in failed[0]["error"]
