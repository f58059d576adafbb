"""The demo: the main job, live, with real processes on this machine.

It stands outside the house: it knows the server by its commands and its protocol only,
as any app does. ``timesheets`` holds the example that it runs, made to be copied; it
lives here rather than beside the packages so that an installed ``gatelodge[demo]`` can
run it too.
"""

from __future__ import annotations


def run(stay: bool, headless: bool | None) -> int:
    """Run it all; the exit status. ``headless`` None lets the display decide."""
    # Imported when it runs: the packages of the demo may not be installed.
    from gatelodge.demo.options import Options  # noqa: PLC0415 - see above
    from gatelodge.demo.play import play  # noqa: PLC0415 - see above

    return play(Options(stay=stay, headless=headless))
