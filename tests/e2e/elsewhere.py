"""Another party on loopback: an OpenID provider that says what it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.app.provider import CLIENT, Provider, new_key


class Elsewhere:
    """Who vouches for people, or does not."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.origin = provider.base
        self.environment = {
            "ELSEWHERE": provider.issuer,
            "ELSEWHERE_CLIENT": CLIENT,
        }

    def knows(self, email: str) -> None:
        """The next person is this one."""
        self._provider.behave.authorize_error = None
        self._provider.behave.claims = {"sub": email, "email": email}

    def refuses(self) -> None:
        """The next person goes back."""
        self._provider.behave.authorize_error = ("access_denied", "not today")


@contextmanager
def another_party() -> Iterator[Elsewhere]:
    """Open until the block ends."""
    provider = Provider(new_key())
    try:
        yield Elsewhere(provider)
    finally:
        provider.close()
