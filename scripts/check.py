"""``make check``: lint, format, types and the fast tests, two at a time.

With names as arguments only those steps run: ``python -m scripts.check lint types``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from scripts.places import BIN, ROOT, tool

# Tests that start no server, no browser and no other people's client.
FAST: Final = ("rules", "properties", "house", "config", "keys", "guard")
SOURCES: Final = (
    "packages/guard/src",
    "packages/app/src",
    "packages/server/src",
    "scripts",
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one step went."""

    name: str
    passed: bool
    seconds: float
    output: str


def main(arguments: list[str]) -> int:
    """Run the named steps, or all; 1 when one of them fails."""
    steps = _steps()
    chosen = arguments or list(steps)
    unknown = [name for name in chosen if name not in steps]
    if unknown:
        print(f"Unknown step {unknown[0]!r}: there are {', '.join(steps)}.")
        return 2
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [pool.submit(_run, name, steps[name]) for name in chosen]
        results = [_report(future.result()) for future in running]
    return 0 if all(results) else 1


def _steps() -> dict[str, list[str]]:
    # The longest first: they share the two lanes best.
    return {
        "tests": _fast_tests(),
        "types": [tool("mypy"), *SOURCES],
        "lint": [tool("ruff"), "check", "."],
        "format": [tool("ruff"), "format", "--check", "."],
    }


def _fast_tests() -> list[str]:
    rooms = (f"tests/{name}" for name in FAST)
    found = [room for room in rooms if (ROOT / room).is_dir()]
    marks = "not postgres and not browser and not node"
    return [tool("pytest"), "-q", "-n", "1", "-m", marks, *found]


def _run(name: str, command: list[str]) -> Result:
    begun = time.monotonic()
    path = os.pathsep.join((str(BIN), os.environ.get("PATH", "")))
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Result(
        name=name,
        passed=done.returncode == 0,
        seconds=time.monotonic() - begun,
        output=done.stdout,
    )


def _report(result: Result) -> bool:
    if not result.passed:
        print(result.output.rstrip(), end="\n\n")
    word = "passed" if result.passed else "FAILED"
    last = result.output.strip().splitlines()[-1:] if result.name == "tests" else []
    note = f"  {last[0].strip('= ')}" if last else ""
    print(f"{result.name:7} {word}  {result.seconds:5.1f} s{note}", flush=True)
    return result.passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
