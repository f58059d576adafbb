"""The question put to the provider: state, nonce and PKCE.

RFC 6749 §4.1.1, RFC 7636 §4, OIDC Core §3.1.2.1. Deciding is pure: randomness and
time come in as arguments.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from .metadata import Provider
from .settings import Settings

_OURS = frozenset(
    (
        "client_id",
        "response_type",
        "response_mode",
        "redirect_uri",
        "scope",
        "audience",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
    )
)


@dataclass(frozen=True, slots=True)
class Request:
    """One authorization request; ``max_age`` in seconds."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    max_age: int | None
    organization: str | None


def draw(entropy: Callable[[int], bytes]) -> str:
    """A fresh secret of 32 random bytes, as 43 URL-safe characters (RFC 7636 §4.1)."""
    return base64.urlsafe_b64encode(entropy(32)).rstrip(b"=").decode()


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def draft(
    settings: Settings,
    provider: Provider,
    *,
    redirect_uri: str,
    extra: Mapping[str, Any],
    secrets: tuple[str, str, str],
) -> Request:
    """Write the authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2.1).

    ``secrets`` are state, nonce and verifier, each from ``draw``.
    Raises ``ValueError`` when ``extra`` names a parameter that the app decides.
    """
    state, nonce, verifier = secrets
    asked = as_texts(extra)
    if taken := sorted(_OURS & asked.keys()):
        raise ValueError(f"sign_in() sets {', '.join(taken)} itself")
    parameters = {
        "client_id": settings.client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": settings.scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    if settings.audience is not None:
        parameters["audience"] = settings.audience
    return Request(
        url=with_query(provider.authorization_endpoint, parameters | asked),
        state=state,
        nonce=nonce,
        verifier=verifier,
        redirect_uri=redirect_uri,
        max_age=int(asked["max_age"]) if "max_age" in asked else None,
        organization=asked.get("organization"),
    )


def with_query(endpoint: str, parameters: Mapping[str, str]) -> str:
    """Add parameters to an address, keeping a query it has (RFC 6749 §3.1)."""
    parts = urlsplit(endpoint)
    kept = parse_qsl(parts.query, keep_blank_values=True)
    return parts._replace(query=urlencode([*kept, *parameters.items()])).geturl()


def again(extra: Mapping[str, Any], *, elapsed: int) -> dict[str, Any]:
    """The same wishes for the invisible repeat, ``elapsed`` ms after the first.

    The person has just signed in, so a prompt would only annoy. What
    ``prompt=login`` promised is kept by ``max_age``: the sign-in is no older than
    our first question.
    """
    prompt = str(extra.get("prompt") or "").split()
    wishes = {name: value for name, value in extra.items() if name != "prompt"}
    if "none" in prompt:
        wishes["prompt"] = "none"
    if "login" in prompt or str(extra.get("max_age")) == "0":
        wishes["max_age"] = elapsed // 1000 + 60
    return wishes


def as_texts(extra: Mapping[str, Any]) -> dict[str, str]:
    """Wishes as parameters; what is None is not asked for."""
    return {name: _text(value) for name, value in extra.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)
