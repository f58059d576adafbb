from __future__ import annotations

import pytest

from gatelodge.pages.render import Pages


@pytest.fixture(scope="session")
def pages() -> Pages:
    return Pages()
