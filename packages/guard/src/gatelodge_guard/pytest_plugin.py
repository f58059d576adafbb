"""A pytest plugin: real signed tokens in an API's own tests.

Installed with ``gatelodge-guard``, it costs a test run that does not use it nothing:
what it needs is imported by the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import TokenIssuer


@pytest.fixture(scope="session")
def token_issuer() -> TokenIssuer:
    """An issuer: ``.token()``, ``.guard()``, ``.jwks``, ``.transport``."""
    from .testing import TokenIssuer  # noqa: PLC0415 - nothing is imported unused

    return TokenIssuer()
