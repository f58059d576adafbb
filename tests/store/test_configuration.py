from __future__ import annotations

import msgspec
import pytest

from gatelodge.model import reads, writes
from gatelodge.model.settings import Branding, Settings
from tests.store import samples

ALL = (
    writes.PutClient(client=samples.client()),
    writes.PutClientSecret(secret=samples.SECRET),
    writes.PutClientKey(key=samples.CLIENT_KEY),
    writes.PutApi(api=samples.API),
    writes.PutGrant(grant=samples.GRANT),
    writes.PutConnection(connection=samples.CONNECTION),
    writes.PutRole(role=samples.ROLE),
    writes.PutSigningKey(key=samples.SIGNING_KEY),
    writes.BumpCatalogue(),
)


async def load(database):
    return await database.read(reads.LoadCatalogue())


async def test_an_empty_house_has_the_default_settings(database):
    rows = await load(database)
    assert (rows.version, rows.settings, rows.clients) == (0, Settings(), ())


async def test_every_kind_of_configuration_comes_back_as_it_was_put(database):
    assert await database.commit(ALL)
    rows = await load(database)
    assert rows.version == 1
    assert rows.clients == (samples.client(),)
    assert rows.secrets == (samples.SECRET,)
    assert rows.client_keys == (samples.CLIENT_KEY,)
    assert rows.apis == (samples.API,)
    assert rows.grants == (samples.GRANT,)
    assert rows.connections == (samples.CONNECTION,)
    assert rows.roles == (samples.ROLE,)
    assert rows.signing_keys == (samples.SIGNING_KEY,)


async def test_settings_are_read_by_name_and_unknown_ones_left_alone(database):
    await database.commit(
        [
            writes.PutSetting(key="friendly_name", value="Haus", changed_at=1),
            writes.PutSetting(key="session_lifetime", value=5, changed_at=1),
            writes.PutSetting(key="docs_url", value=None, changed_at=1),
            writes.PutSetting(
                key="branding", value=Branding(accent="#000"), changed_at=1
            ),
            writes.PutSetting(key="from_a_later_version", value=[1], changed_at=1),
        ]
    )
    await database.commit(
        [writes.PutSetting(key="friendly_name", value="Tor", changed_at=2)]
    )
    assert (await load(database)).settings == Settings(
        friendly_name="Tor", session_lifetime=5, branding=Branding(accent="#000")
    )


async def test_a_second_put_replaces_all_but_the_birthday(database):
    await database.commit(ALL)
    client = samples.client(name="Desk 2", app_type="web", metadata={}, created_at=999)
    role = msgspec.structs.replace(samples.ROLE, permissions=(), created_at=999)
    await database.commit([writes.PutClient(client=client), writes.PutRole(role=role)])
    rows = await load(database)
    assert rows.clients == (msgspec.structs.replace(client, created_at=101),)
    assert rows.roles == (msgspec.structs.replace(role, created_at=124),)


async def test_an_api_keeps_its_identifier(database):
    await database.commit(ALL)
    moved = msgspec.structs.replace(samples.API, identifier="https://other", name="T2")
    assert await database.commit([writes.PutApi(api=moved)])
    (api,) = (await load(database)).apis
    assert (api.identifier, api.name) == (samples.AUDIENCE, "T2")


async def test_a_signing_key_moves_on_but_never_changes_its_public_part(database):
    await database.commit(ALL)
    moved = msgspec.structs.replace(
        samples.SIGNING_KEY, state="current", jwk={}, sealed=b"re", changed_at=200
    )
    await database.commit([writes.PutSigningKey(key=moved)])
    (key,) = (await load(database)).signing_keys
    assert key == msgspec.structs.replace(moved, jwk=samples.SIGNING_KEY.jwk)


@pytest.mark.parametrize(
    "taken",
    [
        writes.PutApi(api=msgspec.structs.replace(samples.API, id="api-2")),
        writes.PutGrant(grant=msgspec.structs.replace(samples.GRANT, id="cgr_2")),
        writes.PutConnection(
            connection=msgspec.structs.replace(samples.CONNECTION, id="con_2")
        ),
        writes.PutRole(role=msgspec.structs.replace(samples.ROLE, id="rol_2")),
    ],
    ids=lambda write: type(write).__name__,
)
async def test_a_name_that_is_taken_loses_and_is_no_exception(database, taken):
    await database.commit(ALL)
    before = await load(database)
    assert not await database.commit([taken, writes.BumpCatalogue()])
    assert not await database.commit([taken])
    assert await load(database) == before


async def test_everything_can_be_deleted(database):
    await database.commit(ALL)
    await database.commit(
        [
            writes.AssignRole(user_id=samples.ADA, role_id="rol_1", at=1),
            writes.InsertUser(user=samples.user()),
        ]
    )
    assert await database.commit(
        [
            writes.DeleteClientSecrets(client_id=samples.CLIENT),
            writes.DeleteClientKeys(client_id=samples.CLIENT),
            writes.DeleteClient(client_id=samples.CLIENT),
            writes.DeleteGrant(grant_id="cgr_1"),
            writes.DeleteApi(api_id="api-1"),
            writes.DeleteConnection(connection_id="con_1"),
            writes.DeleteRoleMembers(role_id="rol_1"),
            writes.DeleteRole(role_id="rol_1"),
            writes.BumpCatalogue(),
        ]
    )
    rows = await load(database)
    assert rows.version == 2
    empty = (rows.clients, rows.secrets, rows.client_keys, rows.apis, rows.grants)
    assert empty == ((),) * 5
    assert (rows.connections, rows.roles) == ((), ())
    person = await database.read(reads.FindPerson(user_id=samples.ADA))
    assert person is not None
    assert person.role_ids == ()


async def test_pulse_tells_version_and_where_there_is_one_the_clock(database, engine):
    first = await database.read(reads.Pulse())
    await database.commit([writes.BumpCatalogue()])
    second = await database.read(reads.Pulse())
    assert (first.version, second.version) == (0, 1)
    if engine == "postgres":
        assert first.now is not None
        assert second.now is not None
        assert 1_700_000_000_000 < first.now <= second.now
    else:
        assert first.now is second.now is None
