"""One suite, every engine: a fresh database with the newest schema for each test."""

from __future__ import annotations

import pytest

from gatelodge.store.connect import connect

ENGINES = (
    "file",
    "memory",
    pytest.param("postgres", marks=pytest.mark.postgres),
)


@pytest.fixture(params=ENGINES)
def engine(request) -> str:
    return request.param


@pytest.fixture
def url(engine, request, tmp_path) -> str:
    if engine == "postgres":
        return request.getfixturevalue("postgres_url")
    if engine == "memory":
        return "sqlite:///:memory:"
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def file_url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
async def database(url):
    opened = await connect(url, pool_size=20)
    await opened.migrate()
    yield opened
    await opened.close()
