"""The question to the other party.

RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatelodge.base.urls import add_query
from gatelodge.connections.provider import Party
from gatelodge.connections.trip import Trip
from gatelodge.oauth.pkce import challenge_of

# What an app may ask of the provider through us (contract 3.3, upstream pass-through).
_PASSED: Final = ("access_type", "approval_prompt", "hd")
# What makes the answer ours and ties it to this question; RFC 9101 would say it anew.
PROTOCOL: Final = frozenset(
    {
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "request",
        "request_uri",
        "response_mode",
        "response_type",
        "scope",
        "state",
    }
)
_LONGEST_ALIASED: Final = 2_000
_FORWARDED_PROMPTS: Final = frozenset({"select_account", "consent", "login"})


def authorization_url(
    party: Party,
    endpoint: str,
    *,
    issuer: str,
    state: str,
    trip: Trip,
    asked: Mapping[str, str],
) -> str:
    """Where the browser goes; ``asked`` is the app's own request to us."""
    provider, upstream = party.provider, party.upstream
    query = {
        **provider.params,
        **upstream.params,
        **_aliased(upstream.aliases, asked),
        **{name: asked[name] for name in _PASSED if name in asked},
        "client_id": upstream.client_id,
        "response_type": "code",
        "redirect_uri": f"{issuer}{party.callback}",
        "state": state,
        "scope": provider.scope_separator.join(_scopes(party, asked)),
    }
    if provider.kind == "oidc":
        query["nonce"] = trip.nonce
    if provider.form_post:
        query["response_mode"] = "form_post"
    if provider.pkce:
        query |= {
            "code_challenge": challenge_of(trip.verifier),
            "code_challenge_method": "S256",
        }
    query |= _hints(asked)
    return add_query(endpoint, [(k, v) for k, v in query.items() if v])


def _aliased(aliases: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
    """What the app says by other names: no word of the protocol, nothing too long."""
    return {
        name: asked[alias]
        for name, alias in aliases.items()
        if name not in PROTOCOL and len(asked.get(alias, "")) <= _LONGEST_ALIASED
        if alias in asked
    }


def _scopes(party: Party, asked: Mapping[str, str]) -> tuple[str, ...]:
    """The connection's, and what the app adds by ``connection_scope``."""
    more = asked.get("connection_scope", "").replace(",", " ").split()
    return tuple(dict.fromkeys((*party.scopes, *more)))


def _hints(asked: Mapping[str, str]) -> dict[str, str]:
    """Whom the app expects, and that a proof is wanted anew."""
    hints = {name: asked[name] for name in ("login_hint",) if name in asked}
    prompts = _FORWARDED_PROMPTS & frozenset(asked.get("prompt", "").split())
    if prompts:
        hints["prompt"] = " ".join(sorted(prompts))
    return hints
