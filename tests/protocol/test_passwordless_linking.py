"""A code or link proves an address: where it may say so, it says who somebody is."""

from __future__ import annotations

import pytest

from gatelodge.model.reads import FindIdentity, TailLog

from .gatehouse import Visitor, claims_of
from .passwordless import OTP, allow, connect, newest_code, newest_link

ADA = "ada@example.com"
BY_MAIL = {"connection": "email"}


async def known(gate):
    return await gate.house.store.read(
        FindIdentity(connection_id="con_email", external_id=ADA)
    )


async def sub_of(phone, landed) -> str:
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    return claims_of(tokens["id_token"])["sub"]


async def asked(visitor, phone):
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    return await visitor.send(page, username=ADA)


async def test_a_code_links(gate, visitor, phone) -> None:
    ada = await gate.user(ADA, email_verified_at=1)
    await connect(gate, link_by_verified_email=True)
    page = await asked(visitor, phone)
    landed = await visitor.send(page, code=await newest_code(gate, ADA))
    assert await sub_of(phone, landed) == ada.user_id
    found = await known(gate)
    assert found.person.user.user_id == ada.user_id
    assert found.identity.user_id.startswith("email|")
    line, *_ = await gate.house.store.read(TailLog(type="sapi"))
    assert line.details["linked_user_id"] == found.identity.user_id


async def test_a_link_links(gate, visitor, phone) -> None:
    ada = await gate.user(ADA, email_verified_at=1)
    await connect(gate, send="link", link_by_verified_email=True)
    await asked(visitor, phone)
    page = await visitor.get(await newest_link(gate, ADA))
    assert await known(gate) is None  # not by being looked at
    landed = await visitor.send(page)
    assert await sub_of(phone, landed) == ada.user_id
    assert (await known(gate)).person.user.user_id == ada.user_id


async def test_a_code_typed_into_an_app_links(gate, phone) -> None:
    ada = await gate.user(ADA, email_verified_at=1)
    await connect(gate, link_by_verified_email=True)
    await allow(gate, OTP)
    start = {"connection": "email", "email": ADA, "send": "code"}
    await phone.post("/passwordless/start", **start)
    wanted = {"grant_type": OTP, "realm": "email", "username": ADA}
    wrong = await phone.post("/oauth/token", otp="000000", **wanted)
    assert wrong.status_code == 400
    assert await known(gate) is None
    code = await newest_code(gate, ADA)
    given = await phone.post("/oauth/token", otp=code, scope="openid", **wanted)
    assert claims_of(given.json()["id_token"])["sub"] == ada.user_id
    assert (await known(gate)).person.user.user_id == ada.user_id


@pytest.mark.rule("House-link-verified")
@pytest.mark.parametrize(
    ("ours", "option"),
    [(None, True), (1, False)],
    ids=["pre-hijack: ours unverified", "not switched on"],
)
async def test_a_code_links_nothing_where_one_side_is_not_proven(
    gate, visitor, phone, ours, option
) -> None:
    ada = await gate.user(ADA, email_verified_at=ours)
    await connect(gate, link_by_verified_email=option)
    page = await asked(visitor, phone)
    landed = await visitor.send(page, code=await newest_code(gate, ADA))
    assert await sub_of(phone, landed) != ada.user_id
    assert (await known(gate)).person.user.linked_to is None


async def test_a_connected_address_is_shown_and_can_be_disconnected(
    gate, visitor, phone
) -> None:
    await gate.user(ADA, email_verified_at=1)
    await connect(gate, link_by_verified_email=True, display_name="Code by mail")
    page = await asked(visitor, phone)
    await visitor.send(page, code=await newest_code(gate, ADA))
    hers = Visitor(gate)
    await hers.sign_in("/account", ADA)
    page = await hers.get("/account/identities")
    assert "Code by mail" in page.text
    page = await hers.send(page, decision="disconnect")
    assert "The account is disconnected" in page.text
    assert (await known(gate)).person.user.user_id.startswith("email|")
