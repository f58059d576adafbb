"""A folder of functions, a real webhook receiver, and a server that asks both."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from gatelodge.model.action import ACTION_SECRET, Action
from gatelodge.model.reads import FindPerson, TailLog
from tests.protocol.gatehouse import Gatehouse, Phone, Visitor, open_gatehouse

from .receiver import Receiver, open_receiver

SECRET = "a secret of the tests, long enough"
Write = Callable[[str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "actions"
    made.mkdir()
    return made


@pytest.fixture
def write(folder: Path) -> Write:
    """Put a function's file into the folder."""

    def put(name: str, source: str) -> None:
        (folder / name).write_text(dedent(source))

    return put


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = open_receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.receiver
    server.receiver.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def gate(folder: Path) -> AsyncIterator[Gatehouse]:
    async with open_gatehouse(actions=str(folder)) as opened:
        await opened.user("ada@example.com", name="Ada", role="rol_reader")
        yield opened


@pytest.fixture
def visitor(gate: Gatehouse) -> Visitor:
    return Visitor(gate)


@pytest.fixture
def phone(gate: Gatehouse) -> Phone:
    return Phone(gate)


async def register(gate: Gatehouse, *actions: Action) -> None:
    """Make these the tenant's actions."""
    import msgspec

    await gate.settings(actions=msgspec.to_builtins(actions))


def sealed(gate: Gatehouse, text: str = SECRET) -> str:
    return gate.house.sealer.seal_text(
        text.encode(), purpose=ACTION_SECRET, nonce=bytes(12)
    )


def webhook(gate: Gatehouse, url: str, **changes) -> Action:
    fields = {"name": "hook", "trigger": "post-login", "sealed_secret": sealed(gate)}
    return Action(url=url, **{**fields, **changes})


async def line(gate: Gatehouse, kind: str):
    """The newest line of the tenant log of one type."""
    lines = await gate.house.store.read(TailLog(limit=200))
    return next((one for one in lines if one.type == kind), None)


async def account(gate: Gatehouse, user_id: str):
    found = await gate.house.store.read(FindPerson(user_id=user_id))
    return found and found.user
