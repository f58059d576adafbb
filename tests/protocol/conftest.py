"""A fresh server for each test of the protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from .gatehouse import Gatehouse, Phone, Visitor, open_gatehouse


@pytest.fixture
async def gate() -> AsyncIterator[Gatehouse]:
    async with open_gatehouse() as opened:
        yield opened


@pytest.fixture
def visitor(gate: Gatehouse) -> Visitor:
    return Visitor(gate)


@pytest.fixture
def phone(gate: Gatehouse) -> Phone:
    return Phone(gate)
