"""What an app is: the values that do not change while it runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from .addresses import check_private

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One client at one provider.

    ``client_secret`` is for providers that give one to installed apps; it protects
    nothing (RFC 8252 §8.5). ``timeout`` is how many seconds a person has in the
    browser. ``algorithms`` may sign ID tokens; symmetric ones and ``none`` never may.
    """

    issuer: str
    client_id: str
    scope: str = "openid profile email offline_access"
    audience: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    name: str = "the app"
    account: str = "default"
    timeout: float = 300.0
    attempts: int = 5
    algorithms: tuple[str, ...] = ALGORITHMS

    def __post_init__(self) -> None:
        """Refuse what could never work (RFC 6749 §3.1.2.1, OIDC Core §3.1.2.1)."""
        check_private(self.issuer)
        if not self.client_id:
            raise ValueError("client_id is empty")
        if not self.algorithms or set(self.algorithms) - set(ALGORITHMS):
            raise ValueError(f"algorithms may hold {', '.join(ALGORITHMS)}")
        if "openid" not in self.scope.split():
            object.__setattr__(self, "scope", f"openid {self.scope}".strip())

    @property
    def vault_key(self) -> str:
        """One entry per provider, client, API and account; safe as a file name."""
        parts = (
            self.issuer.removesuffix("/"),
            self.client_id,
            self.audience or "",
            self.account,
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def identify(self, form: dict[str, str]) -> dict[str, str]:
        """Name the client in a form (RFC 6749 §3.2.1)."""
        named = {"client_id": self.client_id, **form}
        if self.client_secret is not None:
            named["client_secret"] = self.client_secret
        return named
