"""Workers that cannot start are given up, with their reason."""

from __future__ import annotations

import subprocess
import sys
import textwrap

PROGRAM = textwrap.dedent("""
    import contextlib
    from gatelodge.web import server

    @contextlib.asynccontextmanager
    async def opening():
        raise OSError("the database is not there")
        yield

    server.run(opening, server.bind([("127.0.0.1", 0)]), workers=2, drain_seconds=1)
""")


def test_workers_that_cannot_start_are_given_up() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "the database is not there" in done.stderr
