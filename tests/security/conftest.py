"""The protocol's server and people, and helpers only an attacker needs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.protocol.conftest import gate, phone, visitor
from tests.protocol.gatehouse import Gatehouse, open_gatehouse

__all__ = ["ada", "gate", "nodes", "phone", "visitor"]


@pytest.fixture
async def ada(gate: Gatehouse) -> str:
    await gate.user("ada@example.com", role="rol_reader")
    return "ada@example.com"


@pytest.fixture(
    params=["one node", pytest.param("two nodes", marks=pytest.mark.postgres)]
)
async def nodes(request, tmp_path) -> AsyncIterator[tuple[Gatehouse, Gatehouse]]:
    """One server on SQLite twice, or two servers on one PostgreSQL database."""
    async with contextlib.AsyncExitStack() as stack:
        if request.param == "one node":
            url = f"sqlite:///{tmp_path}/gatelodge.db"
            only = await stack.enter_async_context(open_gatehouse(url))
            yield only, only
            return
        url = request.getfixturevalue("postgres_url")
        first = await stack.enter_async_context(open_gatehouse(url))
        second = await stack.enter_async_context(open_gatehouse(url, seed=8))
        second.clock = second.house.clock = first.clock
        await first.house.reload()
        yield first, second
