"""Print what ``make`` can do, from the words beside each target."""

from __future__ import annotations

import re

from scripts.places import ROOT

_TARGET = re.compile(r"^([a-z][a-z0-9-]*):[^#\n]*## (.+)$", re.MULTILINE)


def verbs(makefile: str) -> dict[str, str]:
    """Each target that has a line of its own in the help."""
    return dict(_TARGET.findall(makefile))


if __name__ == "__main__":
    found = verbs((ROOT / "Makefile").read_text())
    width = max(len(name) for name in found)
    print("Gatelodge: a self-hosted, Auth0-shaped authorization server.\n")
    for name, text in found.items():
        print(f"  make {name:{width}}  {text}")
