"""A refusal as an HTTP answer, for every framework the same (RFC 6750 §3)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .bearer import challenge
from .errors import KeysUnavailable, Refusal


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer as a value; an adapter turns it into its framework's."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def refusal_reply(
    refusal: Refusal, *, realm: str = "", resource_metadata: str = ""
) -> Reply:
    """Answer a refused request: status, challenge and a JSON body that says why.

    503 carries ``Retry-After`` instead of a challenge: the token may well be good.
    """
    said = {"error": refusal.error or "unauthorized", "error_description": refusal.says}
    if isinstance(refusal, KeysUnavailable):
        why = ("Retry-After", str(refusal.retry_after))
    else:
        why = (
            "WWW-Authenticate",
            challenge(refusal, realm=realm, resource_metadata=resource_metadata),
        )
    return json_reply(said, status=refusal.status, headers=(why,))


def json_reply(
    value: object, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()
) -> Reply:
    """Answer with JSON that no cache keeps."""
    always = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return Reply(status, (*always, *headers), json.dumps(value).encode())
