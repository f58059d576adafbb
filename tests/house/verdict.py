"""One way to say what was found: every place on a line of its own."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def nothing(found: Iterable[str]) -> None:
    """Fail with all of ``found`` when there is any."""
    places = sorted(set(found))
    if places:
        pytest.fail("found:\n  " + "\n  ".join(places), pytrace=False)
