"""The command line against a real database, in this process."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from click.testing import CliRunner

from gatelodge.cli.main import cli
from gatelodge.store.connect import connect

PASSWORD = "ada-Has-a-Horse-7"
TENANT = f"""\
clients:
  - {{name: Mobile, client_id: mobile, app_type: native,
      callbacks: ['http://127.0.0.1/callback']}}
  - {{name: Job, client_id: job, app_type: non_interactive}}
resourceServers:
  - {{identifier: https://api.example.com/, scopes: [{{value: read:x}}]}}
roles:
  - name: Reader
    permissions:
      - {{permission_name: read:x,
          resource_server_identifier: https://api.example.com/}}
users:
  - {{email: ada@example.com, user_id: auth0|ada, password: {PASSWORD}, name: Ada}}
  - {{email: bob@example.com, user_id: auth0|bob, roles: [Reader]}}
"""
CHEAP = {"GATELODGE_HASHING__MEMORY": "8", "GATELODGE_HASHING__PASSES": "1"}


class Office:
    """Runs commands on one database and looks into it."""

    def __init__(self, folder, database=None):
        self.folder = folder
        self.database = database

    @property
    def url(self):
        return self.database or f"sqlite:///{self.folder / 'gatelodge.db'}"

    def run(self, *words, stdin=None, env=None, code=0):
        """The command's result, which must have this exit code and no traceback."""
        env = {
            **CHEAP,
            "GATELODGE_DATA_DIR": str(self.folder),
            "GATELODGE_DATABASE": self.database or "",
            **(env or {}),
        }
        result = CliRunner().invoke(cli, words, input=stdin, env=env)
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    def says(self, *words, **how):
        return self.run(*words, **how).output

    def apply(self, text, *words, name="tenant.yaml", **how):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return self.says("apply", str(file), *words, **how)

    def ask(self, question):
        return self.on(lambda database: database.read(question))

    def write(self, *writes):
        assert self.on(lambda database: database.commit(writes))

    def on(self, work):
        async def opened():
            database = await connect(self.url, pool_size=1)
            async with contextlib.aclosing(_Closing(database)):
                return await work(database)

        return asyncio.run(opened())


class _Closing:
    def __init__(self, database):
        self._database = database

    async def aclose(self):
        await self._database.close()


@pytest.fixture
def office(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Office(tmp_path / "data")


@pytest.fixture
def tenant(office):
    office.apply(TENANT)
    return office
