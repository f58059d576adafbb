"""Set this clone up: ``python3 -m scripts.bootstrap [demo|dev]``.

``demo`` installs what runs, ``dev`` also what tests. Nothing is done twice: a second
call with nothing changed takes a fraction of a second.
"""

from __future__ import annotations

import sys

_OLDEST = (3, 11)


def main(arguments: list[str]) -> int:
    """Set up the stage named first, ``dev`` when none is named."""
    if sys.version_info < _OLDEST:
        return _too_old()
    # Only now: these modules are written for the Python asked for above.
    from scripts import environment, node, system  # noqa: PLC0415 - see above

    stage = arguments[0] if arguments else "dev"
    if stage not in environment.STAGES:
        print(f"Unknown stage {stage!r}: say demo or dev.", file=sys.stderr)
        return 2
    with environment.alone():
        if not environment.provide(stage):
            return 1
        system.provide(stage)
        if stage == "dev":
            node.provide()
    return 0


def _too_old() -> int:
    print(
        "Gatelodge needs Python 3.11 or newer; this is Python "
        f"{sys.version.split()[0]} ({sys.executable}).\n"
        "With another one installed: make PYTHON=python3.12 …",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
