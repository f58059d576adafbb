"""A whole server to work beside."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.protocol.gatehouse import Gatehouse, open_gatehouse


@pytest.fixture
async def gate() -> AsyncIterator[Gatehouse]:
    async with open_gatehouse() as opened:
        yield opened
