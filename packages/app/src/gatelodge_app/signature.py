"""The ID token's signature: the provider's keys, and the guard's rules.

Key sets travel through the app's own HTTP client, because that is where its proxies
and certificates are set. They are remembered; a token signed by an unknown key makes
them be fetched once more, so a provider may rotate at any time (OIDC Core §10.1.1).
"""

from __future__ import annotations

from typing import Any

from gatelodge_guard.errors import (
    BadKeySet,
    BadSignature,
    InvalidToken,
    UnknownKey,
)
from gatelodge_guard.jws import Key, load_keys
from gatelodge_guard.jws import verify as verify_jws

from .errors import BadAnswer, BadIdToken
from .kit import Kit
from .metadata import Provider
from .patience import patiently
from .steps import Flow
from .tokens import read_object

_OK = 200


def verify(
    kit: Kit, provider: Provider, *, token: str
) -> Flow[tuple[str, dict[str, Any]]]:
    """The algorithm and the claims of a token whose signature holds.

    Raises ``BadIdToken``, ``BadAnswer`` or ``Unreachable``.
    """
    known = kit.memory.keys
    if known is not None:
        try:
            return _check(kit, token, known)
        except (UnknownKey, BadSignature):
            pass  # the provider may have a new key; not all of them name it
        except InvalidToken as refused:
            raise BadIdToken(_words(refused)) from None
    kit.memory.keys = yield from _fetch(provider.jwks_uri)
    try:
        return _check(kit, token, kit.memory.keys)
    except InvalidToken as refused:
        raise BadIdToken(_words(refused)) from None


def _fetch(jwks_uri: str) -> Flow[tuple[Key, ...]]:
    answer = yield from patiently(jwks_uri, attempts=3)
    if answer.status != _OK:
        raise BadAnswer(f"{jwks_uri} answers with status {answer.status}.")
    try:
        return load_keys(read_object(answer.body))
    except (BadAnswer, ValueError, AttributeError, BadKeySet):
        raise BadAnswer(f"{jwks_uri} holds no key set.") from None


def _check(kit: Kit, token: str, keys: tuple[Key, ...]) -> tuple[str, dict[str, Any]]:
    allowed = frozenset(kit.settings.algorithms)
    verified = verify_jws(token, keys, algorithms=allowed)
    return str(verified.header["alg"]), verified.payload


def _words(refused: InvalidToken) -> str:
    return f"The ID token cannot be trusted: {refused}."
