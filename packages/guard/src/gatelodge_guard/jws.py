"""Which key and which algorithm may check a token (RFC 7515 §5.2, RFC 8725 §3).

Pure: no clock, no network. Key import is the JOSE library's work, the mathematics
that of ``cryptography``; here stands only what may be used for what. Claims are the
caller's business: an ID token, a client assertion and an access token differ there.
"""

from __future__ import annotations

import binascii
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .errors import (
    BadSignature,
    ForbiddenAlgorithm,
    ForbiddenHeader,
    MalformedToken,
    Mistake,
    UnknownKey,
)
from .key import ASYMMETRIC, SYMMETRIC, Key, load_key, load_keys, secret_key

__all__ = [
    "ASYMMETRIC",
    "MAX_BYTES",
    "SYMMETRIC",
    "Key",
    "Parsed",
    "Verified",
    "check",
    "choose",
    "load_key",
    "load_keys",
    "parse",
    "secret_key",
    "verify",
]

MAX_BYTES = 16_384
"""No token longer than this is decoded."""

_FORBIDDEN = frozenset({"crit", "b64", "jwk", "jku", "x5u", "zip"})
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_MAX_TRIES = 4  # keys tried for a token that names none
_SHA256 = hashes.SHA256()
_PKCS1 = padding.PKCS1v15()
_PSS = padding.PSS(padding.MGF1(_SHA256), padding.PSS.DIGEST_LENGTH)
_ECDSA = ec.ECDSA(_SHA256)
_P256_BYTES = 64
_NAMES_NO_KEY = "The token is signed by a key that is not known here"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A compact JWS taken apart; nothing in it is proven yet."""

    header: dict[str, Any]
    signed: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def kid(self) -> str | None:
        """The key the token says it was signed with."""
        return self.header.get("kid")


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature holds: header and payload are what the key said."""

    header: dict[str, Any]
    payload: dict[str, Any] = field(repr=False)
    key: Key


def verify(
    token: str, keys: Sequence[Key], *, algorithms: frozenset[str] = ASYMMETRIC
) -> Verified:
    """Check the signature of any JWT against ``keys`` and return what it says.

    Raises a subtype of ``InvalidToken`` for every token that must not be believed,
    ``Mistake`` when ``algorithms`` mixes public keys with secrets.
    """
    parsed = parse(token)
    return check(parsed, choose(parsed, keys, algorithms=algorithms))


def parse(token: str) -> Parsed:
    """Take a compact JWS apart, refusing whatever could mislead (RFC 7515 §7.1).

    Raises ``MalformedToken``, ``ForbiddenHeader``.
    """
    if len(token) > MAX_BYTES:
        raise MalformedToken("The token is too large", rule="RFC8725-3.11.size")
    raw = token.encode("ascii", "replace")
    if raw.translate(None, _ALPHABET) != b"..":
        raise MalformedToken("The token is not a compact JWS", rule="RFC7515-7.1")
    signed, _, signature = raw.rpartition(b".")
    head, _, body = signed.partition(b".")
    header = _header(head)
    return Parsed(header, signed, _decode(body), _signature(signature))


def choose(
    parsed: Parsed, keys: Sequence[Key], *, algorithms: frozenset[str] = ASYMMETRIC
) -> tuple[Key, ...]:
    """Find the keys that may check this token: named by it, made for its algorithm.

    Raises ``ForbiddenAlgorithm``, ``UnknownKey``, and ``Mistake`` for a list that
    would let a public key be used as a secret (RFC 8725 §3.1).
    """
    _check_list(algorithms)
    alg = parsed.header["alg"]
    if alg not in algorithms:
        raise ForbiddenAlgorithm(
            "The token is signed with an algorithm that is not accepted",
            rule="RFC8725-3.1",
            because=f"alg {alg!r}",
        )
    kid = parsed.kid
    fitting = tuple(k for k in keys if k.answers_to(kid) and alg in k.algorithms)
    if not fitting or len(fitting) > _MAX_TRIES:
        raise UnknownKey(
            _NAMES_NO_KEY,
            rule="RFC7515-4.1.4",
            because=f"kid {kid!r}, alg {alg!r}: {len(fitting)} keys fit",
        )
    return fitting


def check(parsed: Parsed, candidates: Sequence[Key]) -> Verified:
    """Check the signature with the chosen keys, then read the payload.

    Raises ``BadSignature``, ``MalformedToken``.
    """
    for key in candidates:
        if _holds(key, parsed):
            payload = _object(parsed.payload, "payload")
            return Verified(parsed.header, payload, key)
    raise BadSignature("The token's signature is wrong", rule="RFC7515-5.2")


def _check_list(algorithms: frozenset[str]) -> None:
    if not (algorithms <= ASYMMETRIC or algorithms == SYMMETRIC):
        raise Mistake(f"accept {sorted(ASYMMETRIC)} or HS256, never both")


def _header(part: bytes) -> dict[str, Any]:
    """Read the header; what points to a key or changes the rules is refused."""
    header = _object(_decode(part), "header")
    forbidden = _FORBIDDEN & header.keys()
    if forbidden:
        raise ForbiddenHeader(
            f"The token's header holds {min(forbidden)}, which is not accepted",
            rule="RFC8725-3.10",
        )
    kid = header.get("kid")
    if not isinstance(header.get("alg"), str) or not isinstance(kid, str | None):
        raise MalformedToken("The token's header is malformed", rule="RFC7515-4.1.1")
    return header


def _signature(part: bytes) -> bytes:
    """Decode the signature; one signature has one spelling."""
    signature = _decode(part)
    spelled = binascii.b2a_base64(signature, newline=False).rstrip(b"=")
    if spelled != part.translate(_TO_STANDARD):
        raise MalformedToken("The token is not a compact JWS", rule="RFC7515-2")
    return signature


def _decode(part: bytes) -> bytes:
    """Decode base64url whose letters were checked before (RFC 7515 §2)."""
    if not part or len(part) % 4 == 1:
        raise MalformedToken("The token is not a compact JWS", rule="RFC7515-7.1")
    padded = part.translate(_TO_STANDARD) + b"=" * (-len(part) % 4)
    return binascii.a2b_base64(padded)


def _object(raw: bytes, what: str) -> dict[str, Any]:
    """Read a JSON object that says each thing once (RFC 7515 §4, RFC 7519 §4)."""
    try:
        value = _JSON.decode(raw.decode())
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise MalformedToken(f"The token's {what} is malformed", rule="RFC7515-4")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _holds(key: Key, parsed: Parsed) -> bool:
    """Do the mathematics; the type of the key picks it, ``choose`` saw to the rest."""
    signature, signed, public = parsed.signature, parsed.signed, key.public
    try:
        if isinstance(public, rsa.RSAPublicKey):
            pad = _PSS if parsed.header["alg"] == "PS256" else _PKCS1
            public.verify(signature, signed, pad, _SHA256)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(_der(signature), signed, _ECDSA)
        elif isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, signed)
        else:
            expected = hmac.digest(key.secret, signed, "sha256")
            return bool(key.secret) and hmac.compare_digest(expected, signature)
    except InvalidSignature:
        return False
    return True


def _der(signature: bytes) -> bytes:
    """Turn the two numbers of an ES256 signature into DER (RFC 7518 §3.4)."""
    if len(signature) != _P256_BYTES:
        raise InvalidSignature
    half = _P256_BYTES // 2
    r, s = signature[:half], signature[half:]
    return encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
