"""Real signed tokens for an API's own tests, without a server and without a network."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from .guard import Guard
from .transport import Fetched

_ALGORITHM = "ES256"


class TokenIssuer:
    """An issuer that lives in the test: its key is new, its tokens are real.

    ``audience`` and ``client_id`` are what its tokens say unless told otherwise.
    """

    def __init__(
        self,
        issuer: str = "https://issuer.test/",
        *,
        audience: str = "https://api.test",
        client_id: str = "test-client",
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self.client_id = client_id
        self._key = ECKey.generate_key("P-256", {"kid": uuid4().hex, "use": "sig"})

    @property
    def jwks(self) -> dict[str, Any]:
        """The issuer's public key set."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "alg": _ALGORITHM}]}

    @property
    def transport(self) -> IssuerTransport:
        """A transport for a guard: it answers as this issuer's server would."""
        return IssuerTransport(self)

    def guard(self, audience: str | None = None, **options: Any) -> Guard:
        """Return a guard that trusts this issuer; ``options`` as for ``Guard``."""
        options.setdefault("transport", self.transport)
        wanted = audience or self.audience
        return Guard(issuer=self.issuer, audience=wanted, **options)

    def token(
        self,
        sub: str = "auth0|ada",
        *,
        scope: str = "",
        permissions: list[str] | None = None,
        expires_in: int = 600,
        typ: str = "at+jwt",
        **claims: Any,
    ) -> str:
        """Return a signed access token; any claim can be set, or left out by None.

        ``expires_in`` is in seconds; a negative one makes a token that has expired.
        """
        now = int(time.time())
        says = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": sub,
            "client_id": self.client_id,
            "iat": now + min(expires_in, 0) - 1,
            "exp": now + expires_in,
            "jti": uuid4().hex,
            "scope": scope or None,
            "permissions": permissions,
        }
        said = {k: v for k, v in (says | claims).items() if v is not None}
        header = {"alg": _ALGORITHM, "kid": self._key.kid, "typ": typ}
        return jwt.encode(header, said, self._key)

    def header(self, sub: str = "auth0|ada", **claims: Any) -> dict[str, str]:
        """Return request headers with a token made by ``token``."""
        return {"Authorization": f"Bearer {self.token(sub, **claims)}"}


class IssuerTransport:
    """Answers for the issuer's discovery document and key set."""

    def __init__(self, issuer: TokenIssuer) -> None:
        base = issuer.issuer.rstrip("/") + "/.well-known/"
        described = {"issuer": issuer.issuer, "jwks_uri": f"{base}jwks.json"}
        self._answers = {
            f"{base}openid-configuration": described,
            f"{base}jwks.json": issuer.jwks,
        }

    def get(self, url: str) -> Fetched:
        """Answer one GET; nothing leaves the process."""
        answer = self._answers.get(url)
        if answer is None:
            return Fetched(404, b"")
        return Fetched(200, json.dumps(answer).encode())
