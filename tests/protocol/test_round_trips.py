"""How often a request asks storage, and how often it writes (house, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gatelodge.base.change import Question, Write
from gatelodge.model.reads import FindByEmail, ListSessions
from gatelodge.store.database import Database

from .gatehouse import (
    API,
    MACHINE_SECRET,
    PASSWORD,
    Gatehouse,
    Phone,
    Visitor,
    form_of,
)


class CountingStore:
    """A database that notes each read and each commit on its way to the real one."""

    def __init__(self, store: Database) -> None:
        self._store = store
        self.reads = 0
        self.commits = 0

    async def read(self, question: Question[Any], /) -> Any:
        self.reads += 1
        return await self._store.read(question)

    async def commit(self, writes: Sequence[Write], /) -> bool:
        self.commits += bool(writes)  # no writes never reach a database
        return await self._store.commit(writes)

    async def migrate(self) -> tuple[str, ...]:
        return await self._store.migrate()

    async def check_schema(self) -> None:
        await self._store.check_schema()

    async def close(self) -> None:
        await self._store.close()

    def taken(self) -> tuple[int, int]:
        """Reads and commits since the last call."""
        found = self.reads, self.commits
        self.reads = self.commits = 0
        return found


@pytest.fixture
async def store(gate: Gatehouse) -> CountingStore:
    await gate.user("ada@example.com", role="rol_reader")
    counting = CountingStore(gate.house.store)
    gate.house.store = counting
    return counting


async def posted(visitor: Visitor, page: Any, **fields: str) -> Any:
    """Send a form and stop at the answer: what follows is another request."""
    form = form_of(page.text)
    headers = {"sec-fetch-site": "same-origin"}
    body = {**form.fields, **fields}
    return await visitor.client.post(form.action, data=body, headers=headers)


async def test_authorize_without_a_session_asks_nothing(store, visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url())
    assert page.status_code == 200
    assert store.taken() == (0, 0)


async def test_sign_in_is_one_read_and_two_commits(store, visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url())
    store.taken()
    answer = await posted(visitor, page, username="ada@example.com", password=PASSWORD)
    assert "code" in phone.answer(answer)
    assert store.taken() == (1, 2)  # the try is taken before the password is looked at


async def test_a_wrong_password_is_one_read_and_two_commits(
    store, visitor, phone
) -> None:
    page = await visitor.get(phone.authorize_url())
    store.taken()
    answer = await posted(visitor, page, username="ada@example.com", password="wrong")
    assert answer.status_code == 200
    assert store.taken() == (1, 2)


async def test_signing_in_anew_ends_the_session_before_without_asking_for_it(
    gate, store, visitor, phone
) -> None:
    await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    page = await visitor.get(phone.authorize_url(prompt="login"))
    store.taken()
    answer = await posted(visitor, page, username="ada@example.com", password=PASSWORD)
    assert "code" in phone.answer(answer)
    assert store.taken() == (1, 2)  # the try is taken before the password is looked at
    (ada,) = await gate.house.store.read(FindByEmail(email_key="ada@example.com"))
    sessions = await gate.house.store.read(ListSessions(user_id=ada.user.user_id))
    assert [one.revoked_at is None for one in sessions].count(True) == 1


async def test_single_sign_on_is_one_read_and_one_commit(
    gate, store, visitor, phone
) -> None:
    await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    gate.clock.turn(seconds=120)
    store.taken()
    assert "code" in phone.answer(await visitor.get(phone.authorize_url()))
    assert store.taken() == (1, 1)


async def test_each_exchange_is_one_read_and_one_commit(store, visitor, phone) -> None:
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    store.taken()
    first = (await phone.exchange(phone.answer(landed)["code"])).json()
    assert store.taken() == (1, 1)
    second = await phone.renew(first["refresh_token"])
    assert second.status_code == 200
    assert store.taken() == (1, 1)
    assert (await phone.renew(first["refresh_token"])).status_code == 200
    assert store.taken() == (1, 1)


async def test_a_refused_exchange_is_one_read_and_one_commit(
    gate, store, visitor, phone
) -> None:
    first = (await phone.tokens(visitor, "ada@example.com"))["refresh_token"]
    await phone.renew(first)
    gate.clock.turn(seconds=601)
    store.taken()
    assert (await phone.renew(first)).status_code == 400
    assert store.taken() == (1, 1)
    assert (await gate.log_types())[-1] == "ferrt"


@pytest.mark.parametrize("audience", [API, None], ids=["a JWT", "opaque"])
async def test_userinfo_is_one_read(store, visitor, phone, audience) -> None:
    tokens = await phone.tokens(visitor, "ada@example.com", audience=audience)
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    store.taken()
    assert (await phone.http.get("/userinfo", headers=headers)).status_code == 200
    assert store.taken() == (1, 0)


async def test_client_credentials_only_write(gate, store) -> None:
    machine = Phone(gate, "machine", secret=MACHINE_SECRET)
    fields = {"grant_type": "client_credentials", "audience": API}
    assert (await machine.post("/oauth/token", **fields)).status_code == 200
    assert store.taken() == (0, 1)


async def test_documents_and_forged_tokens_ask_nothing(gate, store, phone) -> None:
    http = gate.http()
    for path in ("/.well-known/openid-configuration", "/.well-known/jwks.json"):
        assert (await http.get(path)).status_code == 200
    assert store.taken() == (0, 0)
    headers = {"authorization": "Bearer at_forged"}
    assert (await http.get("/userinfo", headers=headers)).status_code == 401
    assert store.taken() == (0, 0)
