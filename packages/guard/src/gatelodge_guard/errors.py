"""Everything the guard can raise, as one tree of types.

``str()`` of a refusal is public: it may travel in ``error_description``. ``because`` is
for the log. Neither ever holds a token, a key or a secret. ``rule`` names the rule that
refused. ``error`` and ``status`` are what the wire shows (RFC 6750 §3.1).

```
GuardError
├─ Refusal                   the request is answered with ``status`` and ``error``
│  ├─ NoCredentials          401, no code: nothing was presented
│  ├─ InvalidRequest         400 invalid_request: two credentials, a broken header
│  ├─ InvalidToken           401 invalid_token
│  │  ├─ MalformedToken      not a compact JWS with JSON inside, or larger than 16 kB
│  │  ├─ ForbiddenHeader     a header parameter or type that is never accepted
│  │  ├─ ForbiddenAlgorithm  ``none``, or any algorithm outside the allow-list
│  │  ├─ UnknownKey          no key of the set may check this token
│  │  ├─ BadSignature        the mathematics says no
│  │  ├─ ExpiredToken        its time is over
│  │  └─ WrongClaim          a claim is missing or not ours (``claim`` says which)
│  ├─ InsufficientScope      403 insufficient_scope, with the scopes that are needed
│  └─ KeysUnavailable        503 temporarily_unavailable: no usable key set
├─ BadKeySet                 a document that should hold keys is no JWK Set
└─ Mistake                   the guard is configured in a way that cannot be safe
```
"""

from __future__ import annotations

from typing import ClassVar


class GuardError(Exception):
    """Root of the tree."""


class Mistake(GuardError):
    """The guard is configured wrongly; raised when it is built, not per request."""


class BadKeySet(GuardError):
    """What should be a JWK Set is none (RFC 7517 §5)."""


class Refusal(GuardError):
    """The request is refused; ``str()`` is public, ``because`` is for the log."""

    error: ClassVar[str] = ""
    status: ClassVar[int] = 401

    def __init__(self, says: str, *, rule: str = "", because: str = "") -> None:
        super().__init__(says)
        self.says = says
        self.rule = rule
        self.because = because


class NoCredentials(Refusal):
    """Nothing was presented, so the challenge carries no code (RFC 6750 §3.1)."""


class InvalidRequest(Refusal):
    """The credentials cannot be read without guessing (RFC 6750 §3.1)."""

    error = "invalid_request"
    status = 400


class InvalidToken(Refusal):
    """The token is not good here (RFC 6750 §3.1)."""

    error = "invalid_token"


class MalformedToken(InvalidToken):
    """Not a compact JWS that holds JSON objects (RFC 7515 §7.1)."""


class ForbiddenHeader(InvalidToken):
    """A header parameter or a ``typ`` that is never accepted (RFC 8725 §3.10-3.11)."""


class ForbiddenAlgorithm(InvalidToken):
    """The algorithm is not on the allow-list (RFC 8725 §3.1)."""


class UnknownKey(InvalidToken):
    """No key of the set may check this token (RFC 7515 §4.1.4)."""


class BadSignature(InvalidToken):
    """The signature does not fit the key (RFC 7515 §5.2)."""


class ExpiredToken(InvalidToken):
    """The time in ``exp`` is over (RFC 7519 §4.1.4)."""


class WrongClaim(InvalidToken):
    """A claim is missing, malformed or not meant for us (RFC 9068 §4)."""

    def __init__(
        self, says: str, *, claim: str, rule: str = "", because: str = ""
    ) -> None:
        super().__init__(says, rule=rule, because=because)
        self.claim = claim


class InsufficientScope(Refusal):
    """The token is good but does not allow this (RFC 6750 §3.1)."""

    error = "insufficient_scope"
    status = 403

    def __init__(
        self, says: str, *, scope: tuple[str, ...], rule: str = "", because: str = ""
    ) -> None:
        super().__init__(says, rule=rule, because=because)
        self.scope = scope


class KeysUnavailable(Refusal):
    """The issuer's keys cannot be had, so nothing can be decided; try again later."""

    error = "temporarily_unavailable"
    status = 503

    def __init__(
        self, says: str, *, retry_after: int = 1, rule: str = "", because: str = ""
    ) -> None:
        super().__init__(says, rule=rule, because=because)
        self.retry_after = retry_after
        """Seconds after which a new attempt makes sense."""
