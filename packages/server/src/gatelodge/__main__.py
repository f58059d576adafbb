"""``python -m gatelodge`` is the command ``gatelodge``."""

from __future__ import annotations

from gatelodge.cli.main import main

main()
