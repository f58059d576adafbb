"""What a page asks an authenticator, and sending back what it answers."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import httpx2

from gatelodge.model.connection import Passkeys
from gatelodge.model.factor import Factor
from gatelodge.model.reads import ListFactors, TailLog
from tests.services.authenticator import Authenticator

from .gatehouse import ISSUER, PASSWORD, Gatehouse, Phone, Visitor, form_of

ORIGIN = ISSUER.rstrip("/")
ADA = "ada@example.com"
_FORM = re.compile(
    r'<form id="passkey"[^>]*action="([^"]*)"[^>]*data-options="([^"]*)"[^>]*>'
    r"(.*?)</form>",
    re.DOTALL,
)
_FIELD = re.compile(r'name="([^"]*)" value="([^"]*)"')


class Asked:
    """The form that an authenticator's answer goes into."""

    def __init__(self, page: httpx2.Response) -> None:
        found = _FORM.search(page.text)
        assert found, page.text
        self.page = page
        self.action = unescape(found[1])
        self.options: dict[str, Any] = json.loads(unescape(found[2]))
        self.fields = {
            name: unescape(value) for name, value in _FIELD.findall(found[3])
        }

    async def send(
        self, visitor: Visitor, answer: dict[str, Any], **fields: str
    ) -> httpx2.Response:
        """Send an answer, as the page's script does."""
        sent = {**self.fields, "credential": json.dumps(answer), **fields}
        return await visitor.post(self.page, self.action, sent)


async def offered(gate: Gatehouse, visitor: Visitor, phone: Phone) -> httpx2.Response:
    """The offer, after a password, in a browser that can keep a passkey."""
    page = await visitor.get(phone.authorize_url())
    return await visitor.send(page, username=ADA, password=PASSWORD, passkey_ready="1")


async def enrolled(
    gate: Gatehouse, phone: Phone, key: Authenticator, visitor: Visitor | None = None
) -> Factor:
    """A passkey of Ada's, made on our pages."""
    visitor = visitor or Visitor(gate)
    asked = Asked(await offered(gate, visitor, phone))
    landed = await asked.send(visitor, key.create(asked.options, ORIGIN))
    assert "code" in phone.answer(landed)
    return (await factors_of(gate))[-1]


async def factors_of(gate: Gatehouse, email: str = ADA) -> tuple[Factor, ...]:
    """All factors of a person."""
    user = await gate.person(email)
    found: tuple[Factor, ...] = await gate.house.store.read(
        ListFactors(user_id=user.user_id)
    )
    return found


async def passkey_options(gate: Gatehouse, **changes: Any) -> None:
    """What the database does with passkeys."""
    await gate.change_connection(passkeys=Passkeys(**changes))


async def last_failure(gate: Gatehouse) -> dict[str, Any]:
    """Why the last passkey was refused, as the tenant log has it."""
    lines = await gate.house.store.read(TailLog(type="passkey_challenge_failed"))
    details: dict[str, Any] = lines[0].details
    return details


def hidden(page: httpx2.Response) -> dict[str, str]:
    """The hidden fields of a page's first form."""
    return form_of(page.text).fields
