"""A seeded fuzz of every route: nothing is a crash, nothing is kept (R5 in small)."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterable

import pytest

from gatelodge.model.writes import PutClient
from gatelodge.web.routes import find
from tests.protocol.gatehouse import ISSUER, Gatehouse, Phone, Visitor, form_of
from tests.saml_apps.two_houses import app as saml_app
from tests.security.fuzzer import Fuzzer, Place, places
from tests.security.wire import raw

MOST_GROWTH = 3_000_000
NOT_EVEN_FOUND = {405, 421}


@pytest.fixture
async def fuzzer(gate: Gatehouse) -> Fuzzer:
    await gate.user("ada@example.com", role="rol_reader")
    await gate.write(PutClient(client=saml_app()))
    return Fuzzer(await genuine(gate))


async def genuine(gate: Gatehouse) -> list[str]:
    """Real values, so that the fuzz gets past the first door."""
    visitor, phone = Visitor(gate), Phone(gate)
    tokens = await phone.tokens(visitor, "ada@example.com")
    page = await visitor.get(phone.authorize_url(prompt="login"))
    found = [form_of(page.text).fields["state"], *visitor.client.cookies.values()]
    own = phone.authorize_url(audience=f"{ISSUER}me/", scope="openid read:me:factors")
    asked = await Visitor(gate).sign_in(own, "ada@example.com")
    found += form_of(asked.text).fields.values()
    return [*found, *(value for value in tokens.values() if isinstance(value, str))]


async def fire(
    gate: Gatehouse, fuzzer: Fuzzer, aims: Iterable[Place], *, likely: bool = False
) -> dict[Place, set[int]]:
    """The statuses that each place answers with; none of them a crash."""
    statuses: dict[Place, set[int]] = {}
    for method, path in aims:
        query = fuzzer.form()
        headers = fuzzer.likely() if likely else fuzzer.headers()
        body = fuzzer.random.choice((fuzzer.form, fuzzer.json))()
        answer = await raw(gate, method, path, query=query, headers=headers, body=body)
        assert answer.status < 500, (method, path, query[:300], headers, body[:300])
        assert "Traceback" not in answer.text
        for value in answer.headers.values():
            assert "\r" not in value
            assert "\n" not in value
        statuses.setdefault((method, path), set()).add(answer.status)
    return statuses


def wild(fuzzer: Fuzzer, count: int) -> Iterable[Place]:
    return (fuzzer.wild() for _ in range(count))


async def test_every_route_is_met_and_none_crashes(gate, fuzzer) -> None:
    """A new route is fuzzed by being one, and with the names that its code reads."""
    met = await fire(gate, fuzzer, fuzzer.aimed(4), likely=True)
    assert met.keys() == set(places())
    assert all(find(method, path) for method, path in met)
    assert not [place for place, found in met.items() if found <= NOT_EVEN_FOUND]


async def test_no_request_is_a_crash_and_none_is_kept(gate, fuzzer) -> None:
    met = await fire(gate, fuzzer, wild(fuzzer, 600))
    seen = set().union(*met.values())
    assert {200, 303, 400, 401, 403, 404, 405, 413, 421} <= seen
    store = gate.house.store
    gate.house.store = Forgetful(store)  # type: ignore[assignment]
    await fire(gate, fuzzer, wild(fuzzer, 300))
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    await fire(gate, fuzzer, wild(fuzzer, 300))
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    gate.house.store = store
    assert after - before < MOST_GROWTH


@pytest.mark.drill
@pytest.mark.parametrize("seed", range(8))
async def test_a_long_fuzz(gate, fuzzer, seed) -> None:
    fuzzer.random.seed(seed)
    await fire(gate, fuzzer, fuzzer.aimed(40), likely=True)
    await fire(gate, fuzzer, wild(fuzzer, 5000))


class Forgetful:
    """The real store, but it keeps nothing: what grows then is our own memory."""

    def __init__(self, store: object) -> None:
        self._store = store

    async def read(self, question: object) -> object:
        return await self._store.read(question)  # type: ignore[attr-defined]

    async def commit(self, writes: object) -> bool:
        return True
