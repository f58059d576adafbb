"""On PostgreSQL, sweeping a large table does not read it from end to end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from gatelodge.base.change import Write
from gatelodge.model.writes import Sweep, SweepIdleFamilies
from gatelodge.store.connect import connect
from gatelodge.store.rows import arguments
from gatelodge.store.statement import chosen
from gatelodge.store.statements import WRITINGS
from gatelodge.work.sweep import MOST

pytestmark = pytest.mark.postgres
HALF = 50_000
FILL = """
INSERT INTO log
  SELECT LPAD(n::TEXT, 13, '0'), 's', n, NULL, NULL, NULL, '', '', '{}'
  FROM generate_series(1, 100000) n;
INSERT INTO session
  SELECT MD5(n::TEXT), n, 'u', 0, '[]', 0, 0, 0, n, '', '', NULL
  FROM generate_series(1, 100000) n;
INSERT INTO refresh_family
  SELECT MD5(n::TEXT), '', 0, 0, 'c', n, 's', NULL, '[]', '{}', '{}', n,
    n, n, NULL, n, NULL
  FROM generate_series(1, 100000) n;
ANALYZE;
"""


@pytest.fixture
async def filled(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    database = await connect(postgres_url)
    await database.migrate()
    await database.close()
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(FILL)
    yield connection
    await connection.close()


async def test_a_sweep_finds_each_row_by_its_key(filled) -> None:
    sweeps: list[Write] = [
        Sweep(what="log", before=f"{HALF:013d}", most=MOST),
        SweepIdleFamilies(start="8", before=HALF, most=MOST),
        *(
            Sweep(what=what, before=HALF, most=MOST)
            for what in ("session", "expired_family", "revoked_family")
        ),
    ]
    await filled.execute("SET plan_cache_mode = force_generic_plan")
    for write in sweeps:
        text = chosen(WRITINGS[type(write)], write)
        rows = await filled.fetch(f"EXPLAIN {text}", *arguments(write))
        plan = "\n".join(row[0] for row in rows)
        assert "Seq Scan" not in plan, plan
