"""A person at their account page, for the tests of it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec

from gatelodge.mail.message import PURPOSE, Message
from gatelodge.model.factor import Factor
from gatelodge.model.reads import FindPerson, ListMail
from gatelodge.model.user import User
from gatelodge.model.writes import ConfirmFactor, InsertFactor, RecountFactors

from .gatehouse import ISSUER, Gatehouse, Visitor

ADA = "ada@example.com"


async def signed_in(gate: Gatehouse, email: str = ADA) -> Visitor:
    visitor = Visitor(gate)
    page = await visitor.sign_in("/account", email)
    assert page.status_code == 200, page.text
    assert "Your account" in page.text
    return visitor


async def send(visitor: Visitor, section: str, **fields: str) -> httpx2.Response:
    """The section's form, filled in."""
    page = await visitor.get(f"/account/{section}")
    assert 'name="who"' in page.text, page.text
    return await post(visitor, section, who=who_of(page), **fields)


def who_of(page: httpx2.Response) -> str:
    found = re.search(r'name="who" value="([^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


async def post(visitor: Visitor, section: str, **fields: str) -> httpx2.Response:
    answer = await visitor.client.post(
        f"/account/{section}",
        content=urlencode(fields),
        headers={
            "accept": "text/html",
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
        },
    )
    return await visitor._follow(answer)


async def user_of(gate: Gatehouse, user: User) -> User | None:
    person = await gate.house.store.read(FindPerson(user_id=user.user_id))
    return person.user if person else None


async def letters(gate: Gatehouse) -> list[Message]:
    """Newest first."""
    return [
        msgspec.json.decode(
            gate.house.sealer.unseal(mail.sealed, purpose=PURPOSE), type=Message
        )
        for mail in await gate.house.store.read(ListMail())
    ]


def link_in(text: str) -> str:
    found = re.search(r"http://\S+", text)
    assert found, text
    return found[0].removeprefix(ISSUER.rstrip("/"))


async def give_factor(gate: Gatehouse, user: User, **changes: Any) -> str:
    values = {"id": "passkey|1", "kind": "passkey", "credential": "c", **changes}
    factor = Factor(user_id=user.user_id, created_at=1, **values)
    confirm = ConfirmFactor(id=factor.id, user_id=user.user_id, counter=0, at=2)
    recount = RecountFactors(user_id=factor.user_id, at=2)
    writes = (InsertFactor(factor=factor), confirm, recount)
    assert await gate.house.store.commit(writes)
    return factor.id
