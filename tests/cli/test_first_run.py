"""The first run: two nodes that start at once make one set of everything."""

from __future__ import annotations

import asyncio

import pytest

from gatelodge.base.errors import Mistake
from gatelodge.base.seal import Sealer
from gatelodge.first_run import prepare
from gatelodge.model.connection import DEFAULT_CONNECTION, Connection
from gatelodge.model.reads import LoadCatalogue
from gatelodge.model.writes import PutConnection
from gatelodge.store.connect import connect
from gatelodge.system import SystemClock, SystemEntropy

KEY = bytes(range(32))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path / 'first.db'}"


async def made_ready(database, key=KEY):
    await prepare(
        database,
        sealer=Sealer((key,)),
        entropy=SystemEntropy(),
        clock=SystemClock(),
    )


async def test_an_empty_database_becomes_a_tenant(url):
    database = await connect(url)
    await made_ready(database)
    rows = await database.read(LoadCatalogue())
    assert [one.name for one in rows.connections] == [DEFAULT_CONNECTION]
    states = [(key.alg, key.state) for key in rows.signing_keys]
    assert sorted(states) == [("RS256", "current"), ("RS256", "next")]
    await made_ready(database)
    assert await database.read(LoadCatalogue()) == rows
    await database.close()


@pytest.mark.parametrize("connected", [False, True])
async def test_nodes_that_start_at_once_make_one_set(url, connected):
    nodes = [await connect(url) for _ in range(6)]
    if connected:  # then no name is unique any more, only the version guards
        await nodes[0].migrate()
        there = Connection(id="con_1", name=DEFAULT_CONNECTION)
        assert await nodes[0].commit((PutConnection(connection=there),))
    await asyncio.gather(*(made_ready(node) for node in nodes))
    rows = await nodes[0].read(LoadCatalogue())
    assert len(rows.connections) == 1
    assert sorted(key.state for key in rows.signing_keys) == ["current", "next"]
    for node in nodes:
        await node.close()


async def test_a_foreign_master_key_is_refused_and_changes_nothing(url):
    database = await connect(url)
    await made_ready(database)
    before = await database.read(LoadCatalogue())
    with pytest.raises(Mistake, match="does not open this database's signing keys"):
        await made_ready(database, bytes(32))
    assert await database.read(LoadCatalogue()) == before
    await database.close()


async def test_a_configuration_that_never_rests_ends_in_a_message(url):
    database = await connect(url)
    await database.migrate()

    class Losing:
        migrate, read = database.migrate, database.read

        async def commit(self, writes):
            return False

    with pytest.raises(Mistake, match="configuration keeps changing"):
        await made_ready(Losing())
    await database.close()
