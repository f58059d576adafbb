"""The database that tests get."""

from __future__ import annotations

import asyncpg
import pytest

pytestmark = pytest.mark.postgres


async def test_a_test_gets_an_empty_database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    tables = await connection.fetch(
        "SELECT 1 FROM pg_tables WHERE schemaname = 'public'"
    )
    await connection.close()
    assert tables == []


def test_each_database_is_its_own_and_is_dropped(postgres_server):
    with postgres_server.database() as one, postgres_server.database() as two:
        assert one != two
        assert one.rpartition("/")[2] in _names(postgres_server)
    assert one.rpartition("/")[2] not in _names(postgres_server)


def test_the_server_allows_many_connections(postgres_server):
    assert postgres_server.say("SHOW max_connections") == "200"


async def test_an_own_cluster_survives_a_crash_of_its_server(postgres_cluster):
    first = postgres_cluster.pid
    postgres_cluster.say("CREATE TABLE kept (word TEXT)")
    postgres_cluster.stop("immediate")
    with pytest.raises(OSError):
        await asyncpg.connect(postgres_cluster.url(), timeout=5)
    postgres_cluster.start()
    assert postgres_cluster.pid != first
    assert postgres_cluster.say("SELECT count(*) FROM kept") == "0"


def _names(server):
    return server.say("SELECT datname FROM pg_database").split()
