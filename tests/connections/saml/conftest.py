"""A house with a SAML identity provider behind it: the one in ``provider``."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest
from lxml import etree

from gatelodge.connections.saml import binding
from gatelodge.model.writes import PutConnection
from tests.protocol.gatehouse import Gatehouse, Phone, Visitor, form_of, open_gatehouse

from . import provider as idp
from .provider import Answer

STRAIGHT = {"connection": "acme"}


@pytest.fixture
async def gate() -> AsyncIterator[Gatehouse]:
    async with open_gatehouse() as opened:
        await connect(opened)
        yield opened


@pytest.fixture
def visitor(gate: Gatehouse) -> Visitor:
    return Visitor(gate)


@pytest.fixture
def phone(gate: Gatehouse) -> Phone:
    return Phone(gate)


async def connect(gate: Gatehouse, **changes) -> None:
    await gate.write(PutConnection(connection=idp.connection(**changes)))


class Asked:
    """A request of ours on its way to the provider."""

    def __init__(self, answer: httpx2.Response) -> None:
        if "location" in answer.headers:
            query = parse_qs(urlsplit(answer.headers["location"]).query)
            self.relay_state = query["RelayState"][0]
            raw = binding.from_query(query["SAMLRequest"][0])
        else:
            fields = form_of(answer.text).fields
            self.relay_state = fields["RelayState"]
            raw = binding.from_form(fields["SAMLRequest"])
        self.root = etree.fromstring(raw)
        self.id = self.root.get("ID")

    def answer(self, **changes) -> Answer:
        """What the provider says to it."""
        same = {"in_response_to": self.id, "response_in_response_to": self.id}
        return Answer(**{**same, **changes})


async def ask(visitor: Visitor, url: str) -> Asked:
    return Asked(await visitor.get(url))


async def post(
    visitor: Visitor,
    document: etree._Element | bytes,
    relay_state: str = "",
    *,
    url: str = idp.CONSUMER,
) -> httpx2.Response:
    """The provider's form, sent by the browser as it sends forms between sites."""
    raw = document if isinstance(document, bytes) else idp.raw(document)
    fields = {"SAMLResponse": base64.b64encode(raw).decode()}
    if relay_state:
        fields["RelayState"] = relay_state
    stranger = visitor.gate.http()  # brings none of the visitor's cookies
    posted = await stranger.post(
        url,
        content=urlencode(fields),
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "sec-fetch-site": "cross-site",
            "origin": "https://idp.example",
            "accept": "text/html",
        },
    )
    await stranger.aclose()
    if posted.status_code != 303:
        return posted
    return await visitor.get(urljoin(url, posted.headers["location"]))


async def sign_in(visitor: Visitor, url: str, **changes) -> httpx2.Response:
    """All the way: to the provider, and back to us."""
    how = changes.pop("how", "assertion")
    asked = await ask(visitor, url)
    document = idp.honest(asked.answer(**changes), how=how)
    return await post(visitor, document, asked.relay_state)
