"""An e-mail address leads to the organisation it belongs to (contract 1.9)."""

from __future__ import annotations

import pytest

from .conftest import connect

ADDRESS = "ada@acme.example"
HOME = {"options": {"domains": ("acme.example",), "show_as_button": False}}


@pytest.fixture
async def domains(gate):
    await connect(gate, **HOME)


def at_provider(answer) -> bool:
    return answer.headers.get("location", "").startswith("https://idp.example/sso?")


@pytest.mark.parametrize("typed", [ADDRESS, "Ada@ACME.example", " ada@acme.example "])
@pytest.mark.parametrize("password", ["", "whatever"])
async def test_the_address_decides(domains, visitor, phone, typed, password) -> None:
    page = await visitor.get(phone.authorize_url())
    assert "Acme" not in page.text
    assert at_provider(await visitor.send(page, username=typed, password=password))


@pytest.mark.parametrize(
    "typed", ["ada@other.example", "ada@sub.acme.example", "acme.example", "ada"]
)
async def test_other_addresses_do_not(domains, visitor, phone, typed) -> None:
    page = await visitor.get(phone.authorize_url())
    answer = await visitor.send(page, username=typed, password="x")
    assert "Wrong e-mail" in answer.text or answer.status_code == 200
    assert not at_provider(answer)


async def test_the_app_may_say_the_address(domains, visitor, phone) -> None:
    assert at_provider(await visitor.get(phone.authorize_url(login_hint=ADDRESS)))
    other = phone.authorize_url(login_hint="ada@other.example")
    assert not at_provider(await visitor.get(other))


async def test_a_connection_that_does_not_serve_the_app(gate, visitor, phone) -> None:
    options = {"domains": ("acme.example",), "enabled_clients": ("web",)}
    await connect(gate, options=options)
    assert not at_provider(await visitor.get(phone.authorize_url(login_hint=ADDRESS)))


async def test_a_connection_asked_for_by_name_is_the_one(
    gate, domains, visitor, phone
) -> None:
    name = "Username-Password-Authentication"
    url = phone.authorize_url(login_hint=ADDRESS, connection=name)
    page = await visitor.get(url)
    assert not at_provider(page)
    assert not at_provider(await visitor.send(page, username=ADDRESS, password="x"))


async def test_an_app_without_passwords_asks_for_the_address_alone(
    gate, domains, visitor, phone
) -> None:
    database = gate.house.snapshot.catalogue.connections[0]
    from gatelodge.model.writes import DeleteConnection

    await gate.write(DeleteConnection(connection_id=database.id))
    page = await visitor.get(phone.authorize_url())
    assert "Work e-mail address" in page.text
    assert 'type="password"' not in page.text
    unknown = await visitor.send(page, username="ada@other.example")
    assert "We do not know the organisation" in unknown.text
    assert at_provider(await visitor.send(unknown, username=ADDRESS))


async def test_nobody_makes_an_account_with_the_organisations_address(
    domains, visitor, phone
) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    typed = {"email": ADDRESS, "password": "correct Horse 7 battery", "name": "Ada"}
    assert at_provider(await visitor.send(page, **typed))
