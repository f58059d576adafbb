"""An account that somebody else opened, and what its true owner takes away."""

from __future__ import annotations

import pytest

from gatelodge.model.writes import LinkAccount
from tests.protocol.at_account import (
    give_factor,
    letters,
    link_in,
    send,
    signed_in,
)
from tests.protocol.gatehouse import Visitor, claims_of
from tests.protocol.test_accounts import link_in_mail

from .conftest import connect, sign_in
from .test_linking import STRAIGHT, THEIRS, person, sub_of


async def reset(gate, email: str) -> None:
    """The true owner of the mailbox sets a password of their own."""
    owner = Visitor(gate)
    body = {
        "client_id": "native",
        "email": email,
        "connection": "Username-Password-Authentication",
    }
    await owner.client.post("/dbconnections/change_password", json=body)
    form = await owner.get(await link_in_mail(owner))
    assert "changed" in (await owner.send(form, password="a Good enough 1")).text


async def stranger(gate, provider, visitor, phone) -> None:
    """Another party's account is here already."""
    await connect(gate, provider)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))


async def link(gate, part: str, whole: str) -> None:
    found = await person(gate, part)
    write = LinkAccount(
        user_id=part,
        linked_to=whole,
        seen_updated_at=found.updated_at,
        at=found.updated_at + 1,
    )
    assert await gate.house.store.commit((write,))


@pytest.mark.rule("House-first-proof")
async def test_who_opened_the_account_does_not_come_back_by_another_party(
    gate, visitor, phone, provider
) -> None:
    await gate.settings(keep_refresh_tokens_on_password_change=True)
    eve = await gate.user("eve@example.com")
    await stranger(gate, provider, visitor, phone)
    await link(gate, THEIRS, eve.user_id)
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    given = await phone.exchange(phone.answer(landed)["code"])
    assert claims_of(given.json()["id_token"])["sub"] == eve.user_id
    await reset(gate, "eve@example.com")
    refused = await phone.renew(given.json()["refresh_token"])
    assert refused.status_code == 400
    landed = await sign_in(Visitor(gate), phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == THEIRS


@pytest.mark.rule("House-first-proof")
async def test_an_address_nobody_proved_opens_no_account_of_somebody_else(
    gate, visitor, phone, provider
) -> None:
    eve = await gate.user("eve@example.com")
    await stranger(gate, provider, visitor, phone)
    await link(gate, eve.user_id, THEIRS)
    await reset(gate, "eve@example.com")
    assert (await person(gate, eve.user_id)).linked_to is None


async def test_what_is_proven_stays_together(gate, visitor, phone, provider) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    await stranger(gate, provider, visitor, phone)
    await link(gate, THEIRS, ada.user_id)
    await reset(gate, "ada@example.com")
    assert (await person(gate, THEIRS)).linked_to == ada.user_id


async def test_a_change_of_address_that_was_begun_ends_with_a_new_password(
    gate, visitor
) -> None:
    await gate.user("eve@example.com")
    thief = await signed_in(gate, "eve@example.com")
    await send(thief, "email", email="thief@example.com")
    mails = await letters(gate)
    (mail,) = [one for one in mails if one.recipient == "thief@example.com"]
    await reset(gate, "eve@example.com")
    stale = await visitor.get(link_in(mail.text))
    assert stale.status_code == 400
    assert (await gate.person("eve@example.com")).email == "eve@example.com"


async def test_a_second_factor_of_a_stranger_locks_nobody_out(gate, phone) -> None:
    eve = await gate.user("eve@example.com")
    await give_factor(gate, eve, id="totp|1", kind="totp", credential=None)
    await reset(gate, "eve@example.com")
    landed = await Visitor(gate).sign_in(
        phone.authorize_url(), "eve@example.com", "a Good enough 1"
    )
    assert "code" in phone.answer(landed)


async def test_a_second_factor_of_a_proven_account_outlives_a_reset(
    gate, phone
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    await give_factor(gate, ada, id="totp|1", kind="totp", credential=None)
    await reset(gate, "ada@example.com")
    page = await Visitor(gate).sign_in(
        phone.authorize_url(), "ada@example.com", "a Good enough 1"
    )
    assert page.url.path == "/u/mfa"
