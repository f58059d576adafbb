"""Timesheets on the desktop.

``python -m gatelodge.demo.timesheets.desktop``
"""

from __future__ import annotations

import argparse
from typing import Any

from gatelodge.demo.timesheets.client import API, AUDIENCE, ISSUER, SCOPE, Timesheets
from gatelodge.demo.timesheets.colours import WISHES, chosen
from gatelodge_app import App

CLIENT_ID = "timesheets-desktop"


def make_app(issuer: str, **options: Any) -> App:
    """The app as it stands in ``tenant.yaml``; ``options`` as for ``App``."""
    return App(
        issuer,
        CLIENT_ID,
        name="Timesheets",
        audience=AUDIENCE,
        scope=SCOPE,
        **options,
    )


def main() -> None:
    """Open the window."""
    parser = argparse.ArgumentParser(description="Timesheets on the desktop.")
    parser.add_argument("--issuer", default=ISSUER)
    parser.add_argument("--api", default=API)
    parser.add_argument("--scale", type=float, help="1.5 makes everything larger")
    parser.add_argument(
        "--look", choices=WISHES, default="auto", help="auto follows the system"
    )
    given = parser.parse_args()
    # Only here: where there is no tkinter, the rest of this module still serves.
    from gatelodge.demo.timesheets.window import Window  # noqa: PLC0415 - see above

    app = make_app(given.issuer)
    api = Timesheets(app, given.api)
    try:
        Window(app, api, scale=given.scale, colours=chosen(given.look)).run()
    except KeyboardInterrupt:
        pass
    finally:
        api.close()


if __name__ == "__main__":
    main()
