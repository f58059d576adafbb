"""One sign-in, sealed into ``state``: nothing is stored before anything is proven.

The sealed value travels through the browser; a cookie binds it to that browser. A lost
cookie starts the same request again, it never continues a proof (decisions 14, security
defaults 38).
"""

from __future__ import annotations

import hmac
from typing import Final

import msgspec

from gatelodge.base.clock import HOUR, MINUTE
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import InvalidRequest
from gatelodge.base.seal import SealBroken, Sealer

LIFETIME: Final = 24 * HOUR
PROOF_LIFETIME: Final = 15 * MINUTE
LONGEST: Final = 4096
ROOM: Final = 256
BINDING_BYTES: Final = 24
JTI_BYTES: Final = 12
_PURPOSE: Final = "login transaction"


class Transaction(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What this browser asked for and what its person has done so far.

    Attributes:
        params: the authorization request, to be checked anew at each step.
        binding: digest of the browser's cookie.
        jti: spent in the commit that ends the transaction.
        sid: the session in which the person proved themselves just now.
        proven_at: when; counts for 15 minutes.
        chosen, confirmed, consented: answers given on our pages.
        shown_sid: whose account the page before us has shown.
        mfa_demanded: an administrator's action wants a second factor.
        passkey_offer: this browser can keep a passkey, and its person has none.
        shown: a digest of which page that was and of the scopes on it.
        actions: under which name what the actions have said is kept.
        joining: under which name is kept who becomes part of the person's account.
    """

    params: dict[str, str]
    issuer: str
    started_at: int
    binding: str
    jti: str
    sid: str | None = None
    proven_at: int = 0
    chosen: bool = False
    confirmed: bool = False
    consented: bool = False
    shown_sid: str | None = None
    shown: str | None = None
    mfa_demanded: bool = False
    passkey_offer: bool = False
    actions: str | None = None
    joining: str | None = None

    @property
    def acted(self) -> bool:
        """Whether a person did anything on our pages in this transaction."""
        proven = self.sid is not None
        return proven or self.chosen or self.confirmed or self.consented

    @property
    def untouched(self) -> bool:
        """Whether nothing has been added to it on our pages."""
        return not self.acted and self.shown_sid is None

    def fresh_proof(self, sid: str, now: int) -> bool:
        """Whether the person proved themselves here, in this session, lately."""
        return self.sid == sid and now - self.proven_at <= PROOF_LIFETIME

    def expired(self, now: int) -> bool:
        """Too old even to be started again."""
        return now - self.started_at > LIFETIME

    def bound_to(self, cookie: str | None) -> bool:
        """Whether this is the browser that began."""
        if cookie is None:
            return False
        return hmac.compare_digest(self.binding, digest_of(cookie))


def begin(
    params: dict[str, str], *, issuer: str, cookie: str, jti: str, now: int
) -> Transaction:
    """A transaction in which nothing has been done yet."""
    return Transaction(
        params=params,
        issuer=issuer,
        started_at=now,
        binding=digest_of(cookie),
        jti=jti,
    )


def seal(transaction: Transaction, sealer: Sealer, nonce: bytes) -> str:
    """Seal for a URL or a hidden field.

    What is small enough at first stays so: answers and proofs have their room.

    Raises:
        InvalidRequest: the request is too large to travel (decisions 14).
    """
    plain = msgspec.json.encode(transaction)
    text = sealer.seal_text(plain, purpose=_PURPOSE, nonce=nonce)
    room = ROOM if transaction.untouched else 0
    if len(text) > LONGEST - room:
        raise InvalidRequest("The request is too large", rule="House-state-size")
    return text


def unseal(text: str, sealer: Sealer) -> Transaction | None:
    """Open a sealed transaction; None for anything we did not seal."""
    if len(text) > LONGEST:
        return None
    try:
        plain = sealer.unseal_text(text, purpose=_PURPOSE)
        return msgspec.json.decode(plain, type=Transaction)
    except (SealBroken, msgspec.DecodeError):
        return None
