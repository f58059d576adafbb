"""Password hashing: Argon2id, imported bcrypt, a pool that does not overflow."""

from __future__ import annotations

import asyncio
import threading

import argon2
import bcrypt
import pytest

from gatelodge.base.errors import TooManyRequests
from gatelodge.hasher import Hasher, HashingPool

QUICK = Hasher(memory=64, passes=1)
BCRYPT = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4)).decode()


def test_a_password_fits_its_hash() -> None:
    phc = QUICK.hash("correct horse")
    assert phc.startswith("$argon2id$")
    assert QUICK.verify("correct horse", phc)
    assert not QUICK.verify("wrong horse", phc)
    assert QUICK.hash("correct horse") != phc


def test_the_costs_are_owasps() -> None:
    found = argon2.extract_parameters(Hasher().hash("x"))
    assert (found.memory_cost, found.time_cost, found.parallelism) == (19_456, 2, 1)
    assert found.type is argon2.Type.ID


@pytest.mark.parametrize("phc", [None, ""])
def test_where_there_is_no_hash_nothing_fits_and_the_work_is_done(
    phc: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked = []
    real = argon2.PasswordHasher.verify

    def watched(self, hashed, password):
        worked.append(hashed)
        return real(self, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", watched)
    assert not QUICK.verify("a password nobody has", phc)
    used, costs = argon2.extract_parameters, QUICK.hash("any password")
    assert [used(hashed) for hashed in worked] == [used(costs)]


@pytest.mark.parametrize(
    "phc",
    ["x", "$argon2id$broken", "$2b$broken", "$2b$04$\u00e9", "$2", "$argon2id$v=19"],
)
def test_a_broken_hash_fits_nothing(phc: str) -> None:
    assert not QUICK.verify("x", phc)


def test_imported_bcrypt_is_accepted_and_outdated() -> None:
    assert QUICK.verify("correct horse", BCRYPT)
    assert QUICK.verify("correct horse", BCRYPT.replace("$2b$", "$2a$"))
    assert not QUICK.verify("wrong", BCRYPT)
    assert QUICK.outdated(BCRYPT)


def test_bcrypt_reads_72_bytes_as_it_did_where_the_hash_was_made() -> None:
    phc = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert QUICK.verify("x" * 100, phc)


def test_a_hash_of_other_costs_is_outdated() -> None:
    assert not QUICK.outdated(QUICK.hash("x"))
    assert Hasher(memory=128, passes=1).outdated(QUICK.hash("x"))


def test_one_password_typed_on_two_keyboards() -> None:
    assert QUICK.verify("caf\u00e9", QUICK.hash("cafe\u0301"))
    assert not QUICK.verify("x", QUICK.hash("\ud800"))  # no crash


@pytest.fixture
def held():
    """A hasher whose work waits until it is let go."""
    gate = threading.Event()

    class Slow(Hasher):
        def verify(self, password: str, phc: str | None) -> bool:
            gate.wait(10)
            return super().verify(password, phc)

    yield Slow(memory=64, passes=1), gate
    gate.set()


async def test_the_pool_answers_as_the_hasher_does() -> None:
    pool = HashingPool(QUICK, threads=1)
    phc = await pool.hash("x")
    assert await pool.verify("x", phc)
    assert not await pool.verify("y", phc)
    pool.close()


@pytest.mark.rule("House-hashing-queue")
async def test_a_full_queue_says_come_back(held) -> None:
    slow, gate = held
    pool = HashingPool(slow, threads=1)
    waiting = [asyncio.create_task(pool.verify("x", None)) for _ in range(16)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequests) as caught:
        await pool.verify("x", None)
    assert caught.value.rule == "House-hashing-queue"
    assert caught.value.headers["Retry-After"]
    gate.set()
    assert await asyncio.gather(*waiting) == [False] * 16
    assert not await pool.verify("x", None)  # there is room again
    pool.close()


@pytest.mark.rule("House-hashing-queue")
async def test_nobody_waits_longer_than_the_deadline(held) -> None:
    slow, gate = held
    pool = HashingPool(slow, threads=1, deadline=0.3)
    results = await asyncio.gather(
        *(pool.verify("x", None) for _ in range(3)), return_exceptions=True
    )
    assert [type(one) for one in results] == [TooManyRequests] * 3
    gate.set()
    quick = await asyncio.gather(*(pool.hash("x") for _ in range(3)))
    assert len(quick) == 3
    pool.close()


def test_what_is_too_long_fits_nothing() -> None:
    longest, longer = "x" * 1024, "x" * 1025
    assert QUICK.verify(longest, QUICK.hash(longest))
    assert not QUICK.verify(longer, QUICK.hash(longer))
    assert not QUICK.verify("ü" * 513, QUICK.hash("ü" * 513))
    bcrypted = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert QUICK.verify(longest, bcrypted)
    assert not QUICK.verify(longer, bcrypted)
