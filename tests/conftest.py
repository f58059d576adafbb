"""Services that every test may ask for; what each does stands in its own file."""

from __future__ import annotations

pytest_plugins = [
    "tests.services.component",
    "tests.services.loopback",
    "tests.services.running",
    "tests.services.postgres",
    "tests.services.browser",
    "tests.services.drills",
]
