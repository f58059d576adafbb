"""Where an answer may go (RFC 6749 §3.1.2, RFC 8252 §7-8, RFC 9700 §2.1).

Comparison is exact. The one exception: a loopback IP literal matches on any port,
because a desktop app cannot know its port before it listens (RFC 8252 §7.3).
"""

from __future__ import annotations

from collections.abc import Iterable

from gatelodge.base.errors import PageRefusal
from gatelodge.base.urls import (
    DANGEROUS_SCHEMES,
    LOOPBACK_HOSTS,
    is_loopback_literal,
    parse,
    without_fragment,
    without_port,
)
from gatelodge.model.client import Client


def registered(client: Client, sent: str | None) -> str:
    """The redirect URI of this request, proven to belong to the client.

    Raises:
        PageRefusal: it does not; nothing may be sent there (RFC 9700 §4.11).
    """
    if sent is None:
        return _only_one(client)
    # Auth0's SDKs may leave a fragment on; it never took part in matching.
    wanted = without_fragment(sent)
    if not any(matches(known, wanted) for known in client.redirect_uris):
        raise PageRefusal(
            "The redirect URI is not registered for this application.",
            error="invalid_request",
            rule="RFC6749-3.1.2.4",
            because=f"redirect_uri {sent[:200]!r} is not among the registered ones",
        )
    return wanted


def matches(known: str, wanted: str) -> bool:
    """Exact, or the same loopback literal on another port (RFC 8252 §7.3)."""
    if known == wanted:
        return True
    one, other = parse(known), parse(wanted)
    if one is None or other is None or other.fragment:
        return False
    both = is_loopback_literal(one) and is_loopback_literal(other)
    return both and without_port(one) == without_port(other)


def another_app_could_claim(uri: str) -> bool:
    """Whether the system cannot tell whose URI this is (RFC 8252 §8.6, §8.3).

    Private-use schemes and loopback ports belong to whoever takes them; https
    addresses belong to who can show the domain.
    """
    parts = parse(uri)
    if parts is None or parts.scheme not in {"http", "https"}:
        return True
    return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS


def unfit(uris: Iterable[str]) -> str | None:
    """Why one of these may not be registered; None when all may (decisions 5)."""
    for uri in uris:
        problem = _problem(uri)
        if problem:
            return f"redirect URI {uri!r}: {problem}"
    return None


def _problem(uri: str) -> str | None:
    if "*" in uri or "{" in uri:
        return "wildcards and placeholders are not allowed; register each URI in full"
    parts = parse(uri)
    if parts is None:
        return "not an absolute URI"
    if "#" in uri:
        return "a fragment is not allowed (RFC 6749 §3.1.2)"
    if parts.scheme in DANGEROUS_SCHEMES:
        return f"the scheme {parts.scheme}: is never a redirect target"
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        return "http is for loopback only; use https"
    return None


def _only_one(client: Client) -> str:
    if len(client.redirect_uris) != 1:
        raise PageRefusal(
            "The request names no redirect URI.",
            error="invalid_request",
            rule="RFC6749-3.1.2.3",
            because=f"{len(client.redirect_uris)} URIs are registered, none was sent",
        )
    return client.redirect_uris[0]
