from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from gatelodge_app import App, AsyncApp, MemoryVault

from .provider import CLIENT, Provider, new_key
from .visitor import Visitor


@pytest.fixture(scope="session")
def key() -> RSAKey:
    """One key for all: making one takes longer than most tests."""
    return new_key()


@pytest.fixture
def op(key: RSAKey) -> Iterator[Provider]:
    provider = Provider(key)
    yield provider
    provider.close()


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    visitor = Visitor()
    yield visitor
    visitor.rest()


@pytest.fixture
def naps() -> list[float]:
    """The seconds the app wanted to sleep; it did not really."""
    return []


@pytest.fixture
def make(op: Provider, visitor: Visitor, naps: list[float]) -> Callable[..., App]:
    """An app at the test provider; any option can be replaced."""

    def build(**options: Any) -> App:
        usual: dict[str, Any] = {
            "browser": visitor,
            "vault": MemoryVault(),
            "name": "Timesheets",
            "timeout": 10,
            "sleep": naps.append,
        }
        return App(op.issuer, CLIENT, **(usual | options))

    return build


@pytest.fixture
def make_async(op: Provider, visitor: Visitor) -> Callable[..., AsyncApp]:
    async def nap(_seconds: float) -> None:
        return None

    return functools.partial(
        _build_async, op, browser=visitor, vault=MemoryVault(), timeout=10, sleep=nap
    )


def _build_async(op: Provider, **options: Any) -> AsyncApp:
    return AsyncApp(op.issuer, CLIENT, **options)
