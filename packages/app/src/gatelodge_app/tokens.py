"""The tokens of one sign-in, as a value. Its repr shows no secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import BadAnswer, VaultBroken

_FOR_EVER = 10_000 * 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSet:
    """What the provider issued (RFC 6749 §5.1, OIDC Core §3.1.3.3).

    ``expires_at`` is in milliseconds since 1970, None when the provider did not say.
    ``user`` holds the checked claims of the ID token. ``scope`` is what was granted,
    which may be less than was asked for.
    """

    access_token: str = field(repr=False)
    expires_at: int | None
    scope: str
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str = field(repr=False)
    user: Mapping[str, Any] = field(repr=False)

    def lives(self, now: int, *, seconds: float) -> bool:
        """Will the access token still be good ``seconds`` after ``now`` (ms)?"""
        return self.expires_at is None or self.expires_at > now + seconds * 1000

    def to_json(self) -> str:
        """As kept in a vault."""
        return json.dumps(
            {
                "version": 1,
                "access_token": self.access_token,
                "expires_at": self.expires_at,
                "scope": self.scope,
                "refresh_token": self.refresh_token,
                "id_token": self.id_token,
                "user": dict(self.user),
            }
        )


def from_json(text: str) -> TokenSet:
    """Read what ``to_json`` wrote. Raises ``VaultBroken``."""
    try:
        held = json.loads(text)
        if held.pop("version") != 1 or not _well_formed(held):
            raise VaultBroken("The stored tokens have another form.")
        return TokenSet(**held)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise VaultBroken("The stored tokens cannot be read.") from None


@dataclass(frozen=True, slots=True)
class Issued:
    """A token response, read but not yet believed (RFC 6749 §5.1)."""

    access_token: str = field(repr=False)
    expires_at: int | None
    scope: str | None
    refresh_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)


def settle(
    issued: Issued,
    believed: tuple[Mapping[str, Any], str],
    *,
    scope: str,
    refresh_token: str | None,
) -> TokenSet:
    """The token set of a response that was believed.

    ``believed`` are the checked claims and their ID token; ``scope`` and
    ``refresh_token`` hold where the response is silent (RFC 6749 §5.1, §6).
    """
    user, id_token = believed
    return TokenSet(
        access_token=issued.access_token,
        expires_at=issued.expires_at,
        scope=issued.scope or scope,
        refresh_token=issued.refresh_token or refresh_token,
        id_token=id_token,
        user=user,
    )


def read_issued(body: bytes, *, now: int) -> Issued:
    """Read a token response that arrived at ``now`` (ms). Raises ``BadAnswer``."""
    said = read_object(body)
    if str(said.get("token_type", "")).lower() != "bearer":
        raise BadAnswer("The provider issued a token of another type than Bearer.")
    access_token = _text(said, "access_token")
    if access_token is None:
        raise BadAnswer("The provider's answer holds no access token.")
    return Issued(
        access_token=access_token,
        expires_at=_moment(said.get("expires_in"), now),
        scope=_text(said, "scope"),
        refresh_token=_text(said, "refresh_token"),
        id_token=_text(said, "id_token"),
    )


def read_object(body: bytes) -> dict[str, Any]:
    """A JSON object from the provider. Raises ``BadAnswer``."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise BadAnswer("The provider's answer is not JSON.") from None
    if not isinstance(said, dict):
        raise BadAnswer("The provider's answer is not an object.")
    return said


def _well_formed(held: Mapping[str, Any]) -> bool:
    """Is each part of the type that was saved? A file may have been edited."""
    texts = [held[name] for name in ("access_token", "scope", "id_token")]
    return (
        all(isinstance(text, str) for text in texts)
        and isinstance(held["refresh_token"], str | None)
        and isinstance(held["expires_at"], int | None)
        and isinstance(held["user"], dict)
    )


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise BadAnswer(f"The provider's {name} is not text.")
    return value


def _moment(seconds: Any, now: int) -> int | None:
    """Some providers send the number as text (clients accept both)."""
    try:
        whole = int(seconds) if seconds is not None else None
    except (TypeError, ValueError, OverflowError):
        raise BadAnswer("The provider's expires_in is not a number.") from None
    return None if whole is None else now + min(max(whole, 0), _FOR_EVER) * 1000
