"""``make docs``: write anew every page that is printed from the code."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from scripts import conformance, proof
from scripts.places import PYTHON, ROOT, say

# The page, and the module of ours that prints it.
PRINTED: Final = {
    "docs/reference/configuration.md": ("gatelodge.config", "page"),
    "docs/reference/cli.md": ("gatelodge.cli.reference",),
    "gatelodge.example.toml": ("gatelodge.config", "example"),
}


def main() -> int:
    """Write the pages."""
    for name, (module, *words) in PRINTED.items():
        printed = subprocess.run(
            [str(PYTHON), "-m", module, *words],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=True,
        )
        (ROOT / name).write_text(printed.stdout)
        say(f"Wrote {name}")
    made = {conformance.PAGE: conformance.page(ROOT), proof.PAGE: proof.page()}
    for name, text in made.items():
        (ROOT / name).write_text(text)
        say(f"Wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
