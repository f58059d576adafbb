"""Somebody new: actions before the account is there, and after."""

from __future__ import annotations

import asyncio

import pytest

from gatelodge.model.reads import FindByEmail
from tests.protocol.gatehouse import PASSWORD

from .conftest import line, register, webhook

BEFORE = """
def on_execute_pre_user_registration(event, api):
    if event.user.email.endswith("@closed.example.com"):
        api.access.deny("closed domain", "Your company has to invite you.")
    if event.user.email.startswith("nobody@"):
        api.access.deny("nobody")
    if event.user.email.startswith("crash@"):
        raise ValueError
    api.user.set_user_metadata("theme", "dark")
    api.user.set_app_metadata("event", event)
"""
NEW = "new@example.com"


@pytest.fixture
async def before(gate, write) -> None:
    write("10.py", BEFORE)
    await gate.house.actions.refresh()


async def found(gate, email: str):
    people = await gate.house.store.read(FindByEmail(email_key=email))
    return people[0].user if people else None


async def sign_up(visitor, phone, email: str):
    url = phone.authorize_url(screen_hint="signup")
    page = await visitor.get(url)
    return await visitor.send(page, email=email, password=PASSWORD, name="New")


async def by_api(phone, email: str, **more):
    body = {"connection": "Username-Password-Authentication", "email": email}
    fields = {**body, "password": PASSWORD, "client_id": "native", **more}
    return await phone.http.post("/dbconnections/signup", json=fields)


async def test_metadata_of_a_new_account(gate, visitor, phone, before) -> None:
    landed = await sign_up(visitor, phone, NEW)
    assert "code" in phone.answer(landed)
    user = await found(gate, NEW)
    assert user.user_metadata == {"theme": "dark"}
    event = user.app_metadata["event"]
    assert event["user"]["email"] == NEW
    assert event["connection"]["strategy"] == "auth0"
    assert event["client"]["client_id"] == "native"
    assert PASSWORD not in repr(event)
    assert (await line(gate, "ss")).details["actions"][0]["name"] == "10.py"


async def test_metadata_through_the_api(gate, phone, before) -> None:
    answer = await by_api(phone, NEW, user_metadata={"a": "b", "theme": "light"})
    assert answer.status_code == 200
    user = await found(gate, NEW)
    assert user.user_metadata == {"a": "b", "theme": "dark"}
    assert user.app_metadata["event"]["user"]["user_metadata"]["theme"] == "light"
    assert "app_metadata" not in answer.json()


@pytest.mark.rule("Auth0-action-denied")
@pytest.mark.parametrize(
    ("email", "told"),
    [
        ("a@closed.example.com", "Your company has to invite you."),
        ("nobody@example.com", "No account was created."),
        ("crash@example.com", "No account was created."),
    ],
)
async def test_somebody_who_is_not_wanted(
    gate, visitor, phone, before, email, told
) -> None:
    page = await sign_up(visitor, phone, email)
    assert page.status_code == 200
    assert told in page.text
    assert 'name="password"' in page.text
    assert await found(gate, email) is None
    assert (await line(gate, "fs")).details["actions"]
    assert "gatelodge" not in visitor.client.cookies
    assert await line(gate, "s") is None


async def test_somebody_who_is_not_wanted_by_the_api(gate, phone, before) -> None:
    answer = await by_api(phone, "a@closed.example.com")
    assert answer.status_code == 400
    assert answer.json() == {
        "name": "InternalExtensibilityError",
        "code": "extensibility_error",
        "description": "Your company has to invite you.",
        "statusCode": 400,
    }
    assert await found(gate, "a@closed.example.com") is None
    assert (await line(gate, "fs")).details["description"] == "closed domain"


async def test_after_the_registration(gate, visitor, phone, receiver) -> None:
    hook = webhook(gate, receiver.url, trigger="post-user-registration")
    await register(gate, hook)
    await sign_up(visitor, phone, NEW)
    await by_api(phone, "second@example.com")
    await by_api(phone, "second@example.com")
    await asyncio.gather(*gate.house.actions._later)
    told = [one["event"]["user"] for one in receiver.events]
    assert {one["email"] for one in told} == {NEW, "second@example.com"}
    assert len(told) == 2
    assert all(one["user_id"].startswith("auth0|") for one in told)


async def test_after_a_registration_failures_are_only_logged(
    gate, visitor, phone, receiver
) -> None:
    hook = webhook(gate, receiver.url, trigger="post-user-registration")
    await register(gate, hook)
    receiver.status = 500
    assert "code" in phone.answer(await sign_up(visitor, phone, NEW))
    await asyncio.gather(*gate.house.actions._later)
    assert (await line(gate, "actions_execution_failed")).user_id
