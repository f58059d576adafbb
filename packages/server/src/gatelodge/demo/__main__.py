"""``python -m gatelodge.demo``: the demo, with a few more switches than the command."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gatelodge.demo.options import Options
from gatelodge.demo.play import play


def main() -> int:
    """Read the command line and play."""
    parser = argparse.ArgumentParser(prog="python -m gatelodge.demo")
    parser.add_argument("--stay", action="store_true", help="keep everything running")
    parser.add_argument(
        "--headless",
        action=argparse.BooleanOptionalAction,
        help="never (or always) open windows; the display decides otherwise",
    )
    parser.add_argument("--window", dest="headless", action="store_false")
    parser.add_argument(
        "--hands",
        choices=("person", "chromium", "forms"),
        help="who signs in: you, a browser without a window, or plain HTTP",
    )
    parser.add_argument("--report", type=Path, help="write the facts as JSON")
    parser.add_argument(
        "--api-audience",
        metavar="URL",
        help="let the API expect another audience: watch it refuse, and the demo fail",
    )
    parser.add_argument("--scale", type=float, help="size of the window's letters")
    parser.set_defaults(headless=None)
    return play(Options(**vars(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
