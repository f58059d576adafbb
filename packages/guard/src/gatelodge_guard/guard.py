"""The one object an API needs: it turns an Authorization header into claims."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .bearer import read
from .cache import VerifiedTokens
from .claims import Claims
from .clock import Clock, monotonic, wall
from .discovery import check_issuer, fetch_keys
from .errors import Mistake, Refusal
from .jwks import FixedKeys, KeyPolicy, KeySet, KeySource
from .jws import ASYMMETRIC, SYMMETRIC, Key, Parsed, check, load_keys, parse, secret_key
from .metadata import document, metadata_url, well_known_path
from .reply import Reply, refusal_reply
from .transport import StandardTransport, Transport, check_url
from .verify import Rules, read_claims

_LOG = logging.getLogger("gatelodge_guard")

Header = str | Sequence[str] | None
"""The Authorization header: its value, all its values, or None."""


class Guard:
    """Checks access tokens for one API, without asking the issuer per request.

    ``issuer`` and ``audience`` are compared exactly; copy the issuer with its slash.
    Keys come from the issuer's discovery document, or from ``jwks_uri``, or are given:
    ``jwks`` (a set) or ``secret`` (HS256, at least 32 bytes; then nothing else is
    accepted). ``strict`` demands RFC 9068's form. ``leeway`` is in seconds, at most 60.
    ``resource`` is this API's public URL; with it challenges point to its metadata
    (RFC 9728), and ``scopes`` are listed there. ``cache_size`` verified tokens are
    remembered. One guard serves all threads and event loops of a process.

    Raises ``Mistake`` for a configuration that could not be safe. Nothing is fetched
    before the first request.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        strict: bool = False,
        leeway: int = 30,
        algorithms: frozenset[str] = ASYMMETRIC,
        jwks_uri: str | None = None,
        jwks: Mapping[str, Any] | None = None,
        secret: str | bytes | None = None,
        resource: str | None = None,
        realm: str = "",
        scopes: Sequence[str] = (),
        cache_size: int = 4096,
        key_policy: KeyPolicy | None = None,
        transport: Transport | None = None,
        clock: Clock = wall,
        key_clock: Clock = monotonic,
    ) -> None:
        self.issuer = issuer
        self.resource = resource
        self._rules = Rules(
            issuer=issuer, audience=audience, strict=strict, leeway=leeway
        )
        self._algorithms = _algorithms(algorithms, secret=secret)
        given = _given_keys(jwks_uri=jwks_uri, jwks=jwks, secret=secret)
        self._keys: KeySource = given or KeySet(
            _fetcher(issuer, jwks_uri=jwks_uri, transport=transport),
            policy=key_policy,
            clock=key_clock,
        )
        self._tokens = VerifiedTokens(cache_size)
        self._clock = clock
        self._realm = realm
        self._scopes = tuple(scopes)
        self._resource_metadata = metadata_url(resource) if resource else ""

    def check(self, authorization: Header, *, query: str = "") -> Claims:
        """Return the claims of the request's token; may wait for the key set.

        ``query`` is the raw query string: a token in it, beside the header, is refused.
        Raises a ``Refusal``; ``reply`` turns it into an answer.
        """
        token = read(_values(authorization), query=query)
        ring = self._keys.ring()
        known = self._tokens.get(token, ring.ids, now=self._clock())
        if known is not None:
            return known
        parsed = parse(token)
        return self._accept(
            token, parsed, self._keys.find(parsed, algorithms=self._algorithms)
        )

    async def check_async(self, authorization: Header, *, query: str = "") -> Claims:
        """Do what ``check`` does without blocking the event loop."""
        token = read(_values(authorization), query=query)
        ring = await self._keys.ring_async()
        known = self._tokens.get(token, ring.ids, now=self._clock())
        if known is not None:
            return known
        parsed = parse(token)
        keys = await self._keys.find_async(parsed, algorithms=self._algorithms)
        return self._accept(token, parsed, keys)

    def reply(self, refusal: Refusal) -> Reply:
        """Turn a refusal into an answer, and log once why it was refused."""
        _LOG.info(
            "Refused with %d: %s [%s] %s",
            refusal.status,
            refusal.says,
            refusal.rule,
            refusal.because,
        )
        return refusal_reply(
            refusal, realm=self._realm, resource_metadata=self._resource_metadata
        )

    @property
    def metadata_path(self) -> str | None:
        """Where the API serves ``metadata``; None without ``resource``."""
        return well_known_path(self.resource) if self.resource else None

    def metadata(self) -> dict[str, Any]:
        """Describe this API (RFC 9728 §2). Raises ``Mistake`` without ``resource``."""
        if self.resource is None:
            raise Mistake("give the guard resource=, the API's public URL")
        return document(self.resource, self.issuer, scopes=self._scopes)

    def _accept(self, token: str, parsed: Parsed, keys: tuple[Key, ...]) -> Claims:
        verified = check(parsed, keys)
        claims = read_claims(verified, self._rules, now=self._clock())
        ends_at = claims.expires_at + self._rules.leeway * 1000
        self._tokens.put(token, claims, key_id=verified.key.id, ends_at=ends_at)
        return claims


def _values(authorization: Header) -> Sequence[str]:
    if authorization is None:
        return ()
    return (authorization,) if isinstance(authorization, str) else authorization


def _algorithms(asked: frozenset[str], *, secret: str | bytes | None) -> frozenset[str]:
    """A secret and public keys never meet: one could be taken for the other."""
    if secret is not None:
        if asked != ASYMMETRIC:
            raise Mistake("with secret= the algorithm is HS256; leave algorithms out")
        return SYMMETRIC
    if not asked or not asked <= ASYMMETRIC:
        raise Mistake(f"algorithms must be among {sorted(ASYMMETRIC)}")
    return asked


def _given_keys(
    *,
    jwks_uri: str | None,
    jwks: Mapping[str, Any] | None,
    secret: str | bytes | None,
) -> FixedKeys | None:
    if sum(source is not None for source in (jwks_uri, jwks, secret)) > 1:
        raise Mistake("give one of jwks_uri, jwks and secret")
    if secret is not None:
        return FixedKeys([secret_key(secret)])
    return FixedKeys(load_keys(jwks)) if jwks is not None else None


def _fetcher(
    issuer: str, *, jwks_uri: str | None, transport: Transport | None
) -> partial[tuple[Key, ...]]:
    if jwks_uri is not None:
        check_url(jwks_uri)
    else:
        check_issuer(issuer)
    used = transport or StandardTransport()
    return partial(fetch_keys, issuer, used, jwks_uri=jwks_uri)
