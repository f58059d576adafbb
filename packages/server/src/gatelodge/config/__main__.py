"""Print the reference page (``page``) or the example file (``example``)."""

from __future__ import annotations

import sys

from gatelodge.config.reference import example, page

sys.stdout.write(example() if "example" in sys.argv[1:] else page())
