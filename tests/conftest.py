"""Services that every test may ask for; what each does stands in its own file."""

from __future__ import annotations

import contextlib
import signal

import hypothesis

# Examples may take their time: on a busy machine a deadline is no property.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

pytest_plugins = [
    "tests.services.component",
    "tests.services.loopback",
    "tests.services.running",
    "tests.services.postgres",
    "tests.services.browser",
    "tests.services.drills",
]


def pytest_configure() -> None:
    """Whoever starts us in the background ignores SIGINT, and programs inherit that.

    Tests of Ctrl-C need programs that hear it: a handler is not inherited, so what
    we start has the system's own.
    """
    with contextlib.suppress(ValueError):  # not the main thread: nothing to mend
        signal.signal(signal.SIGINT, signal.default_int_handler)
