"""A house with another party behind it: a real OpenID provider on loopback."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from gatelodge.model.connection import (
    UPSTREAM_SECRET,
    Connection,
    ConnectionOptions,
    Upstream,
)
from gatelodge.model.writes import PutConnection
from tests.app.provider import CLIENT, Provider, new_key
from tests.protocol.gatehouse import Gatehouse, Phone, Visitor, open_gatehouse

KEY = new_key()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider(KEY)
    yield made
    made.close()


@pytest.fixture
async def gate(provider: Provider) -> AsyncIterator[Gatehouse]:
    async with open_gatehouse() as opened:
        opened.clock.at = time.time_ns() // 1_000_000
        await connect(opened, provider)
        yield opened


@pytest.fixture
def visitor(gate: Gatehouse) -> Visitor:
    return Visitor(gate)


@pytest.fixture
def phone(gate: Gatehouse) -> Phone:
    return Phone(gate)


async def connect(
    gate: Gatehouse, provider: Provider, *, strategy: str = "oidc", **changes
) -> None:
    """The connection ``partner``; ``changes`` are of its upstream or its options."""
    options = {
        name: changes.pop(name)
        for name in tuple(changes)
        if name in ConnectionOptions.__struct_fields__
    }
    sealed = gate.house.sealer.seal_text(
        b"our secret there", purpose=UPSTREAM_SECRET, nonce=bytes(12)
    )
    upstream = Upstream(
        **{
            "client_id": CLIENT,
            "issuer": provider.issuer,
            "sealed_secret": sealed,
            "own_callback": True,
            **changes,
        }
    )
    connection = Connection(
        id="con_partner",
        name="partner",
        strategy=strategy,
        options=ConnectionOptions(upstream=upstream, display_name="Partner", **options),
        position=5,
    )
    await gate.write(PutConnection(connection=connection))


async def at_provider(answer: httpx2.Response) -> str:
    """What the provider does with our question: the address it sends people to."""
    assert answer.status_code == 303, answer.text
    async with httpx2.AsyncClient() as client:
        asked = await client.get(answer.headers["location"])
    assert asked.status_code == 302, asked.text
    return asked.headers["location"]


async def sign_in(visitor: Visitor, url: str) -> httpx2.Response:
    """All the way: to the provider, and back to us."""
    return await visitor.get(await at_provider(await visitor.get(url)))
