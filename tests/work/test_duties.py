"""Configuration is followed, keys appear, ended rows go, one node does a duty."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading

import msgspec
import pytest

from gatelodge.base.encoding import digest_of
from gatelodge.base.seal import Sealer
from gatelodge.house import House
from gatelodge.keys import make_key
from gatelodge.model.reads import (
    FindCode,
    ListFamilies,
    ListMail,
    ListSessions,
    SweepDue,
)
from gatelodge.model.writes import (
    BumpCatalogue,
    PutApi,
    PutSetting,
    PutSigningKey,
    SpendJti,
)
from gatelodge.store.migration import timeline
from gatelodge.work import runner
from gatelodge.work.catalogue import ensure_keys, follow
from gatelodge.work.sweep import KEPT, MOST, sweep
from tests.house.sources import ROOT
from tests.protocol.gatehouse import API, MASTER_KEY, Phone, Visitor


async def test_a_change_elsewhere_is_taken_up(gate) -> None:
    change = PutSetting(key="friendly_name", value="Elsewhere", changed_at=1)
    assert await gate.house.store.commit((change, BumpCatalogue()))
    before = gate.house.snapshot
    await follow(gate.house)
    assert gate.house.snapshot.catalogue.settings.friendly_name == "Elsewhere"
    unchanged = gate.house.snapshot
    await follow(gate.house)
    assert gate.house.snapshot is unchanged is not before


async def test_a_version_this_node_cannot_open_is_told_and_left_alone(
    gate, caplog
) -> None:
    before = gate.house.snapshot
    elsewhere = Sealer((b"another master key".ljust(32),))
    key = make_key(
        "ES256",
        "current",
        sealer=elsewhere,
        entropy=gate.house.entropy,
        now=gate.clock.now(),
    )
    assert await gate.house.store.commit((PutSigningKey(key=key), BumpCatalogue()))
    await follow(gate.house)
    assert gate.house.snapshot is before
    assert "with a master key that this node lacks" in caplog.text
    assert "Traceback" not in caplog.text
    gate.house.sealer = Sealer((MASTER_KEY, b"another master key".ljust(32)))
    await follow(gate.house)
    assert "ES256" in gate.house.snapshot.keyring.algorithms()


async def test_a_new_algorithm_gets_its_keys(gate) -> None:
    api = gate.house.snapshot.catalogue.apis[API]
    fresh = msgspec.structs.replace(api, signing_alg="ES256")
    assert await gate.house.store.commit((PutApi(api=fresh), BumpCatalogue()))
    await follow(gate.house)
    assert "ES256" in gate.house.snapshot.keyring.algorithms()


async def es256(gate) -> House:
    """A second node that has seen an API ask for an algorithm without keys."""
    api = gate.house.snapshot.catalogue.apis[API]
    fresh = msgspec.structs.replace(api, signing_alg="ES256")
    assert await gate.house.store.commit((PutApi(api=fresh), BumpCatalogue()))
    await gate.house.reload()
    return House(**msgspec.structs.asdict(gate.house))


async def test_two_nodes_make_one_key(gate) -> None:
    other = await es256(gate)
    await asyncio.gather(ensure_keys(gate.house), ensure_keys(other))
    await follow(other)
    for house in (gate.house, other):
        await house.reload()
        keys = house.snapshot.catalogue.signing_keys
        states = sorted(key.state for key in keys if key.alg == "ES256")
        assert states == ["current", "next"]


async def test_keys_are_not_made_on_the_event_loop(gate) -> None:
    threads: set[threading.Thread] = set()

    class Watched:
        def draw(self, size: int) -> bytes:
            threads.add(threading.current_thread())
            return bytes(size)

    await es256(gate)
    gate.house.entropy = Watched()
    await ensure_keys(gate.house)
    assert threads
    assert threading.current_thread() not in threads


async def test_codes_go_an_hour_after_their_end(gate) -> None:
    await gate.user("ada@example.com")
    visitor, phone = Visitor(gate), Phone(gate)
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    question = FindCode(digest=digest_of(phone.answer(landed)["code"]))
    gate.clock.turn(seconds=3_600)
    await sweep(gate.house)
    assert await gate.house.store.read(question) is not None
    gate.clock.turn(seconds=61)
    await sweep(gate.house)
    assert await gate.house.store.read(question) is None


async def test_sessions_and_mail_go_a_month_after_their_end(gate) -> None:
    ada = await gate.user("ada@example.com")
    visitor, phone = Visitor(gate), Phone(gate)
    await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    await visitor.send(await visitor.get("/u/forgot"), email="ada@example.com")

    async def left() -> tuple[int, int]:
        sessions = await gate.house.store.read(ListSessions(user_id=ada.user_id))
        return len(sessions), len(await gate.house.store.read(ListMail()))

    gate.clock.turn(seconds=30 * 86_400)
    await sweep(gate.house)
    assert await left() == (1, 1)
    gate.clock.turn(seconds=1)
    await sweep(gate.house)
    assert await left() == (1, 0)
    gate.clock.turn(seconds=7 * 86_400)
    await sweep(gate.house)
    assert await left() == (0, 0)


async def test_families_go_a_month_after_they_ended(gate) -> None:
    ada = await gate.user("ada@example.com")
    visitor, phone = Visitor(gate), Phone(gate)
    for _ in range(2):
        tokens = await phone.tokens(visitor, "ada@example.com", prompt="login")
    await phone.post("/oauth/revoke", token=tokens["refresh_token"])

    async def left() -> int:
        return len(await gate.house.store.read(ListFamilies(user_id=ada.user_id)))

    gate.clock.turn(seconds=30 * 86_400)
    await sweep(gate.house)
    assert await left() == 2
    gate.clock.turn(seconds=1)
    await sweep(gate.house)
    assert await left() == 1
    gate.clock.turn(seconds=30 * 86_400)
    await sweep(gate.house)
    assert await left() == 0


async def test_families_that_never_expire_go_once_they_are_idle(gate) -> None:
    options = gate.house.snapshot.catalogue.clients["native"].options
    endless = msgspec.structs.replace(options.refresh, infinite_lifetime=True)
    await gate.change_options("native", refresh=endless)
    ada = await gate.user("ada@example.com")
    await Phone(gate).tokens(Visitor(gate), "ada@example.com")
    families = ListFamilies(user_id=ada.user_id)
    (family,) = await gate.house.store.read(families)
    assert (family.expires_at, family.idle_until is None) == (None, False)

    async def sweep_often() -> int:
        for _ in range(64):
            await sweep(gate.house)
        return len(await gate.house.store.read(families))

    gate.clock.turn(seconds=(family.idle_until - gate.clock.now()) / 1000)
    gate.clock.turn(seconds=30 * 86_400)
    assert await sweep_often() == 1
    gate.clock.turn(seconds=1)
    assert await sweep_often() == 0


async def test_one_run_sweeps_more_than_one_commit_does(gate) -> None:
    jtis = [SpendJti(key=f"jti {n}", expires_at=1) for n in range(MOST * 2 + 1)]
    assert await gate.house.store.commit(tuple(jtis))
    await sweep(gate.house)
    assert not await gate.house.store.read(SweepDue(what="seen_jti", before=2))


@pytest.mark.parametrize(("days", "left"), [(30, 0), (31, 1), (0, 1)])
async def test_the_log_is_kept_as_long_as_the_tenant_says(gate, days, left) -> None:
    await gate.settings(log_retention_days=days)
    await Visitor(gate).get("/oidc/logout?client_id=nobody")
    gate.clock.turn(seconds=30 * 86_400 + 1)
    await sweep(gate.house)
    assert len(await gate.log_types()) == left


async def test_every_table_says_how_long_its_rows_are_kept(gate) -> None:
    steps = (step.text for step in timeline())
    made = {name for text in steps for name in re.findall(r"CREATE TABLE (\w+)", text)}
    assert made | {"schema_step"} == set(KEPT)


def test_the_page_says_so_too() -> None:
    page = (ROOT / "docs" / "running.md").read_text()
    assert [
        name for name, kept in KEPT.items() if f"| `{name}` | {kept} |" not in page
    ] == []


async def test_a_leased_duty_is_done_by_one_node_and_failures_do_not_end_it(
    gate,
) -> None:
    done: list[str] = []

    def duty(name: str) -> runner.Duty:
        async def work() -> None:
            done.append(name)
            raise RuntimeError("this time it fails")

        return runner.Duty(name="clean", seconds=0.001, work=work, leased=True)

    tasks = [
        asyncio.create_task(runner.run(gate.house, (duty(name),), holder=name))
        for name in ("one", "two")
    ]
    while len(done) < 3:
        await asyncio.sleep(0.001)
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert len(set(done)) == 1
