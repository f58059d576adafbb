"""Run the demo as a person does: as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

_PATIENCE = 90


class Shown:
    """One run that has ended: its status, its words, and the report it wrote."""

    def __init__(self, status: int, words: str, report: Path) -> None:
        self.status = status
        # As a person reads it: where a line breaks is the terminal's affair.
        self.words = " ".join(words.split())
        self.report = json.loads(report.read_text()) if report.exists() else {}

    @property
    def facts(self) -> dict:
        return self.report["facts"]

    @property
    def failed(self) -> list:
        return [step for step in self.report["steps"] if not step["ok"]]


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", "COLUMNS": "100", **more}


def show(folder: Path, *words: str, env: dict[str, str] | None = None) -> Shown:
    """Run it to its end."""
    report = folder / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "gatelodge.demo", "--report", str(report), *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env=env or environment(TMPDIR=str(folder)),
        timeout=_PATIENCE,
        check=False,
    )
    return Shown(done.returncode, done.stdout + done.stderr, report)


def interrupted(folder: Path, *words: str, after: str, by: int) -> Shown:
    """Run it, and send it the signal ``by`` once it has said ``after``."""
    report, log = folder / "report.json", folder / "words"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gatelodge.demo", "--report", str(report), *words],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(TMPDIR=str(folder)),
        )
    try:
        until = time.monotonic() + _PATIENCE
        while after not in log.read_text() and time.monotonic() < until:
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        process.send_signal(by)
        status = process.wait(timeout=30)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    return Shown(status, log.read_text(), report)


def processes(words: str) -> list[int]:
    """The processes that the demo has told of."""
    return [int(number) for number in re.findall(r"process (\d+)", words)]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
