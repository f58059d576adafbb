"""Debian's Chromium, driven by Playwright's synchronous calls in a thread of their own.

Playwright's synchronous side keeps an event loop running in its thread, which asyncio
tests in the same thread would trip over. So the browser lives in a thread, and a test
that asks for ``page``, ``new_page``, ``browser`` or ``stage`` has its body run there.
Such a test is a plain function: it says ``page.goto(…)``; asyncio tests run beside it.
"""

from __future__ import annotations

import functools
import inspect
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.services.component import missing

# Whatever a page asks for, no name but ours leads anywhere.
_OURS = ("localhost", "*.localhost", "127.0.0.1", "[::1]")
_RULES = " , ".join(("MAP * ~NOTFOUND", *(f"EXCLUDE {name}" for name in _OURS)))
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules={_RULES}",
)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_PATIENCE_MS = 10_000


def executable() -> str | None:
    """The browser of this machine; ``GATELODGE_CHROMIUM`` names another."""
    named = os.environ.get("GATELODGE_CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


def flags() -> list[str]:
    """Command line flags; the sandbox is off only for root, who cannot have one."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*FLAGS, *(["--no-sandbox"] if root else [])]


class Stage:
    """The browser's thread: what touches the browser is played there."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="browser")

    def play(self, scene: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        """Run ``scene`` in the browser's thread; its outcome is ours."""
        return self._pool.submit(scene, *arguments, **named).result()

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    found = executable()
    if found is None:
        missing("Chromium")
    return found


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The browser's thread, for fixtures that prepare pages of their own."""
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def browser(chromium, stage):
    """One Chromium a run; touch it only in the browser's thread."""
    from playwright.sync_api import sync_playwright

    playwright = stage.play(lambda: sync_playwright().start())
    launch = functools.partial(
        playwright.chromium.launch, executable_path=chromium, args=flags()
    )
    browser = stage.play(launch)
    yield browser
    stage.play(browser.close)
    stage.play(playwright.stop)


@pytest.fixture
def new_page(browser, stage):
    """Open a page with a profile of its own: ``new_page(java_script_enabled=False)``.

    Options are those of Playwright's ``Browser.new_context``, for instance ``viewport``
    (``PHONE``, ``DESKTOP``), ``color_scheme``, ``locale``.
    """
    contexts = []

    def open_page(**options):
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        stage.play(context.close)


@pytest.fixture
def page(new_page, stage):
    """A page in a fresh profile, desktop size, light."""
    return stage.play(new_page)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    # Fixtures of these names that a folder makes itself live where it made them.
    if "stage" in pyfuncitem.fixturenames:
        _move_to_stage(pyfuncitem)
    return (yield)


def _move_to_stage(item) -> None:
    test = item.obj
    if inspect.iscoroutinefunction(test):
        pytest.fail("a browser test is a plain function, not async", pytrace=False)
    stage = item._request.getfixturevalue("stage")
    item.obj = functools.wraps(test)(functools.partial(stage.play, test))
