"""Write the lock files: ``python -m scripts.lock [--upgrade]``.

The dependencies stand once, in the distributions' ``pyproject.toml``; what only the
tests need stands in ``requirements/dev.in``. Our own distributions are on no index
while they are developed, so they are left out and their dependencies taken in.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from typing import Any, Final

from scripts.places import REQUIREMENTS, ROOT, manifests, say, tool

# A release is let in a week after it was published: a hijacked one is found by then.
COOLDOWN: Final = "7 days"
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?")


def main(arguments: list[str]) -> int:
    """Resolve both locks; the tests' agrees with the demo's."""
    demo = (*requirements(("demo",)), *backends())
    dev = (*requirements(("demo", "fastapi", "flask", "django")), *backends())
    own = (REQUIREMENTS / "dev.in").read_text().splitlines()
    for name, wanted, held in (
        ("demo", demo, ()),
        ("dev", (*dev, *own), ("--constraints", "requirements/demo.txt")),
    ):
        say(f"Locking requirements/{name}.txt")
        if not _compile(name, wanted, extra=(*held, *arguments)):
            return 1
    return 0


def requirements(extras: tuple[str, ...]) -> tuple[str, ...]:
    """What the three distributions need with these extras, themselves left out."""
    projects = [_read(file)["project"] for file in manifests()]
    own = {project["name"] for project in projects}
    found: list[str] = []
    for project in projects:
        optional = project.get("optional-dependencies", {})
        found += project["dependencies"]
        for extra in extras:
            found += optional.get(extra, ())
    for asked in tuple(found):
        found += _asked_extras(asked, projects)
    return tuple(sorted({line for line in found if _name(line) not in own}))


def backends() -> tuple[str, ...]:
    """What builds the distributions."""
    read = (_read(file)["build-system"]["requires"] for file in manifests())
    return tuple(sorted({line for lines in read for line in lines}))


def _asked_extras(requirement: str, projects: list[dict[str, Any]]) -> list[str]:
    match = _REQUIREMENT.match(requirement)
    extras = (match[2] or "").split(",") if match else []
    project = next((p for p in projects if p["name"] == _name(requirement)), {})
    optional: dict[str, list[str]] = project.get("optional-dependencies", {})
    return [line for extra in extras for line in optional.get(extra.strip(), ())]


def _name(requirement: str) -> str:
    match = _REQUIREMENT.match(requirement)
    return match[1] if match else ""


def _read(file: Any) -> dict[str, Any]:
    return tomllib.loads(file.read_text())


def _compile(name: str, wanted: tuple[str, ...], *, extra: tuple[str, ...]) -> bool:
    done = subprocess.run(
        [
            tool("uv"), "pip", "compile", "-",
            "--output-file", f"requirements/{name}.txt",
            "--universal", "--python-version", "3.11", "--generate-hashes",
            "--exclude-newer", COOLDOWN, "--custom-compile-command", "make lock",
            "--no-emit-index-url", "--quiet", *extra,
        ],
        input="\n".join(wanted),
        text=True,
        cwd=ROOT,
        check=False,
    )  # fmt: skip
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
